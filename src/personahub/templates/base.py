"""The wording of a task: a Markdown file with TOML front matter between two lines of `+++`.

    +++
    task = "synthesis"
    name = "riddle"
    description = "riddle"
    answer = "Riddle:"
    +++
    Write a riddle ...
    Persona: {{persona}}

`answer` is the label the model is told to write before what we keep; docs/uses.md tells all that may stand there. A
value is put in once and never read again, so braces in a text or persona mean nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from personahub import checks, formats
from personahub.checks import Check
from personahub.errors import TemplateError
from personahub.formats.base import Format, Shape
from personahub.shapes import check_schema
from personahub.text import content_id

EXAMPLES = "examples"  # where demonstrations stand; there are none in a zero-shot prompt

# A variable alone in its line goes with the line where it is empty, and alone in its paragraph with the paragraph.
_PLACE = re.compile(
    r"(?<=\n\n)\{\{\s*(?P<paragraph>\w+)\s*\}\}[ \t]*\n\n"
    r"|^\{\{\s*(?P<line>\w+)\s*\}\}[ \t]*\n"
    r"|\{\{\s*(?P<word>\w+)\s*\}\}",
    re.MULTILINE,
)
_PERSONA = re.compile(r"\{\{\s*persona\s*\}\}")
_WHOLE = re.compile(r"\{\{\s*\w+\s*\}\}")  # a schema that is the value of a variable
_EXAMPLES = f"{{{{{EXAMPLES}}}}}"


@dataclass(frozen=True, slots=True)
class Variable:
    """Something a user may set.

    Args:
        default: its value where they do not; None where they must.
        says: how a value is put into the wording, with {} in its place; an empty value says nothing.
        values: the only ones there may be, each with what it says; any may be where there are none.
    """

    name: str
    default: str | None = ""
    help: str = ""
    says: str = "{}"
    values: tuple[tuple[str, str], ...] = ()

    def worded(self, value: str) -> str:
        value = dict(self.values).get(value, value)
        return self.says.replace("{}", value) if value else ""


@dataclass(frozen=True, slots=True)
class Template:
    """Args:
    format: a member of formats; `answer`, `until`, `fields` and `schema` are what it may need.
    variables: what a user may set, beside what the task fills in; `given`: what they have set.
    examples: as they stand in the prompt.
    checks: names with settings, in the order in which they are held against a text; a setting may hold {{a variable}}.
    """

    task: str
    name: str
    description: str
    answer: str
    body: str
    schema: str = ""
    format: str = "text"
    until: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    variables: tuple[Variable, ...] = ()
    checks: tuple[tuple[str, object], ...] = ()
    given: tuple[tuple[str, str], ...] = ()
    examples: str = ""

    @property
    def used(self) -> frozenset[str]:
        """The names in its body."""
        return frozenset(name for match in _PLACE.finditer(self.body) if (name := match[match.lastgroup or 0]))

    @property
    def identity(self) -> str:
        """Names this wording: an edited file or another value is another template, whatever it is called."""
        more = (self.format, self.until, self.fields, self.variables, self.checks, self.given, self.examples)
        several = [repr(more)] if any(more[1:]) or self.format not in ("text", "json") else []
        return f"{self.name}@{_digest(self.answer, self.body, *([self.schema] if self.schema else []), *several)}"

    @property
    def reader(self) -> Format:
        """Reads the answers."""
        return _reader(self)

    def set(self, given: Mapping[str, str]) -> "Template":
        """With values of its variables.

        Raises:
            TemplateError: one that it does not have or cannot take, or one that is missing.
        """
        known = {variable.name: variable for variable in self.variables}
        for name, value in given.items():
            if name not in known:
                has = f"it has {', '.join(known)}" if known else "it has none"
                raise TemplateError(f"template {self.name!r} has no variable {name!r}; {has}")
            allowed = [one for one, _ in known[name].values]
            if allowed and value not in allowed:
                raise TemplateError(
                    f"template {self.name!r}: {name} is {value[:80]!r} and must be one of "
                    f"{', '.join(one or 'nothing' for one in allowed)}"
                )
        values = {name: variable.default for name, variable in known.items()} | dict(given)
        if missing := [name for name, value in values.items() if value is None]:
            raise TemplateError(
                f"template {self.name!r} needs a value for {missing[0]}: --set {missing[0]}=TEXT, or "
                f"--set {missing[0]}=@FILE ({known[missing[0]].help or 'it has no default'})"
            )
        changed = tuple((name, value) for name, value in given.items() if value != known[name].default)
        worded = replace(self, given=tuple(sorted(changed)))
        if fault := worded.fault():
            raise TemplateError(f"template {self.name!r}: {fault}")
        return worded

    def fault(self) -> str | None:
        """Why its answers could not be read or checked; None where they can."""
        try:
            self.checking()
            schema = self.reader.schema
        except TemplateError as error:
            return str(error)
        wrong = check_schema(schema) if schema else None
        return f"its schema is no JSON schema: {wrong}" if wrong else None

    def showing(self, examples: str) -> "Template":
        """With examples in the place for them, or else before the paragraph that holds the persona."""
        body = self.body
        if EXAMPLES not in self.used:
            persona = _PERSONA.search(body)
            at = body.rfind("\n\n", 0, persona.start()) if persona else -1
            body = f"{body[:at]}\n\n{_EXAMPLES}{body[at:]}" if at >= 0 else f"{_EXAMPLES}\n\n{body}"
        return replace(self, body=body, examples=examples)

    def checking(self) -> tuple[tuple[str, Check], ...]:
        """Its checks, ready to be asked; TemplateError where there is no such one or its setting is none for it."""
        return _checking(self)

    def fill(self, values: Mapping[str, str]) -> str:
        """The wording with these values, and those of its variables."""
        may_go = _worded(self)
        return _PLACE.sub(lambda match: _placed(match, values, may_go), self.body)

    def values(self) -> dict[str, str]:
        """Of its variables, as they are set or by default."""
        return {variable.name: variable.default or "" for variable in self.variables} | dict(self.given)


# A run asks for each of these thousands of times.
@lru_cache(maxsize=64)
def _reader(template: Template) -> Format:
    schema = template.schema
    if _WHOLE.fullmatch(schema):
        schema = _filled(schema, template.values())
    return formats.find(template.format, Shape(template.answer, template.until, template.fields, schema))


@lru_cache(maxsize=64)
def _checking(template: Template) -> tuple[tuple[str, Check], ...]:
    values = template.values()
    filled = (
        (name, _filled(setting, values) if isinstance(setting, str) else setting) for name, setting in template.checks
    )
    return tuple((name, checks.find(name, setting)) for name, setting in filled if setting != "")


@lru_cache(maxsize=64)
def _worded(template: Template) -> Mapping[str, str]:
    """What may be empty, and is gone then with its line: examples, and each variable as it is said."""
    values = template.values()
    return {EXAMPLES: template.examples, **{one.name: one.worded(values[one.name]) for one in template.variables}}


def _placed(match: re.Match[str], values: Mapping[str, str], may_go: Mapping[str, str]) -> str:
    kind = match.lastgroup or "word"
    name = match[kind]
    value = values[name] if name in values else may_go[name]
    end = {"paragraph": "\n\n", "line": "\n", "word": ""}[kind]
    return "" if name in may_go and not value else value + end


def _filled(setting: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda match: values[match[match.lastgroup or 0]], setting)


@cache
def _digest(*wording: str) -> str:
    return content_id(*wording)[:8]
