"""Which records some verdicts are on, and why: in memory where many records are asked about and verdicts are not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.schema import KEPT
from personahub.store.ids import Sorted, halves
from personahub.store.table import Table

MOST = 2**22  # verdicts that are held in memory, 18 bytes each
WORTH = 16  # verdicts that are read in the time in which one record is looked up; measured
FEW = 1024  # records, up to which that is no question

_SCANNED = 65_536
_READ = ("id", "kind", "run", "reason")

Kinds = npt.NDArray[np.uint16]


class Drops:
    """Args:
    verdicts: the table of them.
    runs: by kind those that count, the newest first; of several verdicts of a kind on one record that of the newest
        run counts, of several kinds that of the kind which sorts last.
    """

    def __init__(self, verdicts: Table, runs: Mapping[str, Sequence[str]]) -> None:
        self._verdicts = verdicts
        kinds = sorted(runs, reverse=True)  # review before quality before duplicate
        self._order = pa.array([f"{kind} {run}" for kind in kinds for run in runs[kind]])
        self._kinds = np.repeat(np.arange(len(kinds)), [len(runs[kind]) for kind in kinds]).astype(np.uint16)
        self._where = " OR ".join(f"({_of(kind, run)})" for kind in kinds for run in runs[kind])
        self._asked = 0
        self._held: _Held | None = None

    @cached_property
    def _count(self) -> int:
        return self._verdicts.count(self._where)

    def reasons(self, ids: pa.Array) -> pa.Array:
        """For each id the reason, or null; shape (len(ids),), strings."""
        self._asked += len(ids)
        if self._held is None and self._asked > FEW and self._count <= min(MOST, WORTH * self._asked):
            found = self._verdicts.scan(_READ, self._where, batch_rows=_SCANNED)
            self._held = _Held(found, self._order, self._kinds)
        if self._held:
            return self._held.reasons(ids)
        looked_up = self._verdicts.lookup(ids.to_pylist(), _READ, self._where).to_batches()
        return _Held(looked_up, self._order, self._kinds).reasons(ids)


class _Held:
    """One reason for each record, sorted by its id."""

    def __init__(self, found: Iterable[pa.RecordBatch], order: pa.Array, kinds: Kinds) -> None:
        names, ranks, codes = [np.empty((0, 2), np.uint64)], [np.empty(0, np.uint16)], [np.empty(0, np.uint16)]
        reasons: dict[str, int] = {KEPT: 0}
        for batch in found:
            said = batch["reason"].dictionary_encode()
            meant = [reasons.setdefault(reason, len(reasons)) for reason in said.dictionary.to_pylist()]
            names.append(halves(batch["id"]))
            by = pc.binary_join_element_wise(batch["kind"], batch["run"], " ")
            ranks.append(pc.index_in(by, order).to_numpy(zero_copy_only=False).astype(np.uint16))
            codes.append(np.array(meant, np.uint16)[said.indices.to_numpy()])
        ids, rank, code = np.concatenate(names), np.concatenate(ranks), np.concatenate(codes)
        sorted_ = np.lexsort((rank, ids[:, 1], ids[:, 0]))
        ids, kind, code = ids[sorted_], kinds[rank[sorted_]], code[sorted_]
        newest = np.flatnonzero(_other(ids) | _other(kind[:, None]))
        newest = newest[code[newest] != 0]  # what was taken back is not said
        first = newest[_other(ids[newest])]
        self._ids = Sorted(ids[first])
        self._codes = code[first][self._ids.order]
        self._reasons = pa.array(list(reasons), pa.string())

    def reasons(self, ids: pa.Array) -> pa.Array:
        places = self._ids.places(halves(ids))
        if not len(self._ids):
            return pa.nulls(len(ids), pa.string())
        return self._reasons.take(pa.array(self._codes[places], mask=places < 0))


def standing(
    verdicts: Table, kind: str, runs: Sequence[str], columns: Sequence[str], among: str | None = None
) -> Iterator[pa.RecordBatch]:
    """These columns of the verdicts that drop records, where runs stand on each other, the newest first.

    Args:
        among: a condition on those of the oldest run, which has most.
    """
    named, seen = list(dict.fromkeys(["id", "reason", *columns])), pa.array([], pa.string())
    for run in runs:
        oldest, ids = run == runs[-1], [seen]
        where = f"{_of(kind, run)} AND ({among})" if oldest and among else _of(kind, run)
        for batch in verdicts.scan(named, where, batch_rows=_SCANNED):
            fresh = batch.filter(pc.invert(pc.is_in(batch["id"], seen))) if len(seen) else batch
            if not oldest:
                ids.append(fresh["id"])
            yield fresh.filter(pc.not_equal(fresh["reason"], KEPT)).select(list(columns))
        seen = pa.concat_arrays(ids)


def _of(kind: str, run: str) -> str:
    return f"kind = '{kind}' AND run = '{run}'"


def _other(rows: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Where another one stands than before."""
    other = np.ones(len(rows), np.bool_)
    other[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    return other
