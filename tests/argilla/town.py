"""A hub with samples of one task, and what is said of them."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import personahub as ph
from personahub.hub import Folder
from personahub.review.questions import subject
from personahub.store.judged import Change, Judgement

QUESTIONS: list[dict[str, Any]] = [
    {"name": "rating", "kind": "rating", "title": "How good is it?", "least": 1, "most": 5},
    {
        "name": "verdict",
        "kind": "choice",
        "title": "Is it so?",
        "options": [{"value": "yes", "label": "Yes"}, {"value": "no", "label": "No"}],
    },
    {
        "name": "faults",
        "kind": "choices",
        "title": "What is wrong?",
        "options": [{"value": one, "label": one} for one in ("tone", "facts", "length", "form")],
    },
    {"name": "correction", "kind": "correction", "title": "Correction", "field": "text"},
    {"name": "feedback", "kind": "text", "title": "Feedback", "suggest": "description"},
    {
        "name": "marks",
        "kind": "spans",
        "title": "Where?",
        "field": "text",
        "options": [{"value": "name", "label": "Name"}, {"value": "place", "label": "Place"}],
    },
]


class Town:
    """Args:
    texts: of the samples.
    """

    def __init__(self, path: Path, count: int = 12) -> None:
        self.path = path
        self.hub = ph.open(path)
        self.add([f"In house {n} lives Ana Novak of Brno, who counts {n} hens." for n in range(count)])
        self.folder = Folder(path)

    def add(self, texts: list[str]) -> None:
        rows = [
            {
                "who": f"A keeper of {n} hens",
                "what": text,
                "about": "a story",
                "age": 20 + n,
                "guess": 1 + n % 5,
                "sure": 0.25 * n,
            }
            for n, text in enumerate(texts)
        ]
        file = self.path.parent / f"{uuid4()}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        names = ["persona=who", "text=what", "description=about", "age=age", "guess=guess", "sure=sure"]
        self.hub.import_([file], map=names, task="story")

    def ask(self, questions: list[dict[str, Any]] = QUESTIONS, table: str = "samples", task: str = "story") -> None:
        self.folder.judgements.set(subject(table, task or None), questions)

    def judge(self, reviewer: str, record: str, status: str, **answers: object) -> None:
        self.folder.judgements.act(reviewer, status, "samples", [Change(record, status, answers)], uuid4().hex)

    def said(self, record: str) -> dict[str, tuple[str, dict[str, object]]]:
        """By reviewer the status and the answers."""
        return {one.reviewer: (one.status, dict(one.answers)) for one in self._of(record)}

    def ids(self) -> list[str]:
        return [str(one) for one in Folder(self.path).tables["samples"].scan(["id"]).__next__()["id"].to_pylist()]

    def texts(self) -> dict[str, str]:
        rows = self.hub.table("story", columns=["id", "text"]).to_pylist()
        return {row["id"]: row["text"] for row in rows}

    def _of(self, record: str) -> list[Judgement]:
        return self.folder.judgements.of("samples", [record])
