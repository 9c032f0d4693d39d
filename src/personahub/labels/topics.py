"""What records are about: groups of vectors around centres, named by their words; a column `topic` beside the records.

The same seed finds the same topics among the same records. Records that come later go to the nearest centre, so the
topics stay what they are until they are asked for anew.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from personahub.attributes.names import TOPIC
from personahub.embedded import Embedded
from personahub.events import Tally
from personahub.labels.card import Card, Maker
from personahub.labels.grouping import Topics, found
from personahub.labels.naming import Naming
from personahub.store.columns import Values, fill
from personahub.text import content_id

FOLDER = "topics"
EXAMPLES = 3
TRAINED = 100_000  # vectors that the centres are found among
ROUNDS = 20
NAMED = 100_000  # records whose words the names are found among
VERSION = 1  # goes up when the same settings find other topics
UNSEEN = "no_vector"  # a record that verdicts drop, or without a word

Whole = npt.NDArray[np.int64]
Groups = npt.NDArray[np.int32]
Tell = Callable[[str, int, int], None]

_COLUMNS = pa.schema([pa.field(TOPIC, pa.string())])
_BATCH = 8_192


@dataclass(frozen=True)
class Grouped:
    """What became of it.

    Args:
        tally: of the records that were put to a topic in this call.
        listed: each topic with its name, how many records it has, and examples; the largest first.
    """

    tally: Tally
    listed: tuple[dict[str, object], ...]
    anew: bool


def group(embedded: Embedded, count: int, seed: int, tell: Tell, *, redo: bool = False) -> Grouped:
    """Give each kept record that has none yet its topic. The caller holds the hub's lock.

    Memory: 14 bytes a record, and samples.

    Args:
        tell: hears what is done, and how many of how many are.

    Raises UsageError where there are topics by other settings, and `redo` is not asked for.
    """
    folder, table = embedded.folder, embedded.table
    told = {"count": count, "seed": seed, "version": VERSION, "vectors": embedded.name, "column": embedded.column}
    maker = Maker(content_id(*map(str, told.values())), f"topics --count {count} --seed {seed}", embedded.column)
    card = Card(folder, table)
    card.check([TOPIC], maker, redo=redo)
    rows = embedded.make(lambda done, total: tell("vectors", done, total)).rows
    path = folder.path / FOLDER / f"{table}.arrow"
    topics = None if redo else found(path, told)
    if topics is None and len(rows):
        topics = _found(embedded, rows, told, tell)
        topics.save(path)
        redo = redo or TOPIC in folder.tables[table].stored.names
    if topics is None:
        return Grouped(Tally(), (), anew=False)
    anew = bool(card.begin([TOPIC], maker, redo=redo))
    total, start = folder.tables[table].count(), 0 if anew else card.seen(TOPIC)
    groups = _nearest(embedded, rows[rows >= start], topics.centres, tell)
    fill(folder.tables[table], _COLUMNS, _values(topics, rows[rows >= start], groups, range(start, total)))
    card.note([TOPIC], total)
    known = int((groups >= 0).sum())
    tally = Tally(total - start, known, {UNSEEN: total - start - known} if total - start > known else {})
    return Grouped(tally, _listed(embedded, topics), anew=start == 0)


def _found(embedded: Embedded, rows: Whole, told: dict[str, object], tell: Tell) -> Topics:
    from personahub.vectors.cells import centres  # noqa: PLC0415 - a third of a second for the compiler it stands on
    from personahub.vectors.rows import Rows  # noqa: PLC0415

    count, seed = int(str(told["count"])), int(str(told["seed"]))
    some = Rows(embedded.shelf.mapped(), rows)
    tell("topics", 0, ROUNDS)
    around = centres(some, min(count, len(rows)), seed, trained=max(1, TRAINED // count), rounds=ROUNDS)
    tell("topics", ROUNDS, ROUNDS)
    sample = np.sort(np.random.default_rng(seed).choice(rows, min(NAMED, len(rows)), replace=False))
    groups, naming = np.full(len(sample), -1, np.int32), Naming(len(around))
    near: list[list[tuple[float, str]]] = [[] for _ in around]
    for start in range(0, len(sample), _BATCH):
        part = slice(start, start + _BATCH)
        texts = [text or "" for text in _texts(embedded, sample[part])]
        cosines = Rows(embedded.shelf.mapped(), sample[part]).take(np.arange(len(texts))) @ around.T
        groups[part] = _group(cosines)
        naming.take(texts, groups[part].tolist())
        _nearer(near, cosines, groups[part], texts)
        tell("names", start + len(texts), len(sample))
    return Topics(told, around, tuple(naming.names()), tuple(tuple(text for _, text in one) for one in near))


def _nearer(
    near: list[list[tuple[float, str]]], cosines: npt.NDArray[np.float32], groups: Groups, texts: list[str]
) -> None:
    """With those texts that are among the nearest to the centre of their group; no two are the same."""
    own = cosines[np.arange(len(groups)), groups]
    for number, row in zip(groups.tolist(), range(len(texts)), strict=True):
        held = near[number]
        if number < 0 or (len(held) == EXAMPLES and own[row] <= held[-1][0]) or any(texts[row] == t for _, t in held):
            continue
        held.append((float(own[row]), texts[row]))
        held.sort(key=lambda one: -one[0])
        del held[EXAMPLES:]


def _nearest(embedded: Embedded, rows: Whole, around: npt.NDArray[np.float32], tell: Tell) -> Groups:
    """Of each record its topic; -1 where its vector is empty."""
    from personahub.vectors.rows import Rows  # noqa: PLC0415

    groups = np.full(len(rows), -1, np.int32)
    if len(rows):
        for start, block in Rows(embedded.shelf.mapped(), rows).blocks(_BATCH):
            groups[start : start + len(block)] = _group(block @ around.T)
            tell("records", start + len(block), len(rows))
    return groups


def _group(cosines: npt.NDArray[np.float32]) -> Groups:
    groups: Groups = cosines.argmax(axis=1).astype(np.int32)
    groups[~cosines.any(axis=1)] = -1
    return groups


def _values(topics: Topics, rows: Whole, groups: Groups, over: range) -> Iterator[Values]:
    """Of every record of the range; null of one without a vector."""
    names = pa.array(topics.names, pa.string())
    for start in range(over.start, over.stop, _BATCH):
        numbers = np.arange(start, min(start + _BATCH, over.stop))
        low, high = np.searchsorted(rows, [start, start + _BATCH])
        back = np.full(len(numbers), -1, np.int64)
        back[rows[low:high] - start] = groups[low:high]
        told = names.take(pa.array(back, mask=back < 0))
        yield Values(numbers, pa.RecordBatch.from_arrays([told], schema=_COLUMNS))


def _texts(embedded: Embedded, rows: Whole) -> list[str | None]:
    texts: list[str | None] = embedded.folder.tables[embedded.table].take(rows, [embedded.column])[0].to_pylist()
    return texts


def _listed(embedded: Embedded, topics: Topics) -> tuple[dict[str, object], ...]:
    counts: Counter[str] = Counter()
    for batch in embedded.folder.kept(embedded.table, [TOPIC]):
        counts.update({one["values"]: one["counts"] for one in batch[TOPIC].drop_null().value_counts().to_pylist()})
    order = sorted(range(len(topics.names)), key=lambda number: (-counts[topics.names[number]], number))
    return tuple(
        {
            "topic": topics.names[number],
            "records": counts[topics.names[number]],
            "examples": " | ".join(topics.examples[number]),
        }
        for number in order
        if counts[topics.names[number]]
    )
