import asyncio
from collections.abc import Callable, Sequence

import pytest

from personahub.errors import ModelError
from personahub.models.base import EMPTY, NO_ANSWER, NOT_TAKEN, Allowance, Completion, Prompt
from personahub.models.pacing import Pace, Paced
from tests.models.writers import Writer, prompt

BUSY = Completion("", NO_ANSWER, "429: slow down", busy=True)
BROKEN = Completion("", NO_ANSWER, "connection reset")


def _ask(models: Sequence[Writer] | Writer, count: int, pace: Pace | None = None, **options: float) -> list[Completion]:
    async def ask() -> list[Completion]:
        several = [models] if isinstance(models, Writer) else models
        paced = Paced(several, pace, **options)  # type: ignore[arg-type]  # numbers by name
        return await asyncio.gather(*(paced.complete(prompt(str(number))) for number in range(count)))

    return asyncio.run(ask())


class _Slow(Writer):
    """Refuses a third at once, and takes its time with the others."""

    async def complete(self, asked: Prompt) -> Completion:
        if int(asked.messages[0].content) % 3 == 0:
            return Completion("", NOT_TAKEN)
        await asyncio.sleep(0.7)
        return Completion("good")


def _first(times: int, then: Completion = BROKEN) -> Callable[[Prompt, int], Completion]:
    """Answers, after so many answers that are `then`; the very first is good, so that the endpoint counts as one."""
    return lambda _, count: then if 1 < count <= times + 1 else Completion("good")


def test_no_more_are_in_flight_than_was_said_and_all_slots_are_used() -> None:
    model = Writer(seconds=0.01)
    assert len(_ask(model, 100, Pace(concurrency=7))) == 100
    assert model.most == 7


def test_the_first_request_goes_alone_for_a_moment_and_not_longer() -> None:
    quick, slow = Writer(seconds=0.05), Writer(seconds=0.8)
    _ask(quick, 20, Pace(concurrency=20))
    assert quick.times[1] - quick.times[0] >= 0.05
    _ask(slow, 20, Pace(concurrency=20))
    assert 0.45 < slow.times[1] - slow.times[0] < 0.75


def test_a_request_that_fails_while_others_do_not_is_asked_again() -> None:
    answers = _ask(Writer(_first(2)), 3, Pace(concurrency=1), retries=5)
    assert [answer.text for answer in answers] == ["good"] * 3
    assert sum(answer.requests for answer in answers) == 5


def test_a_request_is_given_up_after_its_retries() -> None:
    def answer(asked: Prompt, _: int) -> Completion:
        return BROKEN if asked.messages[0].content == "3" else Completion("good")

    model = Writer(answer)
    answers = _ask(model, 6, Pace(concurrency=6), retries=2)
    assert [answer.error for answer in answers] == [None, None, None, NO_ANSWER, None, None]
    assert answers[3].requests == 3


def test_an_empty_answer_is_asked_for_once_more_and_kept_as_what_it_is() -> None:
    model = Writer(lambda *_: Completion("", EMPTY))
    [answer] = _ask(model, 1)
    assert (answer.error, answer.requests) == (EMPTY, 2)
    model = Writer(lambda _, count: [BROKEN, Completion("", EMPTY), BROKEN, Completion("good")][count - 1])
    [answer] = _ask(model, 1)
    assert (answer.error, answer.requests) == (None, 4)


def test_nobody_is_asked_before_the_time_the_endpoint_names() -> None:
    wait = Completion("", NO_ANSWER, "429", busy=True, wait=0.6)
    model = Writer(_first(3, wait), seconds=0.01)
    answers = _ask(model, 30, Pace(concurrency=2))
    assert all(answer.error is None for answer in answers)
    refused = model.times[1:4]
    assert not [time for time in model.times if refused[1] + 0.02 < time < refused[1] + 0.6]
    # One goes first after each pause, so a storm costs one request a pause and not one a slot.
    assert refused[2] - refused[1] >= 0.6


def test_an_endpoint_in_trouble_costs_no_row_its_retries() -> None:
    model = Writer(_first(3, BUSY))
    answers = _ask(model, 3, Pace(concurrency=1), retries=0)
    assert [answer.error for answer in answers] == [None] * 3
    assert len(model.asked) == 6


def _down(start: float, end: float) -> Callable[[Prompt, int], Completion]:
    """Good, but for the seconds between, counted from the first request."""
    first: list[float] = []

    def answer(_: Prompt, __: int) -> Completion:
        now = asyncio.get_running_loop().time()
        first.append(now)
        return BROKEN if start <= now - first[0] < end else Completion("good")

    return answer


def test_a_break_is_probed_by_one_request_and_ends_with_the_first_answer() -> None:
    model = Writer(_down(0.1, 1.0), seconds=0.02)
    answers = _ask(model, 400, Pace(concurrency=10), retries=5)
    assert all(answer.error is None for answer in answers)
    assert sum(answer.requests for answer in answers) < 430
    assert model.times[-1] - model.times[0] < 4


