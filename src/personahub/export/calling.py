"""Layouts of function calling: somebody asks, an assistant calls tools that are described beside."""

from collections.abc import Iterator

import orjson
import pyarrow as pa

from personahub.errors import UsageError
from personahub.tools.interface import tool
from personahub.tools.schema import envelopes

Row = dict[str, object]


def function_calling(rows: pa.RecordBatch) -> list[Row]:
    """`messages`, the second with `tool_calls`, and `tools`: TRL and Axolotl (chat_template); arguments are objects.

    Raises:
        UsageError: a record is no solution that calls the tool of its sample.
    """
    return [
        {
            "messages": [
                {"role": "user", "content": request},
                {
                    "role": "assistant",
                    "content": "",
                    "tool_calls": [{"type": "function", "function": call} for call in calls],
                },
            ],
            "tools": tools,
        }
        for request, calls, tools in _called(rows)
    ]


def sharegpt_tools(rows: pa.RecordBatch) -> list[Row]:
    """`conversations`, the second turn from `function_call`, and `tools`, both JSON in a text: LLaMA-Factory."""
    return [
        {
            "conversations": [
                {"from": "human", "value": request},
                {"from": "function_call", "value": orjson.dumps(calls if len(calls) > 1 else calls[0]).decode()},
            ],
            "tools": orjson.dumps([one["function"] for one in tools]).decode(),
        }
        for request, calls, tools in _called(rows)
    ]


def _called(rows: pa.RecordBatch) -> Iterator[tuple[str, list[Row], list[Row]]]:
    if "sample" not in rows.schema.names:
        raise UsageError("calls are solutions of tools: export solutions, with --where \"method = 'tool-call'\"")
    for row in rows.to_pylist():
        try:
            said = orjson.loads(row["text"])
            calls: list[Row] = [
                {"name": str(one["name"]), "arguments": dict(one["arguments"])} for one in said["calls"]
            ]
            yield str(said["request"]), calls, envelopes(tool(row["sample"]))
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f"a solution calls no tool, so it cannot go out as a call: {row['text'][:80]!r} (write calls with "
                "'solve HUB tool --template tool-call', and export them with --where \"method = 'tool-call'\")"
            ) from error
