"""Vectors as one bit a plane, relative to the centre of their cell, from which cosines with any other are estimated.

A residual, turned at random, is kept as the signs of its coordinates with two numbers that make the estimate unbiased;
what is looked for is kept with STEPS steps a coordinate, so that an estimate is a few counts of bits.
(RaBitQ: Gao, Long: Quantizing High-Dimensional Vectors with a Theoretical Error Bound, 2024)
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from personahub.joins.compiled import Shorts, Whole, Words, compiled, ones
from personahub.vectors.rows import Block
from personahub.vectors.signs import planes

STEPS = 16  # of a coordinate of what is looked for: 4 bits
WORD = 64
LEAST = 384  # planes: with fewer, short vectors would be told too little of
CHUNK = 1_024  # codes whose counts stay in the nearest cache

Flags = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Codes:
    """Of some vectors. Each array has one entry a vector.

    Args:
        bits: shape (n, words).
        scale: what an estimate is multiplied with, float32.
        shift: what is added to it, float32.
    """

    bits: Words
    scale: Block
    shift: Block


def turn(dim: int) -> Block:
    """The planes that vectors are turned onto, shape (dim, planes)."""
    return planes(dim, -(-max(dim, LEAST) // WORD) * WORD)


def encoded(block: Block, centres: Block, onto: Block) -> Codes:
    """Args:
    block: unit vectors, shape (n, dim).
    centres: of the cell of each, shape (n, dim).
    onto: what `turn` gave.
    """
    left = block - centres
    sides = left @ onto
    length = np.einsum("ij,ij->i", left, left)
    spread = np.abs(sides).sum(axis=1)
    scale = np.divide(length, spread, out=np.zeros_like(length), where=spread > 0)
    shift = np.einsum("ij,ij->i", left, centres)
    return Codes(np.packbits(sides > 0, axis=1, bitorder="little").view(np.uint64), scale, shift)


@compiled
def steps(sides: Block, into: Words, told: Block) -> None:
    """What is looked for, relative to a centre, in STEPS steps a coordinate.

    Args:
        sides: shape (planes,).
        into: gets the bits of the steps, shape (4, words).
        told: gets the lowest value, the size of a step, and the sum of all in these steps.
    """
    low, high = sides[0], sides[0]
    for at in range(len(sides)):
        low, high = min(low, sides[at]), max(high, sides[at])
    size = max((high - low) / np.float32(STEPS - 1), np.float32(1e-12))
    total = np.float32(0)
    for plane in range(into.shape[0]):
        for word in range(into.shape[1]):
            into[plane, word] = np.uint64(0)
    for at in range(len(sides)):
        step = np.uint64((sides[at] - low) / size + np.float32(0.5))
        total += low + size * np.float32(step)
        for plane in range(into.shape[0]):
            bit = (step >> np.uint64(plane)) & np.uint64(1)
            into[plane, at >> 6] |= bit << np.uint64(at & 63)
    told[0], told[1], told[2] = low, size, total


@compiled
def scan(
    asked: tuple[Block, Block],
    cells: tuple[Whole, Words, Block, Shorts],
    parted: tuple[Flags, Flags, int],
    heap: tuple[Block, Whole, Whole],
    room: tuple[Words, Block, Whole],
) -> None:
    """Estimate the cosines of all vectors of some cells, and keep the best.

    Args:
        asked: what is looked for less the centre of each cell, turned, shape (cells, planes); its product with each
            centre.
        cells: where the vectors of each begin, and the end, shape (cells + 1,); of each cell the first word of all,
            then the second ...; of each the scales of all, then the shifts; the rows of all.
        parted: which rows may be found, of one byte each, or empty for all; which parts of rows may not; rows of a
            part as a power of two.
        heap: estimates, the least first; their rows; how many there are, and how many that may be found were seen.
        room: shape (4, words); 3; 2 x CHUNK.
    """
    sides, bases = asked
    spans, bits, numbers, rows = cells
    allowed, barred, power = parted
    best, best_rows, state = heap
    query, told, counts = room
    wide = query.shape[1]
    for cell in range(len(bases)):
        first = spans[cell]
        size = spans[cell + 1] - first
        steps(sides[cell], query, told)
        low, step, total = told[0], told[1], told[2]
        state[1] += 0 if len(allowed) else size
        for start in range(0, size, CHUNK):
            some = min(CHUNK, size - start)
            _count(bits, wide * first + start, size, some, query, counts)
            for at in range(some):
                row = rows[first + start + at]
                if len(allowed):
                    if not allowed[row]:
                        continue
                    state[1] += 1
                product = np.float32(2) * (low * counts[CHUNK + at] + step * counts[at]) - total
                place = 2 * first + start + at
                estimate = bases[cell] + numbers[place + size] + numbers[place] * product
                if (state[0] < len(best) or estimate > best[0]) and not barred[row >> power]:
                    push(best, best_rows, state, estimate, row)


@compiled
def _count(bits: Words, first: int, size: int, some: int, query: Words, counts: Whole) -> None:
    """Steps and planes that some codes have, added up: into the first and the second half of `counts`.

    Args:
        first: where in `bits` they begin; the next word of each stands `size` behind.
    """
    steps_of, planes_of = counts[:CHUNK], counts[CHUNK:]
    for at in range(some):
        steps_of[at] = planes_of[at] = 0
    for word in range(query.shape[1]):
        one, two, four, eight = query[0, word], query[1, word], query[2, word], query[3, word]
        held = bits[first + word * size : first + word * size + some]
        for at in range(some):
            code = held[at]
            planes_of[at] += ones(code)
            steps_of[at] += ones(code & one) + 2 * ones(code & two) + 4 * ones(code & four) + 8 * ones(code & eight)


@compiled
def push(best: Block, rows: Whole, state: Whole, value: np.float32, row: int) -> None:
    """Into a heap with the least first; where it is full, the least goes."""
    if state[0] < len(best):
        place = state[0]
        state[0] += 1
        while place > 0 and best[(place - 1) // 2] > value:
            best[place], rows[place] = best[(place - 1) // 2], rows[(place - 1) // 2]
            place = (place - 1) // 2
    else:
        place = 0
        while True:
            child = 2 * place + 1
            if child >= len(best):
                break
            if child + 1 < len(best) and best[child + 1] < best[child]:
                child += 1
            if best[child] >= value:
                break
            best[place], rows[place] = best[child], rows[child]
            place = child
    best[place], rows[place] = value, row
