"""Verdicts as they were given last: which records went, in whose favour, how similar; and what is otherwise now."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from personahub.dedup.noted import Noting, noted
from personahub.dedup.stands import Ids, Positions
from personahub.dedup.surveyed import Records

Scores = npt.NDArray[np.float32]
Rows = npt.NDArray[Any]

_ROW = np.dtype([("gone", "<u8"), ("other", "<u8"), ("score", "<f4")])
_BLOCK = 65_536  # records that are looked at at one time
NONE: Rows = np.empty(0, _ROW)


@dataclass(frozen=True)
class Some:
    """Of some records, in their order, those that go.

    Args:
        scores: not a number where it is not known.
        back: those that went and do not go any more.
    """

    dropped: Positions
    others: Positions
    scores: Scores
    back: Positions

    @classmethod
    def all(cls, parts: "list[Some]") -> "Some":
        empty = np.empty(0, np.int64)
        parts = [cls(empty, empty, np.empty(0, np.float32), empty), *parts]
        names = ("dropped", "others", "scores", "back")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def unknown(self) -> "Some":
        """Those whose similarity is not known, and all that come back."""
        new = np.isnan(self.scores)
        return Some(self.dropped[new], self.others[new], self.scores[new], self.back)


@dataclass(frozen=True)
class Stood:
    """Args:
    rows: of so many first records.
    inputs: names these.
    stays: which of those that are near.
    run: under which the verdicts stand.
    long: records that are too long to be compared.
    written: verdicts that stand on the disk under the run and those it stands on.
    """

    rows: int
    inputs: str
    stays: str
    run: str
    long: int
    written: int
    gone: Rows

    @classmethod
    def at(cls, path: Path) -> "Stood | None":
        """None where they are not there, or not as they were written."""
        held = noted(path)
        if held is None:
            return None
        told, body = held
        return cls(**told, gone=body.view(_ROW))

    def fits(self, records: Records) -> bool:
        return records.digests.get(self.rows) == self.inputs

    def put(self, ids: Ids) -> Ids:
        """Who stood for whom, where each stands for itself."""
        for start in range(0, len(self.gone), _BLOCK):
            some = self.gone[start : start + _BLOCK]
            ids[some["gone"].astype(np.int64)] = some["other"]
        return ids


class Standing:
    """Takes verdicts down, in the order of the records."""

    def __init__(self, path: Path) -> None:
        self._out = Noting(path)

    def __enter__(self) -> "Standing":
        return self

    def __exit__(self, *error: object) -> None:
        self._out.__exit__(*error)

    def add(self, some: Some) -> None:
        rows = np.empty(len(some.dropped), _ROW)
        rows["gone"], rows["other"], rows["score"] = some.dropped, some.others, some.scores
        self._out.add(rows)

    def close(self, records: Records, run: str, written: int) -> None:
        """They were given."""
        told = {"rows": records.count, "inputs": records.digest, "stays": records.likeness.stays}
        self._out.close({**told, "run": run, "long": records.long, "written": written})


def compared(stands: Ids, before: Rows) -> Iterator[Some]:
    """Who goes now, beside who went before; some records at a time."""
    at = 0
    for start in range(0, len(stands), _BLOCK):
        end = min(start + _BLOCK, len(stands))
        others = stands[start:end].astype(np.int64)
        dropped = np.flatnonzero(others != np.arange(start, end))
        others, dropped = others[dropped], dropped + start
        window = before[at : at + _BLOCK]
        held = window[: np.searchsorted(window["gone"], end)]
        at += len(held)
        yield _compared(dropped, others, held)


def _compared(dropped: Positions, others: Positions, held: Rows) -> Some:
    scores = np.full(len(dropped), np.nan, np.float32)
    went = held["gone"].astype(np.int64)
    place = np.searchsorted(went, dropped)
    there = np.flatnonzero(place < len(went))
    there = there[went[place[there]] == dropped[there]]
    there = there[held["other"][place[there]].astype(np.int64) == others[there]]
    scores[there] = held["score"][place[there]]
    return Some(dropped, others, scores, went[~np.isin(went, dropped, assume_unique=True)])
