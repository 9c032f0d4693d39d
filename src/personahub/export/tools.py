"""Tools as an endpoint takes them, with example calls: a layout of what leaves a hub."""

import pyarrow as pa

from personahub.errors import UsageError
from personahub.tools.calls import sets
from personahub.tools.interface import Tool, tool
from personahub.tools.schema import envelopes

CALLS = 3  # of each function, at most


def tools(rows: pa.RecordBatch) -> list[dict[str, object]]:
    """One object a sample: `tools` in the envelope of function calling, `calls` that satisfy them, and the persona.

    Raises:
        UsageError: a sample is no tool.
    """
    return [
        _told(row["text"], {name: row[name] for name in ("persona", "description") if name in row})
        for row in rows.to_pylist()
    ]


def _told(text: str, about: dict[str, object]) -> dict[str, object]:
    try:
        found = tool(text)
    except ValueError as error:
        raise UsageError(
            f"a sample is no tool, so it cannot go out as one: {text[:80]!r} (write tools with 'synthesize HUB tool', "
            "or take another format)"
        ) from error
    return {"tools": envelopes(found), "calls": _calls(found), **about}


def _calls(found: Tool) -> list[dict[str, object]]:
    return [
        {"name": function.name, "arguments": arguments}
        for function in found.functions
        if not function.name.startswith("__")
        for arguments in sets(function, CALLS, 0)
    ]
