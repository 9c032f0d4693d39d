"""The server over real HTTP on loopback."""

import asyncio
import io
import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from personahub.errors import ModelError
from personahub.models.base import NO_ANSWER, NOT_TAKEN, Completion, Model, Prompt
from personahub.models.offline import Offline
from personahub.models.openai import OpenAI
from personahub.models.serving import LARGEST_REQUEST, Server, start
from personahub.tasks.base import ask

MESSAGES = [{"role": "user", "content": 'Write a riddle. Start with "Riddle:".\n\nPerson:\n<<<\nA tired nurse\n>>>'}]

Visit = Callable[[aiohttp.ClientSession, Server], Awaitable[None]]


@dataclass(frozen=True)
class Says:
    """A model that always gives this completion."""

    completion: Completion
    name: str = "says"
    identity: str = "says"

    async def complete(self, prompt: Prompt) -> Completion:
        return self.completion

    async def close(self) -> None:
        pass


def _visited(visit: Visit, model: Model | None = None, **settings: Any) -> None:
    async def run() -> None:
        server = await start(model or Offline(), **settings)
        try:
            async with aiohttp.ClientSession() as session:
                await visit(session, server)
        finally:
            await server.close()

    asyncio.run(run())


async def _asked(session: aiohttp.ClientSession, server: Server, body: object, key: str = "") -> tuple[int, Any]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with session.post(f"{server.url}/chat/completions", data=io.BytesIO(data), headers=headers) as response:
        assert response.content_type == "application/json"
        return response.status, await response.json()


async def _stats(session: aiohttp.ClientSession, server: Server) -> dict[str, int]:
    async with session.get(f"{server.url.removesuffix('/v1')}/stats") as response:
        found: dict[str, int] = await response.json()
    return found


def test_an_answer_is_a_chat_completion_of_the_model_behind() -> None:
    async def visit(session: aiohttp.ClientSession, server: Server) -> None:
        status, found = await _asked(session, server, {"model": "any", "messages": MESSAGES, "temperature": 0.5})
        assert status == 200
        assert found["object"] == "chat.completion"
        assert found["model"] == "any"
        [choice] = found["choices"]
        assert choice["finish_reason"] == "stop"
        assert choice["message"]["role"] == "assistant"
        assert choice["message"]["content"].startswith("Riddle: ")
        assert found["usage"]["total_tokens"] == found["usage"]["prompt_tokens"] + found["usage"]["completion_tokens"]

    _visited(visit)


def test_the_seed_of_a_request_is_the_sample_of_the_prompt() -> None:
    async def visit(session: aiohttp.ClientSession, server: Server) -> None:
        asked = [{"messages": MESSAGES}, {"messages": MESSAGES, "seed": 0}, {"messages": MESSAGES, "seed": 4}]
        plain, zero, four = [(await _asked(session, server, body))[1]["choices"] for body in asked]
        assert plain == zero != four
        direct = await Offline(4).complete(ask(MESSAGES[0]["content"]))
        assert four[0]["message"]["content"] == direct.text

    _visited(visit)


def test_max_tokens_cuts_the_answer_and_says_so() -> None:
    async def visit(session: aiohttp.ClientSession, server: Server) -> None:
        for name in ("max_tokens", "max_completion_tokens"):
            _, found = await _asked(session, server, {"messages": MESSAGES, name: 5})
            [choice] = found["choices"]
            assert choice["finish_reason"] == "length"
            assert len(choice["message"]["content"].split()) == 5
            assert found["usage"]["completion_tokens"] == 5
        _, found = await _asked(session, server, {"messages": MESSAGES, "max_tokens": 5000})
        assert found["choices"][0]["finish_reason"] == "stop"

    _visited(visit)


def test_content_in_parts_is_read_as_one_text() -> None:
    async def visit(session: aiohttp.ClientSession, server: Server) -> None:
        parts = [{"type": "text", "text": MESSAGES[0]["content"]}, {"type": "image_url"}]
        _, whole = await _asked(session, server, {"messages": MESSAGES})
        _, in_parts = await _asked(session, server, {"messages": [{"role": "user", "content": parts}]})
        assert in_parts["choices"] == whole["choices"]
        assert (await _asked(session, server, {"messages": [{"role": "assistant", "content": None}]}))[0] == 200

    _visited(visit)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"messages": [{"role": "user", "content": "\\ud800"}]}',
        [],
        "hello",
        {},
        {"messages": "hello"},
        {"messages": []},
        {"messages": ["hello"]},
        {"messages": [{"content": "hello"}]},
        {"messages": [{"role": "user", "content": 7}]},
        {"messages": MESSAGES, "seed": "four"},
        {"messages": MESSAGES, "seed": 2**70},
        {"messages": MESSAGES, "seed": True},
        {"messages": MESSAGES, "max_tokens": -1},
        {"messages": MESSAGES, "max_tokens": 1.5},
    ],
)
def test_a_body_that_is_no_chat_request_is_told_what_is_wrong(body: object) -> None:
    async def visit(session: aiohttp.ClientSession, server: Server) -> None:
        status, found = await _asked(session, server, body)
        assert status == 400
        assert found["error"]["type"] == "invalid_request_error"
        assert found["error"]["message"]
        assert server.stats()["requests"] == 0

    _visited(visit)


