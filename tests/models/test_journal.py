import asyncio
import sqlite3
from pathlib import Path

import pytest

from personahub.errors import HubError, ModelError
from personahub.models.base import NO_ANSWER, NOT_TAKEN, Completion, Message, Prompt
from personahub.models.journal import Journal, Journaled


class Counting:
    """A small real model: it answers with how often it was asked."""

    name = identity = "counting"

    def __init__(self, error: str | None = None) -> None:
        self.asked = 0
        self.error = error

    async def complete(self, prompt: Prompt) -> Completion:
        self.asked += 1
        await asyncio.sleep(0.01)
        if self.error == "raise":
            raise ModelError("no")
        return Completion(f"{prompt.messages[0].content} {self.asked}", self.error)

    async def close(self) -> None: ...


def _prompt(text: str, sample: int = 0) -> Prompt:
    return Prompt((Message("user", text),), sample)


async def _ask(model: Journaled, *prompts: Prompt) -> list[Completion]:
    try:
        return await asyncio.gather(*(model.complete(prompt) for prompt in prompts))
    finally:
        await model.close()


def test_the_same_question_in_a_later_run_is_answered_from_the_journal(tmp_path: Path) -> None:
    for requests in (1, 0):
        journal = Journal(tmp_path / "j")
        model = Counting()
        [answer] = asyncio.run(_ask(Journaled(model, journal), _prompt("a")))
        assert (answer.text, answer.requests, model.asked) == ("a 1", requests, requests)


def test_the_same_question_twice_at_once_is_asked_once(tmp_path: Path) -> None:
    model = Counting()
    answers = asyncio.run(_ask(Journaled(model, Journal(tmp_path / "j")), *[_prompt("a")] * 5, _prompt("b")))
    assert model.asked == 2
    assert [answer.requests for answer in answers] == [1, 0, 0, 0, 0, 1]


def test_another_sample_role_or_model_is_another_question(tmp_path: Path) -> None:
    model = Counting()
    system = Prompt((Message("system", "a"),))
    asyncio.run(_ask(Journaled(model, Journal(tmp_path / "j")), _prompt("a"), _prompt("a", 1), system))
    assert model.asked == 3


@pytest.mark.parametrize("error", [NO_ANSWER, NOT_TAKEN])
def test_what_was_not_paid_for_is_not_kept(tmp_path: Path, error: str) -> None:
    journal = Journal(tmp_path / "j")
    asyncio.run(_ask(Journaled(Counting(error), journal), _prompt("a")))
    model = Counting()
    asyncio.run(_ask(Journaled(model, journal), _prompt("a")))
    assert model.asked == 1


def test_a_cut_off_answer_was_paid_for_and_is_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    for _ in range(2):
        model = Counting("cut_off")
        [answer] = asyncio.run(_ask(Journaled(model, journal), _prompt("a")))
        assert answer.error == "cut_off"
    assert model.asked == 0


def test_a_model_that_stops_the_run_stops_everyone_who_waits_for_the_same_answer(tmp_path: Path) -> None:
    async def both() -> list[object]:
        model = Journaled(Counting("raise"), Journal(tmp_path / "j"))
        return await asyncio.gather(*(model.complete(_prompt("a")) for _ in range(2)), return_exceptions=True)

    assert [type(found) for found in asyncio.run(both())] == [ModelError, ModelError]


def test_an_answer_is_on_disk_before_it_is_given(tmp_path: Path) -> None:
    async def ask() -> int:
        model = Journaled(Counting(), Journal(tmp_path / "j"))
        await model.complete(_prompt("a"))
        with sqlite3.connect(tmp_path / "j") as other:
            count = other.execute("SELECT count(*) FROM completions").fetchone()[0]
        other.close()
        return int(count)

    assert asyncio.run(ask()) == 1


def test_hundreds_of_answers_at_once_are_all_kept(tmp_path: Path) -> None:
    prompts = [_prompt(str(number)) for number in range(500)]
    first = asyncio.run(_ask(Journaled(Counting(), Journal(tmp_path / "j")), *prompts))
    again = asyncio.run(_ask(Journaled(Counting(), Journal(tmp_path / "j")), *prompts))
    assert [answer.text for answer in first] == [answer.text for answer in again]
    assert sum(answer.requests for answer in again) == 0


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(b"not a database, but long enough to be looked at" * 50)
    with pytest.raises(HubError, match="cannot be opened"):
        Journal(tmp_path / "j")
