"""The wording of a task: a Markdown file with TOML front matter between two lines of `+++`.

    +++
    task = "synthesis"
    name = "riddle"
    description = "riddle"
    answer = "Riddle:"
    +++
    Write a riddle ...
    Persona: {{persona}}

`answer` is the label the model is told to write before what we keep. In its place `schema` may hold a JSON schema
as a string: then the answer is one JSON value that satisfies it. A value is put in once and never read again, so
braces in a text or persona mean nothing.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from personahub.errors import TemplateError
from personahub.shapes import check_schema
from personahub.text import content_id

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_FRONT = re.compile(r"\A\ufeff?\+\+\+[ \t]*\r?\n(.*?)\r?\n\+\+\+[ \t]*\r?\n(.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Template:
    task: str
    name: str
    description: str
    answer: str
    body: str
    schema: str = ""

    @property
    def variables(self) -> frozenset[str]:
        return frozenset(_VARIABLE.findall(self.body))

    @property
    def identity(self) -> str:
        """Names this wording: an edited file is another template, whatever it is called."""
        return f"{self.name}@{_digest(self.answer, self.body, *([self.schema] if self.schema else []))}"

    def fill(self, values: Mapping[str, str]) -> str:
        return _VARIABLE.sub(lambda match: values[match[1]], self.body)


@cache
def _digest(*wording: str) -> str:
    return content_id(*wording)[:8]


def shipped() -> dict[str, Template]:
    """The templates that come with the package, by name."""
    folder = resources.files("personahub.templates")
    found = [_parse(file.read_text("utf-8"), file.name) for file in folder.iterdir() if file.name.endswith(".md")]
    return {template.name: template for template in sorted(found, key=lambda template: template.name)}


def load(wanted: str, *, task: str, variables: Mapping[str, bool]) -> Template:
    """The shipped template of that name or the file at that path, checked before any call is made.

    Args:
        task: what it must be a wording of.
        variables: what the task can fill in; True where the template must use it.

    Raises:
        TemplateError: no such template, a broken one, or one whose variables do not fit.
    """
    template = _find(wanted)
    if template.task != task:
        raise TemplateError(f"template {wanted!r} is for the task {template.task!r}; this needs one for {task!r}")
    known = ", ".join(f"{{{{{name}}}}}" for name in variables)
    if unknown := sorted(template.variables - set(variables)):
        raise TemplateError(
            f"template {wanted!r} uses {{{{{unknown[0]}}}}}, which {task!r} does not have; it has {known}"
        )
    missing = [name for name, needed in variables.items() if needed and name not in template.variables]
    if missing:
        raise TemplateError(
            f"template {wanted!r} never uses {{{{{missing[0]}}}}}; put it where the text belongs, best at the end"
        )
    return template


def _find(wanted: str) -> Template:
    if wanted.endswith(".md") or "/" in wanted:
        try:
            return _parse(Path(wanted).read_text("utf-8"), wanted)
        except (OSError, UnicodeDecodeError) as error:
            raise TemplateError(f"template file {wanted!r} cannot be read: {error}") from error
    ours = shipped()
    if wanted not in ours:
        raise TemplateError(
            f"there is no template {wanted!r}; shipped are {', '.join(ours)}; a file of yours ends in .md"
        )
    return ours[wanted]


def _parse(text: str, where: str) -> Template:
    match = _FRONT.match(text)
    if not match:
        raise TemplateError(f"template {where!r} does not begin with front matter between two lines of +++")
    try:
        front = tomllib.loads(match[1])
    except tomllib.TOMLDecodeError as error:
        raise TemplateError(f"front matter of template {where!r}: {error}") from error
    shape = front.keys() & {"answer", "schema"}
    needed = {"task", "name", "description", "answer"} - ({"answer"} if "schema" in shape else set())
    if front.keys() != needed | shape or not all(isinstance(value, str) and value.strip() for value in front.values()):
        raise TemplateError(
            f"front matter of template {where!r} needs just {', '.join(sorted(needed))}, each a string; "
            "a schema may stand in place of the answer"
        )
    if fault := check_schema(front["schema"]) if "schema" in front else None:
        raise TemplateError(f"the schema of template {where!r} is no JSON schema: {fault}")
    if not match[2].strip():
        raise TemplateError(f"template {where!r} has no text after its front matter")
    answer, schema = front.get("answer", "").strip(), front.get("schema", "").strip()
    return Template(front["task"], front["name"], front["description"], answer, match[2].strip(), schema)
