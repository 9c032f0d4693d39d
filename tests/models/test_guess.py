"""A lane before endpoints that refuse and never say what they allow, in simulated time."""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from personahub.models.base import NO_ANSWER, Completion
from personahub.models.pacing.lane import Lane, Pace, Ticket
from tests.models.writers import Writer, prompt

GOOD = Completion("good")
STEP = 0.001  # seconds, where nothing else happens

Limiter = Callable[[float], bool]


def bucket(rate: float, most: float) -> Limiter:
    """Lets in what a token bucket has; it starts full."""
    state = [most, 0.0]

    def let_in(now: float) -> bool:
        state[0], state[1] = min(most, state[0] + (now - state[1]) * rate), now
        state[0] -= (inside := state[0] >= 1)
        return inside

    return let_in


def windows(count: int, seconds: float) -> Limiter:
    """Lets so many in, in each window of a clock."""
    used: dict[int, int] = {}

    def let_in(now: float) -> bool:
        window = int(now / seconds)
        used[window] = used.get(window, 0) + 1
        return used[window] <= count

    return let_in


@dataclass
class Played:
    """Args:
    seconds: until the last row was answered.
    refused: requests; `times`: when each that was let in was sent.
    """

    seconds: float = 0.0
    refused: int = 0
    times: list[float] = field(default_factory=list)


def play(let_in: Limiter, rows: int, pace: Pace, *, latency: float = 0.1, trip: float = 0.001) -> Played:
    """So many rows through a lane; a refusal takes a round trip, an answer a latency more."""
    lane = Lane(Writer(), pace, random.Random(5))
    events: list[tuple[float, int, Ticket, Completion]] = []
    now, left, count, told = 0.0, rows, 0, Played()
    while left or events:
        while left and lane.room(now):
            ticket, inside = lane.start(prompt(""), now), let_in(now)
            left, count = left - 1, count + 1
            answer = GOOD if inside else Completion("", NO_ANSWER, "429", busy=True)
            heapq.heappush(events, (now + trip + latency * inside, count, ticket, answer))
            told.times += [now] * inside
        ready = lane.ready_at(now) if left else None
        soonest = max(ready, now + STEP) if ready is not None else float("inf")
        if events and events[0][0] <= soonest:
            now, _, ticket, answer = heapq.heappop(events)
            left += bool(answer.error)
            told.refused += bool(answer.error)
            lane.finish(ticket, answer, now)
        else:
            now = soonest
    told.seconds = now
    return told


@pytest.mark.parametrize("concurrency", [256, None])
@pytest.mark.parametrize(("rate", "burst"), [(10, 10), (60, 60), (60, 1), (500, 500), (60, 1800)])
def test_an_unspoken_rate_is_kept_at_the_price_of_few_refusals(rate: int, burst: int, concurrency: int | None) -> None:
    rows = 40 * rate + burst
    told = play(bucket(rate, burst), rows, Pace(concurrency))
    assert told.seconds <= (1.02 if burst > 1 else 1.15) * (rows - burst) / rate
    assert told.refused <= 0.01 * rows + 10


def test_a_far_endpoint_costs_those_that_are_on_their_way_once() -> None:
    told = play(bucket(60, 60), 2460, Pace(256), trip=0.02)
    assert told.seconds <= 1.02 * 40
    assert told.refused <= 0.01 * 2460 + 60


def test_long_answers_do_not_slow_the_search_down() -> None:
    told = play(bucket(20, 20), 2000, Pace(256), latency=4.0)
    assert told.seconds <= 1.02 * 99 + 4
    assert told.refused <= 20


def test_windows_of_a_clock_are_filled_and_hardly_overrun() -> None:
    told = play(windows(600, 10.0), 6000, Pace(256))
    assert told.seconds <= 100
    assert told.refused <= 0.02 * 6000


def test_a_rate_of_less_than_one_a_second_is_found_too() -> None:
    told = play(bucket(0.5, 1), 100, Pace(8))
    assert told.seconds <= 1.7 * 200
    assert told.refused <= 60


def test_a_rate_that_rises_is_followed() -> None:
    slow, quick = bucket(20, 20), bucket(200, 20)
    told = play(lambda now: (slow if now < 20 else quick)(now), 6000, Pace(64))
    assert sum(70 <= time < 71 for time in told.times) > 180
    assert told.refused <= 30


def test_a_rate_that_falls_is_followed() -> None:
    quick, slow = bucket(200, 20), bucket(50, 20)
    told = play(lambda now: (quick if now < 10 else slow)(now), 5000, Pace(64))
    assert told.seconds <= 1.1 * (10 + (5000 - 2000) / 50)
    assert told.refused <= 30


@pytest.mark.parametrize("share", [0.002, 0.02])
def test_refusals_that_have_nothing_to_do_with_a_rate_do_not_starve_the_run(share: float) -> None:
    dice = random.Random(3)
    told = play(lambda _: dice.random() > share, 20_000, Pace(64))
    assert told.seconds <= 5 * 20_000 / 640


def test_a_storm_leaves_no_rate_behind() -> None:
    told = play(lambda now: not 5 <= now < 35, 40_000, Pace(64))
    assert told.refused <= 20
    before, after = (sum(begin <= time < begin + 1 for time in told.times) for begin in (4, 44))
    assert after >= 0.9 * before
