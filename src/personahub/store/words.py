"""Full-text search of columns by the inverted indexes of the storage library: BM25 over words, phrases, beginnings.

What an index does not hold yet is read as it lies on the disk, by the same rules, so that every record is found as soon
as it is there. Indexes are derived: they may be dropped at any time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.store.guard import Room, as_hub_errors, dataset, newest
from personahub.store.indexing import index, segments
from personahub.store.numbering import Starts, numbers_of
from personahub.terms import BEGINNING, PART, PHRASE, WORD, Term, has

ROOM = Room(2**27, 2**30, 64, 2**23)  # the lists of all words, with their places, take some 50 bytes a row
RANKED = 10_000  # hits of a search for nothing but parts, which no index knows, that are put in order
_K1, _B = 1.2, 0.75  # of BM25, as the library has them


@dataclass(frozen=True)
class Asked:
    """Args:
    words: for the letters of each beginning the words that begin so.
    where: a condition, written anew by `personahub.where`.
    """

    terms: Sequence[Term]
    columns: Sequence[str]
    words: Mapping[str, Sequence[str]]
    where: str | None = None


@dataclass(frozen=True)
class Hits:
    """The best first; `rows` int64 are their numbers in the table, `scores` float32.

    Args:
        all: there are no more.
    """

    rows: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32]
    all: bool


class Words:
    """A table as searches see it, always its newest version; several threads may ask, one that indexes is apart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._data: Any = None
        self._starts = Starts()
        self._turn = RLock()

    def left(self, column: str) -> int | None:
        """Rows that the index of a column does not hold yet; None where there is no index, so that none is found."""
        with self._turn, as_hub_errors(self._path):
            data = self._opened()
            found = segments(data, column)
            held = {number for one in found for number in one.fragment_ids}
            rows = sum(part.metadata.num_rows for part in data.get_fragments() if part.fragment_id not in held)
        return rows if found else None

    def index(self, column: str, tell: Callable[[int], None]) -> None:
        """Bring the index of a column up to date; only for the process that writes. A kill leaves it as it was.

        Args:
            tell: hears of the rows that are done.
        """
        data = self._opened()
        with as_hub_errors(self._path):
            index(self._path, data, column, tell)

    def apart(self) -> "Words":
        """The same, for a thread that makes an index while others search."""
        return Words(self._path)

    def beside(self, scratch: Path) -> "Words":
        """The same table under another path, so that it can be indexed by a process that may not write to this one."""
        with as_hub_errors(self._path):
            data = self._opened()
            data.shallow_clone(str(scratch / self._path.name), reference=data.version)
        return Words(scratch / self._path.name)

    def find(self, asked: Asked, limit: int) -> Hits:
        """The best of the records that have every term.

        Args:
            limit: so many at most; a search for nothing but parts puts the first RANKED of them in order.
        """
        full = [term for term in asked.terms if term.kind != PART]
        if any(not term.out for term in full):
            return self._full(asked, full, limit)
        return self._scanned(asked, limit)

    def texts(self, column: str, first: int) -> Any:
        """Batches of a column from a row on, in order."""
        with as_hub_errors(self._path):
            with self._turn:
                scanner = self._opened().scanner(columns=[column], offset=first, batch_size=8192)
            for batch in scanner.to_batches() if first < self.rows else ():
                yield batch[column]

    @property
    def rows(self) -> int:
        with self._turn:
            return int(self._opened().count_rows())

    def last(self, rows: int) -> str:
        """The id of the last of the first so many rows."""
        with self._turn:
            return str(self._opened().take([rows - 1], columns=["id"])["id"][0]) if 0 < rows <= self.rows else ""

    def _full(self, asked: Asked, full: Sequence[Term], limit: int) -> Hits:
        query = _query(full, asked)
        where = " AND ".join([*_parts(asked), *([asked.where] if asked.where else [])])
        if query is None:
            return Hits(np.empty(0, np.int64), np.empty(0, np.float32), all=True)
        with as_hub_errors(self._path):
            with self._turn:
                scanner = self._opened().scanner(
                    columns=["_score"],
                    full_text_query=query,
                    limit=limit,
                    filter=where or None,
                    prefilter=True,
                    with_row_address=True,
                )
                starts = self._starts.of(self._data)
            found = scanner.to_table()
        return _ordered(numbers_of(found["_rowaddr"], starts), found["_score"].to_numpy(), limit)

    def _scanned(self, asked: Asked, limit: int) -> Hits:
        """By parts alone, which stand anywhere in a text: the more often and the shorter the text, the better."""
        where = " AND ".join([*_parts(asked), *([asked.where] if asked.where else [])])
        most = max(limit, RANKED)
        with as_hub_errors(self._path):
            with self._turn:
                scanner = self._opened().scanner(
                    columns=list(asked.columns), filter=where, limit=most, with_row_address=True
                )
                starts = self._starts.of(self._data)
            found = scanner.to_table()
        texts = [pc.fill_null(found[column], "").combine_chunks() for column in asked.columns]
        scores = _scores(texts, [term.said for term in asked.terms if not term.out])
        out = [term for term in asked.terms if term.out and term.kind != PART]
        for place in range(len(found) if out else 0):
            if any(has(column[place].as_py(), term) for column in texts for term in out):
                scores[place] = -1
        kept = scores >= 0
        hits = _ordered(numbers_of(found["_rowaddr"], starts)[kept], scores[kept], limit)
        return Hits(hits.rows, hits.scores, all=len(found) < most and hits.all)

    def _opened(self) -> Any:
        with self._turn, as_hub_errors(self._path):
            if self._data is None:
                self._data = dataset(self._path, ROOM)
            else:
                self._data = newest(self._data)
            return self._data


