"""Processes that ask prompts of a batch model, to be killed.

`python -m tests.models.batching URL FOLDER COUNT` asks, and prints the answers; `... steps` dies at the first step
on the disk or the network, asks again, then with other prompts at the second, and so on for as long as there are steps.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from personahub.http import Client
from personahub.models.batch import Patience
from personahub.models.batch.records import Shelf
from personahub.models.wire import folder as disk
from tests.models.batch_endpoint import ask, batch, prompts

OF_A_STEP = 4  # prompts


def main(url: str, folder: str, count: str) -> None:
    if count == "steps":
        step = 1
        while _dies_at(step, url, f"{folder}/{step}"):
            step += 1
        sys.stdout.buffer.write(orjson.dumps(step - 1))
        return
    sys.stdout.buffer.write(orjson.dumps(_answers(url, folder, int(count))))


def _answers(url: str, folder: str, count: int, first: int = 0) -> list[list[str | None]]:
    model = batch(url, Path(folder), size=20, patience=Patience(poll=0.02, settle=0.3, give_up=10.0))
    return [[answer.error, answer.text] for answer in ask(model, prompts(count, first))]


def _dies_at(step: int, url: str, folder: str) -> bool:
    """Whether there is such a step; every prompt has its answer afterwards."""
    child = os.fork()
    if not child:
        _die_at(step)
        _answers(url, folder, OF_A_STEP, step * OF_A_STEP)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert all(error is None for error, _ in _answers(url, folder, OF_A_STEP, step * OF_A_STEP)), step
    return os.WIFSIGNALED(status)


def _die_at(step: int) -> None:
    """kill -9 oneself before or after the first, second and so on of what a batch does."""
    left = step

    def counted() -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(place: Any, name: str) -> None:
        work: Callable[..., Any] = getattr(place, name)

        def watched(*args: Any, **how: Any) -> Any:
            counted()
            found = work(*args, **how)
            counted()
            return found

        async def watched_over(*args: Any, **how: Any) -> Any:
            counted()
            found = await work(*args, **how)
            counted()
            return found

        setattr(place, name, watched_over if place is Client else watched)

    for place, name in ((Client, "ask"), (disk, "_to_disk"), (Path, "replace"), (Path, "unlink"), (Shelf, "finish")):
        around(place, name)


if __name__ == "__main__":
    main(*sys.argv[1:])
