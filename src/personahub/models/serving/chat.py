"""A chat request as it comes in, and a completion as it goes out, both in OpenAI's format."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from time import time

import orjson

from personahub.models.base import Completion, Message, Prompt
from personahub.models.serving.schemas import document
from personahub.shapes import fitting

LARGEST_SEED = 2**63
MOST_CHOICES = 128
CUT_WORDS = 8

_FINISHED = {"cut_off": "length", "content_filter": "content_filter"}


@dataclass(frozen=True, slots=True)
class Asked:
    """Args:
    limit: the most tokens of an answer; 0 for no limit.
    choices: how many answers, to seeds that follow each other.
    schema: what the answer must satisfy as JSON; None where it may be text.
    key: a digest of the messages and the seed: what else differs asks for the same answer.
    """

    model: object
    prompt: Prompt
    limit: int
    choices: int
    schema: object
    key: bytes

    @property
    def prompts(self) -> list[Prompt]:
        if self.choices == 1:
            return [self.prompt]
        first = self.prompt.sample
        return [Prompt(self.prompt.messages, first + number) for number in range(self.choices)]


def read(body: bytes) -> Asked:
    """Raises ValueError or TypeError with what is wrong with a body that is no chat request."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"the body is no JSON ({error})") from error
    if not isinstance(found, dict):
        raise TypeError("the body is no JSON object")
    messages = found.get("messages")
    if not isinstance(messages, list) or not messages:
        raise ValueError("messages must be a list with at least one message")
    seed = _whole(found, "seed", -LARGEST_SEED)
    limit = _whole(found, "max_tokens", 0) or _whole(found, "max_completion_tokens", 0)
    choices = _whole(found, "n", 1, MOST_CHOICES) or 1
    prompt = Prompt(tuple([_message(one) for one in messages]), seed)
    said = [[message.role, message.content] for message in prompt.messages]
    key = blake2b(orjson.dumps([said, seed]), digest_size=16).digest()
    return Asked(found.get("model"), prompt, limit, choices, _schema(found.get("response_format")), key)


def _whole(body: dict[str, object], name: str, least: int, most: int = LARGEST_SEED - 1) -> int:
    value = body.get(name)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        above = "" if most == LARGEST_SEED - 1 else f" and at most {most}"
        raise ValueError(f"{name} must be a whole number of at least {least}{above}")
    return value


def _message(found: object) -> Message:
    if not isinstance(found, dict) or not isinstance(found.get("role"), str):
        raise TypeError("each message must be an object with a role and a content")
    content = found.get("content")
    if isinstance(content, list):
        content = "".join(
            part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str)
        )
    if content is not None and not isinstance(content, str):
        raise TypeError("the content of a message must be a string or a list of text parts")
    return Message(found["role"], content or "")


def _schema(wanted: object) -> object:
    """The schema of a response format; that of any object for "json_object"."""
    if wanted is None:
        return None
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if kind == "text":
        return None
    if kind == "json_object":
        return {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
    named = wanted.get("json_schema") if isinstance(wanted, dict) and kind == "json_schema" else None
    if not isinstance(named, dict) or not isinstance(named.get("schema"), dict):
        raise TypeError("response_format must be text, json_object, or json_schema with a schema")
    return named["schema"]


def structured(completion: Completion, asked: Asked, index: int) -> Completion:
    """The answer as a document of the schema: the one that was written where it is such, else one made of its lines.

    Raises:
        ValueError: no such document can be made.
    """
    if completion.text[:1] in ("{", "[") and fitting(completion.text, orjson.dumps(asked.schema).decode())[0]:
        return completion
    text = document(asked.schema, completion.text, asked.key + bytes([index]))
    return replace(completion, text=text, completion_tokens=len(text) // 4)


def cut(completion: Completion) -> Completion:
    """Its first words, as if there had been no room for more."""
    words = completion.text.split(" ")
    kept = words[: max(1, min(CUT_WORDS, len(words) // 2))]
    return replace(completion, text=" ".join(kept), error="cut_off", completion_tokens=len(kept))


def written(name: str, asked: Asked, completions: Sequence[Completion]) -> bytes:
    """The answer to a request, one choice for each completion."""
    choices, tokens = [], 0
    for index, completion in enumerate(completions):
        text, spent = completion.text, completion.completion_tokens
        finish = _FINISHED.get(completion.error or "", "stop")
        # A word is a token here, near enough for a writer that counts by words.
        if asked.limit and text.count(" ") >= asked.limit:
            text, finish, spent = " ".join(text.split(" ")[: asked.limit]), "length", asked.limit
        message = {"role": "assistant", "content": text}
        if completion.error == "refusal":
            message["refusal"] = completion.detail or text
        choices.append({"index": index, "message": message, "finish_reason": finish})
        tokens += spent
    prompt_tokens = completions[0].prompt_tokens
    usage = {"prompt_tokens": prompt_tokens, "completion_tokens": tokens, "total_tokens": prompt_tokens + tokens}
    whole = {
        "id": f"chatcmpl-{asked.key.hex()}",
        "object": "chat.completion",
        "created": int(time()),
        "model": name,
        "choices": choices,
        "usage": usage,
    }
    return orjson.dumps(whole)
