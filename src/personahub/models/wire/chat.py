"""The OpenAI chat format, which nearly every endpoint speaks, and the ways in which they differ.

Shared by the models that speak it over HTTP, in batches and in files.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import orjson

from personahub.models.base import (
    CONTENT_FILTER,
    CUT_OFF,
    EMPTY,
    NO_ANSWER,
    REFUSAL,
    Allowance,
    Completion,
    Message,
    Prompt,
)

_THINKING = re.compile(r"\A\s*<think(?:ing)?>(.*?)(?:</think(?:ing)?>|\Z)\s*", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What an endpoint takes; it starts as the widest and is narrowed by what the endpoint refuses.

    Args:
        limit: the field for the longest answer; newer models of OpenAI take only "max_completion_tokens".
        left_out: settings that it does not take, such as "temperature" or "seed".
        schema: whether it takes `response_format` with a JSON schema; else the schema stands in the prompt.
        system: whether it takes messages of the role system; else they open the first user message.
    """

    limit: str = "max_tokens"
    left_out: frozenset[str] = frozenset()
    schema: bool = True
    system: bool = True

    def body(self, model: str, prompt: Prompt, settings: Mapping[str, float | int], limit: int = 0) -> bytes:
        """A request as JSON. Without a schema in the endpoint's form the prompt asks for it in words."""
        messages = prompt.messages if self.system else _without_system(prompt.messages)
        if prompt.schema and not self.schema:
            messages = (*messages[:-1], replace(messages[-1], content=_asking_for_json(messages[-1], prompt.schema)))
        body: dict[str, object] = {
            "model": model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
        }
        body.update(settings)
        if prompt.sample:
            body["seed"] = int(settings.get("seed", 0)) + prompt.sample
        for name in self.left_out:
            body.pop(name, None)
        if most := prompt.limit or limit:
            body[self.limit] = most
        if prompt.schema and self.schema:
            schema = {"name": "answer", "strict": True, "schema": orjson.loads(prompt.schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return orjson.dumps(body)

    def narrowed(self, said: str) -> "Dialect | None":
        """What a refusal (HTTP 400) in these words teaches; None where it is about the prompt and not the form."""
        text = said.lower()
        if self.limit == "max_tokens" and "max_completion_tokens" in text:
            return replace(self, limit="max_completion_tokens")
        if self.schema and any(word in text for word in ("response_format", "json_schema", "structured output")):
            return replace(self, schema=False)
        if self.system and "system" in text and any(word in text for word in ("role", "instruction", "message")):
            return replace(self, system=False)
        for name in ("temperature", "seed"):
            if name in text and name not in self.left_out and _is_about_support(text):
                return replace(self, left_out=self.left_out | {name})
        return None


def completion(found: object, limit: int = 0, allowances: Mapping[str, Allowance] | None = None) -> Completion | None:
    """What a chat completion says; None where this is none, such as an error inside a 200.

    Args:
        limit: tokens of the longest answer that was asked for.
        allowances: what the headers beside it told.
    """
    if not isinstance(found, dict) or not isinstance(found.get("choices"), list):
        return None
    choices = found["choices"]
    choice = choices[0] if choices and isinstance(choices[0], dict) else None
    if choice is None:
        return Completion("", NO_ANSWER, "an answer without any choice")
    message = choice.get("message")
    said = message if isinstance(message, dict) else {}
    text, thought = _apart(_words(said.get("content")))
    thought = _words(said.get("reasoning_content") or said.get("reasoning")) or thought
    finish = {"length": CUT_OFF, "content_filter": CONTENT_FILTER}.get(str(choice.get("finish_reason")))
    usage = found.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    return Completion(
        text=text,
        error=finish or (REFUSAL if said.get("refusal") else None if text else EMPTY),
        detail=_words(said.get("refusal")),
        reasoning=thought,
        prompt_tokens=_count(counts.get("prompt_tokens")),
        completion_tokens=_count(counts.get("completion_tokens")),
        limit=limit,
        allowances=allowances,
    )


def error_words(found: object) -> str:
    """The message of an error in OpenAI's shape, or in one of the shapes that pass for it; "" where there is none."""
    error = found.get("error", found.get("message", found.get("detail"))) if isinstance(found, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    return str(message) if message else ""


def _apart(text: str) -> tuple[str, str]:
    """The answer and the thinking before it."""
    if thought := _THINKING.match(text):
        return text[thought.end() :], thought[1].strip()
    return text, ""


def _words(value: object) -> str:
    """A content as text: a string, or a list of parts; half characters, which UTF-8 has no bytes for, are replaced."""
    if isinstance(value, list):
        value = "".join(str(part.get("text") or "") for part in value if isinstance(part, dict))
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _without_system(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    said = [message.content for message in messages if message.role == "system"]
    rest = [message for message in messages if message.role != "system"]
    if not said or not rest:
        return tuple(rest) or tuple(Message("user", content) for content in said)
    first = replace(rest[0], content="\n\n".join([*said, rest[0].content]))
    return (first, *rest[1:])


def _asking_for_json(message: Message, schema: str) -> str:
    return f"{message.content}\n\nAnswer with one JSON value and nothing else. It must satisfy this schema:\n{schema}"


def _is_about_support(text: str) -> bool:
    return any(word in text for word in ("support", "unknown", "unrecognized", "not allowed", "not permitted", "extra"))
