"""A tool as one schema, whatever way a model wrote it: what it is called, what each function takes and gives.

    {"name": "Frost warning", "description": "...",
     "function_name": "frost_warning",
     "input_args": [{"name": "place", "type": "string", "description": "...", "required": true}],
     "return": {"type": "boolean", "description": "..."},
     "depend": ["requests"],
     "others": []}

The six fields are those of the paper (section 4.6), each with one type. A tool of several functions has the further
ones in `others`, each with function_name, input_args and return. An argument may have `enum` and `default` besides.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from personahub.tools.types import ANY

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # of a function, as the chat endpoints take it
KINDS = ("string", "integer", "number", "boolean", "array", "object", ANY)


@dataclass(frozen=True, slots=True)
class Argument:
    """Args:
    kind: of KINDS.
    items: for an array, the kind of what is in it.
    """

    name: str
    kind: str = ANY
    description: str = ""
    required: bool = True
    enum: tuple[object, ...] = ()
    default: object = None
    items: str = ANY

    def told(self) -> dict[str, object]:
        shown: dict[str, object] = {"name": self.name, "type": self.kind, "description": self.description}
        shown["required"] = self.required
        if self.enum:
            shown["enum"] = list(self.enum)
        if self.default is not None:
            shown["default"] = self.default
        if self.items != ANY:
            shown["items"] = self.items
        return shown


@dataclass(frozen=True, slots=True)
class Function:
    """Args:
    gives: what it returns, as JSON types call it; `meaning` is what that says.
    """

    name: str
    arguments: tuple[Argument, ...] = ()
    gives: str = ANY
    meaning: str = ""

    def told(self) -> dict[str, object]:
        return {
            "function_name": self.name,
            "input_args": [argument.told() for argument in self.arguments],
            "return": {"type": self.gives, "description": self.meaning},
        }


@dataclass(frozen=True, slots=True)
class Tool:
    """Args:
    functions: at least one, the main one first.
    depend: packages, services, models.
    """

    name: str
    description: str
    functions: tuple[Function, ...]
    depend: tuple[str, ...] = field(default=())

    @property
    def main(self) -> Function:
        return self.functions[0]

    @property
    def text(self) -> str:
        """It as canonical JSON, in one line."""
        first, *others = (function.told() for function in self.functions)
        whole = {"name": self.name, "description": self.description, **first, "depend": list(self.depend)}
        return orjson.dumps({**whole, "others": others}).decode()


def tool(text: str) -> Tool:
    """The tool of a canonical text.

    Raises:
        ValueError: it is none.
    """
    return in_schema(orjson.loads(text))


def in_schema(found: Mapping[str, Any]) -> Tool:
    """The tool of a value in the one schema, as `tool` raises."""
    try:
        first = _function(found)
        others = tuple(_function(one) for one in found["others"])
        return Tool(str(found["name"]), str(found["description"]), (first, *others), tuple(map(str, found["depend"])))
    except (KeyError, TypeError) as error:
        raise ValueError(f"it is no tool in the one schema: {error}") from error


def _function(told: Mapping[str, object]) -> Function:
    arguments, gives = told["input_args"], told["return"]
    if not isinstance(arguments, Sequence) or not isinstance(gives, Mapping):
        raise TypeError("input_args is no list, or return no object")
    return Function(
        str(told["function_name"]), tuple(map(_argument, arguments)), str(gives["type"]), str(gives["description"])
    )


def _argument(told: Mapping[str, object]) -> Argument:
    enum = told.get("enum", ())
    return Argument(
        str(told["name"]),
        str(told["type"]),
        str(told["description"]),
        bool(told["required"]),
        tuple(enum) if isinstance(enum, list) else (),
        told.get("default"),
        str(told.get("items", ANY)),
    )
