"""Vectors of some texts in one request, in the format of OpenAI's `/v1/embeddings`, which many servers speak."""

import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from personahub.embedders.base import Vectors
from personahub.errors import NoReply
from personahub.http import Client, Reply
from personahub.models.base import NO_ANSWER, NOT_TAKEN, Completion, Message, Prompt
from personahub.models.wire.chat import error_words
from personahub.models.wire.endpoint import allowances, told
from personahub.models.wire.live import refusal, said

LARGEST = 64 * 2**20  # bytes of an answer: 256 vectors of 8,192 numbers as decimals
_NONE: Vectors = np.empty((0, 0), np.float32)
# How llama.cpp and earlier versions of Ollama say, with a status of 500, that a text is too long.
_TOO_LONG = re.compile(r"too (?:large|long)|(?:context|input) (?:length|size)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Embedded(Completion):
    """Args:
    vectors: shape (texts, dim), as they came, in the order of the texts.
    """

    vectors: Vectors = field(default_factory=lambda: _NONE)


@dataclass(slots=True)
class Endpoint:
    """A model in the sense of `models`, so that it is paced and metered as one: a prompt has a message for each text.

    Args:
        model: what the endpoint calls it.
        dimensions: that are asked for; 0 for the model's own number.
        key: never shown, whatever the endpoint echoes.
        packed: whether it gives numbers as base64, a fourth of their size as decimals.
    """

    model: str
    client: Client
    dimensions: int = 0
    key: str | None = field(default=None, repr=False)
    timeout: float = 120.0
    packed: bool = True
    limit: int = 0
    slots: int = 0

    @property
    def name(self) -> str:
        return f"openai:{self.model}"

    @property
    def identity(self) -> str:
        return f"{self.name} dimensions={self.dimensions}" if self.dimensions else self.name

    async def complete(self, prompt: Prompt) -> Completion:
        """Vectors of all texts, or none; raises ModelError only where every further request would fail as well."""
        texts = [message.content for message in prompt.messages]
        try:
            while True:
                packed = self.packed
                reply = await self.client.ask(
                    "POST", "/embeddings", self._body(texts), timeout=self.timeout, largest=LARGEST
                )
                if reply.status == 200:
                    return self._answer(reply, len(texts))
                refused = _as_meant(reply, refusal(self.client.url, reply, self.key), self.key)
                if not (refused.error == NOT_TAKEN and packed and _is_about_packing(refused.detail)):
                    return refused
                self.packed = False
        except NoReply as error:
            return Completion("", NO_ANSWER, str(error))

    def stop(self) -> None:
        """Nothing waits here."""

    async def close(self) -> None:
        await self.client.close()

    def _body(self, texts: Sequence[str]) -> bytes:
        body: dict[str, object] = {"model": self.model, "input": texts}
        if self.packed:
            body["encoding_format"] = "base64"
        if self.dimensions:
            body["dimensions"] = self.dimensions
        return orjson.dumps(body)

    def _answer(self, reply: Reply, count: int) -> Completion:
        found: Any = None
        try:
            found = orjson.loads(reply.body)
            vectors = _vectors(found["data"], count)
        except (KeyError, TypeError, ValueError, AttributeError):
            words = told(error_words(found), reply.body, self.key)
            return Completion("", NO_ANSWER, f"{self.client.url} answered with something that is no vectors: {words}")
        return Embedded("", prompt_tokens=_tokens(found), allowances=allowances(reply.headers), vectors=vectors)


def asking(texts: Sequence[str]) -> Prompt:
    """Half characters, which UTF-8 has no bytes for, are replaced."""
    return Prompt(tuple([Message("", text.encode("utf-8", "replace").decode()) for text in texts]))


def _vectors(data: Any, count: int) -> Vectors:
    """In the order of the texts; raises ValueError, TypeError or KeyError where there is not one for each."""
    places = [one.get("index") for one in data]
    if places != list(range(count)):
        if len(data) != count or (any(place is not None for place in places) and set(places) != set(range(count))):
            raise ValueError("not one vector for each text")
        data = sorted(data, key=lambda one: one.get("index") or 0)  # none has one: they are in order
    vectors = np.stack([_vector(one["embedding"]) for one in data])
    if vectors.ndim != 2 or not vectors.shape[1] or not np.isfinite(vectors).all():
        raise ValueError("no numbers")
    return vectors


def _vector(given: Any) -> Vectors:
    if isinstance(given, str):
        return np.frombuffer(binascii.a2b_base64(given, strict_mode=True), "<f4")
    return np.asarray(given, np.float32)


def _tokens(found: Any) -> int:
    usage = found.get("usage")
    counted = usage.get("prompt_tokens") or usage.get("total_tokens") if isinstance(usage, dict) else 0
    return counted if isinstance(counted, int) and counted > 0 else 0


def _as_meant(reply: Reply, refused: Completion, key: str | None) -> Completion:
    """A failure that says that a text is too long is about the text, and no other try would mend it."""
    if reply.status == 500 and _TOO_LONG.search(words := said(reply, key)):
        return Completion("", NOT_TAKEN, words)
    return refused


def _is_about_packing(words: str) -> bool:
    return "encoding_format" in words or "base64" in words
