"""What a search among the records of a hub leaves for the next one, which then costs what is new: the join with its
sets and keys, what the survey saw, and the verdicts that came of it.

All of it may be removed at any time. What is damaged, or of other records than those that stand first now, is not used.
"""

import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import orjson

from personahub.dedup.likeness import READINGS, Tell, short
from personahub.dedup.search import STANDS, Search
from personahub.dedup.seen import Seen
from personahub.dedup.stands import Ids
from personahub.dedup.stood import Standing, Stood
from personahub.dedup.surveyed import Records
from personahub.errors import HubError, UsageError
from personahub.joins.folder import settings_of
from personahub.joins.forest import own
from personahub.joins.found import Found
from personahub.joins.near import Near
from personahub.joins.spool import Damaged

_JOIN, _SEEN, _STOOD = "join", "seen", "stood"
_SETTINGS = "settings.json"
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

    @cached_property
    def stood(self) -> Stood | None:
        """The verdicts that were given last."""
        return Stood.at(self.path / _STOOD)

    def standing(self) -> Standing:
        """Take down those that are given now."""
        return Standing(self.path / _STOOD)

    @property
    def borders(self) -> list[int]:
        """The numbers of first records of which something is known, 0 for none."""
        stand = self.near.kept(self.path / _JOIN)
        return [0, *([self.stood.rows] if self.stood else []), *([stand.rows, stand.first] if stand else [])]

    def survey(self, records: Records) -> None:
        """As `Records` has it; what was read the last time is not read again."""
        path = self.path / _SEEN
        records.survey(self.borders, Seen.at(path))
        self.path.mkdir(parents=True, exist_ok=True)
        records.seen.keep(path)

    def is_of(self, records: Records) -> bool:
        """Whether a search among just these has left it, and was not cut off."""
        stand, stood = self.near.kept(self.path / _JOIN), self.stood
        return bool(stand and stood and stand.inputs == records.digest == stood.inputs)

    def stands(self, records: Records, tell: Tell) -> Ids:
        """As `Search` has it, of what was left and what is new; anew, where nothing of use was left."""
        try:
            return self._stands(records, tell)
        except (FileNotFoundError, ValueError, HubError) as error:
            if isinstance(error, HubError) and not _is_lost(error):
                raise
        shutil.rmtree(self.path / _JOIN, ignore_errors=True)
        return self._stands(records, tell)

    def _stands(self, records: Records, tell: Tell) -> Ids:
        self.path.mkdir(parents=True, exist_ok=True)
        found, base = self._found(records, tell)
        stood = self.stood if self.stood and self.stood.fits(records) else None
        if stood and stood.rows in (base, records.count):
            records.long = stood.long + (records.long if stood.rows < records.count else 0)
        stays = self.search.likeness.stays
        first = stood if stood and stays == stood.stays == "first" else None  # they stand for all that is connected
        if first and first.rows == records.count:
            ids = own(records.count, records.place / STANDS)
            first.put(ids)
            return ids
        before = first.put(own(base, None)) if first and first.rows == base else None
        return self.search.staying(found, self.search.connected(found, records.place, before), records.place)

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


def _is_lost(error: HubError) -> bool:
    """Whether it is that something is damaged or gone, and no want of disk."""
    return isinstance(error, Damaged) or isinstance(error.__cause__, FileNotFoundError)
