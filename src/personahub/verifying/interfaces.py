"""Interfaces of tools: could a model be handed them, and can they be called?"""

from dataclasses import dataclass

import orjson

from personahub.shapes import check_schema, fitting
from personahub.tools.calls import sets
from personahub.tools.interface import Tool, tool
from personahub.tools.schema import faults, parameters
from personahub.verifying.base import Fault, Row

TRIES = 20  # sets of arguments that are drawn for each function and held against its schema


@dataclass(frozen=True)
class Interfaces:
    @property
    def name(self) -> str:
        return "tool"

    @property
    def table(self) -> str:
        return "samples"

    @property
    def stages(self) -> tuple[str, ...]:
        return ("envelope", "schema", "calls")

    def takes(self, row: Row) -> bool:
        return read(row["text"]) is not None

    def fault(self, row: Row) -> Fault | None:
        found = read(row["text"])
        if found is None:
            return None
        if wrong := faults(found):
            return Fault("envelope", "; ".join(wrong))
        for function in found.functions:
            schema = orjson.dumps(parameters(function)).decode()
            if said := check_schema(schema):
                return Fault("schema", f"the arguments of {function.name} are no JSON schema: {said}")
            for arguments in sets(function, TRIES, 0):
                _, said = fitting(orjson.dumps(arguments).decode(), schema)
                if said:
                    return Fault("calls", f"no arguments of {function.name} satisfy its schema: {said}")
        return None


def read(text: str) -> Tool | None:
    """The tool of a canonical text; None for any other text."""
    if not text.startswith("{"):
        return None
    try:
        return tool(text)
    except ValueError:
        return None
