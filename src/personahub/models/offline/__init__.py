"""A rule-based writer in place of a language model: it needs no network, no key and no GPU, and repeats itself exactly.

It is no LLM and does not claim to be one: it picks out key phrases, looks up fields of life and fills in
sentences. What it writes is right in form, plausible in content and varied, so that a tutorial, a test or
a measurement of throughput can do without a model. As training data it teaches the patterns of this folder.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from personahub.errors import UsageError
from personahub.models.base import Completion, Prompt
from personahub.models.offline.attributes import attributes
from personahub.models.offline.characters import character
from personahub.models.offline.flaws import flawed
from personahub.models.offline.judging import better, scores
from personahub.models.offline.manner import PLAIN, Manner
from personahub.models.offline.people import people
from personahub.models.offline.places import spatial
from personahub.models.offline.problems import FAMILIES, GEOMETRY, problem
from personahub.models.offline.profiles import profile
from personahub.models.offline.prose import paragraph
from personahub.models.offline.puzzles import puzzle
from personahub.models.offline.reading import Question, Wish, read
from personahub.models.offline.relations import relatives
from personahub.models.offline.responses import response
from personahub.models.offline.slips import essay, slip
from personahub.models.offline.solutions import program, solution
from personahub.models.offline.talk import turn
from personahub.models.offline.tools import call, code, interface

VERSION = 2  # goes up when the same prompt and seed give another answer


@dataclass(frozen=True)
class Offline:
    """The offline writer as a model. Nothing but the messages, the seed and the sample decides an answer."""

    seed: int = 0
    manner: Manner = PLAIN

    @classmethod
    def open(cls, name: str, options: Mapping[str, object]) -> "Offline":
        """The writer of "offline" with the options of a verb, of which only "seed" matters here.

        Raises:
            UsageError: what stands behind "offline:" is no manner, or the seed is no whole number.
        """
        manner = Manner.of(name)
        seed = options.get("seed")
        if seed is not None and not isinstance(seed, int):
            raise UsageError(f"seed {seed!r} is no whole number")
        return cls(seed or 0, manner)

    @property
    def name(self) -> str:
        return f"offline:{self.manner.told}" if self.manner.told else "offline"

    @property
    def identity(self) -> str:
        return f"{self.name} seed={self.seed} v{VERSION}"

    @property
    def limit(self) -> int:
        return 0

    @property
    def slots(self) -> int:
        return 1  # it is at work while it is asked

    async def complete(self, prompt: Prompt) -> Completion:
        asked = "\n\n".join(message.content for message in prompt.messages)
        seed = self.seed + prompt.sample
        if prompt.messages[0].role == "system":  # a chat, whose last message is answered as it is
            text = response(prompt.messages[-1].content, seed + len(prompt.messages), self.manner.broken)
        else:
            text = write(asked, seed, self.manner)
        return Completion(text, prompt_tokens=_tokens(asked), completion_tokens=_tokens(text))

    def stop(self) -> None:
        """Nothing waits here."""

    async def close(self) -> None:
        """There is nothing to let go of."""


def write(messages_text: str, seed: int, manner: Manner = PLAIN) -> str:
    """The answer to a prompt: a pure function that has one for any string."""
    question = read(messages_text)
    if question.wish in _MANNERED:
        text = _MANNERED[question.wish](question, seed, manner)
    else:
        text = _WRITERS[question.wish](question, seed)
    return flawed(text, question.given, seed, manner.flawed)


def _people(question: Question, seed: int) -> str:
    found = people(question.given, question.count, coarse=question.coarse, seed=seed)
    return "\n".join(_labelled(question.label, person) for person in found)


def _relatives(question: Question, seed: int) -> str:
    found = relatives(question.given, question.count, seed=seed)
    return "\n".join(f"Relation: {one.relation}\nPersona: {one.persona}" for one in found)


def _problem(question: Question, seed: int) -> str:
    among = GEOMETRY if "geometry" in question.asked.lower() else tuple(FAMILIES)
    return _labelled(question.label, problem(question.given, seed, among).text)


def _prose(question: Question, seed: int) -> str:
    return _labelled(question.label, paragraph(question.given, question.label, seed=seed))


def _attributes(question: Question, _: int) -> str:
    return attributes(question.given, question.label.split())


def _solution(question: Question, seed: int, manner: Manner) -> str:
    return solution(question.given, question.label, seed, manner.wrong)


def _program(question: Question, seed: int, manner: Manner) -> str:
    return program(question.given, seed, manner.wrong)


def _response(question: Question, seed: int, manner: Manner) -> str:
    return _labelled(question.label, response(question.given, seed, manner.broken))


def _turn(question: Question, seed: int) -> str:
    return _labelled(question.label, turn(question.given, seed))


def _logic(question: Question, seed: int) -> str:
    return _labelled(question.label, puzzle(question.given, seed, chinese=question.chinese).text)


def _spatial(question: Question, seed: int) -> str:
    return _labelled(question.label, spatial(question.given, seed, chinese=question.chinese).text)


def _slip(question: Question, seed: int) -> str:
    return _labelled(question.label, slip(question.given, seed, chinese=question.chinese))


def _essay(question: Question, seed: int) -> str:
    return _labelled(question.label, essay(question.given, seed, to_read="to read" in question.asked))


def _profile(question: Question, seed: int) -> str:
    return profile(question.given, question.asked, seed)


def _tool(question: Question, seed: int) -> str:
    return interface(question.given, seed=seed)


def _code(question: Question, seed: int, manner: Manner) -> str:
    return f"```python\n{code(question.given, seed=seed, wrong=manner.wrong)[0]}\n```"


def _call(question: Question, seed: int) -> str:
    return call(question.given, seed=seed)


def _character(question: Question, seed: int) -> str:
    return character(question.given, question.world, question.label.split("\n"), seed=seed)


def _scores(question: Question, seed: int, manner: Manner) -> str:
    least, most, *criteria = question.label.split()
    return scores(question.given, (int(least), int(most)), criteria, seed, manner)


def _comparison(question: Question, seed: int, manner: Manner) -> str:
    return better(question.given, seed, manner)


_MANNERED = {
    Wish.RESPONSE: _response,
    Wish.SOLUTION: _solution,
    Wish.PROGRAM: _program,
    Wish.CODE: _code,
    Wish.SCORES: _scores,
    Wish.COMPARISON: _comparison,
}
_WRITERS = {
    Wish.PEOPLE: _people,
    Wish.RELATIVES: _relatives,
    Wish.PROBLEM: _problem,
    Wish.LOGIC: _logic,
    Wish.SPATIAL: _spatial,
    Wish.SLIP: _slip,
    Wish.ESSAY: _essay,
    Wish.PROFILE: _profile,
    Wish.PROSE: _prose,
    Wish.TURN: _turn,
    Wish.ATTRIBUTES: _attributes,
    Wish.TOOL: _tool,
    Wish.CALL: _call,
    Wish.CHARACTER: _character,
}


def _labelled(label: str, text: str) -> str:
    return f"{label}: {text}" if label else text


def _tokens(text: str) -> int:
    """About four tokens for three words; scripts without spaces count by length."""
    return max((text.count(" ") + text.count("\n") + 1) * 4 // 3, len(text) // 8)
