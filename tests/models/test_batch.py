import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from personahub.errors import HubBusy, ModelError, UsageError
from personahub.models.base import NO_ANSWER, NOT_TAKEN, NOT_YET, Completion
from personahub.models.batch import Batch, Patience
from personahub.models.offline import Offline
from personahub.models.openai import OpenAI
from personahub.models.serving import start
from tests.models.batch_endpoint import KEY, PATIENCE, BatchEndpoint, ask, batch, expected, prompts, until


@pytest.fixture
def far_side() -> Iterator[BatchEndpoint]:
    endpoint = BatchEndpoint()
    yield endpoint
    endpoint.close()


def _errors(answers: list[Completion]) -> Counter[str | None]:
    return Counter(answer.error for answer in answers)


def test_prompts_are_answered_out_of_batches_that_close_by_size_or_when_no_more_come(
    far_side: BatchEndpoint, tmp_path: Path
) -> None:
    asked = prompts(100)
    answers = ask(batch(far_side.url, tmp_path), asked)
    assert [answer.text for answer in answers] == expected(asked)
    assert all(answer.requests == 1 and answer.completion_tokens for answer in answers)
    assert sorted(made["request_counts"]["total"] for made in far_side.made) == [10, 30, 30, 30]
    assert far_side.habits.headers[0]["authorization"] == f"Bearer {KEY}"


def test_a_second_run_is_answered_from_the_disk(far_side: BatchEndpoint, tmp_path: Path) -> None:
    asked = prompts(50)
    ask(batch(far_side.url, tmp_path), asked)
    far_side.habits.down = True
    assert [answer.text for answer in ask(batch(far_side.url, tmp_path), asked)] == expected(asked)
    assert not list(tmp_path.rglob("*.requests.jsonl"))


def test_it_is_the_same_model_as_live(tmp_path: Path) -> None:
    options: dict[str, object] = {
        "temperature": 0.5,
        "seed": 3,
        "max_tokens": 9,
        "timeout": 1.0,
        "folder": str(tmp_path),
    }
    live, batched = OpenAI.open("gpt-4o", options), Batch.open("gpt-4o", options)
    assert (live.name, live.identity, live.limit) == (batched.name, batched.identity, batched.limit)


def test_the_same_prompt_asked_at_once_and_again_is_sent_once(far_side: BatchEndpoint, tmp_path: Path) -> None:
    answers = ask(batch(far_side.url, tmp_path), prompts(20) * 3)
    assert _errors(answers) == {None: 60}
    assert set(far_side.times_put().values()) == {1}


def test_a_second_run_at_once_is_told_to_wait_and_then_has_the_same_answers(
    far_side: BatchEndpoint, tmp_path: Path
) -> None:
    asked = prompts(20)
    far_side.trouble(seconds=0.3)

    async def at_once() -> list[Completion]:
        first, second = batch(far_side.url, tmp_path), batch(far_side.url, tmp_path)
        asking = [asyncio.create_task(first.complete(prompt)) for prompt in asked]
        await asyncio.sleep(0.1)
        with pytest.raises(HubBusy, match="wait for it to end"):
            await second.complete(asked[0])
        answers = await asyncio.gather(*asking)
        await first.close()
        again = await asyncio.gather(*(second.complete(prompt) for prompt in asked))
        await second.close()
        return answers + again

    assert [answer.text for answer in asyncio.run(at_once())] == expected(asked) * 2
    assert set(far_side.times_put().values()) == {1}


def test_the_writer_that_is_served_for_tries_answers_in_batches_too(tmp_path: Path) -> None:
    async def served() -> list[Completion]:
        server = await start(Offline(), api_key=KEY)
        asking = batch(server.url, tmp_path)
        try:
            return await asyncio.gather(*(asking.complete(prompt) for prompt in prompts(10)))
        finally:
            await asking.close()
            await server.close()

    assert [answer.text for answer in asyncio.run(served())] == expected(prompts(10))


def test_lines_that_fail_are_put_into_further_batches(far_side: BatchEndpoint, tmp_path: Path) -> None:
    far_side.trouble(failing=0.5, seed=2)
    answers = ask(batch(far_side.url, tmp_path), prompts(200))
    tries = {answer.error: Counter(a.requests for a in answers if a.error == answer.error) for answer in answers}
    assert set(tries) == {None, NO_ANSWER}
    assert set(tries[None]) == {1, 2, 3}
    assert set(tries[NO_ANSWER]) == {3}
    assert max(far_side.times_put().values()) == 3
    # Whoever runs the same command again asks again, and only for those.
    far_side.trouble(failing=0.0)
    before = len(far_side.made)
    again = ask(batch(far_side.url, tmp_path), prompts(200))
    assert _errors(again) == {None: 200}
    put_again = sum(made["request_counts"]["total"] for made in far_side.made[before:])
    assert put_again == tries[NO_ANSWER].total()


def test_a_line_that_is_refused_is_final(far_side: BatchEndpoint, tmp_path: Path) -> None:
    far_side.trouble(failing=0.3, status=400)
    answers = ask(batch(far_side.url, tmp_path), prompts(100))
    assert set(_errors(answers)) == {None, NOT_TAKEN}
    assert "on purpose" in next(answer.detail for answer in answers if answer.error)
    assert set(far_side.times_put().values()) == {1}


