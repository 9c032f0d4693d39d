"""Near duplicates among the records of a table: which go, in favour of which other, at what similarity.

Nothing grows in memory with the table: texts are read from it three times, and what is known of each record between
the readings is a number in a file.
"""

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub import verdicts
from personahub.errors import UsageError
from personahub.events import Tally
from personahub.hub import Folder
from personahub.schema import VERDICTS
from personahub.stages.jaccard import jaccard
from personahub.stages.minhash import MinHash
from personahub.text import content_id

LINKS = ("single", "star")
NO_DUPLICATES = "No near duplicates are known: 'personahub dedup' looks for them."
KIND, REASON = "duplicate", "near_duplicate"

_BLOCK = 65_536  # records of which it is looked up at one time whether they stay
_VERDICTS = 4_096  # that are made at one time, with their texts
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}

Tell = Callable[[int, int], None]
Parts = Callable[[], Iterable[pa.Array]]
Ids = npt.NDArray[np.uint32] | npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Likeness:
    """When two records are one.

    Args:
        threshold: Jaccard similarity of their sets of word n-grams, as the decimal number it is written as.
        link: "single": all that is connected, directly or through others, is one; "star": only what is itself within
            the threshold of the record that stays.

    Raises UsageError where a setting cannot be meant.
    """

    threshold: float = 0.9
    ngram: int = 1
    link: str = "single"

    def __post_init__(self) -> None:
        if self.link not in LINKS:
            raise UsageError(f"link is {self.link!r}; choose one of {', '.join(LINKS)}")

    def stands(self, texts: Parts, count: int, folder: Path, inputs: str, limits: "Limits", tell: Tell) -> Ids:
        """For each text the position of the one that stays in its place, its own where it stays itself."""
        from personahub.joins.forest import linked, starred  # noqa: PLC0415 - a third of a second for its compiler
        from personahub.joins.near import MEMORY, Near  # noqa: PLC0415

        single = self.link == "single"
        give: Literal["links", "pairs"] = "links" if single else "pairs"
        near = Near(self.threshold, self.ngram, memory_limit=limits.memory or MEMORY, disk_limit=limits.disk, give=give)
        found = near(
            texts,
            rows=count,
            folder=folder / "join",
            inputs=inputs,
            tell=lambda _phase, rows, readings: tell(rows, readings),
        )
        return (linked if single else starred)(found, folder / "stands")


@dataclass(frozen=True)
class Limits:
    """Bytes: of a join's tables in memory, None for its own default; of its files, None for as many as it needs."""

    memory: int | None = None
    disk: int | None = None


@dataclass
class Deduplication:
    """What it came to.

    Args:
        run: names the settings and the records.
        new: verdicts that were not there before.
    """

    run: str
    tally: Tally
    new: int
    notes: tuple[str, ...] = ()


def near_duplicates(folder: Folder, table: str, likeness: Likeness, limits: Limits, tell: Tell) -> Deduplication:
    """Verdicts on every record that is near to one before it which stays; every pair at the threshold is found.

    Records that other verdicts drop do not count. A call that was cut off goes on where it was; one that changes
    nothing costs one reading of the ids.

    Args:
        tell: hears how many rows of how many are read.
    """
    place = folder.path / "work" / f"dedup-{table}"
    records = _Records(folder, table, place)
    records.survey()
    run = content_id("dedup", repr(likeness), records.digest)
    if folder.current(table).get(KIND) == run:
        gone = folder.tables["verdicts"].count(f"run = '{run}' AND kind = '{KIND}'")
        shutil.rmtree(place, ignore_errors=True)
        return Deduplication(run, _tally(records.count, gone), 0)
    stands = likeness.stands(records.texts, records.count, place, records.digest, limits, tell)
    judged = _Judged(records, stands, run, likeness.ngram)
    new = folder.judge(table, KIND, run, judged)
    shutil.rmtree(place, ignore_errors=True)
    return Deduplication(run, _tally(records.count, judged.gone), new)


def by_minhash(folder: Folder, table: str, stage: MinHash, tell: Tell) -> Deduplication:
    """The paper's own way: in memory, and of the pairs at the threshold some are missed."""
    total = folder.tables[table].count()
    records = folder.kept(table, ["id", "text"], ignoring=KIND)
    judgement = verdicts.near_duplicates(records, stage, lambda rows: tell(rows, total))
    new = folder.judge(table, KIND, judgement.run, judgement.verdicts)
    note = (
        f"By MinHash, which misses {stage.miss_probability:.2%} of the pairs that are exactly at {stage.threshold:g}."
    )
    return Deduplication(judgement.run, judgement.tally, new, (note,))