def test_a_body_above_the_limit_is_refused() -> None:
    async def visit(session: aiohttp.ClientSession, server: Server) -> None:
        status, found = await _asked(session, server, b" " * (LARGEST_REQUEST + 1))
        assert (status, found["error"]["message"]) == (413, "a request may hold 32 MB")
        large = [{"role": "user", "content": "word " * 4_000_000}]
        assert (await _asked(session, server, {"messages": large}))[0] == 200

    _visited(visit)


def test_only_the_right_key_opens() -> None:
    async def visit(session: aiohttp.ClientSession, server: Server) -> None:
        for key, status in (("", 401), ("wrong", 401), ("right", 200)):
            assert (await _asked(session, server, {"messages": MESSAGES}, key))[0] == status
        assert server.stats()["requests"] == 1

    _visited(visit, api_key="right")


def test_only_a_model_on_the_list_answers() -> None:
    async def visit(session: aiohttp.ClientSession, server: Server) -> None:
        status, found = await _asked(session, server, {"model": "c", "messages": MESSAGES})
        assert (status, found["error"]["message"]) == (404, "no model 'c'; there is a, b")
        assert (await _asked(session, server, {"model": "b", "messages": MESSAGES}))[0] == 200
        async with session.get(f"{server.url}/models") as response:
            assert [one["id"] for one in (await response.json())["data"]] == ["a", "b"]

    _visited(visit, models=("a", "b"))


def test_stats_tell_how_often_was_asked_what() -> None:
    async def visit(session: aiohttp.ClientSession, server: Server) -> None:
        for seed in (0, 0, 1, 1, 1, 2):
            await _asked(session, server, {"messages": MESSAGES, "seed": seed})
        assert await _stats(session, server) == {"requests": 6, "distinct": 3, "repeated": 3} == server.stats()

    _visited(visit)


def test_a_request_counts_when_it_arrives_even_if_nobody_waits_for_the_answer() -> None:
    async def visit(session: aiohttp.ClientSession, server: Server) -> None:
        waiting = asyncio.create_task(_asked(session, server, {"messages": MESSAGES}))
        while not (await _stats(session, server))["requests"]:
            pass
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert server.stats() == {"requests": 1, "distinct": 1, "repeated": 0}

    _visited(visit, latency_ms=60_000)


@pytest.mark.parametrize(
    ("completion", "status", "finish"),
    [
        (Completion("half an ans", "cut_off"), 200, "length"),
        (Completion("", "content_filter"), 200, "content_filter"),
        (Completion("I will not.", "refusal"), 200, "stop"),
        (Completion("", NOT_TAKEN, "too long"), 400, None),
        (Completion("", NO_ANSWER), 503, None),
    ],
)
def test_what_went_wrong_with_a_completion_reaches_the_client(
    completion: Completion, status: int, finish: str | None
) -> None:
    async def visit(session: aiohttp.ClientSession, server: Server) -> None:
        got, found = await _asked(session, server, {"messages": MESSAGES})
        assert got == status
        assert (found["choices"][0]["finish_reason"] if finish else found["error"]["message"]) == (
            finish or completion.detail or "no answer"
        )

    _visited(visit, Says(completion))


def test_our_own_client_reads_what_our_server_writes() -> None:
    async def visit(_: aiohttp.ClientSession, server: Server) -> None:
        client = OpenAI("any", base_url=server.url)
        prompt = ask(MESSAGES[0]["content"])
        there, here = await client.complete(prompt), await Offline().complete(prompt)
        await client.close()
        assert (there.text, there.error, there.prompt_tokens) == (here.text, None, here.prompt_tokens)

    _visited(visit)


def test_a_port_that_is_taken_is_an_error_with_advice() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ModelError, match="choose another"):
            asyncio.run(start(Offline(), port=taken.getsockname()[1]))


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_serve_says_where_it_is_and_stops_when_told(name: signal.Signals) -> None:
    code = (
        "from personahub.models.offline import Offline; from personahub.models.serving import serve; "
        "serve(Offline(), port=0, latency_ms=0, on_ready=lambda said: print(said, flush=True))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = next(word for word in process.stdout.readline().split() if word.startswith("http://127.0.0.1:"))
        with urllib.request.urlopen(f"{url}/models") as answer:
            assert json.load(answer)["data"][0]["id"] == "offline"
        process.send_signal(name)
        assert process.wait(10) == 0
