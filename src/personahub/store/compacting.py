"""A table made small and quick: pieces joined, indexes whole, old versions gone. The order of the rows stays."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from personahub.store.packing import KEYS, drop_versions, id_index, join_last, merge, tail
from personahub.store.system import give_back_memory
from personahub.store.table import Table

PACKED_ROWS = 2**18  # fragments are joined up to this; to join more takes memory in proportion
PACKED_BYTES = 2**27  # segments of an index on ids are joined while they are smaller: a look-up reads of each
FEWEST = 2  # segments that can be joined


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
            _merge(data, name, small)
    for one in found.values():
        if not there <= {number for segment in one.segments for number in segment.fragment_ids}:
            data.optimize.optimize_indices(index_names=[one.name])


def _merge(data: Any, name: str, small: int) -> None:
    """Join the newest segments of an index, and what it does not hold yet; fewer at a time where all are too many.

    Of ten million ids the pool of the library was not enough once in six times. Where it is not enough for two, the
    segments stay apart, which is slower to read and no worse.
    """
    most = small
    while True:
        some = min(most, small)
        if not merge(data, name, some):
            most = some // 2
            continue
        small += 1 - max(some, 1)
        if min(small, most) < FEWEST:
            return


def _join(data: Any, tell: Callable[[int], None]) -> None:
    small = tail([part.metadata.num_rows for part in data.get_fragments()], PACKED_ROWS // 2)
    if len(small) > 1:
        join_last(data, len(small), min(sum(small), PACKED_ROWS), tell)
