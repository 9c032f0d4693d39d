"""Wordings: those that come with the package, and those in files of a user's own."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path

from personahub.errors import TemplateError
from personahub.templates.base import EXAMPLES, Template
from personahub.templates.front import parse


@cache
def shipped() -> Mapping[str, Template]:
    """The templates that come with the package, by name."""
    folder = resources.files("personahub.templates")
    found = [parse(file.read_text("utf-8"), file.name) for file in folder.iterdir() if file.name.endswith(".md")]
    return {template.name: template for template in sorted(found, key=lambda template: template.name)}


def is_file(wanted: str) -> bool:
    """Whether what somebody wrote names a file of theirs, and not a shipped template."""
    return wanted.endswith(".md") or "/" in wanted


def load(wanted: str, *, task: str, variables: Mapping[str, bool]) -> Template:
    """The shipped template of that name or the file at that path, checked before any call is made.

    Args:
        task: what it must be a wording of.
        variables: what the task can fill in; True where the template must use it.

    Raises:
        TemplateError: no such template, a broken one, or one whose variables do not fit.
    """
    template = find(wanted)
    if template.task != task:
        raise TemplateError(f"template {wanted!r} is for the task {template.task!r}; this needs one for {task!r}")
    own = [variable.name for variable in template.variables]
    if twice := sorted(variables.keys() & set(own)):
        raise TemplateError(f"template {wanted!r} declares {{{{{twice[0]}}}}}, which {task!r} fills in itself")
    known = ", ".join(f"{{{{{name}}}}}" for name in (*variables, *own))
    if unknown := sorted(template.used - {*variables, *own, EXAMPLES}):
        raise TemplateError(
            f"template {wanted!r} uses {{{{{unknown[0]}}}}}, which {task!r} does not have; it has {known}. "
            "One of your own is declared under [variables]"
        )
    missing = [name for name, needed in variables.items() if needed and name not in template.used]
    if missing:
        raise TemplateError(
            f"template {wanted!r} never uses {{{{{missing[0]}}}}}; put it where the text belongs, best at the end"
        )
    return template


def source(wanted: str) -> str:
    """The whole file of a template, front matter and all.

    Raises:
        TemplateError: there is none.
    """
    if is_file(wanted):
        return _text(wanted)
    name = find(wanted).name
    return resources.files("personahub.templates").joinpath(f"{name}.md").read_text("utf-8")


def find(wanted: str) -> Template:
    """The shipped template of that name or the file at that path, whatever it is a wording of.

    Raises:
        TemplateError: there is none, or it is broken.
    """
    if is_file(wanted):
        return parse(_text(wanted), wanted)
    ours = shipped()
    if wanted not in ours:
        raise TemplateError(
            f"there is no template {wanted!r}; shipped are {', '.join(ours)}; a file of yours ends in .md"
        )
    return ours[wanted]


def _text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(f"template file {path!r} cannot be read: {error}") from error
