"""Vectors whose sign bits are close, found by going over all pairs of a cell; and what is near to one kept before."""

import numpy as np
import numpy.typing as npt

from personahub.joins.compiled import Whole, Words, compiled, summing, whole
from personahub.vectors.rows import Block
from personahub.vectors.signs import CHUNK, least_apart

Short = npt.NDArray[np.uint16]

FOUND = 1 << 14  # pairs that are handed on at one time


@compiled
def root(forest: Whole, row: int) -> int:
    """Only reads: others may be writing."""
    while forest[row] != row:
        row = forest[row]
    return row


@compiled
def link(ones: Whole, others: Whole, forest: Whole) -> None:
    """Connect pairs; the smallest of what is connected is its root."""
    for pair in range(len(ones)):
        one, two = ones[pair], others[pair]
        while forest[one] != one:
            forest[one] = forest[forest[one]]
            one = forest[one]
        while forest[two] != two:
            forest[two] = forest[forest[two]]
            two = forest[two]
        forest[max(one, two)] = min(one, two)


@compiled
def flatten(forest: Whole) -> None:
    # what stands above a row is smaller, and flat already when its turn comes
    for row in range(len(forest)):
        forest[row] = forest[forest[row]]


@compiled
def settle(ones: Whole, others: Whole, stands: Whole) -> None:
    """Pairs in the order of the smaller one: of two that stay, the other goes in its favour."""
    for pair in range(len(ones)):
        one, two = ones[pair], others[pair]
        if stands[one] == one and stands[two] == two:
            stands[two] = one


@compiled
def close_pairs(
    cell: tuple[int, int], members: tuple[Words, Whole], nearest: Short, forest: Whole, state: Whole, found: Whole
) -> int:
    """Pairs of a cell whose bits are close, into `found`; how many.

    Args:
        cell: its number; the most bits that may differ.
        members: bits, shape (WORDS, n); numbers of their rows, ascending.
        nearest: shape (rows, cells each): a pair that shares several cells belongs to the one with the smallest number.
        forest: what is connected already is left out; or empty, where every pair is wanted.
        state: where to go on: first of a chunk of members, query; the first is n or more when all is done.
        found: shape (2 + CHUNK, m): pairs, and room for distances below them.
    """
    bits, rows = members
    number, most = cell
    apart = found[2, :CHUNK]
    count = 0
    while state[0] < len(rows):
        end = min(state[0] + CHUNK, len(rows))
        while state[1] < end:
            query = state[1]
            if count + CHUNK > found.shape[1]:
                return count
            first = max(state[0], query + 1)
            if least_apart(bits, query, bits, (first, end), apart) <= most:
                for at in range(first, end):
                    one, two = rows[query], rows[at]
                    if apart[at - first] <= most and _wanted(nearest, forest, one, two, number):
                        found[0, count], found[1, count] = one, two
                        count += 1
            state[1] += 1
        state[0], state[1] = end, 0
    return count


@compiled
def _wanted(nearest: Short, forest: Whole, one: int, two: int, number: int) -> bool:
    if len(forest):
        return root(forest, one) != root(forest, two)
    for place in range(nearest.shape[1]):
        shared = whole(nearest[one, place])
        if shared < number:
            for other in range(nearest.shape[1]):
                if whole(nearest[two, other]) == shared:
                    return False
    return True


@compiled
def strike(queries: Words, members: Words, most: int, left: Whole, state: Whole, found: Whole) -> int:
    """Queries and members whose bits are close, into `found`, members ascending for each query; how many.

    Args:
        queries, members: bits, shape (WORDS, n) each.
        left: for each query how many it takes of a chunk of members at most; 0 where it looks for none any more.
        state, found: as `close_pairs` has them.
    """
    apart = found[2, :CHUNK]
    count = 0
    while state[0] < members.shape[1]:
        end = min(state[0] + CHUNK, members.shape[1])
        while state[1] < queries.shape[1]:
            query = state[1]
            if count + CHUNK > found.shape[1]:
                return count
            if left[query] > 0 and least_apart(queries, query, members, (state[0], end), apart) <= most:
                full = count + left[query]
                for at in range(state[0], end):
                    if apart[at - state[0]] <= most and count < full:
                        found[0, count], found[1, count] = query, at
                        count += 1
            state[1] += 1
        state[0], state[1] = end, 0
    return count


@compiled
def keep_first(
    some: tuple[Block, Words, Short], near: tuple[int, np.float32], room: Whole, kept: Words, fill: Whole, stands: Whole
) -> None:
    """Each row in its turn stays unless one of its cells keeps one that is near; the first of those stands for it.

    Args:
        some: vectors, shape (n, dim); their bits, shape (WORDS, n); their cells, shape (n, cells each).
        near: the most bits that may differ; the least cosine.
        room: where each cell begins in `kept`.
        kept: shape (WORDS + 1, m): bits and numbers of those that each cell keeps.
        fill: how many each cell keeps, at first none; behind them CHUNK places for distances.
        stands: gets for each row the one that stands for it, its own number where it stays.
    """
    vectors, bits, cells = some
    apart = fill[len(fill) - CHUNK :]
    for row in range(len(vectors)):
        first = row
        for place in range(cells.shape[1]):
            cell = whole(cells[row, place])
            first = min(first, _first_near(row, (room[cell], room[cell] + fill[cell]), some, near, kept, apart))
        stands[row] = first
        if first < row:
            continue
        for place in range(cells.shape[1]):
            cell = whole(cells[row, place])
            at = room[cell] + fill[cell]
            for word in range(bits.shape[0]):
                kept[word, at] = bits[word, row]
            kept[bits.shape[0], at] = np.uint64(row)
            fill[cell] += 1


@compiled
def _first_near(
    row: int,
    span: tuple[int, int],
    some: tuple[Block, Words, Short],
    near: tuple[int, np.float32],
    kept: Words,
    apart: Whole,
) -> int:
    vectors, bits, _ = some
    most, least = near
    start, stop = span
    while start < stop:
        end = min(start + CHUNK, stop)
        if least_apart(bits, row, kept, (start, end), apart) <= most:
            for at in range(start, end):
                other = whole(kept[bits.shape[0], at])
                if apart[at - start] <= most and cosine(vectors, row, other) >= least:
                    return other
        start = end
    return row


@summing
def cosine(vectors: Block, one: int, two: int) -> np.float32:
    total = np.float32(0)
    for place in range(vectors.shape[1]):
        total += vectors[one, place] * vectors[two, place]
    return total
