"""Which records some verdicts are on, and why: in memory where many records are asked about and verdicts are not."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from personahub.store.ids import Sorted, halves
from personahub.store.table import Table

MOST = 2**22  # verdicts that are held in memory, 18 bytes each
WORTH = 16  # verdicts that are read in the time in which one record is looked up; measured
FEW = 1024  # records, up to which that is no question

_SCANNED = 65_536


class Drops:
    """Args:
    verdicts: the table of them.
    runs: by kind those that count; of several on one record that of the kind counts which sorts last.
    """

    def __init__(self, verdicts: Table, runs: Mapping[str, str]) -> None:
        self._verdicts = verdicts
        self._kinds = sorted(runs, reverse=True)  # review before quality before duplicate
        self._where = " OR ".join(f"(kind = '{kind}' AND run = '{run}')" for kind, run in runs.items())
        self._asked = 0
        self._held: _Held | None = None

    @cached_property
    def _count(self) -> int:
        return self._verdicts.count(self._where)

    def reasons(self, ids: pa.Array) -> pa.Array:
        """For each id the reason, or null; shape (len(ids),), strings."""
        self._asked += len(ids)
        if self._held is None and self._asked > FEW and self._count <= min(MOST, WORTH * self._asked):
            self._held = _Held(self._verdicts, self._where, self._kinds)
        if self._held:
            return self._held.reasons(ids)
        found = self._verdicts.lookup(ids.to_pylist(), ["id", "kind", "reason"], self._where).combine_chunks()
        first = found.sort_by([("kind", "descending")])
        return pc.take(first["reason"], pc.index_in(ids, first["id"].combine_chunks())).combine_chunks()


class _Held:
    """One reason for each record, sorted by its id."""

    def __init__(self, verdicts: Table, where: str, kinds: list[str]) -> None:
        names, ranks, codes = [np.empty((0, 2), np.uint64)], [np.empty(0, np.uint8)], [np.empty(0, np.uint16)]
        reasons: dict[str, int] = {}
        for batch in verdicts.scan(["id", "kind", "reason"], where, batch_rows=_SCANNED):
            said = batch["reason"].dictionary_encode()
            meant = [reasons.setdefault(reason, len(reasons)) for reason in said.dictionary.to_pylist()]
            names.append(halves(batch["id"]))
            ranks.append(pc.index_in(batch["kind"], pa.array(kinds)).to_numpy().astype(np.uint8))
            codes.append(np.array(meant, np.uint16)[said.indices.to_numpy()])
        ids, rank = np.concatenate(names), np.concatenate(ranks)
        order = np.argsort(rank, kind="stable")  # of several on one record the first counts
        self._ids = Sorted(ids[order])
        self._codes = np.concatenate(codes)[order][self._ids.order]
        self._reasons = pa.array(list(reasons), pa.string())

    def reasons(self, ids: pa.Array) -> pa.Array:
        places = self._ids.places(halves(ids))
        if not len(self._ids):
            return pa.nulls(len(ids), pa.string())
        return self._reasons.take(pa.array(self._codes[places], mask=places < 0))