def size(value: str | int | None) -> int | None:
    """Bytes of "2GB", "1.5 GiB", "500m" or a number; None for None.

    Raises:
        UsageError: it is no size.
    """
    if value is None or isinstance(value, int):
        return value
    found = _SIZE.fullmatch(value.strip())
    if not found:
        raise UsageError(f"{value!r} is no size; write 500MB, 2GB or a number of bytes")
    number, power, binary = found.groups()
    return int(float(number) * (1024 if binary else 1000) ** _POWERS[power.lower()])


@dataclass
class _Records:
    """The records that other verdicts keep, by their position among them.

    Args:
        digest: of their ids in their order.
    """

    folder: Folder
    table: str
    place: Path
    count: int = field(default=0, init=False)
    digest: str = field(default="", init=False)

    def survey(self) -> None:
        """Count and name them, and note at which row of the table each is: 8 bytes a record."""
        self.place.mkdir(parents=True, exist_ok=True)
        digest, first = blake2b(digest_size=16), 0
        with (self.place / "rows").open("wb") as file:
            for batch in self.folder.judged(self.table, ["id"], ignoring=KIND):
                kept = pc.is_null(batch["reject"])
                digest.update("".join(batch["id"].filter(kept).to_pylist()).encode())
                rows = first + np.flatnonzero(kept.to_numpy(zero_copy_only=False))
                file.write(rows.astype("<u8").tobytes())
                self.count += len(rows)
                first += len(batch)
        self.digest = digest.hexdigest()

    def texts(self) -> Iterator[pa.Array]:
        for batch in self.folder.kept(self.table, ["text"], ignoring=KIND):
            yield batch["text"]

    def at(self, positions: npt.NDArray[np.int64]) -> pa.Table:
        """The `id` and `text` of some of them."""
        rows = np.memmap(self.place / "rows", "<u8", "r")
        wanted, places = np.unique(rows[positions].astype(np.int64), return_inverse=True)
        return self.folder.tables[self.table].take(wanted, ["id", "text"]).take(pa.array(places))


@dataclass
class _Judged:
    """The verdicts, a few at a time; `gone` counts them."""

    records: _Records
    stands: Ids
    run: str
    ngram: int
    gone: int = field(default=0, init=False)

    def __iter__(self) -> Iterator[pa.Table]:
        for start in range(0, len(self.stands), _BLOCK):
            others = self.stands[start : start + _BLOCK].astype(np.int64)
            dropped = np.flatnonzero(others != start + np.arange(len(others)))
            for place in range(0, len(dropped), _VERDICTS):
                some = dropped[place : place + _VERDICTS]
                yield self._verdicts(start + some, others[some])
                self.gone += len(some)

    def _verdicts(self, dropped: npt.NDArray[np.int64], others: npt.NDArray[np.int64]) -> pa.Table:
        left, right = self.records.at(dropped), self.records.at(others)
        pairs = np.arange(2 * len(dropped)).reshape(2, -1).T
        scores = jaccard(pa.concat_tables([left, right])["text"], pairs, ngram=self.ngram)
        columns = {
            "id": left["id"],
            "table": pa.repeat(self.records.table, len(dropped)),
            "kind": pa.repeat(KIND, len(dropped)),
            "reason": pa.repeat(REASON, len(dropped)),
            "other": right["id"],
            "score": pa.array(scores, pa.float32()),
            "run": pa.repeat(self.run, len(dropped)),
        }
        return pa.table(columns, schema=VERDICTS)


def _tally(count: int, gone: int) -> Tally:
    return Tally(count, count - gone, Counter({REASON: gone}) if gone else Counter())


def clusters(folder: Folder, table: str, limit: int) -> list[dict[str, object]]:
    """The first clusters of the current verdicts: a record that stays, then those that go in favour of it.

    Returns:
        rows of `cluster` (from 1), `similarity` to the one that stays ("" for itself), `id` and `text`.
    """
    run = folder.current(table).get(KIND)
    where = f"run = '{run}' AND kind = '{KIND}'"
    book = folder.tables["verdicts"]
    heads: dict[str, list[tuple[str, float]]] = {}
    for batch in book.scan(["other"], where) if run else ():
        heads.update((name, []) for name in batch["other"].to_pylist() if name not in heads and len(heads) < limit)
        if len(heads) >= limit:
            break
    named = ", ".join(f"'{name}'" for name in heads)
    for batch in book.scan(["id", "other", "score"], f"{where} AND other IN ({named})") if heads else ():
        for row in batch.to_pylist():
            heads[row["other"]].append((row["id"], row["score"]))
    ids = [name for head, gone in heads.items() for name in (head, *(name for name, _ in gone))]
    texts = {row["id"]: row["text"] for row in folder.tables[table].lookup(ids, ["id", "text"]).to_pylist()}
    listed: list[dict[str, object]] = []
    for number, (head, gone) in enumerate(heads.items(), 1):
        for name, score in ((head, None), *sorted(gone, key=lambda one: -one[1])):
            shown = "" if score is None else f"{score:.2f}"
            listed.append({"cluster": number, "similarity": shown, "id": name, "text": texts.get(name, "")})
    return listed
