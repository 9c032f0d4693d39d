"""The arguments of a function, from any of the ways in which models write them down."""

import re
from collections.abc import Iterator, Mapping, Sequence

from personahub.tools.interface import KINDS, Argument
from personahub.tools.types import ANY, said, word

MOST = 64  # arguments; more is no interface
LONGEST_TEXT = 4_000  # characters of all arguments in one text
LONGEST = 64  # characters of a name

_NOTHING = re.compile(
    r"\W*(?:none|null|n/?a|nothing|void|no (?:input|arguments?|parameters?)\b.*|not applicable|\u65e0|\u7121)?\W*",
    re.IGNORECASE,
)
_RUN = re.compile(r"\s+")
_IDENT = r"[*]{0,2}[A-Za-z_]\w*"
_NAMES = re.compile(rf"\s*{_IDENT}(?:\s*(?:,|;|\n|\band\b)\s*{_IDENT})*\s*[.,;]?\s*")
_BETWEEN = re.compile(
    rf"[,;\n]\s*(?![^()]*\))(?=[-*\d.\s`'\"]*{_IDENT}[`'\"]*\s*(?:[:=]|\(|\s[-\u2013\u2014]\s|,|;|\n|$))"
)
_ONE = re.compile(
    rf"[-\u2022\d.\s`'\"]*(?P<name>{_IDENT})[`'\"]*\s*(?P<kind>\([^()]*\))?\s*"
    r"(?:(?::|=|[-\u2013\u2014]+>?)\s*(?P<rest>.*))?",
    re.DOTALL,
)
_DEFAULT = re.compile(r"\bdefaults?(?:\s*(?:=|:|is|to|value(?: is)?))+\s*['\"]?([\w.\-]+)['\"]?", re.IGNORECASE)
_OPTIONAL = re.compile(r"\boptional\b|\bdefault", re.IGNORECASE)
_PYTHON_DEFAULT = re.compile(r"^([\w.\[\], |]*?)\s*=\s*(.+)$", re.DOTALL)
_OF_ITSELF = frozenset({"self", "cls"})
_SPEC = frozenset(
    {"type", "description", "required", "default", "enum", "items", "desc", "format", "example", "examples"}
)


def arguments(value: object) -> tuple[Argument, ...]:
    """Of one function, in their order.

    Raises:
        ValueError: they cannot be told.
    """
    found: dict[str, Argument] = {}
    for argument in _each(value):
        if argument.name not in _OF_ITSELF:
            found.setdefault(argument.name, argument)
    if len(found) > MOST:
        raise ValueError(f"{len(found)} arguments")
    return tuple(found.values())


def _each(value: object) -> Iterator[Argument]:
    if value is None:
        return
    if isinstance(value, str):
        yield from _of_text(value)
    elif isinstance(value, Mapping):
        yield from _of_schema(value) if _is_schema(value) else _of_pairs(value)
    elif isinstance(value, Sequence):
        for one in value:
            name = _naming(one) if isinstance(one, Mapping) else None
            yield from [_of_spec(name, one)] if name and isinstance(one, Mapping) else _each(one)
    else:
        raise ValueError(f"arguments of a kind that is none: {value!r}"[:120])  # noqa: TRY004 - data, no mistake


def _of_text(text: str) -> Iterator[Argument]:
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"arguments told in {len(text)} characters")
    text = _RUN.sub(lambda found: "\n" if "\n" in found[0] else " ", text)  # else runs of them are read in every way
    if _NOTHING.fullmatch(text):
        return
    inner = text.strip().strip("()[]{}") if text.strip()[:1] in "([{" else text
    if _NAMES.fullmatch(inner):
        yield from (_plain(name) for name in re.findall(_IDENT, inner) if name != "and")
        return
    for piece in _BETWEEN.split(inner):
        found = _ONE.fullmatch(piece)
        if not found:
            yield Argument("input", said(piece), _line(piece))  # prose: what it is, and no name
        else:
            yield _described(found["name"], (found["kind"] or "").strip("()"), found["rest"] or "")


def _described(name: str, kind: str, rest: str) -> Argument:
    """Of `name (kind): rest`, where the rest may begin with the type or a default as Python writes it."""
    python = _PYTHON_DEFAULT.match(rest)
    default: object = None
    if python and word(python[1]) != ANY and len(python[2]) < 40:
        rest, default = python[1], python[2].strip("'\" ")
    kind = word(kind) if word(kind) != ANY else _leading(rest)
    return _finished(name, kind, rest, default)


