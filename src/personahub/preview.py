"""What a run would ask, without asking it."""

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from personahub.models.base import Prompt
from personahub.tasks.base import Task

BYTES_PER_TOKEN = 4  # of UTF-8: near enough for English; a Chinese character is three bytes and about one token


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would ask: how many requests, of how many characters and, roughly, tokens; and the first of them.

    Args:
        share: of the characters that are a beginning which all prompts have in common.
    """

    requests: int
    characters: int
    tokens: int
    prompts: tuple[str, ...]
    share: float = 0.0


def preview(task: Task, parts: Iterable[pa.RecordBatch], first: Iterable[Prompt] = (), show: int = 3) -> Preview:
    """Make every prompt and ask none.

    Args:
        first: what is asked before them.
    """
    asked = [_said(prompt) for prompt in first]
    shown, prefix = asked[:show], None
    requests, characters, tokens = len(asked), sum(map(len, asked)), sum(map(_tokens, asked))
    for text in (_said(prompt) for part in parts for prompt in task.prompts(part)):
        requests, characters, tokens = requests + 1, characters + len(text), tokens + _tokens(text)
        if prefix is None or not text.startswith(prefix):
            prefix = text if prefix is None else _common(prefix, text)
        if len(shown) < show + len(asked):
            shown.append(text)
    share = len(prefix or "") * (requests - len(asked)) / characters if characters else 0.0
    return Preview(requests, characters, tokens, tuple(shown), share)


def _said(prompt: Prompt) -> str:
    return "\n".join(message.content for message in prompt.messages)


def _tokens(text: str) -> int:
    return len(text.encode()) // BYTES_PER_TOKEN


def _common(one: str, other: str) -> str:
    """The beginning that two texts share."""
    differ = (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return one[: next(differ, min(len(one), len(other)))]
