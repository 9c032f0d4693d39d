"""The server over real HTTP on loopback, well behaved."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from contextlib import closing

import pytest

from personahub.errors import ModelError
from personahub.models.base import NO_ANSWER, NOT_TAKEN, Completion
from personahub.models.offline import Offline
from personahub.models.openai import OpenAI
from personahub.models.serving import Manners, start
from personahub.models.serving.messages import Request, Response, Routes, said
from personahub.tasks.base import ask
from tests.models.served import CHAT, MESSAGES, Says, Served, exchanged, question


def test_an_answer_is_a_chat_completion_of_the_model_behind() -> None:
    with Served() as served:
        got = served.ask({"model": "any", "messages": MESSAGES, "temperature": 0.5})
        assert (got.status, got.headers["content-type"]) == (200, "application/json")
        assert got.json["object"] == "chat.completion"
        assert got.json["model"] == "any"
        assert got.choice["finish_reason"] == "stop"
        assert got.choice["message"]["role"] == "assistant"
        assert got.text.startswith("Riddle: ")
        usage = got.json["usage"]
        assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def test_the_seed_of_a_request_is_the_sample_of_the_prompt() -> None:
    with Served() as served:
        plain, zero, four = [served.ask({"messages": MESSAGES, **more}) for more in ({}, {"seed": 0}, {"seed": 4})]
        assert plain.text == zero.text != four.text
        assert four.text == asyncio.run(Offline(4).complete(ask(MESSAGES[0]["content"]))).text


def test_n_choices_are_the_answers_to_seeds_that_follow_each_other() -> None:
    with Served() as served:
        found = served.ask({"messages": MESSAGES, "seed": 7, "n": 3}).json
        assert [choice["index"] for choice in found["choices"]] == [0, 1, 2]
        texts = [choice["message"]["content"] for choice in found["choices"]]
        singles = [served.ask({"messages": MESSAGES, "seed": seed}) for seed in (7, 8, 9)]
        assert texts == [single.text for single in singles]
        assert len(set(texts)) == 3
        assert found["usage"]["completion_tokens"] == sum(one.json["usage"]["completion_tokens"] for one in singles)
        assert len(served.ask({"messages": MESSAGES, "n": 128}).json["choices"]) == 128
        assert served.ask({"messages": MESSAGES, "n": 129}).status == 400


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_max_tokens_cuts_the_answer_and_says_so(name: str) -> None:
    with Served() as served:
        got = served.ask({"messages": MESSAGES, name: 5})
        assert got.choice["finish_reason"] == "length"
        assert len(got.text.split()) == got.json["usage"]["completion_tokens"] == 5
        assert served.ask({"messages": MESSAGES, name: 5000}).choice["finish_reason"] == "stop"


def test_content_in_parts_is_read_as_one_text() -> None:
    with Served() as served:
        parts = [{"type": "text", "text": MESSAGES[0]["content"]}, {"type": "image_url"}]
        assert served.ask({"messages": [{"role": "user", "content": parts}]}).text == (
            served.ask({"messages": MESSAGES}).text
        )
        assert served.ask({"messages": [{"role": "assistant", "content": None}]}).status == 200


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
        {"messages": MESSAGES, "n": 0},
        {"messages": MESSAGES, "response_format": "json"},
        {"messages": MESSAGES, "response_format": {"type": "json_schema"}},
    ],
)
def test_a_body_that_is_no_chat_request_is_told_what_is_wrong(body: object) -> None:
    with Served() as served:
        got = served.ask(body)
        assert got.status == 400
        assert got.json["error"]["type"] == "invalid_request_error"
        assert got.json["error"]["message"]
        assert served.stats()["requests"] == 0


def test_only_the_right_key_opens() -> None:
    with Served(api_key="right") as served:
        assert [served.ask({"messages": MESSAGES}, key=key).status for key in ("", "wrong", "right")] == [401, 401, 200]
        assert served.stats()["requests"] == 1


def test_only_a_model_on_the_list_answers() -> None:
    with Served(models=("a", "b")) as served:
        got = served.ask({"model": "c", "messages": MESSAGES})
        assert (got.status, got.json["error"]["message"]) == (404, "no model 'c'; there is a, b")
        assert served.ask({"model": "b", "messages": MESSAGES}).status == 200
        assert [one["id"] for one in served.call("GET", "/v1/models").json["data"]] == ["a", "b"]


def test_stats_tell_how_often_was_asked_what_whatever_the_model_and_the_room() -> None:
    with Served() as served:
        for seed in (0, 0, 1, 1, 1, 2):
            served.ask({"messages": MESSAGES, "seed": seed, "model": f"m{seed}", "max_tokens": 100 + seed})
        served.ask({"messages": MESSAGES, "model": "another", "max_tokens": 7})
        told = {
            "requests": 7,
            "distinct": 3,
            "repeated": 4,
            "answered": 7,
            "answered_distinct": 3,
            "answered_twice": 4,
            "faults": {},
            "in_flight": 0,
            "most_in_flight": 1,
        }
        assert served.stats() == told == served.server.stats()


def test_a_request_counts_when_it_arrives_but_is_not_answered_where_nobody_waits() -> None:
    with Served(Manners(latency_ms=60_000)) as served:
        with closing(served.connect()) as connection:
            connection.request("POST", CHAT, json.dumps({"messages": MESSAGES}))
            while not served.stats()["in_flight"]:
                pass
        while (found := served.stats())["in_flight"]:
            pass
        assert (found["requests"], found["answered"], found["most_in_flight"]) == (1, 0, 1)


def test_a_thousand_requests_over_eight_connections_are_all_counted() -> None:
    def ask_many(first: int) -> None:
        connection = served.connect()
        for number in range(first, first + 125):
            assert exchanged(connection, "POST", CHAT, question(number)).status == 200
        connection.close()

    with Served() as served:
        threads = [threading.Thread(target=ask_many, args=(first,)) for first in range(0, 1000, 125)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = served.stats()
        assert (found["requests"], found["distinct"], found["answered_distinct"]) == (1000, 1000, 1000)


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
    with Served(model=Says(completion)) as served:
        got = served.ask({"messages": MESSAGES})
        assert got.status == status
        if finish:
            assert got.choice["finish_reason"] == finish
        else:
            assert got.json["error"]["message"] == (completion.detail or "no answer")
        assert served.stats()["answered"] == (status == 200)
        assert served.stats()["in_flight"] == 0


def test_our_own_client_reads_what_our_server_writes() -> None:
    async def both(url: str) -> None:
        client = OpenAI("any", base_url=url)
        prompt = ask(MESSAGES[0]["content"])
        there, here = await client.complete(prompt), await Offline().complete(prompt)
        await client.close()
        assert (there.text, there.error, there.prompt_tokens) == (here.text, None, here.prompt_tokens)

    with Served() as served:
        asyncio.run(both(served.server.url))


def test_a_table_of_routes_finds_names_in_paths_and_tells_what_is_missing() -> None:
    async def name(request: Request) -> Response:
        return said({"names": request.names, "query": request.query})

    async def mine(_: Request) -> Response:
        return said("mine")

    routes = Routes({("GET", "/f/{id}/{part}"): name, ("GET", "/f/mine/all"): mine, ("POST", "/f/{id}"): name})

    async def got(method: str, path: str, question: str = "") -> Response:
        return await routes(Request(method, path, question))

    found = asyncio.run(got("GET", "/f/7/text", "after=a%20b&after=c&empty="))
    assert json.loads(found.body) == {"names": {"id": "7", "part": "text"}, "query": {"after": "c", "empty": ""}}
    assert asyncio.run(got("GET", "/f/mine/all")).body == b'"mine"'
    assert asyncio.run(got("HEAD", "/f/7/text")).status == 200
    missing = asyncio.run(got("DELETE", "/f/7"))
    assert (missing.status, missing.headers["Allow"]) == (405, "POST")
    assert asyncio.run(got("GET", "/f//text")).status == asyncio.run(got("GET", "/g")).status == 404


def test_the_batch_api_is_served_beside_it() -> None:
    with Served() as served:
        assert served.call("GET", "/v1/batches").json["data"] == []
        assert served.call("GET", "/v1/files/file-1").status == 404


def test_a_port_that_is_taken_is_an_error_with_advice() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ModelError, match="choose another"):
            asyncio.run(start(Offline(), port=taken.getsockname()[1]))


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_serve_says_where_it_is_and_stops_when_told(name: signal.Signals) -> None:
    command = [sys.executable, "-m", "personahub", "serve-offline", "--latency-ms", "60000", "--faults", "500=0.5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = next(word for word in process.stdout.readline().split() if word.startswith("http://127.0.0.1:"))
        with urllib.request.urlopen(f"{url}/models") as answer:
            assert json.load(answer)["data"][0]["id"] == "offline"
        with socket.create_connection(("127.0.0.1", int(url.split(":")[2].split("/")[0]))):
            process.send_signal(name)
            _, complaint = process.communicate(timeout=10)
        assert (process.returncode, complaint) == (0, "")
