"""Calls of a tool that a model wrote, held against its schema."""

from dataclasses import dataclass

import orjson

from personahub.shapes import fitting
from personahub.tools.schema import parameters
from personahub.verifying.base import Fault, Row
from personahub.verifying.interfaces import read


@dataclass(frozen=True)
class Calls:
    @property
    def name(self) -> str:
        return "call"

    @property
    def table(self) -> str:
        return "solutions"

    @property
    def stages(self) -> tuple[str, ...]:
        return ("parse", "name", "arguments")

    def takes(self, row: Row) -> bool:
        return row["text"].startswith("{") and read(row["sample"]) is not None

    def fault(self, row: Row) -> Fault | None:
        found = read(row["sample"])
        if found is None:
            return None
        try:
            said = orjson.loads(row["text"])
            calls = [(one["name"], one["arguments"]) for one in said["calls"]]
        except (ValueError, KeyError, TypeError) as error:
            return Fault("parse", f"no calls, each with a name and arguments: {error}")
        known = {one.name: one for one in found.functions}
        for name, arguments in calls:
            if name not in known:
                return Fault("name", f"the tool has no function {name!r}; it has {', '.join(known)}")
            _, wrong = fitting(orjson.dumps(arguments).decode(), orjson.dumps(parameters(known[name])).decode())
            if wrong:
                return Fault("arguments", f"{name}: {wrong}")
        return None if calls else Fault("parse", "it calls nothing")
