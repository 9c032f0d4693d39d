"""Some vectors and their true neighbours, from which it is read off how much of an index must be looked into.

What is asked for is a record, whose neighbours gather in few cells, or a text, which lies nearer to none of them. So
that both are found, there are two samples: of records, and of blends of some records, which stand in for texts.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from personahub.joins.compiled import Whole, compiled
from personahub.vectors.index.candidates import NEIGHBOURS, Deep, candidates, widths
from personahub.vectors.index.file import Index
from personahub.vectors.reading import Reading
from personahub.vectors.rows import Block

SAMPLED = 256  # of records, and as many blends; half of each choose, the other half says what came of it
BLENDED = 4  # records that make one that stands for a text
SPARE = 2  # for texts, which are not blends
HALVINGS = (0, 3, 6)  # of the rows: neighbours are looked for among all, an eighth and a 64th, as with a condition
WANTED = 0.98  # share of the neighbours that are to be found; it is stated what was reached
_IN_CELLS = 0.985  # share of them that must lie in the cells that are looked into
_DEEPEST = 2_000  # estimates whose vectors are read
_GROWTH = 1.5
_INSIDE = 0.995  # share of the neighbours whose cell's centre lies within the gap, and of those whose estimate does
FARTHEST = 2.0  # between two cosines


@dataclass(frozen=True)
class Sample:
    """Args:
    own: numbers of the rows that do not count as their neighbours, shape (n, 1 or BLENDED).
    vectors: shape (n, dim).
    best: cosines of the neighbours, the nearest first, shape (len(HALVINGS), n, NEIGHBOURS).
    found: their rows; -1 where there are fewer.
    """

    own: Whole
    vectors: Block
    best: Block
    found: Whole

    @classmethod
    def of(cls, reading: Reading, seed: int) -> "Sample":
        dice = np.random.default_rng(seed)
        parts = np.flatnonzero(reading.sums >= 0)
        rows, vectors = [np.empty(0, np.int64)], [np.empty((0, reading.dim), np.float32)]
        # of a few parts only: each is read whole
        for part in dice.permutation(parts)[:32].tolist():
            held, some = reading.part(part)
            picked = np.sort(dice.permutation(len(held))[: -(-SAMPLED // min(len(parts), 32))])
            rows.append(held[picked])
            vectors.append(some[picked])
        mixed = dice.permutation(sum(map(len, rows)))[:SAMPLED]
        return cls._empty(np.concatenate(rows)[mixed][:, None], np.concatenate(vectors)[mixed])

    def blends(self) -> "Sample":
        """Each with the next ones: a vector between them, that is near to none."""
        shifts = range(BLENDED)
        between = sum((np.roll(self.vectors, shift, axis=0) for shift in shifts), np.zeros_like(self.vectors))
        lengths = np.linalg.norm(between, axis=1, keepdims=True)
        vectors = np.divide(between, lengths, out=np.zeros_like(between), where=lengths > 0)
        return self._empty(np.concatenate([np.roll(self.own, shift, axis=0) for shift in shifts], axis=1), vectors)

    @classmethod
    def _empty(cls, own: Whole, vectors: Block) -> "Sample":
        shape = len(HALVINGS), len(own), NEIGHBOURS
        return cls(own, vectors, np.full(shape, -2, np.float32), np.full(shape, -1, np.int64))

    def see(self, rows: Whole, scores: Block) -> None:
        """Whether some of these are nearer than what was seen before.

        Args:
            scores: shape (n of the sample, rows).
        """
        mixed = rows.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(64 - HALVINGS[-1])
        level = np.full(len(rows), HALVINGS[-1])
        for halvings in reversed(range(HALVINGS[-1])):
            level[(mixed >> np.uint64(halvings)) & np.uint64(1) == 1] = halvings
        _keep((np.ascontiguousarray(scores), rows, level), (np.array(HALVINGS), self.own), self.best, self.found)


@dataclass(frozen=True)
class _Seen:
    """Where neighbours stand among the estimates.

    Args:
        places: of each, _DEEPEST where it is not there, shape (n, NEIGHBOURS).
        below: by how much it lies under the last of the best, infinite where it is not there, of the same shape.
        last: the estimate of that, shape (n,).
    """

    places: Whole
    below: Block
    last: Block


def measured(
    sample: Sample, index: Index, cell: npt.NDArray[np.uint16], places: Whole, spare: int = 1
) -> dict[str, Any]:
    """How many cells and estimates it takes, and which share of the neighbours is found so.

    Args:
        cell: of each vector of the index; `places` are the numbers of their rows, ascending.
        spare: how many times as many are taken, because what is asked for is unlike the sample.
    """
    cells, half = len(index.tables), len(sample.own) // 2
    ranks, near, width = _ranked(sample, index, cell, places)
    probes = _needed(sample, ranks, cells)
    truth, looked = sample.found[0] >= 0, probes[0]
    while True:
        seen = _seen(sample, index, Deep(looked))
        reached = seen.places[:half][truth[:half]]
        share = float((reached < _DEEPEST).mean()) if len(reached) else 1.0
        if share >= WANTED or looked >= cells:
            break
        looked = min(int(looked * _GROWTH) + 1, cells)
    depth = int(np.quantile(reached, min(WANTED, share), method="higher")) + 1 if len(reached) else NEIGHBOURS
    depth, looked = min(max(depth, 3 * NEIGHBOURS) * spare, _DEEPEST), min(looked * spare, cells)
    gap = _within((seen.last[:, None] - near)[:half][truth[:half]])
    slack = _within((seen.below / width[:, None])[:half][truth[:half]])
    proof = _seen(sample, index, Deep(looked, gap=gap, slack=slack)).places[half:][truth[half:]]
    scaled = [min(-(-needed * looked // probes[0]), cells) for needed in probes]
    return {
        "probes": list(zip(HALVINGS, scaled, strict=True)),
        "gap": gap,
        "slack": slack,
        "depth": depth,
        "recall": float((proof < depth).mean()) if len(proof) else 1.0,
        "sampled": len(sample.own) - half,
    }


def _within(distances: Block) -> float:
    """What _INSIDE of those that were found do not exceed."""
    found = distances[np.isfinite(distances)]
    return float(np.quantile(found, _INSIDE, method="higher")) if len(found) else FARTHEST


def _ranked(sample: Sample, index: Index, cell: npt.NDArray[np.uint16], places: Whole) -> tuple[Whole, Block, Block]:
    """Of the cell of each neighbour its place among those of what is asked for, and its centre's cosine with that.

    Shapes (len(HALVINGS), n, NEIGHBOURS) and (n, NEIGHBOURS); and the distance of the nearest centre, shape (n,).
    """
    products = sample.vectors @ index.tables.centres.T
    rank, order = np.empty(products.shape, np.int64), np.argsort(-products, axis=1, kind="stable")
    np.put_along_axis(rank, order, np.arange(products.shape[1])[None, :], axis=1)
    at = np.minimum(np.searchsorted(places, np.maximum(sample.found, 0)), len(cell) - 1)
    held = cell[at].astype(np.int64)
    ranks = np.stack([np.take_along_axis(rank, some, axis=1) for some in held])
    return ranks, np.take_along_axis(products, held[0], axis=1), widths(products.max(axis=1))


def _needed(sample: Sample, ranks: Whole, cells: int) -> list[int]:
    """Cells in which enough of the neighbours lie, for each of HALVINGS."""
    half = len(sample.own) // 2
    probes: list[int] = []
    for truth, found in zip(sample.found, ranks, strict=True):
        some = found[:half][truth[:half] >= 0]
        needed = int(np.quantile(some, _IN_CELLS, method="higher")) + 1 if len(some) else cells
        probes.append(max(needed, *probes, 1))
    return probes


def _seen(sample: Sample, index: Index, deep: Deep) -> _Seen:
    shape = sample.found[0].shape
    places, below = np.full(shape, _DEEPEST, np.int64), np.full(shape, np.inf, np.float32)
    last = np.full(len(sample.own), -1, np.float32)
    for one, query in enumerate(sample.vectors):
        rows, estimates = candidates(index, query, deep, _DEEPEST + BLENDED)
        others = np.flatnonzero(~np.isin(rows, sample.own[one]))[:_DEEPEST]
        if not len(others):
            continue
        neighbours, at = np.nonzero(sample.found[0, one][:, None] == rows[others][None, :])
        last[one] = estimates[others][:NEIGHBOURS][-1]
        places[one, neighbours], below[one, neighbours] = at, last[one] - estimates[others][at]
    return _Seen(places, below, last)


@compiled
def _keep(seen: tuple[Block, Whole, Whole], asked: tuple[Whole, Whole], best: Block, found: Whole) -> None:
    (scores, rows, level), (halvings, own) = seen, asked
    last = best.shape[2] - 1
    for share in range(best.shape[0]):
        for one in range(best.shape[1]):
            for at in range(len(rows)):
                score = scores[one, at]
                if score <= best[share, one, last] or level[at] < halvings[share]:
                    continue
                counts = True
                for mine in range(own.shape[1]):
                    counts = counts and rows[at] != own[one, mine]
                if not counts:
                    continue
                place = last
                while place > 0 and best[share, one, place - 1] < score:
                    best[share, one, place] = best[share, one, place - 1]
                    found[share, one, place] = found[share, one, place - 1]
                    place -= 1
                best[share, one, place] = score
                found[share, one, place] = rows[at]
