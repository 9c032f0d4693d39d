"""The newest fragments of a table made fewer, and the order of its rows as it was."""

from typing import Any


def join_last(data: Any, count: int, rows: int) -> None:
    """Join the newest fragments of a dataset into some of so many rows, and leave all others as they are.

    The library joins fragments only with those that the same parts of an index cover, and puts what it has joined
    behind all that it has not. So what is joined here is only what reaches, without a gap, to the last row; what stands
    before a gap waits until the index has no border there.

    Args:
        count: how many of the newest.
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
    if tasks:
        Compaction.commit(data, [task.execute(data) for task in reversed(tasks)])
