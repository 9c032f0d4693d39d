"""Every table as an Arrow schema; a name here is the name in Python, on the command line and in a filter."""

import re
from collections.abc import Iterable

import pyarrow as pa

from personahub.errors import UsageError
from personahub.text import printable

_TASK = re.compile(r"\w[\w-]{0,63}")

FORMAT = 1  # of the hub folder; raised when an older personahub could no longer read it


def _text(name: str) -> pa.Field:
    return pa.field(name, pa.string(), nullable=False)


# What a source reads: one row a record of a file. `reject` is null where the text is usable.
DOCUMENTS = pa.schema(
    [
        pa.field("text", pa.string()),
        _text("source"),  # the file, as it was named
        pa.field("record", pa.int64(), nullable=False),  # line of a JSONL file, row of a table; from 1
        pa.field("reject", pa.string()),
        pa.field("detail", pa.string()),
    ]
)

TEXTS = pa.schema(
    [
        _text("id"),
        pa.field("text", pa.string()),  # null where only its id is kept
        _text("source"),
        pa.field("record", pa.int64(), nullable=False),
        pa.field("start", pa.int64(), nullable=False),  # characters into the document
        pa.field("end", pa.int64(), nullable=False),
    ]
)

PERSONAS = pa.schema(
    [
        _text("id"),
        _text("text"),
        _text("origin"),  # text | relation | import
        pa.field("source", pa.string()),  # id of the text or of the parent persona; file of an import
        pa.field("relation", pa.string()),
        pa.field("hop", pa.int32(), nullable=False),
        pa.field("template", pa.string()),
        pa.field("model", pa.string()),
        _text("run"),
    ]
)

SAMPLES = pa.schema(
    [
        _text("id"),
        _text("task"),
        _text("persona_id"),
        _text("persona"),
        _text("text"),
        _text("description"),
        pa.field("template", pa.string()),
        pa.field("model", pa.string()),
        _text("run"),
    ]
)

# What a table of records gets with its first import, beside the columns above; null in a record that was made here.
IMPORTED = pa.schema(
    [
        pa.field("source", pa.string()),  # the file; a column of personas anyway
        pa.field("record", pa.int64()),  # line of a JSONL file, row of a table; from 1
        pa.field(
            "layout", pa.string()
        ),  # JSON: each field of the row in its order, [name, column that holds it or null]
        pa.field("extra", pa.string()),  # JSON: the fields that no column holds
    ]
)

# What a model said of a record, as it said it; the values stand as columns beside the records (store/columns.py).
LABELS = pa.schema(
    [
        _text("id"),
        _text("record"),  # its id
        _text("answer"),  # JSON
        pa.field("template", pa.string()),
        pa.field("model", pa.string()),
        _text("run"),
    ]
)

# A judgement beside a record; it drops the record as long as its run is the hub's current one of that kind. A run may
# stand on others before it: of the verdicts of all of them the newest on a record counts.
VERDICTS = pa.schema(
    [
        _text("id"),  # of the record
        _text("table"),
        _text("kind"),  # quality | duplicate | meaning | review
        _text("reason"),
        pa.field("other", pa.string()),  # the record that is kept instead
        pa.field("score", pa.float32()),
        _text("run"),
    ]
)

KEPT = "kept"  # the reason of a verdict that takes back an earlier one

# A row that did not get in, and why; the report's figures can be looked up here.
REJECTED = pa.schema(
    [
        _text("id"),
        _text("run"),
        _text("table"),  # the table it would have gone to
        _text("place"),  # file:record of a document, id of the row that was asked about
        _text("reason"),
        pa.field("detail", pa.string()),
    ]
)

TABLES = {
    "texts": TEXTS,
    "personas": PERSONAS,
    "samples": SAMPLES,
    "labels": LABELS,
    "verdicts": VERDICTS,
    "rejected": REJECTED,
}

# Fields as the released data and people call them.
ALIASES = {
    "personas": {"persona": "text", "input persona": "text"},
    "samples": {"input persona": "persona", "synthesized text": "text"},
}


def field(table: str, name: str, columns: Iterable[str] | None = None) -> str:
    """The column that is meant by a name: its own, or the one that the released data have for it.

    Args:
        columns: those that the table has on the disk, where it may have more than it began with.

    Raises:
        UsageError: there is none of that name; it says which there are.
    """
    there = list(TABLES[table].names if columns is None else columns)
    column = name if name in there else ALIASES.get(table, {}).get(name, name)
    if column in there:
        return column
    raise UsageError(f"{table} have no field {printable(name[:80])!r}; there are {', '.join(there)}")


def answers(table: str) -> pa.Schema:
    """What a task makes for a table: its columns less those only the run knows, and a reason."""
    known = [field for field in TABLES[table] if field.name not in ("model", "run")]
    open_ = [field.with_nullable(True) for field in known]
    return pa.schema([*open_, _text("place"), pa.field("reject", pa.string()), pa.field("detail", pa.string())])


def check_task(name: str) -> str:
    """The name as it is, if samples can be filed under it: it goes into filters, files and pages."""
    if not _TASK.fullmatch(name) or name in ("personas", "samples"):
        raise UsageError(
            f"{name[:80]!r} is no name for a task: up to 64 letters, digits, - and _, and not 'personas' or 'samples'"
        )
    return name
