"""Near duplicates of a table by meaning: records whose vectors are close, or all but the n that are most diverse.

Vectors stay in the hub, so that another threshold embeds only what is new; what is in memory of each record are some
100 bytes.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from personahub.dedup.clusters import MEANING as KIND
from personahub.dedup.clusters import Explained
from personahub.dedup.likeness import Nearness
from personahub.dedup.stands import largest
from personahub.embedded import Embedded
from personahub.embedders.base import Embedding, opened, used
from personahub.errors import UsageError
from personahub.events import Progress, Report, Step, Tally
from personahub.hub import Folder
from personahub.options import LINKS, NEAR, SEMANTIC
from personahub.schema import VERDICTS
from personahub.text import content_id

SAME, LESS_DIVERSE = "semantic_duplicate", "less_diverse"

_VERDICTS = 4_096  # that are made at one time

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
    last = Step("dedup", "rows", 0)

    def tell(done: int, total: int) -> None:
        nonlocal last
        last = Step("dedup", "rows", done // 2, total // 2)
        progress(last)

    part = opened(embedding, folder=folder.path, writing=True)
    vectors = Embedded(folder, table, part, waiting=lambda said: progress(replace(last, state=said)))
    made = vectors.make(lambda done, total: tell(done, 2 * total), ignoring=KIND)
    run = content_id("meaning", table, meaning.settings, part.fingerprint, made.digest)
    explained = Explained.of(folder, table, run, KIND)
    if explained and folder.current(table).get(KIND) == run:
        gone, new = explained.gone, 0
    else:
        settled = _settled(vectors, made.rows, meaning, lambda done, total: tell(total + done, 2 * total))
        new = folder.judge(table, KIND, run, _verdicts(vectors, made.rows, settled, meaning.reason, run))
        gone = int(np.count_nonzero(settled.stands != np.arange(len(settled.stands))))
        heads, sizes = largest(settled.stands.astype(np.uint64))
        named = list(zip(sizes.tolist(), vectors.ids(made.rows[heads]).to_pylist(), strict=True))
        explained = Explained(run, {**meaning.told, "embedder": part.name, "note": settled.note}, named, gone)
        explained.keep(folder, table, KIND)
    usage, said = used(part)
    count = len(made.rows)
    held = f"Vectors by {part.name}: {made.made:,} made, {count - made.made:,} there from before."
    notes = (held, *said, str(explained.settings["note"]))
    tally = Tally(count, count - gone, Counter({meaning.reason: gone}) if gone else Counter())
    return Report("dedup", {table: tally}, new={"verdicts": new}, usage=usage, notes=notes)


@dataclass(frozen=True)
class _Settled:
    """Args:
    stands: for each record the position of the one that stays in its place, its own where it stays.
    cosine: of some records to others, by position.
    """

    stands: Whole
    cosine: Callable[[Whole, Whole], npt.NDArray[np.float32]]
    note: str


def _settled(vectors: Embedded, wanted: Whole, meaning: Meaning, tell: Tell) -> _Settled:
    from personahub.vectors.near import Near  # noqa: PLC0415
    from personahub.vectors.rows import Rows  # noqa: PLC0415
    from personahub.vectors.spread import spread  # noqa: PLC0415

    rows = Rows(vectors.shelf.mapped(), wanted)
    total = len(rows)
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


def _verdicts(vectors: Embedded, rows: Whole, settled: _Settled, reason: str, run: str) -> Iterator[pa.Table]:
    gone = np.flatnonzero(settled.stands != np.arange(len(settled.stands)))
    for start in range(0, len(gone), _VERDICTS):
        some = gone[start : start + _VERDICTS]
        others = settled.stands[some]
        same = partial(pa.repeat, size=len(some))
        columns = {
            "id": vectors.ids(rows[some]),
            "table": same(vectors.table),
            "kind": same(KIND),
            "reason": same(reason),
            "other": vectors.ids(rows[others]),
            "score": pa.array(settled.cosine(some, others), pa.float32()),
            "run": same(run),
        }
        yield pa.table(columns, schema=VERDICTS)