def test_an_endpoint_that_is_gone_for_longer_than_our_patience_ends_the_run() -> None:
    with pytest.raises(ModelError, match=r"gives no usable answer: connection reset.*is saved"):
        _ask(Writer(_first(10_000)), 50, Pace(concurrency=10), patience=1.0)


def test_an_endpoint_that_asks_for_more_patience_than_we_have_ends_the_run_at_once() -> None:
    with pytest.raises(ModelError, match="429"):
        _ask(Writer(_first(10_000, Completion("", NO_ANSWER, "429", busy=True, wait=3600))), 5, patience=60)


def test_an_endpoint_that_never_answers_is_given_up_after_four_tries() -> None:
    model = Writer(lambda *_: BROKEN)
    with pytest.raises(ModelError, match="connection reset"):
        _ask(model, 20, retries=9)
    assert len(model.asked) == 4


def test_an_endpoint_that_takes_no_prompt_at_all_ends_the_run_and_one_that_takes_some_does_not() -> None:
    refusing = Writer(lambda *_: Completion("", NOT_TAKEN, "temperature is not supported"))
    with pytest.raises(ModelError, match="temperature is not supported"):
        _ask(refusing, 100, Pace(concurrency=4))
    assert len(refusing.asked) < 20
    assert sum(answer.error is None for answer in _ask(_Slow(), 60, Pace(concurrency=64))) == 40
    some = Writer(lambda _, count: Completion("", NOT_TAKEN) if count % 3 else Completion("good"))
    assert sum(answer.error == NOT_TAKEN for answer in _ask(some, 60)) == 40


def test_a_rate_that_was_given_is_kept() -> None:
    model = Writer()
    _ask(model, 30, Pace(rpm=1200))
    # Twenty at once, a second's worth, and then twenty a second.
    assert 0.4 <= model.times[-1] - model.times[0] < 0.8


def test_tokens_a_minute_that_were_given_are_kept() -> None:
    model = Writer(lambda *_: Completion("good", completion_tokens=20))
    _ask(model, 30, Pace(concurrency=1, tpm=6000))
    assert 2.0 <= model.times[-1] - model.times[0] < 7.0


def test_what_the_headers_allow_is_used_and_not_more() -> None:
    rate, burst = 50.0, 20.0
    state = {"level": burst, "at": 0.0}

    def answer(_: Prompt, __: int) -> Completion:
        now = asyncio.get_running_loop().time()
        state["level"] = min(burst, state["level"] + (now - (state["at"] or now)) * rate)
        state["at"] = now
        if state["level"] < 1:
            left = Allowance(0, burst, burst / rate)
            return Completion("", NO_ANSWER, "429", busy=True, wait=0.1, allowances={"requests": left})
        state["level"] -= 1
        left = Allowance(int(state["level"]), burst, (burst - state["level"]) / rate)
        return Completion("good", allowances={"requests": left})

    model = Writer(answer, seconds=0.02)
    answers = _ask(model, 200, Pace(concurrency=64))
    assert all(answer.error is None for answer in answers)
    assert len(model.asked) <= 206
    assert model.times[-1] - model.times[0] < 1.15 * (200 - burst) / rate


def test_where_nobody_said_a_number_it_is_found() -> None:
    model = Writer(seconds=0.02)
    _ask(model, 3000)
    assert 64 < model.most <= 1024


def test_an_endpoint_whose_queue_grows_is_not_asked_for_more() -> None:
    """Eight at a time, and the others wait: as an inference server that is full."""
    room = asyncio.Semaphore(8)

    class Full(Writer):
        async def complete(self, asked: Prompt) -> Completion:
            self.in_flight += 1
            self.most = max(self.most, self.in_flight)
            async with room:
                await asyncio.sleep(0.005)
            self.in_flight -= 1
            return Completion("good")

    model = Full()
    assert len(_ask(model, 3000)) == 3000
    assert model.most <= 128


def test_two_endpoints_are_both_kept_busy_and_a_dead_one_leaves_and_returns() -> None:
    slow = Writer(seconds=0.04)
    dies = Writer(_down(0.1, 0.5), seconds=0.01)
    answers = _ask([slow, dies], 1200, Pace(concurrency=8), retries=3)
    assert all(answer.error is None for answer in answers)
    assert len(dies.asked) > 400
    assert len(slow.asked) > 200
    assert (slow.most, dies.most) == (8, 8)


def test_stopping_answers_all_that_wait_at_once() -> None:
    async def ask() -> tuple[float, list[Completion]]:
        loop = asyncio.get_running_loop()
        model = Writer(seconds=0.2)
        paced = Paced([model], Pace(concurrency=2))
        asked = [asyncio.create_task(paced.complete(prompt(str(number)))) for number in range(50)]
        await asyncio.sleep(0.05)
        start = loop.time()
        paced.stop()
        return loop.time() - start, await asyncio.gather(*asked)

    seconds, answers = asyncio.run(ask())
    assert seconds < 0.1
    assert [answer.error for answer in answers].count(None) == 1
    assert {answer.requests for answer in answers[1:]} == {0}
