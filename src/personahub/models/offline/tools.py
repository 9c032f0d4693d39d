"""Tools: an interface for a persona, the code that implements one, and calls of it.

The code of an interface that was made here computes what its name says; for one of somebody else it gives a value of
the promised type. Of a share of code something is broken on purpose, in a way that is known.
"""

import re
from random import Random

import orjson

from personahub.models.offline.dice import Dice
from personahub.models.offline.families import FAMILIES
from personahub.models.offline.subject import subject
from personahub.tools.calls import drawn
from personahub.tools.interface import Argument, Function, Tool, tool
from personahub.tools.normal import normalised

STAGES = ("parse", "signature", "start", "run", "return")  # what may be broken, as `verify` calls it

_PYTHON = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "array": "list",
    "object": "dict",
    "any": "object",
    "null": "None",
}
_NOTHING = {"string": '""', "integer": "0", "number": "0.0", "boolean": "False", "array": "[]", "object": "{}"}


def interface(persona: str, *, seed: int) -> str:
    """One tool as JSON, as the template asks for it."""
    dice = Dice("tool", str(seed), persona)
    about = subject(persona, dice)
    role = about.role or dice.pick(about.field.careers)
    family = dice.pick(FAMILIES)
    slots = {
        "k": dice.pick(about.topics),
        "things": dice.pick(about.field.things),
        "role": role,
        "place": dice.pick(about.field.places),
    }
    function = Function(
        f"{family.name}_{_snake(slots[family.of])}"[:64].rstrip("_"),
        tuple(_worded(argument, slots) for argument in family.arguments),
        family.gives,
        family.meaning.format_map(slots),
    )
    title, described = family.title.format_map(slots), family.description.format_map(slots)
    made = orjson.loads(Tool(title[:1].upper() + title[1:], described, (function,), family.depend).text)
    return orjson.dumps(
        {key: value for key, value in made.items() if key != "others"}, option=orjson.OPT_INDENT_2
    ).decode()


def code(asked: str, *, seed: int, wrong: float = 0.0) -> tuple[str, str | None]:
    """Python for an interface, and the stage at which it is broken; None where it is as it should be.

    Args:
        asked: the interface, as JSON.
        wrong: the share that is broken.
    """
    found, dice = _tool(asked), Dice("code", str(seed), asked)
    broken = dice.pick(STAGES) if dice.below(10_000) < wrong * 10_000 else None
    parts = [_defined(one, found, broken if one is found.main else None) for one in found.functions]
    head = "import requests\n\n\n" if any("requests." in part for part in parts) else ""
    if broken == "start":
        head = f"{head}LIMIT = len(SETTINGS)\n\n\n"
    whole = head + "\n\n\n".join(parts)
    return (whole.replace("):", ") ->", 1).replace(") -> ", ") -> -> ", 1) if broken == "parse" else whole), broken


def call(asked: str, *, seed: int) -> str:
    """A request and the calls that answer it, as JSON."""
    found = _tool(asked)
    function = found.main
    arguments = drawn(function, Random(f"{seed} {asked}"))  # noqa: S311 - it shall repeat itself
    given = ", ".join(f"{name.replace('_', ' ')} {orjson.dumps(value).decode()}" for name, value in arguments.items())
    request = (
        f"I need this from you: {found.name.lower()}. Take {given or 'what you know'}, and tell me what comes out."
    )
    return orjson.dumps({"request": request, "calls": [{"name": function.name, "arguments": arguments}]}).decode()


def _tool(asked: str) -> Tool:
    """Any text is asked about; one that is no interface gets a function that does nothing."""
    try:
        return tool(asked)
    except ValueError:
        pass
    try:
        return normalised(orjson.loads(asked))
    except ValueError:
        return Tool("Tool", "It does nothing.", (Function("nothing"),))


def _defined(function: Function, whole: Tool, broken: str | None) -> str:
    family = next((one for one in FAMILIES if function.name.startswith(f"{one.name}_")), None)
    fits = family is not None and [one.name for one in family.arguments] == [one.name for one in function.arguments]
    body = family.body if family and fits else _plain(function)
    name = f"{function.name}_of" if broken == "signature" else function.name
    if broken == "run":
        body = ("raise RuntimeError('to be done')",)
    if broken == "return":
        body = (
            "return b''" if function.gives == "any" else "return ['no']" if function.gives != "array" else "return 7",
        )
    taken = sorted(function.arguments, key=lambda one: not one.required)
    gives = f" -> {_PYTHON[function.gives]}" if function.gives in _PYTHON and broken != "return" else ""
    lines = [f"def {name}({', '.join(map(_argument, taken))}){gives}:", f'    """{_docstring(whole.description)}"""']
    return "\n".join([*lines, *(f"    {line}" if line else "" for line in body)])


def _plain(function: Function) -> tuple[str, ...]:
    return (f"return {_NOTHING.get(function.gives, 'None')}",)


def _argument(argument: Argument) -> str:
    said = f"{argument.name}: {_PYTHON[argument.kind]}"
    if argument.required:
        return said
    if argument.default is None:
        return f"{said} | None = None" if argument.kind != "any" else f"{said} = None"
    return f"{said} = {argument.default!r}"


def _worded(argument: Argument, slots: dict[str, str]) -> Argument:
    described = argument.description.format_map(slots)
    return Argument(
        argument.name, argument.kind, described, argument.required, argument.enum, argument.default, argument.items
    )


def _snake(phrase: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", phrase.lower()).strip("_") or "things"


def _docstring(text: str) -> str:
    return text.replace("\\", "/").replace('"', "'")
