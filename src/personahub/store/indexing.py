"""Indexes for searches, brought up to date: that of the words of a column, and those that conditions are answered from.

That of a column has two layers. One is over most of the table, made anew only when the rest has grown to a good part of
it, and one is over the rest. A layer of many rows is made in pieces at the same time, each a segment of its own: the
library makes a segment on one thread.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from personahub.schema import TABLES
from personahub.store.covered import SEARCHED, WHERE, WORDS
from personahub.store.guard import Room, dataset
from personahub.store.packing import settled

REST = 4  # the layer over most is made anew when the rest has grown to one in so many of its rows
MEMORY = 512  # MiB that the making of an index may take before it writes to the disk
PIECE = 100_000  # rows of a piece at least
PIECES = 4  # at most: each search looks into all of them
TOKENS = {  # no stemming, no words left out: what is typed is what is found, in any language
    "base_tokenizer": "icu/split",
    "lower_case": True,
    "ascii_folding": True,
    "stem": False,
    "remove_stop_words": False,
    "max_token_length": None,
    "with_position": True,
}
# Columns that are written once and asked for in conditions, and their index: by value, or by order for many values.
CONDITIONS = {
    "hop": "BITMAP",
    "origin": "BITMAP",
    "task": "BITMAP",
    "model": "BITMAP",
    "template": "BITMAP",
    "relation": "BTREE",
    "source": "BTREE",
}
_CACHE = 2**23  # bytes for what a piece reads beside the texts

Tell = Callable[[int], None]


def segments(data: Any, column: str) -> list[Any]:
    """Of the index of a column's words."""
    named = [one for one in data.describe_indices() if one.name == WORDS + column]
    return [segment for one in named for segment in one.segments]


def index(path: Path, data: Any, column: str, tell: Tell) -> None:
    """Bring the index of a column up to date; only for the process that writes. A kill leaves it as it was.

    Args:
        data: the table as the library has it, at its newest version, and afterwards again.
        tell: hears of the rows that are done.
    """
    sizes = {part.fragment_id: part.metadata.num_rows for part in data.get_fragments()}
    total = sum(sizes.values())
    most = _layer(segments(data, column), sizes)
    done = sum(sizes[number] for number in most)
    if (total - done) * REST > total:
        # without what will be joined: what covers it is let go of then
        most = set(list(sizes)[: settled(list(sizes.values()))]) or set(sizes)
        _add(path, data, column, {number: sizes[number] for number in sizes if number in most}, tell)
        done = sum(sizes[number] for number in most)
    if later := {number: rows for number, rows in sizes.items() if number not in most}:
        _add(path, data, column, later, lambda rows: tell(done + rows))
    _index_conditions(path, data)
    tell(total)


def pieces(sizes: Sequence[int], count: int) -> list[int]:
    """How many of the fragments, in their order, each piece takes, so that they have about as many rows each."""
    total, seen, taken = sum(sizes), 0, [0] * count
    for rows in sizes:
        taken[min((2 * seen + rows) * count // (2 * total), count - 1)] += 1  # where the middle of it lies
        seen += rows
    return [number for number in taken if number]


def _layer(found: Sequence[Any], sizes: dict[int, int]) -> set[int]:
    """The fragments of the larger layer: pieces that were made together are of one version of the table."""
    layers: dict[int, set[int]] = {}
    for one in found:
        layers.setdefault(one.dataset_version_at_last_update, set()).update(set(one.fragment_ids) & set(sizes))
    return max(layers.values(), key=lambda some: sum(sizes[number] for number in some), default=set())


def _add(path: Path, data: Any, column: str, sizes: dict[int, int], tell: Tell) -> None:
    """Make a layer over these fragments; what was over any of them goes in the same commit."""
    most = min(PIECES, os.cpu_count() or 1, sum(sizes.values()) // PIECE)
    taken = pieces(list(sizes.values()), max(1, most))
    done = [0] * len(taken)

    def make(number: int) -> Any:
        def told(event: Any) -> None:
            if event.stage == "tokenize_docs" and event.completed:
                done[number] = event.completed
                tell(sum(done))

        first = sum(taken[:number])
        # each with its own: one that is read from while it makes an index refuses
        return dataset(path, Room(_CACHE, metadata=_CACHE)).create_index_uncommitted(
            column,
            "INVERTED",
            name=WORDS + column,
            replace=True,
            fragment_ids=list(sizes)[first : first + taken[number]],
            memory_limit=MEMORY // len(taken),
            progress_callback=told,
            **TOKENS,
        )

    with ThreadPoolExecutor(len(taken)) as pool:
        made = list(pool.map(make, range(len(taken))))
    data.commit_existing_index_segments(WORDS + column, column, made)


def _index_conditions(path: Path, data: Any) -> None:
    """Make anew the indexes that conditions are answered from: a fifth of a second each, of a million rows."""
    data.checkout_latest()
    held = {one.field_names[0] for one in data.describe_indices() if not one.name.startswith(SEARCHED)}
    for name, kind in CONDITIONS.items():
        if name in TABLES[path.stem].names and name not in held:
            data.create_scalar_index(name, kind, name=WHERE + name, replace=True)
