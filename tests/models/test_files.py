import asyncio
import logging
import time
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from personahub.errors import HubBusy, HubError, UsageError
from personahub.models import files
from personahub.models.base import NOT_TAKEN, NOT_YET, Completion, Prompt
from personahub.models.files import Files
from personahub.models.openai import OpenAI
from personahub.models.wire import places
from personahub.models.wire.lines import Form, custom_id_of
from personahub.models.wire.places import Places, survey
from tests.models.batch_endpoint import expected, full_disk, prompts

Json = dict[str, Any]


def _ask(folder: Path, asked: list[Prompt], **settings: int) -> list[Completion]:
    async def all_of_them() -> list[Completion]:
        model = Files(Form("m", settings=settings), folder)
        try:
            return [await model.complete(prompt) for prompt in asked]
        finally:
            await model.close()

    return asyncio.run(all_of_them())


def _requests(folder: Path) -> list[Json]:
    return [orjson.loads(line) for path in sorted(folder.glob("requests*")) for line in path.read_bytes().splitlines()]


def _answer(requests: list[Json], path: Path, status: int = 200, ending: str = "\n") -> None:
    """What an offline runner makes of these, in another order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    said = expected([prompt for request in requests for prompt in [_prompt(request)]])
    lines = []
    for request, text in zip(requests, said, strict=True):
        message = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        body = {"choices": [message], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}
        if status != 200:
            body = {"error": {"message": f"sorry, {status}"}}
        reply = {"status_code": status, "body": body}
        lines.append(orjson.dumps({"custom_id": request["custom_id"], "response": reply, "error": None}).decode())
    path.write_text("\n".join(reversed(lines)) + ending)


def _prompt(request: Json) -> Prompt:
    content = request["body"]["messages"][0]["content"]
    return next(prompt for prompt in prompts(500) if prompt.messages[0].content == content)


def _errors(answers: list[Completion]) -> Counter[str | None]:
    return Counter(answer.error for answer in answers)


def test_requests_go_into_a_file_and_answers_come_out_of_files_beside_it(tmp_path: Path) -> None:
    folder, asked = tmp_path / "runs" / "a", prompts(50)
    waiting = _ask(folder, asked)
    assert _errors(waiting) == {NOT_YET: 50}
    assert waiting[0].detail == f"waits for an answer in {folder}"
    requests = _requests(folder)
    assert {(one["method"], one["url"], one["body"]["model"]) for one in requests} == {
        ("POST", "/v1/chat/completions", "m")
    }
    _answer(requests[:20], folder / "answers.jsonl")
    _answer(requests[20:40], folder / "more" / "gpu-1.jsonl", ending="")
    answers = _ask(folder, asked)
    assert [answer.text for answer in answers[:40]] == expected(asked[:40])
    assert (answers[0].prompt_tokens, answers[0].completion_tokens, answers[0].requests) == (3, 4, 1)
    assert _errors(answers[40:]) == {NOT_YET: 10}
    assert _requests(folder) == requests


def test_a_request_is_written_once_however_often_it_is_asked(tmp_path: Path) -> None:
    for first in (0, 10, 0, 20):
        _ask(tmp_path, prompts(20, first) * 2)
    ids = [one["custom_id"] for one in _requests(tmp_path)]
    assert len(ids) == len(set(ids)) == 40


def test_a_file_that_somebody_may_have_answered_is_not_written_to_again(tmp_path: Path) -> None:
    _ask(tmp_path, prompts(3))
    before = (tmp_path / "requests-00001.jsonl").read_bytes()
    _ask(tmp_path, prompts(5))
    assert (tmp_path / "requests-00001.jsonl").read_bytes() == before
    assert len((tmp_path / "requests-00002.jsonl").read_bytes().splitlines()) == 2


def test_a_file_of_requests_ends_where_the_next_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_LINES", 7)
    _ask(tmp_path, prompts(20))
    sizes = [len(path.read_bytes().splitlines()) for path in sorted(tmp_path.glob("requests*"))]
    assert sizes == [7, 7, 6]


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_a_torn_last_line_is_cut_and_its_request_written_again(tmp_path: Path, cut: int) -> None:
    _ask(tmp_path, prompts(10))
    path = tmp_path / "requests-00001.jsonl"
    path.write_bytes(path.read_bytes()[:-cut])
    _ask(tmp_path, prompts(10))
    assert path.read_bytes().endswith(b"}\n")
    ids = [one["custom_id"] for one in _requests(tmp_path)]
    assert len(ids) == len(set(ids)) == 10


def test_lines_that_are_no_answers_are_skipped_and_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    _ask(tmp_path, prompts(10))
    path = tmp_path / "answers.jsonl"
    _answer(_requests(tmp_path), path)
    lines = path.read_text().splitlines()
    lines[1:1] = ["", "no json", "[1]", '{"custom_id": 7}', '{"custom_id": "somebody else\'s"}']
    path.write_text("\n".join(lines) + '\n{"custom_id": "torn')
    with caplog.at_level(logging.WARNING, "personahub"):
        assert _errors(_ask(tmp_path, prompts(10))) == {None: 10}
    [said] = [record.getMessage() for record in caplog.records]
    assert said == f"{path}: line 3 is no whole line with a custom_id, nor are 3 more lines of it; skipped"


def test_what_the_runner_refused_is_final_and_what_it_failed_at_is_asked_again(tmp_path: Path) -> None:
    asked = prompts(6)
    _ask(tmp_path, asked)
    first = _requests(tmp_path)
    _answer(first[:3], tmp_path / "answers-1.jsonl", status=400)
    _answer(first[3:], tmp_path / "answers-2.jsonl", status=500)
    answers = _ask(tmp_path, asked)
    assert [(answer.error, answer.detail) for answer in answers[:3]] == [(NOT_TAKEN, "sorry, 400")] * 3
    assert answers[3].detail.endswith("the last one was a failure: sorry, 500")
    _ask(tmp_path, asked)
    again = _requests(tmp_path)[6:]
    assert [one["custom_id"] for one in again] == [one["custom_id"] for one in first[3:]]
    _answer(again, tmp_path / "answers-3.jsonl")
    assert _errors(_ask(tmp_path, asked)) == {NOT_TAKEN: 3, None: 3}


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ({"response": {"choices": [{"message": {"content": "yes"}}]}, "error": None}, None),
        ({"response": {"status_code": 200, "body": {"choices": [{"message": {"content": "yes"}}]}}}, None),
        ({"response": {"status_code": 400}, "error": {"error": {"message": "too long"}}}, NOT_TAKEN),
        ({"response": {"status_code": 400, "body": None}, "error": {"object": "error", "message": "no"}}, NOT_TAKEN),
        ({"response": None, "error": {"code": "batch_expired", "message": "late"}}, NOT_YET),
        ({"response": None, "error": "boom"}, NOT_YET),
        ({"response": {"status_code": 200, "body": "boom"}}, NOT_YET),
        ({"response": [], "error": []}, NOT_YET),
        ({}, NOT_YET),
    ],
)
def test_every_shape_of_an_answer_is_understood(tmp_path: Path, line: Json, error: str | None) -> None:
    [prompt] = prompts(1)
    custom_id = custom_id_of(Form("m").body(prompt))
    (tmp_path / "out.jsonl").write_bytes(orjson.dumps({"custom_id": custom_id, **line}))
    [answer] = _ask(tmp_path, [prompt])
    assert (answer.error, answer.text) == (error, "" if error else "yes")


def test_a_form_that_the_runner_refuses_is_learned(tmp_path: Path) -> None:
    _ask(tmp_path, prompts(1), temperature=1)
    [request] = _requests(tmp_path)
    said = {"status_code": 400, "body": {"error": {"message": "temperature is not supported"}}}
    (tmp_path / "a.jsonl").write_bytes(orjson.dumps({"custom_id": request["custom_id"], "response": said}))
    assert _errors(_ask(tmp_path, prompts(1), temperature=1)) == {NOT_YET: 1}
    _ask(tmp_path, prompts(1, first=1), temperature=1)
    assert [one["body"].get("temperature") for one in _requests(tmp_path)] == [1, None, None]


def test_a_second_run_at_once_is_told_to_wait(tmp_path: Path) -> None:
    async def at_once() -> None:
        first, second = Files(Form("m"), tmp_path), Files(Form("m"), tmp_path)
        await first.complete(prompts(1)[0])
        with pytest.raises(HubBusy, match="wait for it to end"):
            await second.complete(prompts(1)[0])
        await first.close()
        assert (await second.complete(prompts(1)[0])).error == NOT_YET
        await second.close()

    asyncio.run(at_once())
    assert len(_requests(tmp_path)) == 1


def test_a_full_disk_ends_the_run_and_leaves_whole_lines(tmp_path: Path) -> None:
    with full_disk(2000), pytest.raises(HubError, match="free some disk"):
        _ask(tmp_path, prompts(20))
    assert 0 < len(_requests(tmp_path)) < 20
    _ask(tmp_path, prompts(20))
    ids = [one["custom_id"] for one in _requests(tmp_path)]
    assert len(ids) == len(set(ids)) == 20


def test_it_is_the_same_model_as_live_and_the_name_says_where(tmp_path: Path) -> None:
    options = {"temperature": 0.5, "max_tokens": 9, "timeout": 1.0}
    live, filed = OpenAI.open("org/qwen3", options), Files.open(f"org/qwen3@{tmp_path}/b@c", options)
    assert (live.name, live.identity, live.limit) == (filed.name, filed.identity, filed.limit)
    assert filed.slots == 1024
    assert not list(tmp_path.iterdir())
    for wrong in ("", "qwen3", "@folder", "qwen3@"):
        with pytest.raises(UsageError, match="files:NAME@FOLDER"):
            Files.open(wrong, options)


def test_places_take_16_bytes_a_line_and_are_kept_for_large_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "WORTH_KEEPING", 1)
    path, ids = tmp_path / "a.jsonl", [custom_id_of(b"%d" % number) for number in range(20_000)]
    path.write_bytes(b"".join(b'{"custom_id":"%s","n":%d}\n' % (name.encode(), n) for n, name in enumerate(ids)))
    start = time.perf_counter()
    rows = survey(path, tmp_path / "places").rows
    read = time.perf_counter() - start
    assert rows.nbytes == 16 * len(ids)
    start = time.perf_counter()
    assert (survey(path, tmp_path / "places").rows == rows).all()
    assert time.perf_counter() - start < read
    found = Places()
    for part in range(8):
        found.add(path, rows[:, part::8])
    for number, name in enumerate(ids[:500]):
        assert [orjson.loads(line)["n"] for line in found.lines(name)] == [number]
    assert not list(found.lines(custom_id_of(b"another")))
    found.close()
    path.write_bytes(path.read_bytes() + b'{"custom_id":"%s"}\n' % ids[0].encode())
    assert survey(path, tmp_path / "places").rows.shape[1] == len(ids) + 1
    assert len(list((tmp_path / "places").iterdir())) == 1
