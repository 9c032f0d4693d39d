"""A search for near duplicates by their words: who stands for whom, and which of them stays."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from personahub.dedup.likeness import MEMORY, READINGS, SCORES, Likeness, Limits, Parts, Tell, short
from personahub.joins.forest import Ids, linked, starred
from personahub.joins.found import Found
from personahub.joins.near import Near
from personahub.joins.stays import closeness, led, starred_by

STANDS = "stands"  # the file of who stands for whom


@dataclass(frozen=True)
class Search:
    """By one likeness, within limits."""

    likeness: Likeness
    limits: Limits

    def near(self, *, keep: bool = False) -> Near:
        """The join; with `keep` it leaves what the next one needs. UsageError where the method cannot."""
        how = self.likeness
        give: Literal["links", "pairs"] = "links" if how.link == "single" and how.stays != "central" else "pairs"
        return Near(
            how.threshold,
            how.ngram,
            memory_limit=self.limits.memory or MEMORY,
            disk_limit=self.limits.disk,
            give=give,
            method="minhash" if how.method == "minhash" else "exact",
            permutations=how.permutations,
            keep=keep,
        )

    def __call__(self, texts: Parts, count: int, folder: Path, inputs: str, tell: Tell) -> Ids:
        """For each text the position of the one that stays in its place, its own where it stays itself.

        Texts of more than LONGEST bytes are compared with none. What it writes lies in `folder`, which has the
        scores where records have some; a call that was cut off goes on where it was.
        """
        found = self.near()(
            lambda: map(short, texts()),
            rows=count,
            folder=folder / "join",
            inputs=inputs,
            tell=lambda _phase, rows, readings: tell(rows * READINGS * count // readings),
        )
        return self.staying(found, self.connected(found, folder), folder)

    def connected(self, found: Found, folder: Path, before: Ids | None = None) -> Ids | None:
        """Who stands for whom as far as no score has a say, in a file of `folder`; None where scores say it all.

        Args:
            before: the same for the first records, where `found` knows what came behind them.
        """
        if self.likeness.link == "single":
            return linked(found, folder / STANDS, before)
        if self.likeness.stays == "first" or not found.rows:
            return starred(found, folder / STANDS, before)
        return None

    def staying(self, found: Found, ids: Ids | None, folder: Path) -> Ids:
        """The same with those in front that are to stay; `ids` are written over."""
        if ids is not None and (self.likeness.stays == "first" or not found.rows):
            return ids
        if self.likeness.stays == "central":
            scores = closeness(found, folder / "closeness")
        else:
            scores = np.asarray(np.memmap(folder / SCORES, np.float64, "r+"))
        return starred_by(found, scores, folder) if ids is None else led(ids, scores, folder / "best")
