"""Which record stands for which, from the pairs a join found: all that is connected, or only what is near.

Ids are kept in one array of four bytes a record (eight above 2^32 records), in memory or in a file that is mapped.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from personahub.errors import UsageError
from personahub.joins.compiled import Words, compiled
from personahub.joins.found import Found

Ids = npt.NDArray[np.uint32] | npt.NDArray[np.uint64]

_NARROW = 2**32
_STEP = 1 << 20  # ids that are filled in at one time


def linked(found: Found, file: Path | None = None, before: Ids | None = None) -> Ids:
    """For each record the smallest id that pairs connect it with, directly or through others; its own if none.

    Args:
        file: where the array lies instead of in memory; it is written anew.
        before: the same for the first records, where `found` is of these and of some that were added last: then only
            what came by them is looked at.
    """
    ids = own(found.rows, file)
    found = _behind(before, ids, found)
    for batch in found.equal():
        _link(*_columns(batch), ids)
    for batch in found.pairs():
        _link(*_columns(batch), ids)
    _flatten(ids)
    return ids


def starred(found: Found, file: Path | None = None, before: Ids | None = None) -> Ids:
    """For each record one that is kept and near to it, its own where it is kept itself.

    Records are taken in the order of their ids: one is kept unless it is near to one kept before, of which the
    first stands for it. So more is kept than by `linked`, and whatever goes is within the threshold of what stays.

    Raises UsageError where `found` has links.
    """
    if not found.every:
        raise UsageError("a star needs every pair, and links are not all of them")
    ids = own(found.rows, file)
    found = _behind(before, ids, found)
    for batch in found.pairs():
        star(*_columns(batch), ids)
    for batch in found.equal():
        _follow(*_columns(batch), ids)
    return ids


def _behind(before: Ids | None, ids: Ids, found: Found) -> Found:
    """What is not known yet, once that is put down which is."""
    if before is None:
        return found
    ids[: len(before)] = before
    return found.added


def own(rows: int, file: Path | None) -> Ids:
    """Each id for itself, of the kind that is wide enough."""
    kind: type[np.uint32 | np.uint64] = np.uint32 if rows <= _NARROW else np.uint64
    if file is None or not rows:
        return np.arange(rows, dtype=np.uint32) if rows <= _NARROW else np.arange(rows, dtype=np.uint64)
    ids: Ids = np.asarray(np.memmap(file, kind, "w+", shape=(rows,)))
    for start in range(0, rows, _STEP):
        end = min(start + _STEP, rows)
        ids[start:end] = np.arange(start, end, dtype=kind)
    return ids


def _columns(batch: pa.RecordBatch) -> tuple[Words, Words]:
    return batch.column(0).to_numpy(), batch.column(1).to_numpy()


@compiled
def _root(ids: Ids, place: np.uint64) -> np.uint64:
    while np.uint64(ids[place]) != place:
        ids[place] = ids[np.uint64(ids[place])]
        place = np.uint64(ids[place])
    return place


@compiled
def _link(ones: Words, others: Words, ids: Ids) -> None:
    for row in range(len(ones)):
        one, two = _root(ids, ones[row]), _root(ids, others[row])
        if one < two:
            ids[two] = one
        else:
            ids[one] = two


@compiled
def _flatten(ids: Ids) -> None:
    # what stands above an id is smaller, and flat already when its turn comes
    for place in range(len(ids)):
        ids[place] = ids[np.uint64(ids[place])]


@compiled
def star(ones: Words, others: Words, ids: Ids) -> None:
    """What goes in favour of what stays, by pairs that are sorted."""
    # pairs come in the order of the smaller id, so whether that one is kept is settled
    for row in range(len(ones)):
        one, two = ones[row], others[row]
        if np.uint64(ids[one]) == one and np.uint64(ids[two]) == two:
            ids[two] = one


@compiled
def _follow(gone: Words, others: Words, ids: Ids) -> None:
    for row in range(len(gone)):
        ids[gone[row]] = ids[others[row]]
