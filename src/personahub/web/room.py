"""What all answers stand on: one hub, opened once, and what was made of it."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from personahub.browse.meaning import Vectors
from personahub.browse.page import Pages, told, utf16
from personahub.browse.rows import Rows
from personahub.browse.view import BROWSED, Reading, View, read_view
from personahub.hub import Folder
from personahub.review.questions import SPANS, Question, overlap, questions
from personahub.store.judged import Judgement
from personahub.web.jobs import Jobs, scratch
from personahub.web.told import Failure
from personahub.web.turns import Turns


@dataclass
class Room:
    """Args:
    exports: what can be downloaded, by a made-up name.
    """

    folder: Folder
    read_only: bool
    jobs: Jobs = field(default_factory=Jobs)
    exports: dict[str, Any] = field(default_factory=dict)
    charts: dict[object, Any] = field(default_factory=dict)
    turns: Turns = field(default_factory=Turns)

    @cached_property
    def vectors(self) -> Vectors:
        return Vectors(self.folder, later=self.jobs.work)

    @cached_property
    def rows(self) -> Rows:
        return Rows(self.folder, self.vectors)

    @cached_property
    def scratch(self) -> Path:
        return scratch()

    def pages(self, reviewer: str) -> Pages:
        return Pages(self.rows, reviewer, self.shown)

    def overlap(self) -> int:
        return overlap(self.folder.judgements)

    def questions(self, table: str, task: str | None) -> tuple[Question, ...]:
        return questions(self.folder.judgements, table, task)[0]

    def shown(self, one: Judgement, row: dict[str, Any]) -> dict[str, object]:
        """A judgement as the page has it, whose spans count as JavaScript does.

        Args:
            row: the record's columns.
        """
        said = told(one)
        if any(isinstance(value, list) and value and isinstance(value[0], dict) for value in one.answers.values()):
            answers = dict(one.answers)
            for asked in self.questions(one.table, row.get("task")):
                if asked.kind == SPANS and isinstance(answers.get(asked.name), list):
                    answers[asked.name] = _wide(answers[asked.name], str(row.get(asked.field) or ""))
            said["answers"] = answers
        return said

    def record(self, table: str, name: str) -> tuple[int, dict[str, Any]]:
        """The row and the columns of a record by its whole id; 404 where there is none."""
        if len(name) != 32 or any(one not in "0123456789abcdef" for one in name):
            raise Failure(404, "not_found", f"there is no record {name[:40]!r} among the {table}")
        row = self.rows.standing[table].row(name)
        if row < 0:
            raise Failure(404, "not_found", f"there is no record {name} among the {table}")
        held = self.folder.tables[table].pick(np.array([row]), self._columns(table)).to_pylist()
        return row, held[0]

    def judged(self, table: str, row: int) -> dict[str, int]:
        submitted, discarded = self.rows.standing[table].votes()
        return {"submitted": int(submitted[row]), "discarded": int(discarded[row])}

    def verdict(self, table: str, row: int) -> str | None:
        found = self.rows.standing[table].verdict()
        said = str(found.values[found.codes[row]])
        return None if said == "kept" else said

    def steps(self, reviewer: str) -> dict[str, int]:
        """How many can be undone, and done again."""
        undo, redo = self.folder.judgements.turns(reviewer)
        return {"undo": undo, "redo": redo}

    def _columns(self, table: str) -> list[str]:
        return ["id", *BROWSED[table], *(["task"] if table == "samples" else [])]


def view_of(given: Reading) -> View:
    return read_view(given.object("view"))


def _wide(spans: Any, text: str) -> list[dict[str, object]]:
    ends = utf16(text, [(min(one["first"], len(text)), min(one["last"], len(text))) for one in spans])
    return [{**one, "first": first, "last": last} for one, (first, last) in zip(spans, ends, strict=True)]


def narrow(spans: Any, text: str) -> Any:
    """Spans in UTF-16 units as spans in characters; what is no span stays what it is."""
    if text.isascii() or not isinstance(spans, list):
        return spans
    place = {0: 0}
    wide = 0
    for number, one in enumerate(text, 1):
        wide += 2 if ord(one) > 0xFFFF else 1
        place[wide] = number
    found = []
    for one in spans:
        if not isinstance(one, dict) or not {one.get("first"), one.get("last")} <= set(place):
            return [None]  # no answer: an end in the middle of a character, or beyond the text
        found.append({**one, "first": place[one["first"]], "last": place[one["last"]]})
    return found
