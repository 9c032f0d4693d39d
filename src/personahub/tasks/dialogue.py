"""Conversations from a first turn on: what is asked for each turn, how it is read, and what becomes of the whole.

A conversation is asked for turn by turn, so somebody above drives it (`personahub.conversing`); here is all of it that
is pure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
import pyarrow as pa

from personahub.formats.base import spoken
from personahub.models.base import REFUSAL, Completion, Message, Prompt
from personahub.schema import answers
from personahub.tasks.base import strings, unusable
from personahub.templates import load
from personahub.templates.base import Template
from personahub.text import content_id, words

USER, ASSISTANT, SYSTEM = "user", "assistant", "system"
END = "END"  # what a template lets somebody say who has nothing more to say
FINISHED, SWAPPED, REPEATED = "finished", "role_swap", "repeated_turn"
REPEATED_FROM = 0.8  # Jaccard similarity of the words of two turns of one side, from which the later one says nothing
LOOKED_AT = 300  # characters of a turn, in which a role shows

_ALONE = {"persona": True, "conversation": True}
_PAIR = {"persona": True, "conversation": True, "other": True, "relation": False}
_NOTHING = "Nothing has been said yet."
# An assistant's ways, in the mouth of somebody who came with a question.
_SWAPPED = re.compile(
    r"^\W*(?:(?:sure|certainly|absolutely|of course|great question|happy to help)\b[^?]{0,80}"
    r"(?:here(?:'s| is| are)|let me)"
    r"|i(?:'|\u2019)d be (?:happy|glad) to\b"
    r"|(?:how|what) (?:can|may|else can) i (?:help|assist|do for) you\b"
    r"|as an? (?:ai|assistant|(?:ai |large )?language model)\s*,"
    r"|(?:you(?:'|\u2019)re|you are) (?:very |most )?welcome\b.{0,80}\b(?:let me know|anything else)"
    r"|(?:assistant|reply|response)\s*:)",
    re.IGNORECASE | re.DOTALL,
)


_NAMED = re.compile(r"^\W*(?:user|person|you|me)\s*:\s*", re.IGNORECASE)  # before what somebody says
_ENDED = re.compile(rf"(?:^|(?<=\s)|(?<=[(\[*_\"'.!?]))[(\[*_\"']*{END}[\s.)\]*_\"']*$")


@dataclass(frozen=True)
class Turn:
    """Args:
    text: "" where the conversation ends here.
    end: why; "" where it goes on.
    """

    text: str = ""
    end: str = ""


@dataclass(frozen=True)
class Dialogue:
    """Args:
    turn: the wording for whoever speaks as a persona.
    reply: how the assistant behaves; None where a second persona speaks in its place.
    turns: of the first side, at most.
    other: the model of the second side, as a name that changes with every parameter.
    task: the name the conversations are kept under.
    first: the task whose samples are the first turns; "" where the persona begins.
    """

    turn: Template
    reply: Template | None
    turns: int
    other: str
    task: str = "conversation"
    first: str = ""

    @classmethod
    def worded(cls, template: str | None, *, paired: bool, turns: int, other: str, task: str, first: str) -> "Dialogue":
        """With the shipped wordings, or the user's for the persona's turns; TemplateError where it does not fit."""
        turn = load(template or ("speak" if paired else "turn"), task="turn", variables=_PAIR if paired else _ALONE)
        reply = None if paired else load("assistant", task="assistant", variables={})
        return cls(turn, reply, turns, other, task, "" if paired else first)

    @property
    def identity(self) -> str:
        reply = self.reply.identity if self.reply else "persona"
        asked = f"{self.turn.identity} {reply} {self.turns} with {self.other}"
        return f"conversation {self.task} from {self.first or 'nothing'} {asked}"

    @property
    def table(self) -> str:
        return "samples"

    @property
    def samples(self) -> int:
        return 1

    def prompts(self, rows: pa.RecordBatch) -> list[Prompt]:
        """What is asked first.

        Args:
            rows: `id`, `text` of the first turn, `persona`; of a pair `persona`, `other` and `relation`.
        """
        return [self.asked(row, self.begun(row)) for row in rows.to_pylist()]

    def begun(self, row: dict[str, str]) -> tuple[Message, ...]:
        """What stands before anybody is asked."""
        if self.reply is None:
            return ()
        return (Message(USER, row["text"]),)

    def asked(self, row: dict[str, str], said: Sequence[Message]) -> Prompt:
        """For the next turn: an assistant is asked in its own way, a persona with what it has to know."""
        number = len(said)
        if self.reply and said[-1].role == USER:
            return Prompt((Message(SYSTEM, self.reply.body), *said), number)
        mine = number % 2 == 0
        persona, other = (row["persona"], row.get("other", "")) if mine else (row["other"], row["persona"])
        told = {"persona": persona, "other": other, "relation": row.get("relation") or "strangers who have just met"}
        shown = {name: told[name] for name in (_ALONE if self.reply else _PAIR) if name in told}
        return Prompt((Message(USER, self.turn.fill({**shown, "conversation": _transcript(said)})),), number)

    def read(self, completion: Completion, said: Sequence[Message]) -> Turn:
        """The next turn, or why there is none."""
        if self.reply and said and said[-1].role == USER:
            text, why = spoken(completion.text), unusable(completion)
        else:
            text, why = self._spoken(completion)
        if why:
            return Turn(end=why)
        mine = [message.content for message in said[len(said) % 2 :: 2]]
        return Turn(end=REPEATED) if any(_alike(text, before) for before in mine) else Turn(text)

    def rows(self, rows: pa.RecordBatch, completions: Sequence[Completion]) -> pa.RecordBatch:
        """Args:
        completions: whole conversations, as JSON.
        """
        named = rows["persona_id" if self.reply else "id"]
        ids, people, texts = strings(named), strings(rows["persona"]), [one.text for one in completions]
        rejects = [one.error or (None if one.text else "empty") for one in completions]
        same = {"task": self.task, "description": self.turn.description, "template": self.turn.identity}
        columns = {
            **{name: pa.repeat(value, len(rows)) for name, value in same.items()},
            "id": [content_id(self.task, *pair) for pair in zip(ids, texts, strict=True)],
            "persona_id": ids,
            "persona": people,
            "text": ["" if why else text for text, why in zip(texts, rejects, strict=True)],
            "place": rows["id"],
            "reject": rejects,
            "detail": [
                (one.detail or one.text) if why else None for one, why in zip(completions, rejects, strict=True)
            ],
        }
        return pa.RecordBatch.from_pydict(columns, schema=answers(self.table))

    def told(self, row: dict[str, str], said: Sequence[Message]) -> str:
        """A conversation as it is kept: JSON, a list of messages; of a pair the second one's persona stands first."""
        whole = list(said) if self.reply else [Message(SYSTEM, row["other"]), *said]
        return orjson.dumps([{"role": one.role, "content": one.content} for one in whole]).decode()

    def _spoken(self, completion: Completion) -> tuple[str, str | None]:
        if completion.error:
            return "", completion.error
        read = self.turn.reader.read(completion.text)
        text = _ENDED.sub("", _NAMED.sub("", _of_object(read.text)).strip()).strip()
        if not text:
            return "", FINISHED if read.text else read.reject or "empty"
        if unusable(completion) == REFUSAL:
            return "", REFUSAL
        return text, SWAPPED if self.reply and _SWAPPED.match(text[:LOOKED_AT]) else None


def messages(text: str) -> list[dict[str, str]]:
    """Of a conversation as it is kept; ValueError where it is none."""
    said = orjson.loads(text)
    if not isinstance(said, list) or not all(
        isinstance(one, dict) and {"role", "content"} <= one.keys() for one in said
    ):
        raise ValueError("a conversation is a list of messages, each with a role and its content")
    return said


def _of_object(text: str) -> str:
    """What stands in an object of one text, where a model made one of its answer."""
    if not text.startswith("{"):
        return text
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    only = list(value.values())
    return only[0] if len(only) == 1 and isinstance(only[0], str) else text


def _transcript(said: Sequence[Message]) -> str:
    """What was said, each message with its number: no name of a role in it can be taken for another message."""
    if not said:
        return _NOTHING
    return "\n\n".join(f"[{number}] {one.content}" for number, one in enumerate(said, 1))


def _alike(one: str, other: str) -> bool:
    left, right = set(words(one)), set(words(other))
    return bool(left) and len(left & right) >= REPEATED_FROM * len(left | right)