def _of_pairs(value: Mapping[str, object]) -> Iterator[Argument]:
    """Of {"name": "what it is"} and {"name": {"type": ..., "description": ...}}."""
    for name, told in value.items():
        if isinstance(told, Mapping) and told.keys() & _SPEC:
            yield _of_spec(name, told)
        elif isinstance(told, str):
            yield _finished(name, _leading(told), told)
        else:
            yield Argument(_name(name), _shape(told), "" if told is None else _line(str(told)))


def _of_schema(schema: Mapping[str, object]) -> Iterator[Argument]:
    properties, needed = schema["properties"], schema.get("required")
    assert isinstance(properties, Mapping)  # noqa: S101 - _is_schema has looked
    for name, told in properties.items():
        spec = dict(told) if isinstance(told, Mapping) else {"type": str(told)}
        if isinstance(needed, list):
            spec["required"] = name in needed
        yield _of_spec(name, spec)


def _of_spec(name: str, spec: Mapping[str, object]) -> Argument:
    """Of {"type": ..., "description": ...}."""
    described = _line(str(spec.get("description") or spec.get("desc") or ""))
    kind = spec.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "")
    named = word(str(kind)) if kind else said(described)
    made = _finished(name, named, described, spec.get("default"))
    enum = spec.get("enum")
    inner = spec.get("items")
    required = spec.get("required", made.required)
    return Argument(
        made.name,
        made.kind,
        made.description,
        required if isinstance(required, bool) else made.required,
        tuple(enum) if isinstance(enum, list) else (),
        made.default,
        word(str(inner.get("type") if isinstance(inner, Mapping) else inner or "")),
    )


def _finished(name: str, kind: str, described: str, default: object = None) -> Argument:
    """With what its description says of a default and of whether it must be given."""
    if default is None and (found := _DEFAULT.search(described)):
        default = found[1].rstrip(".")
    kind = kind if kind in KINDS else ANY
    starred = name.startswith("*")
    needed = default is None and not starred and not _OPTIONAL.search(described)
    return Argument(_name(name), kind, _line(described), needed, (), _value(default, kind))


def _plain(name: str) -> Argument:
    return Argument(_name(name), required=not name.startswith("*"))


def _leading(text: str) -> str:
    """The type that a description is, or begins with: "string", "int - how many", "A list of names"."""
    first = re.split(r"\s[-\u2013\u2014]\s|[.,:;(]", text, maxsplit=1)[0].strip()
    alone = word(first) if len(first.split()) == 1 or re.match(r"(?i)(?:list|array|dict)\b", first) else ANY
    return alone if alone in KINDS and alone != ANY else said(text)


def _value(default: object, kind: str) -> object:
    """A default as its type has it; None where it is none of that type."""
    if not isinstance(default, str):
        return default
    try:
        if kind == "integer":
            return int(default)
        if kind == "number":
            return float(default)
    except ValueError:
        return None
    if kind == "boolean":
        return {"true": True, "false": False}.get(default.lower())
    return default if kind == "string" and default.lower() not in ("none", "null") else None


def _naming(spec: Mapping[str, object]) -> str | None:
    """The name in a specification; None where it is {"name": "what it is"} of an argument that is called so."""
    alone = spec.get("name") if len(spec) == 1 else None
    if not spec.keys() & _SPEC and not (isinstance(alone, str) and alone.isidentifier()):
        return None
    found = spec.get("name") or spec.get("arg") or spec.get("argument") or spec.get("parameter")
    return found if isinstance(found, str) else None


def _is_schema(value: Mapping[str, object]) -> bool:
    return isinstance(value.get("properties"), Mapping) and value.get("type", "object") == "object"


def _shape(value: object) -> str:
    """The kind of an example that stands where a description is meant."""
    kinds: tuple[tuple[type, str], ...] = (
        (bool, "boolean"),
        (int, "integer"),
        (float, "number"),
        (list, "array"),
        (dict, "object"),
    )
    return next((kind for made, kind in kinds if isinstance(value, made)), ANY)


def _name(text: str) -> str:
    """An identifier: what a JSON key, a Python argument and a template agree on."""
    plain = re.sub(r"\W+", "_", text.strip().lstrip("*")).strip("_")
    plain = f"_{plain}" if plain[:1].isdigit() else plain
    return plain[:LONGEST] or "input"


def _line(text: str) -> str:
    return " ".join(text.split())
