"""What a run would ask, without asking it."""

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from personahub.tasks.base import Task

BYTES_PER_TOKEN = 4  # of UTF-8: near enough for English; a Chinese character is three bytes and about one token


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would ask: how many requests, of how many characters and, roughly, tokens; and the first of them."""

    requests: int
    characters: int
    tokens: int
    prompts: tuple[str, ...]


def preview(task: Task, parts: Iterable[pa.RecordBatch], show: int = 3) -> Preview:
    """Make every prompt and ask none."""
    requests = characters = tokens = 0
    first: list[str] = []
    for part in parts:
        for prompt in task.prompts(part):
            text = "\n".join(message.content for message in prompt.messages)
            requests, characters = requests + 1, characters + len(text)
            tokens += len(text.encode()) // BYTES_PER_TOKEN
            if len(first) < show:
                first.append(text)
    return Preview(requests, characters, tokens, tuple(first))
