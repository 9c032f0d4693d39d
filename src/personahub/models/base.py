"""The contract of a model: a name, and one request at a time."""

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
    """

    messages: tuple[Message, ...]
    sample: int = 0


@dataclass(frozen=True, slots=True)
class Completion:
    """What came back.

    Args:
        error: why there is no usable answer ("refusal", "cut_off", "empty", "content_filter",
            NOT_TAKEN, NO_ANSWER); None where there is one.
        detail: the endpoint's own words on the error.
        requests: how often the endpoint was asked for it; 0 where the journal knew.
        wait: seconds the endpoint wants to be left alone before the next try.
    """

    text: str
    error: str | None = None
    detail: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    requests: int = 1
    wait: float = 0.0


# The endpoint would not take this prompt (HTTP 400): final for the row, and nothing was paid.
NOT_TAKEN = "refused_by_endpoint"
# Every try failed; asking again may mend it, so its part stays open for the next call.
NO_ANSWER = "no_answer"


class Model(Protocol):
    @property
    def name(self) -> str:
        """What rows say they were made by: "openai:gpt-4o"."""
        ...

    @property
    def identity(self) -> str:
        """The name and every parameter that changes an answer, but no address and no key."""
        ...

    async def complete(self, prompt: Prompt) -> Completion:
        """One answer; raises ModelError only where every further request would fail as well."""
        ...

    async def close(self) -> None:
        """Let go of connections; the model is not used afterwards."""
        ...
