"""The numbers of rows, in the order in which they came, from the addresses by which the library knows them."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

ROW = "_row"  # a column of every table, for those who ask for it: the number of the row

Numbers = npt.NDArray[np.int64]


def starts_of(data: Any) -> Numbers:
    """The row number at which each fragment of a dataset begins, by the number of the fragment."""
    parts = data.get_fragments()
    starts = np.zeros(max((part.fragment_id for part in parts), default=0) + 1, np.int64)
    rows = np.cumsum([0, *(part.metadata.num_rows for part in parts)])
    starts[[part.fragment_id for part in parts]] = rows[:-1]
    return starts


class Starts:
    """The same, found once for each version of a dataset: of two hundred fragments it takes half a millisecond."""

    def __init__(self) -> None:
        self._known: tuple[int, Numbers] = -1, np.empty(0, np.int64)

    def of(self, data: Any) -> Numbers:
        version = int(data.version)
        if version != self._known[0]:
            self._known = version, starts_of(data)
        return self._known[1]


def numbers_of(addresses: pa.Array | pa.ChunkedArray, starts: Numbers) -> Numbers:
    address = addresses.to_numpy().astype(np.uint64)  # of the fragment, and the place in it
    fragment, place = (address >> np.uint64(32)).astype(np.int64), (address & np.uint64(2**32 - 1))
    numbers: Numbers = starts[fragment] + place.astype(np.int64)
    return numbers


def numbered(rows: pa.RecordBatch, starts: Numbers) -> pa.RecordBatch:
    """With their numbers in a column ROW."""
    return rows.append_column(ROW, pa.array(numbers_of(rows["_rowaddr"], starts)))
