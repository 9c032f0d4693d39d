"""Rows that did not get in, each with its reason, so that every figure of a report can be looked up."""

from collections.abc import Sequence

import pyarrow as pa

from personahub.schema import REJECTED
from personahub.store.table import Table
from personahub.text import content_id

DETAIL_CHARS = 500  # kept of what was set aside


def set_aside(
    rejected: Table,
    run: str,
    table: str,
    *,
    places: Sequence[str],
    reasons: Sequence[str],
    details: Sequence[str | None],
) -> list[str]:
    """Write them down; what was written before stays one row, so a part that is done again doubles nothing.

    A row that is mended later stays in the table, and readers are not shown it (see `Folder.judged`).

    Args:
        table: where the rows would have gone.
        places: file:record of a document, or the id of the row that was asked about.

    Returns:
        the id of each; two that are the same in all have one.
    """
    rows, names = {}, []
    for place, reason, detail in zip(places, reasons, details, strict=True):
        short = (detail or "")[:DETAIL_CHARS]
        name = content_id(run, table, place, reason, short)
        names.append(name)
        rows[name] = {"id": name, "run": run, "table": table, "place": place, "reason": reason, "detail": short or None}
    held = set(rejected.lookup(list(rows), ["id"])["id"].to_pylist())
    rejected.append(pa.Table.from_pylist([row for name, row in rows.items() if name not in held], REJECTED))
    return names
