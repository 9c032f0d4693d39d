"""Ways to prompt (paper, section 3): with nothing shown, with examples, with examples and personas told for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from personahub.asking import answered, known_answers
from personahub.errors import ModelError, UsageError
from personahub.events import Usage
from personahub.examples import drawn
from personahub.hub import Folder
from personahub.models.base import NOT_YET, Completion, Prompt
from personahub.tasks.text_to_persona import TextToPersona
from personahub.templates.demonstrations import Demonstration
from personahub.text import content_id


@dataclass(frozen=True, slots=True)
class Shots:
    """What is shown in every prompt.

    Args:
        usage: of the requests for personas of the examples.
        asked: in a dry run, the prompts whose answers are not known yet.
    """

    shown: tuple[Demonstration, ...] = ()
    usage: Usage = field(default_factory=Usage)
    asked: tuple[Prompt, ...] = ()

    @property
    def recorded(self) -> list[list[str]]:
        """As it stands in the record of a run: the file may be another by the time that is looked into."""
        return [[one.text, one.persona] for one in self.shown]

    def left(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The options of a call, less what of its limits is used up."""
        used = {
            "max_requests": self.usage.requests,
            "max_total_tokens": self.usage.prompt_tokens + self.usage.completion_tokens,
            "max_cost": self.usage.cost or 0.0,
        }
        less = {name: max(asked[name] - spent, 0) for name, spent in used.items() if asked[name] is not None}
        return {**asked, **less}


def shots(folder: Folder, asked: Mapping[str, Any]) -> Shots:
    """The examples that the options name; for `persona` each with a persona, that of the file or one inferred.

    What was inferred is in the journal, so it is paid for once. A dry run infers nothing, and shows what is not known.

    Raises:
        UsageError: examples without shots, or shots without examples.
        SourceError: the examples cannot be read.
        ModelError: no persona can be told for one of them.
    """
    paths = [asked["examples"]] if isinstance(asked["examples"], str) else list(asked["examples"])
    if asked["shots"] == "zero":
        if paths:
            raise UsageError("examples are shown with shots=few, or with shots=persona, each with a persona")
        return Shots()
    if not paths:
        raise UsageError(f"shots={asked['shots']} needs examples: a file of some, such as examples.jsonl")
    some = drawn(paths, asked["example_count"], asked["seed"] or 0)
    if asked["shots"] == "few":
        return Shots(tuple(replace(one, persona="") for one in some))
    return _with_personas(folder, some, asked)


def _with_personas(folder: Folder, some: Sequence[Demonstration], asked: Mapping[str, Any]) -> Shots:
    bare = [one.text for one in some if not one.persona]
    if not bare:
        return Shots(tuple(some))
    task = TextToPersona.worded(None, granularity="fine", count=1)
    rows = pa.RecordBatch.from_pydict({"id": [content_id(text) for text in bare], "text": bare})
    prompts, usage = task.prompts(rows), Usage()
    answers: Sequence[Completion | None]
    if asked["dry_run"]:
        answers = known_answers(folder, prompts, asked)
    else:
        answers, usage = answered(folder, prompts, asked)
    missing = tuple(prompt for prompt, answer in zip(prompts, answers, strict=True) if answer is None)
    told = dict(zip(bare, (_persona(task, rows, n, answer) for n, answer in enumerate(answers)), strict=True))
    return Shots(tuple(replace(one, persona=one.persona or told[one.text]) for one in some), usage, missing)


def _persona(task: TextToPersona, rows: pa.RecordBatch, number: int, answer: Completion | None) -> str:
    if answer is None:
        return "(a persona that is inferred for this example first)"
    if answer.error == NOT_YET:
        raise ModelError("personas of the examples come later: run the same command to collect them")
    made = task.rows(rows.slice(number, 1), [answer])
    if (reject := made["reject"][0].as_py()) is not None:
        begin = rows["text"][number].as_py()[:60]
        raise ModelError(
            f"no persona could be told for the example {begin!r} ({reject}); give it one in the file, in a field "
            "'persona', or leave it out"
        )
    return str(made["text"][0].as_py())
