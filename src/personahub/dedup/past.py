"""What a search among the records of a hub leaves for the next one, which then costs what is new: the join with its
sets and keys, who stood for whom, and how similar each that goes was to the one that stays.

All of it may be removed at any time. What is damaged, or of other records than those that stand first now, is not used.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from personahub.dedup.likeness import READINGS, Tell, short
from personahub.dedup.noted import Noting, noted
from personahub.dedup.search import STANDS, Search
from personahub.dedup.stands import Ids, Positions
from personahub.dedup.surveyed import Records
from personahub.errors import HubError, UsageError
from personahub.joins.folder import settings_of
from personahub.joins.forest import own
from personahub.joins.found import Found
from personahub.joins.near import Near
from personahub.joins.spool import Damaged

Scores = npt.NDArray[np.float32]

_JOIN, _CONNECTED, _SCORED = "join", "connected", "scored"
_SETTINGS = "settings.json"
_BLOCK = 1 << 20  # ids that are written at one time
_STOOD = np.dtype([("other", "<u8"), ("score", "<f4")])  # of each record
# Times as many records as were joined first, from which all are joined anew: what is found is laid for those.
_GROWN = 4


@dataclass(frozen=True)
class Pasts:
    """A folder with one for each task, or for all.

    Args:
        path: to be removed by whoever does not want it.
    """

    path: Path
    search: Search

    @classmethod
    def of(cls, path: Path, search: Search) -> "Pasts | None":
        """None where nothing is kept for the next search, or only for one by other settings, and none was asked for.

        Raises UsageError where it is asked for of a method that leaves nothing.
        """
        incremental = search.limits.incremental
        if incremental is False:
            shutil.rmtree(path, ignore_errors=True)
        if not incremental and not path.exists():
            return None
        how = search.likeness
        if how.method != "exact":
            if incremental:
                raise UsageError(f"incremental goes with method exact, and this is {how.method}; give --method exact")
            return None
        settings = orjson.dumps([how.threshold, how.ngram, search.near().give, how.link])
        kept = path / _SETTINGS
        if not kept.is_file() or kept.read_bytes() != settings:
            if not incremental:
                return None
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir(parents=True)
            kept.write_bytes(settings)
        return cls(path, search)

    def past(self, name: str) -> "Past":
        return Past(self.path / name, self.search)

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file())


@dataclass(frozen=True)
class _Known:
    """Numbers of the first so many records, one each, and how many of those are too long to be compared.

    Args:
        inputs: names them.
    """

    rows: int
    inputs: str
    numbers: npt.NDArray[Any]
    long: int = 0

    def fits(self, records: Records) -> bool:
        return records.digests.get(self.rows) == self.inputs


@dataclass
class Past:
    """What was left by a search among records that are compared with each other.

    Args:
        new: records that the last call of `stands` compared with all, of them all; the others it knew.
    """

    path: Path
    search: Search
    new: int = 0

    @cached_property
    def near(self) -> Near:
        return self.search.near(keep=True)

    @property
    def borders(self) -> list[int]:
        """The numbers of first records of which something is known, 0 for none."""
        stand = self.near.kept(self.path / _JOIN)
        known = (self._connected, self._scored, stand)
        return [0, *(one.rows for one in known if one), *([stand.first] if stand else [])]

    def is_of(self, records: Records) -> bool:
        """Whether a search among just these has left it, and was not cut off."""
        stand, scored = self.near.kept(self.path / _JOIN), self._scored
        return bool(stand and scored and stand.inputs == records.digest == scored.inputs)

    def stands(self, records: Records, tell: Tell) -> Ids:
        """As `Search` has it, of what was left and what is new; anew, where nothing of use was left."""
        try:
            return self._stands(records, tell)
        except (FileNotFoundError, ValueError, HubError) as error:
            if isinstance(error, HubError) and not _is_lost(error):
                raise
        shutil.rmtree(self.path, ignore_errors=True)
        return self._stands(records, tell)

    def _stands(self, records: Records, tell: Tell) -> Ids:
        self.path.mkdir(parents=True, exist_ok=True)
        found, base = self._found(records, tell)
        known, scored = self._connected, self._scored
        if scored and scored.fits(records) and scored.rows in (base, records.count):
            records.long = scored.long + (records.long if scored.rows < records.count else 0)
        ids: Ids | None
        if known and known.fits(records) and known.rows == records.count:
            ids = own(records.count, records.place / STANDS)
            ids[:] = known.numbers
        else:
            before = known.numbers if known and known.fits(records) and known.rows == base else None
            ids = self.search.connected(found, records.place, before)
            if ids is not None:
                self._note_connected(records, ids)
        return self.search.staying(found, ids, records.place)

    def _found(self, records: Records, tell: Tell) -> tuple[Found, int]:
        """What is near, and how many of the first records were joined before those that `Found.added` tells of."""

        def heard(_phase: str, rows: int, readings: int) -> None:
            tell(rows * READINGS * records.count // max(readings, 1))

        folder, count = self.path / _JOIN, records.count
        stand = self.near.kept(folder)
        if stand is not None and stand.rows <= count <= _GROWN * int(str(settings_of(folder)["rows"])):
            goes_on = records.digests.get(stand.rows) == stand.inputs and stand.rows < count
            base = stand.rows if goes_on else stand.first
            found = (
                self.near.more(
                    lambda: map(short, records.behind(base)),
                    rows=count - base,
                    folder=folder,
                    before=records.digests.get(base, ""),
                    inputs=records.digest,
                    tell=heard,
                )
                if base < count
                else None
            )
            if found is not None and found.rows == count:
                self.new = count - stand.rows
                return found, base
        self.new = 0 if stand and stand.inputs == records.digest and not stand.number else count
        found = self.near(
            lambda: map(short, records.texts()), rows=count, folder=folder, inputs=records.digest, tell=heard
        )
        return found, -1

    def scores(self, records: Records) -> Callable[[Positions, Positions], Scores]:
        """Of records that go in favour of others how similar they were last time; not a number where it is unknown."""
        scored = self._scored
        stood = scored.numbers if scored and scored.fits(records) else np.empty(0, _STOOD)

        def known(dropped: Positions, others: Positions) -> Scores:
            found = np.full(len(dropped), np.nan, np.float32)
            there = np.flatnonzero(dropped < len(stood))
            held = stood[dropped[there]]
            same = held["other"] == others[there]
            found[there[same]] = held["score"][same]
            return found

        return known

    def noting(self) -> "Scoring":
        """Take down how similar they are."""
        return Scoring(self.path / _SCORED)

    @property
    def _connected(self) -> _Known | None:
        held = noted(self.path / _CONNECTED)
        if held is None:
            return None
        told, body = held
        return _Known(told["rows"], told["inputs"], body.view(f"<u{told['bytes']}"))

    @property
    def _scored(self) -> _Known | None:
        held = noted(self.path / _SCORED)
        if held is None:
            return None
        told, body = held
        return _Known(told["rows"], told["inputs"], body.view(_STOOD), told["long"])

    def _note_connected(self, records: Records, ids: Ids) -> None:
        with Noting(self.path / _CONNECTED) as out:
            for start in range(0, len(ids), _BLOCK):
                out.add(ids[start : start + _BLOCK])
            out.close({"rows": records.count, "inputs": records.digest, "bytes": ids.dtype.itemsize})


class Scoring:
    """Takes down in whose favour records go, and how similar they were, of some at a time in their order."""

    def __init__(self, path: Path) -> None:
        self._out = Noting(path)
        self._at = 0

    def __enter__(self) -> "Scoring":
        return self

    def __exit__(self, *error: object) -> None:
        self._out.__exit__(*error)

    def add(self, dropped: Positions, others: Positions, scores: Scores) -> None:
        self._stay(int(dropped[0]))
        some = _staying(self._at, int(dropped[-1]) + 1)
        some["other"][dropped - self._at] = others
        some["score"][dropped - self._at] = scores
        self._out.add(some)
        self._at += len(some)

    def close(self, records: Records) -> None:
        self._stay(records.count)
        self._out.close({"rows": records.count, "inputs": records.digest, "long": records.long})

    def _stay(self, end: int) -> None:
        for start in range(self._at, end, _BLOCK):
            self._out.add(_staying(start, min(start + _BLOCK, end)))
        self._at = end


def _staying(start: int, end: int) -> npt.NDArray[Any]:
    some = np.empty(end - start, _STOOD)
    some["other"], some["score"] = np.arange(start, end), np.nan
    return some


def _is_lost(error: HubError) -> bool:
    """Whether it is that something is damaged or gone, and no want of disk."""
    return isinstance(error, Damaged) or isinstance(error.__cause__, FileNotFoundError)
