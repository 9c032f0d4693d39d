"""Templates as people see them: listed, shown, and checked before anything is paid for."""

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from time import monotonic

from personahub.errors import SourceError, UsageError
from personahub.events import Report
from personahub.models.base import Completion
from personahub.tasks import attributes, persona_to_persona, solution, synthesis, text_to_persona
from personahub.tasks.base import kept
from personahub.templates import find, load, shipped, source
from personahub.templates.base import EXAMPLES, Template, Variable
from personahub.templates.setting import settings
from personahub.verbs import verb

FILLED: Mapping[str, Mapping[str, bool]] = {
    "attributes": attributes.VARIABLES,
    "persona_to_persona": persona_to_persona.VARIABLES,
    "solution": solution.VARIABLES,
    "synthesis": synthesis.VARIABLES,
    "text_to_persona": text_to_persona.VARIABLES,
}
STANDS_FOR = "A night nurse who trains young colleagues in wound care at a rural hospital"  # a persona or a text


def list_templates() -> Report:
    """The templates that come with the package.

    Returns:
        a report whose `listed` has a row for each: name, task, description, format, variables, checks.
    """
    start = monotonic()
    rows = tuple(_row(template) for template in shipped().values())
    note = "'personahub templates show NAME -o my.md' copies one, which is yours then: personahub synthesize HUB my.md"
    return Report("templates list", listed=rows, notes=(note,), seconds=monotonic() - start)


def show_template(template: str, *, output: str | PathLike[str] | None = None) -> Report:
    """One template: its variables in `listed`, and the file itself in `preview`.

    Args:
        output: a new file that gets a copy, to be changed.

    Raises:
        TemplateError: there is none, or it is broken.
        UsageError: the output is there already, or cannot be written.
    """
    verb("templates show").check({"template": template, "output": output})
    start = monotonic()
    found, text = find(template), source(template)
    if output is not None:
        try:
            with Path(output).open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise UsageError(f"{fspath(output)} cannot be written: {error.strerror}; name a new file") from error
    told = {"template": found.identity, "file": f"\n{text.strip()}"}
    return Report(
        "templates show",
        listed=_variables(found),
        preview=(told,),
        output=None if output is None else fspath(output),
        seconds=monotonic() - start,
    )


def check_template(
    template: str,
    *,
    set: Sequence[str] = (),  # noqa: A002 - the word people look for
    answer: str | PathLike[str] | None = None,
) -> Report:
    """Whether a template can be used: what its front matter says, its variables, its checks; and a prompt of it.

    Args:
        set: values of its variables, as "name=value" or "name=@file".
        answer: a file with an answer such as a model gives, to see what would be kept of it.

    Raises:
        TemplateError: it cannot, and why.
        SourceError: the answer cannot be read.
    """
    verb("templates check").check({"template": template, "set": set, "answer": answer})
    start = monotonic()
    task = find(template).task
    # Of a task that is not listed, what is no variable is taken for something that it fills in.
    filled = FILLED.get(task) or dict.fromkeys(sorted(find(template).used - _declared(find(template))), True)
    pairs = [set] if isinstance(set, str) else set
    found = load(template, task=task, variables=filled).set(settings(pairs))
    prompt = found.fill(dict.fromkeys(filled, STANDS_FOR))
    preview: list[Mapping[str, object]] = [{"prompt": f"\n{prompt}"}]
    notes = [f"{template} can be used: {found.identity}, for the task {task}."]
    if answer is not None:
        read = kept(found, Completion(_answer(answer)), STANDS_FOR)
        preview.append({"kept": read.text} if not read.reject else {"rejected": read.reject, "detail": read.detail})
    return Report(
        "templates check",
        listed=_variables(found),
        notes=tuple(notes),
        preview=tuple(preview),
        seconds=monotonic() - start,
    )


def _declared(template: Template) -> frozenset[str]:
    return frozenset({EXAMPLES, *(variable.name for variable in template.variables)})


def _row(template: Template) -> Mapping[str, object]:
    return {
        "name": template.name,
        "task": template.task,
        "description": template.description,
        "format": template.format,
        "variables": ", ".join(variable.name for variable in template.variables),
        "checks": ", ".join(f"{name} {setting}" for name, setting in template.checks),
    }


def _variables(template: Template) -> tuple[Mapping[str, object], ...]:
    values = template.values()
    return tuple(_variable(variable, values[variable.name]) for variable in template.variables)


def _variable(variable: Variable, value: str) -> Mapping[str, object]:
    return {
        "variable": variable.name,
        "value": " ".join(value.split())[:60] or ("(must be set)" if variable.default is None else "(nothing)"),
        "may be": ", ".join(name for name, _ in variable.values if name) or "any text",
        "meaning": variable.help,
    }


def _answer(path: str | PathLike[str]) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"answer {fspath(path)!r} cannot be read: {error}") from error
