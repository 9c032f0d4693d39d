"""What stands between two lines of +++ at the head of a template, held to what may stand there."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from personahub.errors import TemplateError
from personahub.templates.base import EXAMPLES, Template, Variable

_FRONT = re.compile(r"\A\ufeff?\+\+\+[ \t]*\r?\n(.*?)\r?\n\+\+\+[ \t]*\r?\n(.*)\Z", re.DOTALL)
_NEEDED = ("task", "name", "description")
_TEXTS = (*_NEEDED, "format", "answer", "schema")
_LISTS = ("fields", "until")
_TABLES = ("variables", "checks")
_OF_A_VARIABLE = ("default", "help", "says", "values")


def parse(text: str, where: str) -> Template:
    """The template in a file; TemplateError says what is wrong with it and what would be right.

    Args:
        where: the file, as people named it.
    """
    match = _FRONT.match(text)
    if not match:
        raise TemplateError(f"template {where!r} does not begin with front matter between two lines of +++")
    try:
        front = tomllib.loads(match[1])
    except tomllib.TOMLDecodeError as error:
        raise TemplateError(f"front matter of template {where!r}: {error}") from error
    if fault := _fault(front):
        raise TemplateError(f"front matter of template {where!r} {fault}")
    body = match[2].replace("\r\n", "\n").strip()
    if not body:
        raise TemplateError(f"template {where!r} has no text after its front matter")
    template = _template(front, body)
    try:
        fault = template.fault()
    except KeyError as error:
        fault = f"a check or the schema uses a variable {error} that is not declared"
    if fault:
        raise TemplateError(f"template {where!r}: {fault}")
    return template


def _template(front: Mapping[str, Any], body: str) -> Template:
    texts = {name: front.get(name, "").strip() for name in _TEXTS}
    implied = "json" if "schema" in front else "fields" if "fields" in front else "text"
    return Template(
        texts["task"],
        texts["name"],
        texts["description"],
        texts["answer"],
        body,
        texts["schema"],
        texts["format"] or implied,
        tuple(front.get("until", ())),
        tuple(front.get("fields", ())),
        tuple(_variable(name, value) for name, value in front.get("variables", {}).items()),
        tuple((name, tuple(one) if isinstance(one, list) else one) for name, one in front.get("checks", {}).items()),
    )


def _variable(name: str, told: Any) -> Variable:
    if not isinstance(told, dict):
        return Variable(name, str(told))
    default = told.get("default", "" if "says" in told else None)  # what says nothing where nothing is set
    return Variable(
        name,
        None if default is None else str(default),
        told.get("help", ""),
        told.get("says", "{}"),
        tuple((str(value), said) for value, said in told.get("values", {}).items()),
    )


def _fault(front: Mapping[str, Any]) -> str | None:
    """What is wrong with it, as the end of a sentence."""
    may = (*_TEXTS, *_LISTS, *_TABLES)
    if odd := sorted(front.keys() - set(may)):
        return f"has {odd[0]!r}, which means nothing there; it may have {', '.join(may)}"
    if missing := [name for name in _NEEDED if name not in front]:
        return f"needs {missing[0]}; it always has {', '.join(_NEEDED)}"
    if not {"answer", "schema", "fields", "format"} & front.keys():
        return "needs answer, the label before what is kept, or fields, a schema or a format in its place"
    return _fault_of_values(front) or _fault_of_tables(front)


def _fault_of_values(front: Mapping[str, Any]) -> str | None:
    for name in _TEXTS:
        if name in front and not (isinstance(front[name], str) and front[name].strip()):
            return f"has a {name} that is no string with something in it"
    for name in _LISTS:
        if not (isinstance(front.get(name, []), list) and all(isinstance(one, str) for one in front.get(name, []))):
            return f"has {name} that are no list of strings"
    return None


def _fault_of_tables(front: Mapping[str, Any]) -> str | None:
    for name in _TABLES:
        if not isinstance(front.get(name, {}), dict):
            return f"has {name} that are no table: write [{name}], and a line for each"
    for name, told in front.get("variables", {}).items():
        if name == EXAMPLES or not name.isidentifier():
            return f"has a variable {name!r}, and that cannot be the name of one"
        if fault := _fault_of_variable(told):
            return f"has a variable {name!r} {fault}"
    return None


def _fault_of_variable(told: Any) -> str | None:
    if isinstance(told, str | int) and not isinstance(told, bool):
        return None
    if not isinstance(told, dict) or told.keys() - set(_OF_A_VARIABLE):
        return f"that is neither a default nor a table of {', '.join(_OF_A_VARIABLE)}"
    if not all(isinstance(told.get(name, ""), str) for name in ("help", "says")):
        return "whose help or says is no string"
    values = told.get("values", {})
    if not isinstance(values, dict) or not all(isinstance(said, str) for said in values.values()):
        return "whose values are no table of a value and what it says"
    if values and "default" in told and str(told["default"]) not in values:
        return "whose default is none of its values"
    return None
