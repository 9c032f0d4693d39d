"""What can go wrong between a batch model, its folder and its endpoint."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from personahub.errors import HubError, ModelError
from personahub.models.base import NO_ANSWER, Completion
from personahub.models.batch import Patience
from personahub.models.wire.lines import Form
from tests.models.batch_endpoint import KEY, BatchEndpoint, ask, batch, expected, full_disk, prompts, until


@pytest.fixture
def far_side() -> Iterator[BatchEndpoint]:
    endpoint = BatchEndpoint()
    yield endpoint
    endpoint.close()


def _errors(answers: list[Completion]) -> Counter[str | None]:
    return Counter(answer.error for answer in answers)


def test_a_wrong_key_stops_the_run_and_is_not_shown(far_side: BatchEndpoint, tmp_path: Path) -> None:
    far_side.habits.key = KEY
    with pytest.raises(ModelError, match="PERSONAHUB_API_KEY") as raised:
        ask(batch(far_side.url, tmp_path, key="wrong-but-secret"), prompts(20))
    assert "wrong-but-secret" not in str(raised.value)
    assert far_side.habits.asked["POST files"] == 1
    assert _errors(ask(batch(far_side.url, tmp_path), prompts(20))) == {None: 20}


def test_an_endpoint_without_batches_is_named_as_such(far_side: BatchEndpoint, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Is there a Batch API"):
        ask(batch(far_side.url + "/nowhere", tmp_path), prompts(3))


@pytest.mark.parametrize("lost", [1, 3])
def test_a_batch_whose_making_was_not_confirmed_is_found_and_not_made_again(
    far_side: BatchEndpoint, tmp_path: Path, lost: int
) -> None:
    far_side.habits.loses = lost
    patience = Patience(poll=0.02, settle=0.1, give_up=5.0)
    assert _errors(ask(batch(far_side.url, tmp_path, size=10, patience=patience), prompts(30))) == {None: 30}
    assert len(far_side.made) == 3


def test_an_endpoint_that_is_down_is_asked_until_a_person_should_look(far_side: BatchEndpoint, tmp_path: Path) -> None:
    asked = prompts(20)
    far_side.trouble(seconds=0.5)

    async def goes_down() -> None:
        asking = batch(far_side.url, tmp_path)
        tasks = [asyncio.create_task(asking.complete(prompt)) for prompt in asked]
        await until(lambda: far_side.made)
        far_side.habits.down = True
        try:
            await asyncio.gather(*tasks)
        finally:
            await asyncio.gather(*tasks, return_exceptions=True)
            await asking.close()

    with pytest.raises(ModelError, match="everything is saved"):
        asyncio.run(goes_down())
    far_side.habits.down = False
    assert _errors(ask(batch(far_side.url, tmp_path), asked)) == {None: 20}
    assert len(far_side.made) == 1


def test_a_form_that_is_refused_is_learned_once_for_all_runs(far_side: BatchEndpoint, tmp_path: Path) -> None:
    far_side.habits.refuses = ("max_tokens", 400, "Unsupported: 'max_tokens'. Use 'max_completion_tokens' instead.")
    form = Form("m", limit=500)
    answers = ask(batch(far_side.url, tmp_path, form=form), prompts(20))
    assert (_errors(answers), answers[0].limit) == ({None: 20}, 500)
    put = far_side.times_put().total()
    assert _errors(ask(batch(far_side.url, tmp_path, form=form), prompts(20, first=20))) == {None: 20}
    assert far_side.times_put().total() == put + 20


def test_an_account_out_of_credit_stops_the_run_and_the_next_asks_again(
    far_side: BatchEndpoint, tmp_path: Path
) -> None:
    far_side.habits.refuses = ("messages", 429, "You exceeded your current quota")
    with pytest.raises(ModelError, match="out of credit"):
        ask(batch(far_side.url, tmp_path), prompts(20))
    assert len(far_side.made) == 1
    far_side.habits.refuses = None
    assert _errors(ask(batch(far_side.url, tmp_path), prompts(20))) == {None: 20}


def test_a_batch_that_the_endpoint_has_forgotten_comes_with_a_way_out(far_side: BatchEndpoint, tmp_path: Path) -> None:
    far_side.habits.forgets = True
    with pytest.raises(ModelError, match="To ask its requests anew, move"):
        ask(batch(far_side.url, tmp_path), prompts(20))
    far_side.habits.forgets = False
    next(tmp_path.rglob("0*.json")).unlink()
    assert _errors(ask(batch(far_side.url, tmp_path), prompts(20))) == {None: 20}


@pytest.mark.parametrize("torn", [b"", b'{"name": "00', b"[]", b'{"name": 1}', b"\xff\xfe"])
@pytest.mark.parametrize("step", ["uploaded", "submitted", "done"])
def test_a_damaged_state_costs_nothing(far_side: BatchEndpoint, tmp_path: Path, step: str, torn: bytes) -> None:
    asked = prompts(20)
    _left_behind(far_side, tmp_path, step)
    next(tmp_path.rglob("0*.json")).write_bytes(torn)
    assert [answer.text for answer in ask(batch(far_side.url, tmp_path), asked)] == expected(asked)
    assert set(far_side.times_put().values()) == {1}


def _left_behind(far_side: BatchEndpoint, folder: Path, step: str) -> None:
    """What a run leaves that dies in a step."""
    if step == "done":
        ask(batch(far_side.url, folder), prompts(20))
        return
    far_side.trouble(seconds=0.3)

    async def left() -> None:
        asking = batch(far_side.url, folder)
        tasks = [asyncio.create_task(asking.complete(prompt)) for prompt in prompts(20)]
        await until(lambda: _states(folder))
        await until(lambda: step == "uploaded" or _states(folder)[0]["step"] == step)
        asking.stop()
        await asyncio.gather(*tasks)
        await asking.close()

    asyncio.run(left())


def _states(folder: Path) -> list[dict[str, Any]]:
    return [orjson.loads(path.read_bytes()) for path in folder.rglob("0*.json")]


def test_a_process_that_died_before_it_noted_the_batch_finds_it(far_side: BatchEndpoint, tmp_path: Path) -> None:
    _left_behind(far_side, tmp_path, "submitted")
    state = next(tmp_path.rglob("0*.json"))
    state.write_bytes(orjson.dumps({**orjson.loads(state.read_bytes()), "step": "uploaded", "batch_id": ""}))
    asked = prompts(20)
    assert [answer.text for answer in ask(batch(far_side.url, tmp_path), asked)] == expected(asked)
    assert (len(far_side.made), far_side.habits.asked["POST files"]) == (1, 1)


def test_a_process_that_died_before_it_asked_for_the_batch_does_not_send_the_file_again(
    far_side: BatchEndpoint, tmp_path: Path
) -> None:
    far_side.habits.makes_none = True
    with pytest.raises(ModelError, match="everything is saved"):
        ask(batch(far_side.url, tmp_path), prompts(20))
    assert _states(tmp_path)[0]["step"] == "uploaded"
    far_side.habits.makes_none = False
    assert _errors(ask(batch(far_side.url, tmp_path), prompts(20))) == {None: 20}
    assert (len(far_side.made), far_side.habits.asked["POST files"]) == (1, 1)


def test_a_batch_is_found_behind_many_pages_of_others(far_side: BatchEndpoint, tmp_path: Path) -> None:
    _left_behind(far_side, tmp_path / "a", "submitted")
    ask(batch(far_side.url, tmp_path / "b", size=1), prompts(230, first=1000))
    state = next((tmp_path / "a").rglob("0*.json"))
    state.write_bytes(b"torn")
    assert _errors(ask(batch(far_side.url, tmp_path / "a"), prompts(20))) == {None: 20}
    assert set(far_side.times_put().values()) == {1}


def test_a_damaged_state_of_a_batch_that_was_never_made_is_begun_anew(far_side: BatchEndpoint, tmp_path: Path) -> None:
    far_side.habits.makes_none = True
    with pytest.raises(ModelError, match="everything is saved"):
        ask(batch(far_side.url, tmp_path), prompts(20))
    far_side.habits.makes_none = False
    next(tmp_path.rglob("0*.json")).write_bytes(b"torn")
    assert _errors(ask(batch(far_side.url, tmp_path), prompts(20))) == {None: 20}
    assert set(far_side.times_put().values()) == {1}


@pytest.mark.parametrize("room", [0, 3000, 4000])  # for nothing; not for the requests; not for the answers
def test_a_full_disk_ends_the_run_and_loses_nothing(far_side: BatchEndpoint, tmp_path: Path, room: int) -> None:
    asked = prompts(20)
    with full_disk(room), pytest.raises(HubError, match="free some disk"):
        ask(batch(far_side.url, tmp_path), asked)
    assert [answer.text for answer in ask(batch(far_side.url, tmp_path), asked)] == expected(asked)
    assert set(far_side.times_put().values()) == {1}


def test_a_folder_that_cannot_be_one_is_said_so(far_side: BatchEndpoint, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HubError, match="Not a directory"):
        ask(batch(far_side.url, tmp_path / "file"), prompts(1))


def test_answers_that_are_none_are_failures(far_side: BatchEndpoint, tmp_path: Path) -> None:
    far_side.habits.garbles = True
    answers = ask(batch(far_side.url, tmp_path, retries=0), prompts(3))
    assert _errors(answers) == {NO_ANSWER: 3}
    assert "no chat completion" in answers[0].detail
