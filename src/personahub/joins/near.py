"""Every pair of near duplicates among any number of texts, exactly, in a folder and a bounded memory."""

import os
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np

from personahub.errors import UsageError
from personahub.joins.folder import Folder, settings_of
from personahub.joins.found import Found
from personahub.joins.hashing import KEYS
from personahub.joins.layout import MOST_BITS
from personahub.joins.minhash import PERMUTATIONS, MinHash
from personahub.joins.more import Stand, add_all, stand_of
from personahub.joins.phases import KEEPING, LINKS, PAIRS, PHASES, do_survey, lay_out, steps
from personahub.joins.plan import Threshold
from personahub.joins.reading import Parts, Source, Tell
from personahub.joins.room import Full
from personahub.joins.spool import Damaged
from personahub.joins.work import Join

MEMORY = 2 * 10**9  # bytes
EXACT, MINHASH = "exact", "minhash"
MOST_ROWS = 2**40
_SURVEYED = ("key", "survey", "halvings")
_FOUND = ("equal-", "pairs-", "shared-")
_TRIES = 2  # one more than a disk may go wrong before a person should look


def _deaf(_phase: str, _rows: int, _all: int) -> None:
    """Hears nothing."""


@dataclass(frozen=True)
class Near:
    """What near means, and what may be used to find it.

    Two texts are near when the Jaccard similarity of their sets of word n-grams is at least `threshold`, read as the
    decimal number it is written as. `workers`, `memory_limit` and `disk_limit` (bytes) change no result; memory is
    that of the join's own tables, beside the interpreter and the parts that are read. With 12 bytes a record the disk
    takes some 30 a record; with 2, some 200. The hash key is drawn anew for each folder unless `key` says otherwise:
    texts come from strangers, who could aim at a key they know.

    `give` is every pair; or links, which are fewer and connect the same records: where very many are near to each
    other, pairs are as many as their square, and links no more than the keys that they share.

    `method` exact finds every pair. minhash finds one of similarity s with the probability that `permutations` orders
    of all words give it (`minhash.py`), equal records always, and nothing that is not near.

    With `keep` some 260 bytes a record stay in the folder, by which `more` finds what later texts are near to.

    Raises UsageError where a setting cannot be meant.
    """

    threshold: float | str | Decimal | Fraction = 0.9
    ngram: int = 1
    workers: int = 2
    memory_limit: int = MEMORY
    disk_limit: int | None = None
    key: bytes | None = field(default=None, repr=False)
    give: Literal["pairs", "links"] = "pairs"
    method: Literal["exact", "minhash"] = "exact"
    permutations: int = PERMUTATIONS
    keep: bool = False

    def __post_init__(self) -> None:
        MinHash.at(self.threshold, self.permutations)
        if self.method not in {EXACT, MINHASH}:
            raise UsageError(f"method is {self.method}; it is exact or minhash")
        if self.keep and self.method != EXACT:
            raise UsageError("only what the exact method found is kept; leave out keep")
        if self.ngram < 1 or self.workers < 1 or self.memory_limit < 1:
            raise UsageError("ngram, workers and memory_limit count from 1")
        if self.give not in {PAIRS, LINKS}:
            raise UsageError(f"give is {self.give}; it is pairs or links")
        if self.key is not None and len(self.key) != 8 * KEYS:
            raise UsageError(f"a key has {8 * KEYS} bytes")

    def __call__(self, parts: Parts, *, rows: int, folder: Path, inputs: str = "", tell: Tell = _deaf) -> Found:
        """The pairs among `rows` texts, their ids their positions.

        Args:
            parts: gives the same string arrays in the same order whenever it is called: once for the first texts,
                twice for all; more often where the disk is short.
            inputs: names the texts, so that a folder is not gone on with for others.
            tell: hears, while texts are read, which phase reads them, how many were read until then, and how many
                will have been at the end; a text counts as often as it is read.

        Returns:
            what was found, in `folder` until its `remove` is called. A call that was cut off goes on where its last
            phase ended when the same is asked for again.

        Raises:
            HubError: the disk failed or was full, or had no room for the smallest passes; or the texts were not the
                same whenever they were read.
            UsageError: a text of more than 4 MiB.
        """
        if not 0 <= rows <= MOST_ROWS:
            raise UsageError(f"{rows:,} rows; ids have 40 bits")
        for attempt in range(_TRIES):
            try:
                return self._found(Source(parts, rows, tell), folder, inputs)
            except Damaged:
                Folder(folder, {}).clear()
                if attempt + 1 == _TRIES:
                    raise
        raise AssertionError

    def more(
        self, parts: Parts, *, rows: int, folder: Path, before: str, inputs: str, tell: Tell = _deaf
    ) -> Found | None:
        """What joining all texts anew would find, where `rows` came behind those of which a folder was kept.

        Args:
            parts: gives the new texts only.
            before: names the texts joined so far, as `inputs` did.
            inputs: names all of them.

        Returns:
            what was found among all; None where the folder does not know those before, or has joined them in another
            way: then all are to be joined anew.

        Raises:
            HubError: the disk failed or was full; or what was kept is damaged, and is forgotten.
        """
        stand = self.kept(folder)
        start = None if stand is None else stand.start(before, inputs, rows)
        if stand is None or start is None:
            return None
        place = Folder(folder, settings_of(folder), self.disk_limit)
        join = self._join(place, Source(parts, rows, tell))
        try:
            stand = add_all(join, stand, start, inputs)
        except Damaged:
            place.clear()
            raise
        finally:
            place.close()
        return self._told(join, stand.rows, range(stand.since + 1, stand.number + 1))

    def kept(self, folder: Path) -> Stand | None:
        """How many texts were joined in a folder and kept, and what names them; None where none were in this way."""
        settings = settings_of(folder)
        if any(settings.get(name) != value for name, value in self._settings.items()):
            return None
        return stand_of(Folder(folder, settings, self.disk_limit))

    @property
    def _settings(self) -> dict[str, object]:
        return {
            "threshold": str(Threshold.of(self.threshold).exact),
            "ngram": self.ngram,
            "give": self.give,
            "method": [self.method, self.permutations],
            "key": self.key.hex() if self.key else "",
        }

    def _join(self, place: Folder, source: Source) -> Join:
        if not place.done("key"):
            place.note(key=(self.key or os.urandom(8 * KEYS)).hex())
        key = np.frombuffer(bytes.fromhex(str(place.marks["key"])), "<u8").astype(np.uint64)
        minhash = self.method == MINHASH
        threshold = MinHash.at(self.threshold, self.permutations) if minhash else Threshold.of(self.threshold)
        return Join(place, threshold, key, self.ngram, source, self.workers, self.memory_limit, self.give, self.keep)

    def _told(self, join: Join, rows: int, added: range) -> Found:
        partitions = (max(rows - 1, 0) >> join.id_shift) + 1
        return Found(join.place, rows, partitions, join.layout.passes, added, every=self.give == PAIRS)

    def _found(self, source: Source, folder: Path, inputs: str) -> Found:
        place = Folder(folder, {**self._settings, "rows": source.rows, "inputs": inputs}, self.disk_limit)
        stand = stand_of(place)
        if stand is not None and stand.number:
            place.clear()  # more than these was joined here
        join = self._join(place, source)
        try:
            while not _done(join):
                pass
        finally:
            place.close()
        return self._told(join, source.rows, range(0))


def _done(join: Join) -> bool:
    """Whether there was room; if not, it is to be begun again in more passes."""
    place = join.place
    if not place.done("survey"):
        do_survey(join)
    if place.done("layout") and join.layout.memory > join.memory:
        place.back_to(_SURVEYED, ["common"])
    if not place.done("layout"):
        lay_out(join, place.number("halvings"))
    try:
        for step in steps(join.layout, keep=join.keep):
            if not place.done(step.name):
                PHASES[step.phase](join, step)
    except Full:
        halvings = join.layout.halvings + 1
        if step.phase in KEEPING or halvings > MOST_BITS or place.size(_FOUND) > place.room.most // 2:
            raise
        place.back_to(_SURVEYED, ["common"])
        place.note(halvings=halvings)
        return False
    return True
