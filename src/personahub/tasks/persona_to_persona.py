"""Who is in a close relationship with a persona? (paper, section 2.2)"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from personahub.formats.base import labelled
from personahub.models.base import Completion, Prompt
from personahub.schema import answers
from personahub.tasks.base import SURPLUS, ask, strings, unusable
from personahub.templates import load
from personahub.templates.base import Template
from personahub.text import content_id, normal

VARIABLES = {"persona": True, "count": False}
RELATION = "Relation:"


@dataclass(frozen=True)
class PersonaToPersona:
    """Args:
    hop: the distance from the web text of the personas it makes.
    """

    template: Template
    hop: int = 1
    count: int = 3

    @classmethod
    def worded(cls, template: str | None, *, hop: int, count: int) -> "PersonaToPersona":
        """With the shipped template or one of the user's; TemplateError where it does not fit."""
        wording = load(template or "persona_to_persona", task="persona_to_persona", variables=VARIABLES)
        return cls(wording, hop, count)

    @property
    def samples(self) -> int:
        return 1

    @property
    def identity(self) -> str:
        return f"persona_to_persona {self.template.identity} hop {self.hop} {self.count}"

    @property
    def table(self) -> str:
        return "personas"

    def prompts(self, rows: pa.RecordBatch) -> list[Prompt]:
        return [
            ask(self.template.fill({"persona": persona, "count": str(self.count)})) for persona in strings(rows["text"])
        ]

    def rows(self, rows: pa.RecordBatch, completions: Sequence[Completion]) -> pa.RecordBatch:
        made = [
            self._row(parent, relation, text, reject, completion)
            for parent, completion in zip(strings(rows["id"]), completions, strict=True)
            for relation, text, reject in self._read(completion)
        ]
        return pa.RecordBatch.from_pylist(made, schema=answers(self.table))

    def _read(self, completion: Completion) -> list[tuple[str | None, str, str | None]]:
        if reason := unusable(completion):
            return [(None, "", reason)]
        people: list[tuple[str | None, str, str | None]] = []
        relation: str | None = None
        for label, value in labelled(completion.text, RELATION, self.template.answer):
            if label == RELATION:
                relation = normal(value)
                continue
            text = normal(value)
            people.append((relation, text, "empty" if not text else None if relation else "no_relation"))
            relation = None
        surplus = [(relation, text, SURPLUS) for relation, text, _ in people[self.count :]]
        return [*people[: self.count], *surplus] or [(relation, "", "empty")]

    def _row(
        self, parent: str, relation: str | None, text: str, reject: str | None, completion: Completion
    ) -> dict[str, object]:
        return {
            "id": content_id(text),
            "text": text,
            "origin": "relation",
            "source": parent,
            "relation": relation,
            "hop": self.hop,
            "template": self.template.identity,
            "place": parent,
            "reject": reject,
            "detail": (text or completion.detail or completion.text) if reject else None,
        }
