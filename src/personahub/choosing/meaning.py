"""Choosing by what records mean: how near their vectors are to some texts, and how they are spread.

It is imported where it is used: the compiler below it takes a third of a second.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.choosing.choice import NEAR, SPREAD, STRATIFIED, Choice
from personahub.choosing.chosen import Chosen, at_random, stratified
from personahub.choosing.draw import Keys, highest, smallest
from personahub.choosing.fitting import Fitting
from personahub.embedded import Embedded
from personahub.embedders.base import Embedding, opened, queries, used
from personahub.errors import UsageError
from personahub.events import Progress, Step
from personahub.hub import Folder
from personahub.schema import ALIASES
from personahub.sources import records
from personahub.vectors.apart import apart
from personahub.vectors.products import products
from personahub.vectors.rows import Block, Rows
from personahub.vectors.swaps import swapped

TOO_NEAR = "too_near"  # reason
SAMPLED = 1_000  # records whose nearest other is looked for, to tell how a choice is spread

_ID = re.compile(r"[0-9a-f]{32}")
_SIDE = 4_096  # vectors of blocks that are compared with each other

Tell = Callable[[int, int], None]
Whole = npt.NDArray[np.int64]


def by_meaning(
    folder: Folder, choice: Choice, column: str, fit: Fitting, embedding: Embedding, progress: Progress
) -> Chosen:
    """Choose by vectors, or in another way without what is too near to some.

    Raises:
        UsageError: there is no such embedder, example or record.
        ModelError: the embedder has no such model, or gives no usable vectors.
    """

    def tell(unit: str) -> Tell:
        return lambda done, total: progress(Step("select", unit, done, total))

    held = _made(folder, choice.table, column, embedding, tell("vectors"))
    here = Meanings(held, fit.rows)
    near = here.near(choice.near, tell("records")) if choice.near else np.zeros(len(fit.rows), np.float32)
    if choice.not_nearer is not None:
        other = here.nearest(choice.examples, tell("records")) if choice.examples else near
        wanted = other <= choice.not_nearer
        fit, near = fit.among(wanted, TOO_NEAR), near[wanted]
    if choice.by == SPREAD:
        chosen = _spread(choice, fit, Meanings(held, fit.rows), tell("chosen"))
    elif choice.by == NEAR:
        chosen = _nearest(choice, fit, near)
    else:
        chosen = stratified(choice, fit) if choice.by == STRATIFIED else at_random(choice, fit)
    usage, said = used(held.embedder)
    return replace(chosen, usage=usage, notes=(*chosen.notes, *said))


def _made(folder: Folder, table: str, column: str, embedding: Embedding, tell: Tell) -> Embedded:
    """The vectors of all records; where one has none it is made, and only then is the hub's lock needed."""
    held = Embedded(folder, table, opened(embedding, folder=folder.path), column)
    if not held.complete:
        with folder.writing():
            held = Embedded(folder, table, opened(embedding, folder=folder.path, writing=True), column)
            held.make(tell)
    return held


def _nearest(choice: Choice, fit: Fitting, near: Block) -> Chosen:
    places = highest(near, fit.keys, choice.number(len(fit.rows)))
    scores = near[places]
    note = f"Cosines from {scores[-1]:.3f} to {scores[0]:.3f}." if len(scores) else ""
    return Chosen(fit, places, scores, notes=(note,))


def _spread(choice: Choice, fit: Fitting, here: "Meanings", tell: Tell) -> Chosen:
    vectors = here.vectors
    found = swapped(vectors, apart(vectors, choice.number(len(fit.rows)), seed=choice.seed, tell=tell))
    count = len(found.chosen)
    notes = [
        f"No two of them are at a distance (1 - cosine) below {found.least:.3f}; every other that fits is within "
        f"{found.reach:.3f} of one."
    ]
    if 1 < count < len(fit.rows):
        own, other = (here.distance(some, fit.keys) for some in (found.chosen, smallest(fit.keys, count)))
        of = f", each from {SAMPLED:,} of them" if count > SAMPLED else ""
        notes.append(f"Mean distance to the nearest other: {own:.3f}; of a random choice of as many {other:.3f}{of}.")
    return Chosen(fit, found.chosen, notes=tuple(notes))


@dataclass(frozen=True)
class Meanings:
    """Vectors of some records of a table.

    Args:
        rows: numbers of the records in the table.
    """

    held: Embedded
    rows: Whole

    @property
    def vectors(self) -> Rows:
        return Rows(self.held.shelf.mapped(), self.rows)

    def near(self, said: Sequence[str], tell: Tell) -> Block:
        """For each record its highest cosine to any of these texts, or records where one is an id; shape (n,)."""
        texts = [self._text(one) if _ID.fullmatch(one) else one for one in said]
        return self._highest([queries(self.held.embedder, texts)], tell)

    def nearest(self, examples: Sequence[str], tell: Tell) -> Block:
        """For each record its highest cosine to any record of these files, or of the hub where one is an id."""
        return self._highest(self._embedded(examples), tell)

    def distance(self, places: Whole, keys: Keys) -> float:
        """Mean distance, which is 1 less the cosine, of one of these to the nearest other; from SAMPLED of them."""
        vectors, some = self.vectors, smallest(keys[places], SAMPLED)
        asked, most = vectors.take(places[some]), np.full(len(some), -1, np.float32)
        for start in range(0, len(places), _SIDE):
            cosines = asked @ vectors.take(places[start : start + _SIDE]).T
            itself = np.flatnonzero((start <= some) & (some < start + _SIDE))
            cosines[itself, some[itself] - start] = -1
            np.maximum(most, cosines.max(axis=1), out=most)
        return float(1 - most.mean())

    def _highest(self, others: Iterable[Block], tell: Tell) -> Block:
        on, most = products("auto"), np.full(len(self.rows), -1, np.float32)
        for some in others:
            for start, block in self.vectors.blocks(_SIDE) if len(some) else ():
                known = most[start : start + len(block)]
                np.maximum(known, on.largest(block, some), out=known)
                tell(start + len(block), len(self.rows))
        return most

    def _embedded(self, examples: Sequence[str]) -> Iterator[Block]:
        if ids := [one for one in examples if _ID.fullmatch(one)]:
            yield self.held.embedder.embed([self._text(one) for one in ids])
        if files := [one for one in examples if not _ID.fullmatch(one)]:
            for batch in records(files, batch_rows=_SIDE):
                yield self.held.embedder.embed(self._field(batch).to_pylist())

    def _field(self, batch: pa.RecordBatch) -> pa.Array:
        """The texts to compare with, by the names that the field has here and in released data."""
        column = self.held.column
        names = [column, *(name for name, of in ALIASES.get(self.held.table, {}).items() if of == column), "text"]
        usable = batch.filter(pc.is_null(batch["reject"]))
        found = pc.coalesce(*(pc.map_lookup(usable["fields"], name, "first") for name in names)).drop_null()
        if len(usable) and not len(found):
            source = usable["source"][0].as_py()
            raise UsageError(f"{source} has none of the fields {', '.join(dict.fromkeys(names))} to compare with")
        return found

    def _text(self, name: str) -> str:
        table = self.held.folder.tables[self.held.table]
        found = table.lookup([name], [self.held.column])[self.held.column].to_pylist()
        if not found:
            raise UsageError(f"{self.held.table} have no record {name}")
        return found[0] or ""