def test_what_a_batch_had_no_time_for_goes_into_the_next_and_nothing_twice(
    far_side: BatchEndpoint, tmp_path: Path
) -> None:
    far_side.trouble(done=0.5)
    asked = prompts(60)
    asking = batch(far_side.url, tmp_path, size=60)

    async def until_it_expires_no_more() -> list[Completion]:
        tasks = [asyncio.create_task(asking.complete(prompt)) for prompt in asked]
        await until(lambda: len(far_side.made) >= 3)
        far_side.trouble(done=1.0)
        answers = await asyncio.gather(*tasks)
        await asking.close()
        return answers

    answers = asyncio.run(until_it_expires_no_more())
    assert [answer.text for answer in answers] == expected(asked)
    assert set(far_side.store.worked_on.values()) == {1}


def test_a_batch_that_gets_nothing_done_is_not_made_for_ever(far_side: BatchEndpoint, tmp_path: Path) -> None:
    far_side.trouble(done=0.0)
    answers = ask(batch(far_side.url, tmp_path), prompts(3))
    assert _errors(answers) == {NO_ANSWER: 3}
    assert "(expired) without an answer" in answers[0].detail
    assert len(far_side.made) == 3


def test_a_batch_cancelled_elsewhere_is_made_good(far_side: BatchEndpoint, tmp_path: Path) -> None:
    far_side.trouble(seconds=30.0)
    asked = prompts(20)
    asking = batch(far_side.url, tmp_path)

    async def cancelled() -> list[Completion]:
        tasks = [asyncio.create_task(asking.complete(prompt)) for prompt in asked]
        await until(lambda: far_side.made and far_side.made[0]["status"] == "in_progress")
        far_side.trouble(seconds=0.0)
        await asyncio.to_thread(far_side.cancel, "batch_1")
        answers = await asyncio.gather(*tasks)
        await asking.close()
        return answers

    assert [answer.text for answer in asyncio.run(cancelled())] == expected(asked)
    assert set(far_side.store.worked_on.values()) == {1}


def test_a_batch_that_is_refused_as_a_whole_ends_the_run_and_is_asked_anew_when_mended(
    far_side: BatchEndpoint, tmp_path: Path
) -> None:
    far_side.trouble(invalid="The model `m` has no batch tier")
    with pytest.raises(ModelError, match="has no batch tier"):
        ask(batch(far_side.url, tmp_path), prompts(20))
    far_side.trouble(invalid="")
    assert _errors(ask(batch(far_side.url, tmp_path), prompts(20))) == {None: 20}


def test_a_queue_that_is_too_short_is_found_out_by_parting(far_side: BatchEndpoint, tmp_path: Path) -> None:
    far_side.trouble(queue=150, seconds=0.05)
    asked = prompts(1000)
    patience = Patience(poll=0.005, settle=0.1, give_up=5.0)
    answers = ask(batch(far_side.url, tmp_path, size=500, patience=patience), asked)
    assert [answer.text for answer in answers] == expected(asked)
    assert set(far_side.times_put().values()) == {1}
    assert any(made["status"] == "failed" for made in far_side.made)


def test_a_small_batch_waits_until_others_leave_room_in_the_queue(far_side: BatchEndpoint, tmp_path: Path) -> None:
    far_side.trouble(queue=5)
    asking = batch(far_side.url, tmp_path, patience=Patience(poll=0.005, settle=0.1, give_up=5.0))

    async def until_there_is_room() -> list[Completion]:
        tasks = [asyncio.create_task(asking.complete(prompt)) for prompt in prompts(20)]
        await until(lambda: len(far_side.made) >= 2)
        far_side.trouble(queue=0)
        answers = await asyncio.gather(*tasks)
        await asking.close()
        return answers

    assert _errors(asyncio.run(until_there_is_room())) == {None: 20}
    assert set(far_side.times_put().values()) == {1}


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.06, 0.08, 0.15])
def test_a_stopped_run_ends_at_once_and_a_later_one_collects(
    far_side: BatchEndpoint, tmp_path: Path, seconds: float
) -> None:
    far_side.trouble(seconds=0.6)
    asked = prompts(50)

    async def stopped() -> list[Completion]:
        asking = batch(far_side.url, tmp_path)
        tasks = [asyncio.create_task(asking.complete(prompt)) for prompt in asked]
        await asyncio.sleep(seconds)
        asking.stop()
        answers = await asyncio.wait_for(asyncio.gather(*tasks), 0.3)
        answers.append(await asking.complete(asked[0]))
        await asking.close()
        return answers

    answers = asyncio.run(stopped())
    assert _errors(answers) == {NOT_YET: 51}
    assert all("run the same command" in answer.detail for answer in answers)
    assert [answer.text for answer in ask(batch(far_side.url, tmp_path), asked)] == expected(asked)
    assert set(far_side.times_put().values()) == {1}


@pytest.mark.parametrize("retries", [0, 1])
def test_the_options_of_a_verb_count(tmp_path: Path, retries: int) -> None:
    model = Batch.open("gpt-4o", {"folder": str(tmp_path), "concurrency": 7, "retries": retries})
    assert (model.slots, vars(model)["_retries"]) == (7, retries)
    assert Batch.open("gpt-4o", {"folder": str(tmp_path), "concurrency": None, "retries": 5}).slots == 20_000
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "options"), [("", {"folder": "x"}), ("m", {}), ("m", {"folder": "x", "base_url": "y"})]
)
def test_options_that_cannot_be_meant_are_refused(name: str, options: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Batch.open(name, options)


def test_every_step_is_told_in_the_log_and_no_key(
    far_side: BatchEndpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "personahub"):
        ask(batch(far_side.url, tmp_path), prompts(5))
    said = [record.getMessage().split(": ", 1)[1] for record in caplog.records]
    assert said[0] == "5 requests are uploaded"
    assert said[1] == "submitted as batch_1"
    assert said[-1] == "completed (5 of 5 done)"
    assert KEY not in caplog.text
    assert PATIENCE.longer(PATIENCE.poll) > PATIENCE.poll
