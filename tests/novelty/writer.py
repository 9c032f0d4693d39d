"""A chat endpoint of our own on loopback that repeats itself at a known rate, which grows with every answer."""

import asyncio
import json
import random
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

WORDS = 24  # in a text, two of which are others in a copy that is near: 22 of 26 are shared, or 23 of 25
_NUMBER = re.compile(r"Person (\d+)")


@dataclass
class Repeating:
    """Of the first n answers n * n / (2 * rate) are near to one before, to the nearest whole number.

    Args:
        rate: the number of the answer from which on all would be repeated.
        latency: seconds.
    """

    rate: int
    latency: float = 0.0
    asked: list[int] = field(default_factory=list)
    url: str = ""

    def repeats(self, number: int) -> bool:
        """Whether this answer, from 1, is near to one before."""
        return number * number // (2 * self.rate) > (number - 1) ** 2 // (2 * self.rate)

    def text(self, number: int) -> str:
        if not self.repeats(number):
            return " ".join(f"w{number}x{place}" for place in range(WORDS))
        draw = random.Random(number)
        before = draw.randrange(1, number)
        while self.repeats(before):
            before -= 1
        said = self.text(before).split()
        said[draw.randrange(WORDS)] = f"other{number}"
        return " ".join(said)

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The base URL, as long as it is held."""
        loop, ready = asyncio.new_event_loop(), threading.Event()
        thread = threading.Thread(target=self._run, args=(loop, ready), daemon=True)
        thread.start()
        assert ready.wait(10)
        try:
            yield self.url
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)

    def _run(self, loop: asyncio.AbstractEventLoop, ready: threading.Event) -> None:
        asyncio.set_event_loop(loop)
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        loop.run_until_complete(runner.setup())
        loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0).start())
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    async def _answer(self, request: web.Request) -> web.Response:
        said = (await request.json())["messages"][-1]["content"]
        found = _NUMBER.search(said)
        number = int(found[1]) if found else len(self.asked) + 1
        self.asked.append(number)
        text = f"Relation: friend\nPersona: {self.text(number)}" if "Relation:" in said else self.text(number)
        if self.latency:
            await asyncio.sleep(self.latency)
        return web.json_response(
            {
                "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 10, "completion_tokens": 20},
            }
        )


def write_people(path: Path, count: int) -> Path:
    """Personas that are told apart by their numbers, from 1."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"persona": f"Person {n} of the list"}) + "\n" for n in range(1, count + 1))
    return path


TEMPLATE = """+++
task = "synthesis"
name = "words"
description = "words"
answer = "Words:"
+++
Write words for: {{persona}}
"""
