"""A tool as chat endpoints take it: JSON schema of its arguments, in the envelope of function calling.

https://platform.openai.com/docs/guides/function-calling
"""

from personahub.tools.interface import NAME, Argument, Function, Tool
from personahub.tools.types import ANY


def envelopes(tool: Tool) -> list[dict[str, object]]:
    """One for each function; a constructor is none that a model could call."""
    return [_envelope(tool, function) for function in tool.functions if not function.name.startswith("__")]


def parameters(function: Function) -> dict[str, object]:
    """What arguments are, as a JSON schema of an object."""
    return {
        "type": "object",
        "properties": {argument.name: _property(argument) for argument in function.arguments},
        "required": [argument.name for argument in function.arguments if argument.required],
        "additionalProperties": False,
    }


def faults(tool: Tool) -> list[str]:
    """What keeps a tool from being handed to an endpoint; none for a good one.

    Whether `parameters` is a JSON schema is for a checker of schemas to say; here stands what that does not know.
    """
    found = [f"function name {one.name!r} is no name" for one in tool.functions if not NAME.fullmatch(one.name)]
    names = [one.name for one in tool.functions]
    found += [f"two functions are called {name!r}" for name in sorted({one for one in names if names.count(one) > 1})]
    if not envelopes(tool):
        found.append("it has no function that can be called")
    for function in tool.functions:
        found += [
            f"{argument.name!r} has a default that is none of its values"
            for argument in function.arguments
            if argument.enum and argument.default is not None and argument.default not in argument.enum
        ]
    return found


def _envelope(tool: Tool, function: Function) -> dict[str, object]:
    described = tool.description
    if len(tool.functions) > 1:
        described = f"{described} This function: {function.name.replace('_', ' ')}."
    inner = {"name": function.name, "description": described, "parameters": parameters(function)}
    return {"type": "function", "function": inner}


def _property(argument: Argument) -> dict[str, object]:
    told: dict[str, object] = {} if argument.kind == ANY else {"type": argument.kind}
    if argument.description:
        told["description"] = argument.description
    if argument.enum:
        told["enum"] = list(argument.enum)
    if argument.kind == "array":
        told["items"] = {} if argument.items == ANY else {"type": argument.items}
    if argument.default is not None:
        told["default"] = argument.default
    return told
