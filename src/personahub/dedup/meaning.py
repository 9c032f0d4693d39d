"""Near duplicates of a table by meaning: records whose vectors are close, or all but the n that are most diverse.

Vectors stay in the hub, in a file named by table and embedder, so that another threshold embeds only what is new; what
is in memory of each record are some 100 bytes.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.dedup.clusters import MEANING as KIND
from personahub.dedup.clusters import Explained
from personahub.dedup.likeness import Nearness
from personahub.dedup.stands import largest
from personahub.embedders.base import Embedder, Embedding, opened, used
from personahub.errors import UsageError
from personahub.events import Progress, Report, Step, Tally
from personahub.hub import Folder
from personahub.options import LINKS, NEAR, SEMANTIC
from personahub.schema import VERDICTS
from personahub.store.batches import regroup
from personahub.text import content_id

SAME, LESS_DIVERSE = "semantic_duplicate", "less_diverse"

_VERDICTS = 4_096  # that are made at one time
_EMBEDDED = 512  # texts, after which it is told how far it is

Tell = Callable[[int, int], None]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Meaning:
    """When two records are one.

    Args:
        threshold: cosine of their vectors from which they are.
        link: "single": all that is connected, directly or through others, is one; "star": only what is itself within
            the threshold of the record that stays.
        keep: instead of both, how many records stay: those that lie farthest apart.

    Raises UsageError where a setting cannot be meant.
    """

    threshold: float = 0.9
    link: str = "single"
    keep: int | None = None

    def __post_init__(self) -> None:
        if self.link not in LINKS:
            raise UsageError(f"link is {self.link!r}; choose one of {', '.join(LINKS)}")
        if self.keep is not None and self.keep < 1:
            raise UsageError(f"keep is {self.keep}; at least one record stays")

    @classmethod
    def of(cls, near: Nearness, keep: int | None) -> "Meaning":
        """From the options of the verb; UsageError where one is given that has no meaning here."""
        for option in NEAR:
            if (
                option.name not in ("threshold", "method", "link")
                and near.get(option.name, option.default) != option.default
            ):
                raise UsageError(f"{option.name} is for methods that compare words; leave it out with semantic")
        return cls(near.get("threshold", cls.threshold), near.get("link", cls.link), keep)

    @property
    def settings(self) -> str:
        """What decides the outcome, as text."""
        return f"keep={self.keep}" if self.keep else f"threshold={self.threshold} link={self.link}"

    @property
    def told(self) -> dict[str, object]:
        """The same, for those who look at what came of it."""
        return {"method": SEMANTIC} | (
            {"keep": self.keep} if self.keep else {"threshold": self.threshold, "link": self.link}
        )

    @property
    def reason(self) -> str:
        return LESS_DIVERSE if self.keep else SAME


def dedup_by_meaning(folder: Folder, table: str, meaning: Meaning, embedding: Embedding, progress: Progress) -> Report:
    """Verdicts on every record whose meaning another one has that stays; beside those of other kinds.

    Records that other verdicts drop do not count, and are not embedded. A call that was cut off embeds only what is
    not on the disk yet; one that changes nothing costs one reading of the ids and of the vectors.

    Args:
        embedding: which embedder, and how it is reached.
        progress: hears of rows of which half are embedded, and then half compared.

    Raises:
        UsageError: there is no such embedder, or its package is not installed.
        ModelError: it has no such model, or gives no usable vectors.
    """

    def tell(done: int, total: int) -> None:
        progress(Step("dedup", "rows", done // 2, total // 2))

    part = opened(embedding, folder=folder.path, writing=True)
    records = _Records(folder, table, part)
    records.embed(tell)
    run = content_id("meaning", table, meaning.settings, part.fingerprint, records.digest)
    explained = Explained.of(folder, table, run, KIND)
    if explained and folder.current(table).get(KIND) == run:
        gone, new = folder.tables["verdicts"].count(f"run = '{run}' AND kind = '{KIND}'"), 0
    else:
        settled = _settled(records, meaning, lambda done, total: tell(total + done, 2 * total))
        new = folder.judge(table, KIND, run, _verdicts(records, settled, meaning.reason, run))
        gone = int(np.count_nonzero(settled.stands != np.arange(len(settled.stands))))
        heads, sizes = largest(settled.stands.astype(np.uint64))
        named = list(zip(sizes.tolist(), records.ids(heads).to_pylist(), strict=True))
        explained = Explained(run, {**meaning.told, "embedder": part.name, "note": settled.note}, named)
        explained.keep(folder, table, KIND)
    usage, said = used(part)
    notes = (*records.notes, *said, str(explained.settings["note"]))
    count = len(records.rows)
    tally = Tally(count, count - gone, Counter({meaning.reason: gone}) if gone else Counter())
    return Report("dedup", {table: tally}, new={"verdicts": new}, usage=usage, notes=notes)


@dataclass
class _Records:
    """The records that other verdicts keep.

    Args:
        rows: of each its number in the table.
        digest: of their ids in their order.
        made: vectors that were not on the disk before.
    """

    folder: Folder
    table: str
    embedder: Embedder
    rows: Whole = field(default_factory=lambda: np.empty(0, np.int64), init=False)
    digest: str = field(default="", init=False)
    made: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        from personahub.vectors.shelf import Shelf  # noqa: PLC0415 - a third of a second for the compiler it stands on

        self.shelf = Shelf(self.path, self.embedder.dim)

    @property
    def path(self) -> Path:
        return self.folder.path / "vectors" / f"{self.table}-{self.embedder.fingerprint}"

    @property
    def notes(self) -> tuple[str, ...]:
        held = len(self.rows) - self.made
        return (f"Vectors by {self.embedder.name}: {self.made:,} made, {held:,} there from before.",)

    def embed(self, tell: Tell) -> None:
        """Survey them, and see that each has its vector on the disk."""
        from personahub.vectors.shelf import PART  # noqa: PLC0415

        total = self.folder.tables[self.table].count()
        digest, rows, first = blake2b(digest_size=16), [self.rows], 0
        for batch in regroup(self.folder.judged(self.table, ["id"], ignoring=KIND), PART):
            kept = pc.is_null(batch["reject"])
            wanted = kept.to_numpy(zero_copy_only=False)
            digest.update("".join(batch["id"].filter(kept).to_pylist()).encode())
            rows.append(first + np.flatnonzero(wanted))
            self._embed_part(first // PART, batch["id"].to_pylist(), wanted, lambda done: tell(done, 2 * total))
            first += len(batch)
        self.rows, self.digest = np.concatenate(rows), digest.hexdigest()

    def _embed_part(
        self, part: int, ids: list[str], wanted: npt.NDArray[np.bool_], tell: Callable[[int], None]
    ) -> None:
        from personahub.vectors.shelf import PART  # noqa: PLC0415

        there = self.shelf.there(part, ids)
        fresh = np.flatnonzero(wanted & ~there)
        if len(fresh):
            texts = self.folder.tables[self.table].take(part * PART + fresh, ["text"])["text"].to_pylist()
            made = []
            for start in range(0, len(texts), _EMBEDDED):
                made.append(self.embedder.embed([text or "" for text in texts[start : start + _EMBEDDED]]))
                tell(part * PART + int(fresh[min(start + _EMBEDDED, len(fresh)) - 1]))
            put = np.isin(np.arange(len(ids)), fresh)
            self.shelf.put(part, ids, there, put, np.concatenate(made))
            self.made += len(fresh)
        tell(part * PART + len(ids))

    def ids(self, positions: Whole) -> pa.ChunkedArray:
        """Of some of them, by their place in `rows`."""
        wanted, places = np.unique(self.rows[positions], return_inverse=True)
        return self.folder.tables[self.table].take(wanted, ["id"]).take(pa.array(places))["id"]


@dataclass(frozen=True)
class _Settled:
    """Args:
    stands: for each record the position of the one that stays in its place, its own where it stays.
    cosine: of some records to others, by position.
    """

    stands: Whole
    cosine: Callable[[Whole, Whole], npt.NDArray[np.float32]]
    note: str


def _settled(records: _Records, meaning: Meaning, tell: Tell) -> _Settled:
    from personahub.vectors.near import Near  # noqa: PLC0415
    from personahub.vectors.rows import Rows  # noqa: PLC0415
    from personahub.vectors.spread import spread  # noqa: PLC0415

    rows = Rows(records.shelf.mapped(), records.rows)
    total = len(records.rows)
    if meaning.keep:
        found = spread(rows, meaning.keep, tell=lambda done, of: tell(total * done // of, total))
        gone = found.stands != np.arange(total)
        nearest = f"{found.cosines[gone].min():.3f}" if gone.any() else "1"
        note = (
            f"Every record that goes has a cosine of at least {nearest} to one of the {len(found.chosen):,} that stay."
        )
        return _Settled(found.stands, rows.cosines, note)
    near = Near(meaning.threshold)
    look = near.linked if meaning.link == "single" else near.starred
    stands, search = look(rows, lambda done, of: tell(total * done // max(of, 1), total))
    return _Settled(stands, rows.cosines, f"Cosine from {meaning.threshold:g}. {_told(search.recall, search.sampled)}")


def _told(recall: float | None, sampled: int) -> str:
    if recall is None:
        return "A sample of the records had no near pair."
    if not sampled:
        return "Every pair was compared."
    return f"Of {sampled:,} near pairs in a sample, {recall:.2%} were found."


def _verdicts(records: _Records, settled: _Settled, reason: str, run: str) -> Iterator[pa.Table]:
    gone = np.flatnonzero(settled.stands != np.arange(len(settled.stands)))
    for start in range(0, len(gone), _VERDICTS):
        some = gone[start : start + _VERDICTS]
        others = settled.stands[some]
        same = partial(pa.repeat, size=len(some))
        columns = {
            "id": records.ids(some),
            "table": same(records.table),
            "kind": same(KIND),
            "reason": same(reason),
            "other": records.ids(others),
            "score": pa.array(settled.cosine(some, others), pa.float32()),
            "run": same(run),
        }
        yield pa.table(columns, schema=VERDICTS)
