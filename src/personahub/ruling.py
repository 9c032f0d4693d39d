"""Verdicts of one kind on the records of one task: those on records of other tasks go on as they were."""

from collections.abc import Iterator, Mapping
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from personahub.hub import Folder
from personahub.schema import VERDICTS

AT_ONCE = 8_192  # verdicts that are read together

# Of each record that is dropped: its id, why, and a number for it or null.
RULED = pa.schema([("id", pa.string()), ("reason", pa.string()), ("score", pa.float32())])


def rule(
    folder: Folder, kind: str, task: str, ruled: pa.Table, settings: Mapping[str, object], table: str = "samples"
) -> int:
    """Make these the current verdicts of their kind on the records of a task, in one switch; how many are new.

    The run is named by what it says, so that the same words twice are one run. The caller holds the hub's lock.

    Args:
        ruled: in schema RULED, one row a record.
        settings: what they come from, for people.
        table: "samples" or "solutions".
    """
    both = pa.concat_tables([ruled.cast(RULED), *_of_others(folder, kind, task, table)]).combine_chunks()
    run = _named(kind, f"{task} of {table}" if table != "samples" else task, both, settings)
    folder.ledger.begin(run, {"kind": kind, "task": task, **settings})
    same = {"table": table, "kind": kind, "run": run}
    columns = {
        **{name: pa.repeat(value, len(both)) for name, value in same.items()},
        **{name: both[name] for name in RULED.names},
        "other": pa.nulls(len(both), pa.string()),
    }
    verdicts = pa.Table.from_arrays([columns[name] for name in VERDICTS.names], schema=VERDICTS)
    return folder.judge(table, kind, run, [verdicts] if len(verdicts) else [])


def _of_others(folder: Folder, kind: str, task: str, table: str) -> Iterator[pa.Table]:
    run = folder.current(table).get(kind)
    if run is None:
        return
    among = f"`table` = '{table}' AND kind = '{kind}' AND run = '{run}'"
    for batch in folder.tables["verdicts"].scan(RULED.names, among, batch_rows=AT_ONCE):
        held = folder.tables[table].lookup(batch["id"].to_pylist(), ["id"], f"task != '{task}'")
        yield pa.Table.from_batches([batch]).filter(pc.is_in(batch["id"], held["id"].combine_chunks())).cast(RULED)


def _named(kind: str, task: str, ruled: pa.Table, settings: Mapping[str, object]) -> str:
    digest = blake2b(repr((kind, task, sorted(settings.items(), key=str))).encode(), digest_size=16)
    for batch in ruled.to_batches():
        for name in ("id", "reason"):
            digest.update("\n".join(batch[name].to_pylist()).encode())
    return digest.hexdigest()
