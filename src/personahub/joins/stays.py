"""Which record of a cluster stays, by a score: the highest, and of those that have it the first.

A score is eight bytes a record, in memory or in a file that is mapped; so is what is kept of each record besides.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from personahub.joins.compiled import Bytes, Words, compiled
from personahub.joins.forest import Ids, own, star, starred
from personahub.joins.found import Found
from personahub.joins.spool import Spool, Stage

Scores = npt.NDArray[np.float64]
Copies = npt.NDArray[np.uint32]

_PART = 1 << 21  # pairs of a partition, about: 100 MB while it is sorted
_STAGED = 1 << 18


def closeness(found: Found, file: Path | None = None) -> Scores:
    """For each record the sum of its similarities to those that are near to it, equal ones included.

    Of equal records only the first has it, and the others 0. `found` must have every pair.
    """
    scores = _zeros(found.rows, file)
    copies = np.zeros(found.rows, np.uint32)
    for batch in found.equal():
        _count(batch["other"].to_numpy(), copies)
    scores += copies
    for batch in found.pairs():
        _add(*_pair(batch), batch["shared"].to_numpy() / batch["either"].to_numpy(), copies, scores)
    return scores


def led(ids: Ids, scores: Scores, file: Path | None = None) -> Ids:
    """The same clusters, as `linked` gives them, but for each record the one of its cluster with the highest score."""
    best = own(len(ids), file)
    _lead(ids, scores, best)
    _follow_all(best, ids)
    return ids


def starred_by(found: Found, scores: Scores, folder: Path) -> Ids:
    """As `starred`, with records taken in the order of their scores, the highest first.

    Pairs are laid by the place of the better one in that order, 24 bytes each, in a file of `folder`.
    """
    if not found.every:
        return starred(found)  # which says why not
    best = own(found.rows, folder / "best")
    for batch in found.equal():
        _prefer(*_pair(batch), scores, best)
    nodes, places = _in_order(found, scores, best)
    stands = np.arange(len(nodes), dtype=np.uint64)
    for ones, twos in _by_place(found, best, places, len(nodes), folder):
        star(ones, twos, stands)
    ids = own(found.rows, folder / "stands")
    ids[nodes] = nodes[stands]
    for batch in found.equal():
        _join(*_pair(batch), best, ids)
    return ids


def _in_order(found: Found, scores: Scores, best: Ids) -> tuple[Words, Ids]:
    """Those that are near to another, the best first; for each record its place among them."""
    near = np.zeros(found.rows, np.uint8)
    for batch in found.pairs():
        _mark(*_pair(batch), best, near)
    nodes = np.flatnonzero(near).astype(np.uint64)
    nodes = nodes[np.argsort(-scores[nodes], kind="stable")]
    places = np.zeros(found.rows, best.dtype)
    places[nodes] = np.arange(len(nodes), dtype=best.dtype)
    return nodes, places


def _by_place(found: Found, best: Ids, places: Ids, nodes: int, folder: Path) -> Iterator[tuple[Words, Words]]:
    """Pairs as places of both, the smaller first, in their order."""
    pairs = sum(map(len, found.pairs()))
    bits = max(pairs // _PART, 1).bit_length() - 1
    shift = max(max(nodes - 1, 1).bit_length() - bits, 0)
    spool = Spool(folder / "ordered", 2, found.folder.room)
    stage = Stage(spool, 1 << bits, shift, _STAGED)
    for batch in found.pairs():
        rows = np.empty((2, len(batch)), np.uint64)
        place_in_order(*_pair(batch), best, places, rows)
        stage.add(rows)
    stage.flush()
    blocks = spool.close()
    for partition in range(1 << bits):
        rows = blocks.read(partition)
        ordered = rows[:, np.lexsort((rows[1], rows[0]))]
        yield ordered[0], ordered[1]
    blocks.remove()


def _zeros(rows: int, file: Path | None) -> Scores:
    if file is None or not rows:
        return np.zeros(rows)
    return np.asarray(np.memmap(file, np.float64, "w+", shape=(rows,)))


def _pair(batch: pa.RecordBatch) -> tuple[Words, Words]:
    return batch.column(0).to_numpy(), batch.column(1).to_numpy()


@compiled
def _count(others: Words, copies: Copies) -> None:
    for row in range(len(others)):
        copies[others[row]] += np.uint32(1)


@compiled
def _add(ones: Words, twos: Words, shares: Scores, copies: Copies, scores: Scores) -> None:
    for row in range(len(ones)):
        one, two = ones[row], twos[row]
        scores[one] += shares[row] * (1.0 + copies[two])
        scores[two] += shares[row] * (1.0 + copies[one])


@compiled
def _lead(ids: Ids, scores: Scores, best: Ids) -> None:
    # in the order of ids, and only by more: of equal scores the first is taken
    for place in range(len(ids)):
        head = np.uint64(ids[place])
        if scores[place] > scores[np.uint64(best[head])]:
            best[head] = place


@compiled
def _follow_all(best: Ids, ids: Ids) -> None:
    for place in range(len(ids)):
        ids[place] = best[np.uint64(ids[place])]


@compiled
def _prefer(gone: Words, others: Words, scores: Scores, best: Ids) -> None:
    for row in range(len(gone)):
        if scores[gone[row]] > scores[np.uint64(best[others[row]])]:
            best[others[row]] = gone[row]


@compiled
def _mark(ones: Words, twos: Words, best: Ids, near: Bytes) -> None:
    for row in range(len(ones)):
        near[np.uint64(best[ones[row]])] = 1
        near[np.uint64(best[twos[row]])] = 1


@compiled
def place_in_order(ones: Words, twos: Words, best: Ids, places: Ids, rows: Words) -> None:
    """Pairs of ids as pairs of places, shape (2, n), the smaller first."""
    for row in range(len(ones)):
        one = np.uint64(places[np.uint64(best[ones[row]])])
        two = np.uint64(places[np.uint64(best[twos[row]])])
        rows[0, row], rows[1, row] = min(one, two), max(one, two)


@compiled
def _join(gone: Words, others: Words, best: Ids, ids: Ids) -> None:
    for row in range(len(gone)):
        stands = ids[np.uint64(best[others[row]])]
        ids[gone[row]] = stands
        ids[others[row]] = stands
