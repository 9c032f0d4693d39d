"""Which records people discarded: in memory, and brought up to date by what was judged since."""

from threading import Lock

import numpy as np
import pyarrow as pa

from personahub.store.ids import Halves, Sorted, halves
from personahub.store.judgements import Judgements

DISCARDED = "discarded"  # why a record is dropped
PERSONA_DISCARDED = "persona_discarded"  # why a sample is
BY_PEOPLE = (DISCARDED, PERSONA_DISCARDED)

_NONE = np.empty((0, 2), np.uint64)


class Reviewed:
    """Those of one table; it costs 24 bytes each."""

    def __init__(self, judgements: Judgements, table: str) -> None:
        self._judgements, self._table = judgements, table
        self._ids, self._seen, self._turn = Sorted(_NONE), 0, Lock()

    def reasons(self, ids: pa.Array, reasons: pa.Array) -> pa.Array:
        """Why each of these is dropped, with what other verdicts say of it."""
        if not len(ids) or not len(self.dropped()):
            return reasons
        out = self._ids.places(halves(ids)) >= 0
        if not out.any():
            return reasons
        said = reasons.to_pylist()
        for place in np.flatnonzero(out).tolist():
            said[place] = DISCARDED
        return pa.array(said, pa.string())

    def dropped(self) -> Sorted:
        """As it is now."""
        last = self._judgements.last
        with self._turn:
            if last != self._seen:
                self._ids, self._seen = self._renewed(), last
            return self._ids

    def _renewed(self) -> Sorted:
        found, looked = self._judgements.dropped(self._table, self._seen)
        held = self._ids.ids if self._seen else _NONE
        if looked and len(held):
            gone = self._ids.places(_halves(looked))
            held = np.delete(held, gone[gone >= 0], axis=0)
        return Sorted(np.concatenate([held, _halves(found)]))


def _halves(ids: list[str]) -> Halves:
    return halves(pa.array(ids, pa.string()))