def _query(full: Sequence[Term], asked: Asked) -> Any:
    """As the library takes it; None where nothing can have all of it."""
    from lance.query import BooleanQuery, Occur  # noqa: PLC0415 - as in guard.py

    clauses = []
    together = [term for term in full if term.kind == WORD and not term.out] if len(asked.columns) == 1 else []
    if len(together) > 1:  # as one question, which skips what cannot be among the best: half the time, or less
        words = " ".join(term.said for term in together)
        clauses.append((Occur.MUST, _of_column(Term(WORD, words), asked.columns[0], asked)))
        full = [term for term in full if term not in together]
    for term in full:
        there = [one for one in term.each if one.kind != BEGINNING or asked.words[one.said]]
        if not there:
            if not term.out:
                return None
            continue
        several = [_of_column(one, column, asked) for one in there for column in asked.columns]
        either = several[0] if len(several) == 1 else BooleanQuery([(Occur.SHOULD, one) for one in several])
        clauses.append((Occur.MUST_NOT if term.out else Occur.MUST, either))
    return clauses[0][1] if len(clauses) == 1 else BooleanQuery(clauses)


def _of_column(term: Term, column: str, asked: Asked) -> Any:
    from lance.query import FullTextOperator, MatchQuery, PhraseQuery  # noqa: PLC0415

    if term.kind == PHRASE:
        return PhraseQuery(term.said, column)
    if term.kind == BEGINNING:
        return MatchQuery(" ".join(asked.words[term.said]), column)
    return MatchQuery(term.said, column, operator=FullTextOperator.AND)


def _parts(asked: Asked) -> list[str]:
    """Conditions for what is looked for as it stands; what was typed holds no control characters (terms.py)."""
    conditions = []
    for term in (term for term in asked.terms if term.kind == PART):
        text = "'" + term.said.replace("'", "''") + "'"
        either = " OR ".join(f"contains(`{column}`, {text})" for column in asked.columns)
        conditions.append(f"(NOT ({either}))" if term.out else f"({either})")
    return conditions


def _scores(texts: Sequence[pa.Array], parts: Sequence[str]) -> npt.NDArray[np.float32]:
    """BM25 of each record in which all parts stand, by how often they do; how rare a part is makes no odds then."""
    lengths = np.array([pc.utf8_length(column).to_numpy() for column in texts], np.float64).sum(axis=0) + 1
    longer = lengths / (lengths.sum() / max(len(lengths), 1) or 1)  # than the average
    scores = np.zeros(len(lengths))
    for part in parts:
        often = np.array([pc.count_substring(column, part).to_numpy() for column in texts], np.float64).sum(axis=0)
        scores += often * (_K1 + 1) / (often + _K1 * (1 - _B + _B * longer))
    return scores.astype(np.float32)


def _ordered(rows: npt.NDArray[np.int64], scores: npt.NDArray[np.float32], limit: int) -> Hits:
    """The best first, of equals the first that came."""
    order = np.lexsort((rows, -scores))[:limit]
    return Hits(rows[order], scores[order].astype(np.float32), all=len(rows) < limit)
