"""How a table stays small and quick: which of its pieces are joined, and which of its versions go."""

from collections.abc import Sequence
from datetime import timedelta
from time import time
from typing import Any

ALIKE = 8  # so many fragments, or segments of the id index, of one size become one
# Columns of other ids by which rows are looked up too, by table; compaction makes their indexes.
KEYS = {"personas": ("source",), "samples": ("persona_id",)}

_MARGIN = timedelta(minutes=1)


def id_index(column: str) -> str:
    """What the index on a column is called by which rows are looked up."""
    return f"{column}_idx"


def drop_versions(data: Any, keep: timedelta, *, unfinished: bool = False) -> int:
    """Drop the files of versions of a dataset that were not the newest one any more so long ago.

    Args:
        keep: none but the newest for nothing.
        unfinished: those of writers that were killed too, which is only safe where nobody writes.

    Returns:
        bytes that were freed.
    """
    if not keep:
        return int(data.cleanup_old_versions(retain_versions=1, delete_unverified=unfinished).bytes_removed)
    now = time()
    ages = [now - one["timestamp"].timestamp() for one in data.versions()]
    # By its own age a version may be old that was the newest until now.
    ended = min((age for age in ages if age >= keep.total_seconds()), default=None)
    if ended is None:
        return 0
    older = timedelta(seconds=ended) + _MARGIN
    return int(data.cleanup_old_versions(older_than=older, delete_unverified=unfinished).bytes_removed)


def join_last(data: Any, count: int, rows: int) -> None:
    """Join the newest fragments of a dataset into some of so many rows, and leave all others as they are.

    What is joined moves behind what is not, so that the order of the rows stays only where all behind the first one
    that is joined are joined too.
    """
    numbers = [part.fragment_id for part in data.get_fragments()]
    data.optimize.compact_files(
        target_rows_per_fragment=rows,
        num_threads=1,
        compaction_mode="try_binary_copy",
        binary_copy_read_batch_bytes=2**20,
        excluded_fragment_ids=numbers[:-count],
    )


def to_merge(sizes: Sequence[int]) -> int:
    """How many of the newest fragments, or segments of an index, to make one: few stay, and each row is rewritten only
    as often as their number has digits (a log-structured merge tree; O'Neil and others, 1996).

    Args:
        sizes: the newest last.
    """
    newest = sizes[::-1]
    merged, bound = 0, 2 * newest[0] if newest else 0
    while (alike := _leading(newest[merged:], bound)) >= ALIKE:
        merged, bound = merged + alike, bound * alike
    return merged


def tail(sizes: Sequence[int], bound: int) -> Sequence[int]:
    """The newest of them, as far as they are smaller than that."""
    return sizes[len(sizes) - _leading(sizes[::-1], bound - 1) :]


def _leading(sizes: Sequence[int], bound: int) -> int:
    return next((place for place, size in enumerate(sizes) if size > bound), len(sizes))
