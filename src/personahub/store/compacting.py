"""A table made small and quick: pieces joined, indexes whole, old versions gone. The order of the rows stays."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from personahub.store.packing import KEYS, drop_versions, id_index, tail
from personahub.store.system import give_back_memory
from personahub.store.table import Table

PACKED_ROWS = 2**18  # fragments are joined up to this; to join more takes memory in proportion
PACKED_BYTES = 2**25  # segments of an index on ids are joined up to this, for the same reason


def compact(table: Table, keep: timedelta, tell: Callable[[int], None]) -> None:
    """What is joined already is not written again; a call that was cut off leaves the table as it was before a step.

    Args:
        keep: versions that were the newest one so long ago stay, for readers that are at them.
        tell: hears of the rows that were joined.
    """
    with table.opened() as data:
        if data is None:
            return
        # First: fragments that an index covers and others are never joined with each other.
        _index(table, data)
        give_back_memory()
        _join(data, tell)
        data.checkout_latest()
        drop_versions(data, keep, unfinished=True)
    give_back_memory()


def _index(table: Table, data: Any) -> None:
    there = {part.fragment_id for part in data.get_fragments()}
    found = {one.name: one for one in data.describe_indices()}
    for column in ("id", *KEYS.get(table.path.stem, ())):
        name = id_index(column)
        if name not in found:
            data.create_scalar_index(column, "BTREE", name=name)
            continue
        segments = sorted(found.pop(name).segments, key=lambda one: one.dataset_version_at_last_update)
        small = len(tail([one.size_bytes for one in segments], PACKED_BYTES))
        whole = there <= {number for one in segments for number in one.fragment_ids}
        if not whole or small > 1:
            data.optimize.optimize_indices(index_names=[name], num_indices_to_merge=small)
    for one in found.values():
        if not there <= {number for segment in one.segments for number in segment.fragment_ids}:
            data.optimize.optimize_indices(index_names=[one.name])


def _join(data: Any, tell: Callable[[int], None]) -> None:
    """All that is small at the end, in one commit: what is joined moves behind what is not."""
    parts = data.get_fragments()
    small = tail([part.metadata.num_rows for part in parts], PACKED_ROWS // 2)
    if len(small) < 2:
        return
    from lance.optimize import Compaction  # noqa: PLC0415 - as in store/guard.py

    plan = Compaction.plan(
        data,
        {
            "target_rows_per_fragment": min(sum(small), PACKED_ROWS),
            "num_threads": 1,
            "compaction_mode": "try_binary_copy",
            "binary_copy_read_batch_bytes": 2**20,
            "excluded_fragment_ids": [part.fragment_id for part in parts[: -len(small)]],
        },
    )
    done, written = 0, []
    for task in plan.tasks:
        written.append(task.execute(data))
        done += sum(part.physical_rows for part in task.fragments)
        tell(done)
        give_back_memory()
    Compaction.commit(data, written)
