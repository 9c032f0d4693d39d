"""What a run asked, made again from the record of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from personahub.attributes.names import ATTRIBUTES
from personahub.errors import UsageError
from personahub.labels.card import column_read
from personahub.runs import Past
from personahub.schema import check_task
from personahub.tasks.attributes import Attributes
from personahub.tasks.base import Task
from personahub.tasks.comparison import Comparison
from personahub.tasks.constrained import constrained
from personahub.tasks.judgement import Judgement
from personahub.tasks.persona_to_persona import PersonaToPersona
from personahub.tasks.solution import Solution
from personahub.tasks.synthesis import Synthesis
from personahub.tasks.text_to_persona import TextToPersona
from personahub.templates import find, is_file
from personahub.templates.demonstrations import Demonstration
from personahub.templates.setting import settings
from personahub.templates.worlds import place
from personahub.verbs import verb

Options = Mapping[str, Any]
NAMED = ("focus", "level", "language")  # variables with an option of their own


def synthesis(given: Options) -> Task:
    """What `synthesize` asks with these options; a call of an earlier version had fewer of them.

    Raises:
        TemplateError, UsageError: the template is none, or does not fit, or what is set cannot be.
    """
    task, template = given["task"], given["template"]
    if template is None and is_file(task):
        template, task = task, find(task).name
    made = Synthesis.worded(
        template,
        task=check_task(task),
        samples=given["samples"],
        given={**settings([*_several(given.get("set")), *_world(given.get("world"))]), **_named(given)},
        shown=[Demonstration(*one) for one in given.get("demonstrations", ())],
    )
    return constrained(made, made.task, given.get("constraints") or 0.0, given.get("constraint_seed") or 0)


def solution(given: Options) -> Solution:
    """What `solve` asks with these options, of the model that is named as `asked`.

    Raises as `synthesis` does.
    """
    return Solution.worded(
        given["template"],
        task=given["task"],
        solver=given["asked"],
        samples=given["samples"],
        given=settings(_several(given.get("set"))),
    )


def judging(given: Options) -> Judgement | Comparison:
    """What `judge` asks with these options, of the model that is named as `asked`; TemplateError for no rubric."""
    rubric, judge = given["rubric"], given["asked"]
    if given["pairwise"] is None:
        return Judgement.worded(rubric, judge)
    of = " ".join([given["pairwise"], given["task"], *_several(given["between"])])
    return Comparison.worded(rubric, judge, of)


def _conversation(_: Options) -> Iterable[Task]:
    raise UsageError("a conversation was asked for turn by turn, each with what was said before, and not by one prompt")


_TASKS: Mapping[str, Callable[[Options], Iterable[Task]]] = {
    "extract": lambda given: [
        TextToPersona.worded(given["template"], granularity=given["granularity"], count=given["personas_per_text"])
    ],
    "expand": lambda given: (
        PersonaToPersona.worded(given["template"], hop=hop, count=given["branch"])
        for hop in range(1, given["hops"] + 1)
    ),
    "label": lambda given: [
        Attributes.worded(
            given["template"],
            names=given["attribute"] or ATTRIBUTES,
            field=column_read(given["table"], given["field"]),
            labeller=given["asked"],
        )
    ],
    "judge": lambda given: [judging(given)],
    "converse": _conversation,
    "solve": lambda given: [solution(given)],
    "synthesize": lambda given: [synthesis(given)],
}


def task_of(one: Past) -> Task:
    """What the run asked; of several hops its own.

    Raises:
        UsageError: its settings are gone, it asked by no one prompt, or its template is another by now.
        TemplateError: its template cannot be read any more.
    """
    name = str(one.settings.get("verb"))
    if name not in _TASKS:
        raise UsageError(f"the settings of run {one.id} are gone")
    # a call of an earlier version had fewer options
    given = {**{option.name: option.default for option in verb(name).settings.values()}, **one.options}
    for task in _TASKS[name]({**given, "asked": one.settings.get("model", "")}):
        if task.identity == one.settings.get("task"):
            return task
    raise UsageError(
        f"the template of run {one.id} has changed since: a file was edited, or this version of personahub words it in "
        "another way"
    )


def _named(given: Options) -> dict[str, str]:
    """Values of variables that have an option of their own."""
    return {name: given[name] for name in NAMED if given.get(name) is not None}


def _world(named: str | None) -> list[str]:
    return [f"world=@{place(named)}"] if named else []


def _several(value: str | Sequence[str] | None) -> Sequence[str]:
    return [value] if isinstance(value, str) else value or ()
