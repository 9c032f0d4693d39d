"""How a table stays small and quick: which of its pieces are joined, and which of its versions go."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import accumulate
from time import time
from typing import Any

from personahub.store.system import give_back_memory

FRAGMENT_ROWS = 65_536  # small ones are joined up to this; to join more takes memory in proportion
ALIKE = 8  # so many fragments, or segments of the id index, of one size become one
# Where much is appended at a time, segments are joined further, a few at a time: memory stays in proportion to it.
BULK_BYTES = 2**22  # of the newest segment: 160,000 ids
BULK_ALIKE = 3  # and what is appended
BULK_JOINED = 2**26  # bytes of them all, of which three to four times as many are held
# Columns of other ids by which rows are looked up too, by table; compaction makes their indexes.
KEYS = {"personas": ("source",), "samples": ("persona_id",), "solutions": ("record",)}

EXHAUSTED = "Resources exhausted"  # how the library refuses to sort in too little memory

_MARGIN = timedelta(minutes=1)


def id_index(column: str) -> str:
    """What the index on a column is called by which rows are looked up."""
    return f"{column}_idx"


def extend(data: Any, index: Any, bound: int) -> None:
    """Let an index hold all rows, and join its newest small segments.

    Args:
        index: as the dataset describes it.
        bound: as `segments_to_merge` takes it.
    """
    segments = sorted(index.segments, key=lambda one: one.dataset_version_at_last_update)
    if not merge(data, index.name, segments_to_merge([one.size_bytes for one in segments], bound)):
        merge(data, index.name, 0)


def merge(data: Any, name: str, count: int) -> bool:
    """Join so many of the newest segments of an index, and what it does not hold yet; False where memory is too little.

    The library sorts in a pool of 100 MB, or of what LANCE_MEM_POOL_SIZE says, and refuses where that is not enough.
    """
    try:
        data.optimize.optimize_indices(index_names=[name], num_indices_to_merge=count)
    except (OSError, RuntimeError) as error:
        if not count or EXHAUSTED not in str(error):
            raise
        return False
    return True


def segments_to_merge(sizes: Sequence[int], bound: int) -> int:
    """How many of the newest segments of an index are joined with what is new.

    Args:
        sizes: bytes, the newest last.
        bound: bytes; larger ones are not joined, which would take their memory and time, unless as much is appended.
    """
    if sizes and sizes[-1] >= BULK_BYTES:
        return to_merge(_within(sizes, BULK_JOINED), BULK_ALIKE)
    return to_merge(tail(sizes, bound))


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


def join_last(data: Any, count: int, rows: int, tell: Callable[[int], None] = lambda _rows: None) -> None:
    """Join the newest fragments into some of so many rows, in one commit, and leave all others as they are.

    The library joins fragments only with those that the same parts of an index cover, and puts what it has joined
    behind all that it has not. So what is joined here is only what reaches, without a gap, to the last row; what stands
    before a gap waits until the index has no border there.

    Args:
        count: how many of the newest.
        tell: hears of the rows that were joined.
    """
    from lance.optimize import Compaction, CompactionOptions  # noqa: PLC0415 - as in store/guard.py

    numbers = [part.fragment_id for part in data.get_fragments()]
    options: CompactionOptions = {
        "target_rows_per_fragment": rows,
        "num_threads": 1,
        "compaction_mode": "try_binary_copy",
        "binary_copy_read_batch_bytes": 2**20,
        "excluded_fragment_ids": numbers[:-count],
    }
    end, tasks = len(numbers), []
    planned = {task.fragments[-1].id: task for task in Compaction.plan(data, options).tasks}
    while end and (task := planned.get(numbers[end - 1])) is not None:
        ours = [part.id for part in task.fragments]
        if ours != numbers[end - len(ours) : end]:
            break
        tasks.append(task)
        end -= len(ours)
    done, written = 0, []
    for task in reversed(tasks):
        written.append(task.execute(data))
        done += sum(part.physical_rows for part in task.fragments)
        tell(done)
        give_back_memory()
    if written:
        Compaction.commit(data, written)


def to_merge(sizes: Sequence[int], least: int = ALIKE) -> int:
    """How many of the newest fragments, or segments of an index, to make one: few stay, and each row is rewritten only
    as often as their number has digits (a log-structured merge tree; O'Neil and others, 1996).

    Args:
        sizes: the newest last.
        least: fewer are not joined.
    """
    newest = sizes[::-1]
    merged, bound = 0, 2 * newest[0] if newest else 0
    while (alike := _leading(newest[merged:], bound)) >= least:
        merged, bound = merged + alike, bound * alike
    return merged


def settled(sizes: Sequence[int]) -> int:
    """How many of the fragments are not joined any more; the newest last."""
    return len(sizes) - len(tail(sizes, FRAGMENT_ROWS // ALIKE))


def tail(sizes: Sequence[int], bound: int) -> Sequence[int]:
    """The newest of them, as far as they are smaller than that."""
    return sizes[len(sizes) - _leading(sizes[::-1], bound - 1) :]


def _within(sizes: Sequence[int], total: int) -> Sequence[int]:
    """The newest of them that are together at most so large."""
    sums = list(accumulate(sizes[::-1]))
    return sizes[len(sizes) - _leading(sums, total) :]


def _leading(sizes: Sequence[int], bound: int) -> int:
    return next((place for place, size in enumerate(sizes) if size > bound), len(sizes))
