"""What a run has used, what that costs, and the point at which it stops by itself."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from personahub.errors import LimitReached, UsageError
from personahub.events import Usage
from personahub.models.base import Completion, Model, Prompt, Wrapper

MILLION = 1_000_000
COSTLESS = ("offline", "local")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    prompt: float
    completion: float

    def of(self, prompt_tokens: int, completion_tokens: int) -> float:
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / MILLION


FREE = Price(0.0, 0.0)


@dataclass
class Meter:
    """Counts every request that is sent and every token that is paid for; the limits hold for one call of a verb.

    Args:
        price: None where it is not known.
        max_cost: US dollars.
        others: meters of other models that are asked by the same call: the limits hold for all together.
    """

    price: Price | None = None
    max_cost: float | None = None
    max_tokens: int | None = None
    max_requests: int | None = None
    others: list["Meter"] = field(default_factory=list, compare=False, repr=False)
    requests: int = field(default=0, init=False)
    prompt_tokens: int = field(default=0, init=False)
    completion_tokens: int = field(default=0, init=False)

    @property
    def cost(self) -> float | None:
        return self.price.of(self.prompt_tokens, self.completion_tokens) if self.price else None

    @property
    def usage(self) -> Usage:
        return Usage(self.requests, 0, self.prompt_tokens, self.completion_tokens, self.cost)

    def begin(self) -> None:
        """Count a request that is about to be sent.

        Raises:
            LimitReached: a limit is used up; what is in flight may still go a little beyond it.
        """
        spent = self._spent()
        if spent:
            raise LimitReached(f"{spent}; everything is saved, and the same command goes on from here")
        self.requests += 1

    def end(self, completion: Completion) -> None:
        self.prompt_tokens += completion.prompt_tokens
        self.completion_tokens += completion.completion_tokens

    def _spent(self) -> str | None:
        used = sum((other.usage for other in self.others), self.usage)
        if self.max_requests is not None and used.requests >= self.max_requests:
            return f"the {self.max_requests:,} requests of max_requests are used up"
        if self.max_tokens is not None and used.prompt_tokens + used.completion_tokens >= self.max_tokens:
            return f"the {self.max_tokens:,} tokens of max_total_tokens are used up"
        if self.max_cost is not None and (used.cost or 0.0) >= self.max_cost:
            return f"the {self.max_cost:g} USD of max_cost are used up"
        return None


class Metered(Wrapper):
    """A model that is asked only while the meter lets it."""

    def __init__(self, model: Model, meter: Meter) -> None:
        super().__init__(model)
        self._meter = meter

    async def complete(self, prompt: Prompt) -> Completion:
        self._meter.begin()
        completion = await self._model.complete(prompt)
        self._meter.end(completion)
        return completion


def meter(name: str, asked: Mapping[str, Any]) -> Meter:
    """With the limits and the price that the options of a verb say.

    Raises UsageError where max_cost is given and no price is known.
    """
    made = Meter(price(name, asked), asked["max_cost"], asked["max_total_tokens"], asked["max_requests"])
    if made.max_cost is not None and made.price is None:
        raise UsageError(
            f"max_cost needs a price of {name}: give a file with --prices that says\n"
            f'["{name}"]\nprompt = 2.5        # US dollars for a million tokens\ncompletion = 10.0'
        )
    return made


def price(name: str, asked: Mapping[str, Any]) -> Price | None:
    """Of the file that the options name, else of the person's own, where there is one; None where none is known."""
    if name.partition(":")[0] in COSTLESS:
        return FREE
    own = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "personahub" / "prices.toml"
    return price_of(name, asked["prices"] or (str(own) if own.exists() else None))


def price_of(model: str, path: str | None) -> Price | None:
    """The price of "openai:gpt-4o" in a file of prices, which a person writes:

        ["openai:gpt-4o"]
        prompt = 2.5          # US dollars for a million tokens
        completion = 10.0

    Args:
        path: None for no file.

    Returns:
        None where the file does not name the model.

    Raises:
        UsageError: a file that cannot be read or means nothing.
    """
    if path is None:
        return None
    try:
        listed = tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"prices {path!r} cannot be read: {error}") from error
    entry = listed.get(model, listed.get(model.partition(":")[2]))
    if entry is None:
        return None
    try:
        found = Price(float(entry["prompt"]), float(entry["completion"]))
    except (TypeError, KeyError, ValueError) as error:
        raise UsageError(f"prices {path!r}: {model} needs prompt = ... and completion = ... in US dollars") from error
    if min(found.prompt, found.completion) < 0:
        raise UsageError(f"prices {path!r}: {model} has a price below nothing")
    return found
