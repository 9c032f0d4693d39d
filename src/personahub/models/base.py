"""The contract of a model: a name, and one request at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    role: str  # system | user | assistant
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked.

    Args:
        sample: tells apart several answers to the same messages.
        schema: a JSON schema, as text, that the answer must satisfy; "" for free text.
        limit: tokens of the longest answer, in place of the model's own limit; 0 for that.
    """

    messages: tuple[Message, ...]
    sample: int = 0
    schema: str = ""
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an endpoint's rate-limit headers say is left.

    Args:
        left: requests or tokens.
        most: what `left` is when nothing was asked for a while.
        seconds: until `left` is `most` again.
    """

    left: float
    most: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Completion:
    """What came back.

    Args:
        text: less the model's thinking.
        error: why there is no usable answer: CUT_OFF, CONTENT_FILTER, REFUSAL, EMPTY, NOT_JSON, NOT_TAKEN,
            NO_ANSWER or NOT_YET; None where there is one.
        detail: the endpoint's own words on the error.
        reasoning: what the model thought before it answered, where the endpoint tells.
        requests: how often the endpoint was asked for it; 0 where the journal knew.
        limit: the tokens that the answer was allowed; 0 where the endpoint decided.
        busy: it was not worked on for lack of room (HTTP 429, 503, 529), which says nothing about the prompt.
        wait: seconds the endpoint wants to be left alone before the next try.
        allowances: of "requests" and "tokens", where the endpoint tells.
    """

    text: str
    error: str | None = None
    detail: str = ""
    reasoning: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    requests: int = 1
    limit: int = 0
    busy: bool = False
    wait: float = 0.0
    allowances: Mapping[str, Allowance] | None = None


CUT_OFF = "cut_off"
CONTENT_FILTER = "content_filter"
REFUSAL = "refusal"
EMPTY = "empty"
NOT_JSON = "not_json"  # an answer that does not satisfy the schema it was asked for
# The endpoint would not take this prompt (HTTP 400): final for the row, and nothing was paid.
NOT_TAKEN = "refused_by_endpoint"
# Every try failed; asking again may mend it, so its part stays open for the next call.
NO_ANSWER = "no_answer"
# It was handed to somebody who answers later (a batch, a file): its part stays open, and nothing is wrong.
NOT_YET = "not_yet"
UNANSWERED = (NO_ANSWER, NOT_YET)


class Model(Protocol):
    @property
    def name(self) -> str:
        """What rows say they were made by: "openai:gpt-4o"."""
        ...

    @property
    def identity(self) -> str:
        """The name and every parameter that changes an answer, but no address, no key and no limit of length."""
        ...

    @property
    def limit(self) -> int:
        """Tokens of the longest answer; 0 where the endpoint decides. A whole answer is the same under any limit."""
        ...

    @property
    def slots(self) -> int:
        """How many requests it takes at once; 0 where that has to be found out."""
        ...

    async def complete(self, prompt: Prompt) -> Completion:
        """One answer; raises ModelError only where every further request would fail as well."""
        ...

    def stop(self) -> None:
        """Begin nothing new: what is on its way may arrive, what waits for anything else ends unanswered at once."""
        ...

    async def close(self) -> None:
        """Let go of connections; the model is not used afterwards."""
        ...


class Wrapper:
    """What a model that stands around another passes on; it has a `complete` of its own."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def identity(self) -> str:
        return self._model.identity

    @property
    def limit(self) -> int:
        return self._model.limit

    @property
    def slots(self) -> int:
        return self._model.slots

    def stop(self) -> None:
        self._model.stop()

    async def close(self) -> None:
        await self._model.close()
