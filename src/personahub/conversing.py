"""Conversations, turn by turn: a persona on one side, an assistant or another persona on the other.

One conversation is one thing that a run asks for, and every turn in it a question to a model like any other: journaled
before anybody sees it, paced and metered. So a kill in the middle of a conversation costs the turn in flight, and what
was said before it comes from the journal.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from personahub.errors import UsageError
from personahub.hub import Folder, Whole
from personahub.models.base import UNANSWERED, Completion, Message, Model, Prompt
from personahub.tasks.dialogue import ASSISTANT, USER, Dialogue
from personahub.text import content_id

WHOLE = "turns"  # why a conversation ends that is as long as it was to be
PARTNERS = ("assistant", "persona", "relation")


@dataclass
class Talk:
    """Has conversations held; `ends` counts why they ended.

    Args:
        sample: tells these conversations apart from others of the same personas.
    """

    dialogue: Dialogue
    person: Model
    other: Model
    sample: int = 0
    ends: Counter[str] = field(default_factory=Counter)

    async def __call__(self, row: pa.RecordBatch, _: Prompt) -> Completion:
        """A whole conversation as JSON. One that fails before anybody replied is no conversation, and says why."""
        about = row.to_pylist()[0]
        said, requests = list(self.dialogue.begun(about)), 0
        while not (ended := self._is_whole(said)):
            prompt = self.dialogue.asked(about, said)
            completion = await self._next(said).complete(replace(prompt, sample=prompt.sample + self.sample))
            requests += completion.requests
            if completion.error in UNANSWERED:
                return replace(completion, requests=requests)
            turn = self.dialogue.read(completion, said)
            if ended := turn.end:
                break
            said.append(Message(ASSISTANT if len(said) % 2 else USER, turn.text))
        held = said[: len(said) // 2 * 2]
        if not held:
            return Completion("", ended, detail=completion.detail or completion.text, requests=requests)
        self.ends[ended] += 1
        return Completion(self.dialogue.told(about, held), requests=requests)

    def _is_whole(self, said: list[Message]) -> str:
        return WHOLE if len(said) == 2 * self.dialogue.turns else ""

    def _next(self, said: list[Message]) -> Model:
        return self.other if len(said) % 2 else self.person


def firsts(folder: Folder, task: str, rows: Whole | None) -> Iterator[pa.RecordBatch]:
    """Kept samples of a task as first turns: `id`, `text`, `persona_id`, `persona`."""
    return folder.kept("samples", ["id", "text", "persona_id", "persona"], f"task = '{task}'", rows=rows)


def pairs(folder: Folder, partner: str, seed: int, rows: Whole | None) -> Iterator[pa.RecordBatch]:
    """Kept personas, each with another one: `id`, `persona`, `other`, `relation`.

    Args:
        partner: "relation": the persona from which it was inferred; those that were not are left out. "persona": one
            drawn by the seed.

    Raises:
        UsageError: there are not two.
    """
    if partner == "relation":
        yield from _related(folder, rows)
        return
    ids = [name for batch in folder.kept("personas", ["id"]) for name in batch["id"].to_pylist()]
    if len(ids) < 2:
        raise UsageError("it takes two personas to talk with each other; 'personahub expand' makes more")
    for batch in folder.kept("personas", ["id", "text"], rows=rows):
        drawn = [_drawn(name, ids, seed) for name in batch["id"].to_pylist()]
        yield _with_others(folder, batch, drawn, ["strangers who have just met"] * len(batch))


def _related(folder: Folder, rows: Whole | None) -> Iterator[pa.RecordBatch]:
    names = ["id", "text", "source", "relation"]
    for batch in folder.kept("personas", names, "origin = 'relation'", rows=rows):
        relations = [f"the first is the other's {said or 'acquaintance'}" for said in batch["relation"].to_pylist()]
        yield _with_others(folder, batch, batch["source"].to_pylist(), relations)


def _drawn(name: str, ids: Sequence[str], seed: int) -> str:
    place = int(content_id("partner", str(seed), name), 16) % len(ids)
    return ids[place] if ids[place] != name else ids[(place + 1) % len(ids)]


def _with_others(folder: Folder, batch: pa.RecordBatch, others: list[str], relations: list[str]) -> pa.RecordBatch:
    held = folder.tables["personas"].lookup(sorted(set(others)), ["id", "text"])
    texts: Mapping[str, str] = dict(zip(held["id"].to_pylist(), held["text"].to_pylist(), strict=True))
    columns = {
        "id": batch["id"],
        "persona": batch["text"],
        "other": pa.array([texts.get(name) for name in others], pa.string()),
        "relation": pa.array(relations, pa.string()),
    }
    made = pa.RecordBatch.from_pydict(columns)
    return made.filter(pc.is_valid(made["other"]))
