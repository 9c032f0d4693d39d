"""Programs of thought, run in a sandbox; what each gives stands beside the solution as `result`.

The text of a solution is what the model wrote, and stays. A call that was killed is gone on with: a program that has
`ran` is not run again.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import orjson
import pyarrow as pa

from personahub.events import Tally
from personahub.hub import Folder
from personahub.sandbox import Limits, Outcome, Program, Sandbox
from personahub.store.columns import Values, fill

PROGRAM = "program"  # the format of answers that are run
COLUMNS = pa.schema(
    [
        pa.field("result", pa.string()),  # what it gave; null where it gave nothing
        pa.field("ran", pa.string()),  # "ok", or why it gave nothing
    ]
)
OK, NOTHING = "ok", "no_value"
SECONDS = 5.0
MOST_CHARS = 2_000  # of a result
AT_ONCE = 512  # programs between two commits
HANDS = min(4, os.cpu_count() or 1)

Tell = Callable[[int], None]


def run_programs(folder: Folder, template: str, box: Sandbox, tell: Tell) -> Tally:
    """Run those of a template that were not run yet. The caller holds the hub's lock.

    Args:
        template: its identity.
        tell: hears how many are done.

    Returns:
        how many there were, and why those failed that did.
    """
    table = folder.tables["solutions"]
    mine = f"template = '{template}'"
    rows = table.numbers(f"{mine} AND ran IS NULL" if "ran" in table.stored.names else mine)
    total = Tally()
    with ThreadPoolExecutor(HANDS) as hands:
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            programs = table.pick(some, ["text"])["text"].to_pylist()
            outcomes = list(hands.map(partial(_run, box), programs))
            given, ran = zip(*map(_told, outcomes), strict=True)
            columns = pa.RecordBatch.from_pydict({"result": given, "ran": ran}, schema=COLUMNS)
            fill(table, COLUMNS, [Values(some, columns)])
            why = Counter(said.partition(":")[0] for said in ran if said != OK)
            total += Tally(len(some), len(some) - why.total(), why)
            tell(total.read)
    return total


def _run(box: Sandbox, code: str) -> Outcome:
    return box.run(Program(code), Limits(seconds=SECONDS))


def _told(outcome: Outcome) -> tuple[str | None, str]:
    """What a program gave, and how it went: its value, or else the last line that it printed."""
    if outcome.stopped:
        return None, f"{outcome.stopped}: {outcome.error or ''}".rstrip(": ")
    if outcome.error:
        return None, f"error: {outcome.error}"
    printed = [line.strip() for line in outcome.output.splitlines() if line.strip()]
    said = _spelled(outcome.value) if outcome.value is not None else printed[-1] if printed else ""
    return (said, OK) if 0 < len(said) <= MOST_CHARS else (None, NOTHING)


def _spelled(value: object) -> str:
    """As an answer is written: several divided by commas, and no digits that only stand for rounding."""
    if isinstance(value, list):
        return ", ".join(_parts(value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else f"{value:.12g}"
    if isinstance(value, bool | dict):
        return orjson.dumps(value).decode()
    return str(value).strip()


def _parts(values: list[object]) -> Iterator[str]:
    for value in values:
        yield f"({_spelled(value)})" if isinstance(value, list) else _spelled(value)
