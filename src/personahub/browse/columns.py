"""Columns of a table in memory: a code a row for those with few values, a number a row for numbers.

They are read when they are first asked for, and again when the table has another version.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.browse.view import BROWSED, MAIN, Filter, Unusable
from personahub.store.table import Table

DISTINCT = 20_000  # values of a column that has so many rows a value at least, else it is text
FEW = 200  # values that a column may always have
BINS = 20
TOLD = 100  # values that are told of a column
LENGTH = "length"

Codes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]

_READ = 65_536
_TEXT = {"id", "persona_id", "extra", "layout", "text", "persona", "description", "detail", "place", "run"}


@dataclass(frozen=True)
class Terms:
    """A column with few values.

    Args:
        values: the most frequent first.
        codes: of each row the place of its value, len(values) where it has none; of each value where it has several.
        rows: of each code its row, where a row has several; None where each has one.
        count: rows.
    """

    values: tuple[object, ...]
    codes: Codes
    rows: Codes | None
    count: int

    def flags(self, wanted: Filter) -> Flags:
        """Which rows fit."""
        if wanted.among is None:
            raise Unusable(f"{wanted.column} has values, and no from and to", f"view.filters.{wanted.column}")
        said = {_plain(one) for one in wanted.among}
        chosen = np.array([_plain(value) in said for value in (*self.values, None)])
        if self.rows is None:
            found: Flags = chosen[self.codes]
        else:
            found = np.zeros(self.count, np.bool_)
            found[self.rows[chosen[self.codes]]] = True
        return ~found if wanted.out else found

    def counts(self, flags: Flags | None) -> list[dict[str, object]]:
        codes = self.codes
        if flags is not None:
            codes = codes[flags if self.rows is None else flags[self.rows]]
        counted = np.bincount(codes, minlength=len(self.values) + 1)
        order = np.argsort(-counted, kind="stable")[:TOLD]
        named = (*self.values, None)
        return [{"value": named[place], "count": int(counted[place])} for place in order.tolist() if counted[place]]

    def order(self) -> npt.NDArray[np.float64]:
        """A number a row, by which rows are sorted as their values are."""
        ranks = np.empty(len(self.values) + 1)
        ranks[np.argsort(np.array([str(value) for value in self.values], object), kind="stable")] = np.arange(
            len(self.values)
        )
        ranks[-1] = np.inf
        if self.rows is None:
            return np.asarray(ranks[self.codes])
        found = np.full(self.count, np.inf)
        np.minimum.at(found, self.rows, ranks[self.codes])
        return found


@dataclass(frozen=True)
class Figures:
    """A column of numbers; not a number where a row has none."""

    numbers: Numbers

    def flags(self, wanted: Filter) -> Flags:
        if wanted.among is not None:
            held = np.isin(self.numbers, [one for one in wanted.among if isinstance(one, int | float)])
            held |= np.isnan(self.numbers) & (None in wanted.among)
            return ~held if wanted.out else held
        with np.errstate(invalid="ignore"):
            found = np.ones(len(self.numbers), np.bool_)
            if wanted.least is not None:
                found &= self.numbers >= wanted.least
            if wanted.most is not None:
                found &= self.numbers <= wanted.most
        return found & ~np.isnan(self.numbers)

    def counts(self, flags: Flags | None) -> list[dict[str, object]]:
        held = self.numbers if flags is None else self.numbers[flags]
        return bins(held[np.isfinite(held)], self.numbers)

    def order(self) -> npt.NDArray[np.float64]:
        return np.where(np.isnan(self.numbers), np.inf, self.numbers)


Column = Terms | Figures


def bins(numbers: Numbers, of: Numbers) -> list[dict[str, object]]:
    """A histogram, whose borders are those of all."""
    full = of[np.isfinite(of)]
    if not len(full):
        return []
    least, most = float(full.min()), float(full.max())
    whole = bool((full == np.round(full)).all()) and most - least < BINS
    edges = np.arange(least, most + 2) if whole else np.linspace(least, most if most > least else least + 1, BINS + 1)
    counted, _ = np.histogram(numbers, edges)
    pairs = zip(edges[:-1].tolist(), edges[1:].tolist(), counted.tolist(), strict=True)
    return [{"from": low, "to": high, "count": count} for low, high, count in pairs]


class Columns:
    """Those of one table."""

    def __init__(self, name: str, table: Table) -> None:
        self._name, self._table = name, table
        self._version = -1
        self._held: dict[str, Column | None] = {}
        self._turn = RLock()

    @property
    def count(self) -> int:
        return self._table.count()

    def names(self) -> list[str]:
        return [*self._table.stored.names, LENGTH]

    def get(self, name: str) -> Column | None:
        """The column in memory; None for one of text.

        Raises Unusable where there is none of that name.
        """
        if name not in self.names():
            raise Unusable(f"{self._name} have no column {name[:80]!r}", f"view.filters.{name[:80]}")
        with self._turn:
            if self._version != self._table.version:
                self._held, self._version = {}, self._table.version
            if name not in self._held:
                self._held[name] = self._read(name)
            return self._held[name]

    def _read(self, name: str) -> Column | None:
        if name == LENGTH:
            return Figures(self._lengths())
        kind = self._table.stored.field(name).type
        if name in _TEXT or name in BROWSED[self._name]:
            return None
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            some = [pc.cast(one, pa.float64(), safe=False) for one in self._batches(name)]
            parts = [one.to_numpy(zero_copy_only=False) for one in some]
            return Figures(np.concatenate([np.empty(0, np.float64), *parts]).astype(np.float64))
        several = pa.types.is_list(kind) and pa.types.is_string(kind.value_type)
        if pa.types.is_string(kind) or pa.types.is_boolean(kind) or several:
            return self._terms(name, kind)
        return None

    def _terms(self, name: str, kind: Any) -> Terms | None:
        coder, codes, rows, count = _Coder(), [np.empty(0, np.int32)], [np.empty(0, np.int32)], 0
        several = pa.types.is_list(kind)
        for batch in self._batches(name):
            one = pc.list_flatten(batch) if several else batch
            codes.append(coder.codes(one))
            if several:
                rows.append(count + pc.list_parent_indices(batch).to_numpy().astype(np.int32))
            count += len(batch)
            if len(coder.values) > max(FEW, min(DISTINCT, count // 10)) and count > FEW:
                return None
        return coder.terms(np.concatenate(codes), np.concatenate(rows) if several else None, count)

    def _lengths(self) -> Numbers:
        main = MAIN[self._name]
        parts = [pc.fill_null(pc.utf8_length(one), 0).to_numpy().astype(np.float64) for one in self._batches(main)]
        return np.concatenate([np.empty(0, np.float64), *parts])

    def _batches(self, name: str) -> Any:
        return (batch[name] for batch in self._table.scan([name], batch_rows=_READ))


class _Coder:
    """Numbers values as they come."""

    def __init__(self) -> None:
        self.values: dict[object, int] = {}

    def codes(self, values: pa.Array) -> Codes:
        """Of each its number; -1 where there is none."""
        coded = values.dictionary_encode()
        known = [self.values.setdefault(value, len(self.values)) for value in coded.dictionary.to_pylist()]
        lookup = np.array([*known, -1], np.int32)
        return np.asarray(lookup[pc.fill_null(coded.indices, len(known)).to_numpy()], np.int32)

    def terms(self, codes: Codes, rows: Codes | None, count: int) -> Terms:
        """With the most frequent value first."""
        counted = np.bincount(codes[codes >= 0], minlength=len(self.values))
        order = np.argsort(-counted, kind="stable")
        place = np.empty(len(order) + 1, np.int32)
        place[order] = np.arange(len(order))
        place[-1] = len(order)  # of what has none, at -1
        named = list(self.values)
        return Terms(tuple(named[at] for at in order.tolist()), place[codes], rows, count)


def coded(reasons: Sequence[pa.Array]) -> Terms:
    """Texts as terms."""
    coder = _Coder()
    codes = np.concatenate([np.empty(0, np.int32), *(coder.codes(some) for some in reasons)])
    return coder.terms(codes, None, len(codes))


def ordered(keys: npt.NDArray[Any], *, down: bool) -> npt.NDArray[np.int32]:
    """Rows by their keys, of equals the first first; what has none (infinity) comes last either way."""
    turned = np.where(np.isfinite(keys), -keys, np.inf) if down else keys
    return np.argsort(turned, kind="stable").astype(np.int32)


def _plain(value: object) -> object:
    """As values are compared: a number or a truth as it is written."""
    return value if value is None or isinstance(value, str) else str(value).lower()
