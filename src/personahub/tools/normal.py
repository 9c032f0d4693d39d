"""From what a model wrote as a tool, as parsed JSON, to the one schema."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

import orjson

from personahub.tools.arguments import LONGEST_TEXT, arguments
from personahub.tools.interface import NAME, Function, Tool, in_schema
from personahub.tools.types import ANY, said, word

MOST_FUNCTIONS = 64
DEEPEST = 3  # values within values: a text in a text, a tool in a list

_KEYS = {
    "name": "name tool_name toolname title interface_name",
    "description": "description desc summary purpose",
    "function_name": "function_name function_names functionname function functions method method_name func_name",
    "input_args": "input_args inputargs input_arguments arguments args inputs input parameters params input_parameters",
    "return": "return returns return_value return_values output outputs output_args returned result",
    "depend": "depend depends dependency dependencies depend_on requires requirements resources libraries",
}
_FIELD = {key: field for field, keys in _KEYS.items() for key in keys.split()}
_CATEGORY = re.compile(
    r"librar|package|module|python|api\b|apis\b|model|resource|service|hardware|data|depend|tool|web|software|other"
)
_SPLIT = re.compile(r"[,;\n]\s*(?:and\s+)?(?![^()]*\))")
_NOTHING = re.compile(
    r"\W*(?:none|null|n/?a|nothing|no(?: external)? (?:dependenc\w+|librar\w+)( required)?)?\W*", re.IGNORECASE
)
_GROUP = re.compile(
    r"^(?:python(?:'s)?\s+)?(?:librar(?:y|ies)|packages?|modules?|(?:web )?apis?)\s*:\s*", re.IGNORECASE
)
_AROUND = frozenset({"tool", "tools", "interface", "tool_interface", "json"})
_MEANING = frozenset({"type", "description"})


def normalised(value: object, depth: int = 0) -> Tool:
    """The tool in a JSON value.

    Raises:
        ValueError: it is none; says what is missing.
    """
    inner = _inner(value, depth)
    if inner is not None:
        return normalised(inner, depth + 1)
    if isinstance(value, Mapping) and isinstance(value.get("others"), list):
        with suppress(ValueError):
            return in_schema(value)  # it is in the one schema already
    if not isinstance(value, Mapping):
        raise ValueError("no object with the fields of a tool")  # noqa: TRY004 - data, no mistake
    fields: dict[str, object] = {_FIELD.get(_key(key)) or key: told for key, told in value.items()}
    fields.update({key: told for key, told in value.items() if key in _KEYS})  # a field by its own name comes first
    return _openai(fields) if _is_openai(fields) else _tool(fields)


def _inner(value: object, depth: int) -> object:
    """What the tool is wrapped in: JSON in a text, a list of one, an object around it; None where it stands free."""
    if depth >= DEEPEST:
        return None
    if isinstance(value, str):
        try:
            return orjson.loads(value)
        except ValueError as error:
            raise ValueError(f"a text that is no JSON: {error}") from error
    if isinstance(value, list):
        if len(value) == 1:
            return value[0]
        raise ValueError(f"a list of {len(value)} where one tool is meant")
    if isinstance(value, Mapping) and len(value) == 1:
        key, inner = next(iter(value.items()))
        return inner if _key(key) in _AROUND else None
    return None


def _tool(fields: Mapping[str, object]) -> Tool:
    names = _names(fields.get("function_name"))
    if not names:
        raise ValueError("no function_name")
    title, described = fields.get("name"), fields.get("description")
    if not isinstance(described, str) or not described.strip():
        raise ValueError("no description")
    if "input_args" not in fields:
        raise ValueError("no input_args")
    taken = _shares(fields["input_args"], names)
    given = _shares(fields.get("return"), names)
    functions = tuple(
        Function(name, arguments(takes), *_return(gives))
        for name, takes, gives in zip(names, taken, given, strict=True)
    )
    ordered = sorted(functions, key=lambda one: one.name.startswith("__"))  # a constructor is no main function
    shown = title if isinstance(title, str) and title.strip() else ordered[0].name
    return Tool(_line(shown), _line(described), tuple(ordered), depends(fields.get("depend")))


def _is_openai(fields: Mapping[str, object]) -> bool:
    inner = fields.get("function_name")
    return isinstance(inner, Mapping) and isinstance(inner.get("name"), str)


def _openai(fields: Mapping[str, object]) -> Tool:
    """Of {"type": "function", "function": {"name", "description", "parameters"}}."""
    inner = fields["function_name"]
    assert isinstance(inner, Mapping)  # noqa: S101 - _is_openai has looked
    gives = inner.get("returns") or inner.get("return") or fields.get("return")
    told = {"function_name": inner["name"], "input_args": inner.get("parameters") or {}, "return": gives}
    described = inner.get("description") or fields.get("description")
    return _tool({**told, "name": fields.get("name"), "description": described, "depend": fields.get("depend")})


def _names(value: object) -> list[str]:
    """Of the functions; each as an endpoint takes it."""
    if isinstance(value, str):
        return [_function_name(value)] if value.strip() else []
    if isinstance(value, Mapping):
        return [_function_name(str(name)) for name in value]
    if not isinstance(value, Sequence):
        return []
    names = [str(one.get("name", "")) if isinstance(one, Mapping) else str(one) for one in value]
    if len(names) > MOST_FUNCTIONS:
        raise ValueError(f"{len(names)} functions")
    return [_function_name(name) for name in names if name.strip()]


def _function_name(text: str) -> str:
    """Less what a definition has around it: `def f(x):`, `Class.f`."""
    plain = re.sub(r"^\s*(?:async\s+)?def\s+", "", text.strip()).split("(", 1)[0].strip().rsplit(".", 1)[-1]
    plain = re.sub(r"[^a-zA-Z0-9_-]+", "_", plain).strip("-") if not NAME.fullmatch(plain) else plain
    if not NAME.fullmatch(plain) or not plain.strip("_-"):
        raise ValueError(f"function_name {text[:80]!r} is no name")
    return plain


def _shares(value: object, names: Sequence[str]) -> list[object]:
    """What of it is each function's; where it does not tell them apart, all of it is every one's."""
    if len(names) == 1:
        return [value]
    if isinstance(value, list) and value and all(isinstance(one, Mapping) and len(one) == 1 for one in value):
        value = {key: told for one in value for key, told in one.items()}
    if isinstance(value, Mapping) and set(names) & {_function_or_key(key) for key in value}:
        by_name = {_function_or_key(key): told for key, told in value.items()}
        return [by_name.get(name) for name in names]
    if isinstance(value, list) and len(value) == len(names):
        return list(value)
    return [value] * len(names)


def _function_or_key(key: str) -> str:
    try:
        return _function_name(key)
    except ValueError:
        return key


def _return(value: object) -> tuple[str, str]:
    """The type and the meaning of what is returned."""
    if value is None:
        return ANY, ""
    if isinstance(value, str):
        kind = word(value) if len(value.split()) < 3 and word(value) != ANY else said(value)
        return kind, _line(value)
    if isinstance(value, list):
        return (
            _return(value[0]) if len(value) == 1 else ("array" if not value else ANY, "; ".join(map(_meaning, value)))
        )
    if not isinstance(value, Mapping):
        return ANY, _line(str(value))
    if value.keys() & _MEANING and not any(isinstance(one, Mapping) for one in value.values()):
        meaning = _line(str(value.get("description") or value.get("type") or ""))
        named = value.get("type")
        return (word(str(named)) if named else said(meaning)), meaning
    return "object", "; ".join(f"{key}: {_meaning(told)}" for key, told in value.items())


def _meaning(value: object) -> str:
    if isinstance(value, Mapping):
        described = value.get("description")
        return _line(described) if isinstance(described, str) else _line(orjson.dumps(value).decode())
    return _line(value if isinstance(value, str) else orjson.dumps(value).decode())


def depends(value: object) -> tuple[str, ...]:
    """What a tool needs, each by itself and once."""
    return tuple(dict.fromkeys(_line(one).rstrip(".") for one in _needs(value) if not _NOTHING.fullmatch(one)))


def _needs(value: object) -> Iterator[str]:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        yield value  # an essay is no list
    elif isinstance(value, str):
        yield from _SPLIT.split(_GROUP.sub("", value.strip()))
    elif isinstance(value, Mapping):
        for key, told in value.items():
            yield from _needs(told) if isinstance(told, list) or _CATEGORY.search(key.lower()) else [key]
    elif isinstance(value, Sequence):
        for one in value:
            yield from [_GROUP.sub("", one)] if isinstance(one, str) else _needs(one)


def _key(key: str) -> str:
    return re.sub(r"[^a-z]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower()).strip("_")


def _line(text: str) -> str:
    return " ".join(text.split())
