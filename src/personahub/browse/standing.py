"""How the records of a table stand: what each reviewer says of them, and which verdict holds. By row, in memory."""

from collections.abc import Iterable, Sequence
from threading import RLock

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from personahub.browse.columns import Codes, Flags, Terms, coded
from personahub.hub import Folder
from personahub.reasons import KINDS, REVIEW
from personahub.store.judged import DISCARDED, DRAFT, PENDING, SKIPPED, STATUSES, SUBMITTED, Judgement
from personahub.store.reviewed import DISCARDED as BY_REVIEW
from personahub.store.reviewed import PERSONA_DISCARDED

KEPT = "kept"
_KNOWN = 200_000  # ids whose rows are remembered
_LOOKED_UP = 4096

_Votes = npt.NDArray[np.int16]


class Standing:
    """Of one table."""

    def __init__(self, folder: Folder, table: str) -> None:
        self._folder, self._table = folder, table
        self._turn = RLock()
        self._seen = 0
        self._rows: dict[str, int] = {}
        self._states: dict[str, npt.NDArray[np.int8]] = {}
        self._votes: dict[str, _Votes] = {SUBMITTED: np.zeros(0, np.int16), DISCARDED: np.zeros(0, np.int16)}
        self._base: tuple[object, Terms | None] = (None, None)
        self._orphans: tuple[object, Codes] = (None, np.empty(0, np.int32))

    def note(self, ids: Sequence[str], rows: Sequence[int]) -> None:
        """Remember where records stand that were shown: they are judged next."""
        with self._turn:
            if len(self._rows) > _KNOWN:
                self._rows.clear()
            self._rows.update(zip(ids, rows, strict=True))

    def known(self, name: str | None) -> int | None:
        """The row of a record that was shown or looked up; None where that is not remembered."""
        return None if name is None else self._rows.get(name)

    def row(self, name: str) -> int:
        """Of a record by its whole id; -1 where there is none."""
        return int(self.rows([name])[0])

    def rows(self, ids: Sequence[str]) -> npt.NDArray[np.int64]:
        with self._turn:
            new = [name for name in ids if name not in self._rows]
            found = dict(zip(new, self._folder.tables[self._table].places(new).tolist(), strict=True)) if new else {}
            known = [self._rows[name] if name in self._rows else found[name] for name in ids]
            if len(self._rows) + len(new) <= _KNOWN:
                self._rows.update({name: row for name, row in found.items() if row >= 0})
        return np.array(known, np.int64)

    def statuses(self, reviewer: str) -> npt.NDArray[np.int8]:
        """Of each row what one reviewer said: the place in STATUSES."""
        with self._turn:
            self._sync()
            return self._states.get(reviewer, np.zeros(self._count(), np.int8))

    def status(self, reviewer: str) -> Terms:
        return Terms(tuple(STATUSES), self.statuses(reviewer).astype(np.int32), None, self._count())

    def votes(self) -> tuple[_Votes, _Votes]:
        """Of each row how many submitted, and how many discarded it."""
        with self._turn:
            self._sync()
            return self._votes[SUBMITTED], self._votes[DISCARDED]

    def reviewers(self) -> list[str]:
        with self._turn:
            self._sync()
            return sorted(self._states)

    def discarded(self) -> Flags:
        submitted, discarded = self.votes()
        return discarded > submitted

    def verdict(self) -> Terms:
        """Of each row `kept`, or why it is dropped."""
        base, out = self._by_runs(), self.discarded()
        orphans = self._orphaned()
        if not out.any() and not len(orphans):
            return base
        codes, values = base.codes.copy(), list(base.values)
        for reason, rows in ((PERSONA_DISCARDED, orphans), (BY_REVIEW, np.flatnonzero(out))):
            codes[rows[codes[rows] == values.index(KEPT)] if reason == PERSONA_DISCARDED else rows] = len(values)
            values.append(reason)
        return Terms(tuple(values), codes, None, base.count)

    def dropped(self) -> Flags:
        told = self.verdict()
        return np.asarray(told.codes != told.values.index(KEPT))

    def dropped_by_runs(self) -> Flags:
        """Whatever people say of them."""
        told = self._by_runs()
        return np.asarray(told.codes != told.values.index(KEPT))

    def disagreement(self) -> npt.NDArray[np.float32]:
        """Of each row how far reviewers are apart: 1 where as many discarded as submitted, 0 where all agree."""
        submitted, discarded = self.votes()
        least, all_ = np.minimum(submitted, discarded), submitted + discarded
        return np.asarray(np.where(all_ > 1, 2.0 * least / np.maximum(all_, 1), 0.0), np.float32)

    def _by_runs(self) -> Terms:
        """Without what people say."""
        folder, name, count = self._folder, self._table, self._count()
        heads = {table: folder.current(table) for table in KINDS} if name in KINDS else {}
        key = repr((count, folder.tables["verdicts"].version if any(heads.values()) else 0, heads))
        with self._turn:
            if self._base[0] == key and self._base[1] is not None:
                return self._base[1]
            if not any(heads.values()) and name != "rejected":
                made = Terms((KEPT,), np.zeros(count, np.int32), None, count)
            else:
                batches = folder.judged(name, ["id"], ignoring=(REVIEW,))
                made = coded([batch["reject"].fill_null(KEPT) for batch in batches] or [pa.array([], pa.string())])
            if KEPT not in made.values:
                made = Terms((*made.values, KEPT), made.codes, None, made.count)
            self._base = (key, made)
            return made

    def _orphaned(self) -> Codes:
        """Rows of samples whose personas people discarded."""
        if self._table != "samples":
            return np.empty(0, np.int32)
        key = (self._folder.judgements.last, self._count())
        if self._orphans[0] != key:
            gone, _ = self._folder.judgements.dropped("personas")
            rows = [np.empty(0, np.int64)]
            for start in range(0, len(gone), _LOOKED_UP):
                named = ", ".join(f"'{one}'" for one in gone[start : start + _LOOKED_UP])
                rows.append(self._folder.tables["samples"].numbers(f"persona_id IN ({named})"))
            self._orphans = (key, np.concatenate(rows).astype(np.int32))
        return self._orphans[1]

    def _sync(self) -> None:
        """Take in what was judged since, by this process or another."""
        count, last = self._count(), self._folder.judgements.last
        for name, votes in self._votes.items():
            self._votes[name] = np.pad(votes, (0, count - len(votes))) if len(votes) < count else votes
        for name, held in self._states.items():
            self._states[name] = np.pad(held, (0, count - len(held))) if len(held) < count else held
        if last != self._seen:
            self._take(list(self._folder.judgements.all(self._table, self._seen)), count)
            self._seen = last

    def _take(self, said: Sequence[Judgement], count: int) -> None:
        rows = self.rows([one.record for one in said])
        for reviewer in dict.fromkeys(one.reviewer for one in said):
            mine = [place for place, one in enumerate(said) if one.reviewer == reviewer and rows[place] >= 0]
            at = rows[mine]
            states = self._states.setdefault(reviewer, np.zeros(count, np.int8))
            for name, votes in self._votes.items():
                votes[at] -= states[at] == STATUSES.index(name)
            states[at] = _codes(said[place].status for place in mine)
            for name, votes in self._votes.items():
                votes[at] += states[at] == STATUSES.index(name)

    def _count(self) -> int:
        return self._folder.tables[self._table].count()


def _codes(statuses: Iterable[str]) -> npt.NDArray[np.int8]:
    known = {name: place for place, name in enumerate((PENDING, DRAFT, SUBMITTED, DISCARDED, SKIPPED))}
    return np.array([known[status] for status in statuses], np.int8)
