import asyncio
from pathlib import Path

import pytest

from personahub.errors import LimitReached, UsageError
from personahub.models.base import Completion
from personahub.models.budget import Meter, Metered, Price, price_of
from tests.models.writers import Writer, prompt


def _ask(meter: Meter, count: int, at_once: int) -> int:
    """How many were answered before the meter said no."""
    model = Metered(Writer(lambda *_: Completion("ok", prompt_tokens=60, completion_tokens=40), seconds=0.001), meter)

    async def hands(numbers: list[int]) -> int:
        done = 0
        while numbers:
            try:
                await model.complete(prompt(str(numbers.pop())))
            except LimitReached:
                break
            done += 1
        return done

    async def ask() -> int:
        numbers = list(range(count))
        return sum(await asyncio.gather(*(hands(numbers) for _ in range(at_once))))

    return asyncio.run(ask())


@pytest.mark.parametrize("at_once", [1, 7])
def test_requests_are_never_overshot(at_once: int) -> None:
    assert _ask(Meter(max_requests=50), 100, at_once) == 50


@pytest.mark.parametrize("at_once", [1, 7])
def test_tokens_and_cost_are_overshot_by_what_is_in_flight_at_most(at_once: int) -> None:
    assert 50 <= _ask(Meter(max_tokens=5_000), 100, at_once) < 50 + at_once
    price = Price(prompt=10.0, completion=100.0)  # a request costs 0.0046
    meter = Meter(price, max_cost=0.23)
    assert 50 <= _ask(meter, 100, at_once) < 50 + at_once
    assert meter.cost is not None
    assert meter.cost < 0.23 + at_once * 0.0046


def test_prices_are_read_by_the_whole_name_or_the_models_own(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text('["openai:a"]\nprompt = 1\ncompletion = 2\n["b"]\nprompt = 3\ncompletion = 4\n')
    path = str(tmp_path / "p.toml")
    assert price_of("openai:a", path) == Price(1, 2)
    assert price_of("openai:b", path) == Price(3, 4)
    assert price_of("openai:c", path) is None
    assert price_of("openai:a", None) is None


@pytest.mark.parametrize(
    "content", ["[a", '["openai:a"]\nprompt = 1', '["openai:a"]\nprompt = -1\ncompletion = 0', "a=1"]
)
def test_prices_that_mean_nothing_are_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "p.toml").write_text(content)
    with pytest.raises(UsageError, match="prices"):
        price_of("openai:a", str(tmp_path / "p.toml"))
