import asyncio
import json
from pathlib import Path

import pytest

from personahub.models.base import CUT_OFF, NO_ANSWER, NOT_JSON, REFUSAL, Completion, Prompt
from personahub.models.journal import Journal, Journaled
from personahub.models.mending import Mended
from tests.models.writers import Writer, prompt

SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "additionalProperties": False,
    }
)
GOOD = '{"age": 3, "name": "a"}'


def _ask(model: Writer, asked: Prompt) -> Completion:
    return asyncio.run(Mended(model).complete(asked))


@pytest.mark.parametrize(("limit", "room"), [(0, 4096), (100, 200)])
def test_a_cut_off_answer_is_asked_for_once_more_with_more_room(limit: int, room: int) -> None:
    model = Writer(
        lambda asked, _: (
            Completion("all", limit=asked.limit) if asked.limit == room else Completion("a", CUT_OFF, limit=limit)
        )
    )
    answer = _ask(model, prompt("q", limit=limit))
    assert (answer.text, answer.error, answer.requests, len(model.asked)) == ("all", None, 2, 2)


@pytest.mark.parametrize("limit", [0, 10])
def test_a_second_try_that_the_journal_holds_is_not_made_again(tmp_path: Path, limit: int) -> None:
    for asked in (2, 0):
        model = Writer(lambda given, _: Completion("a", CUT_OFF, limit=given.limit))
        answer = asyncio.run(Mended(Journaled(model, Journal(tmp_path / "j"))).complete(prompt("q", limit=limit)))
        assert (answer.error, len(model.asked)) == (CUT_OFF, asked)


def test_what_is_cut_off_twice_stays_cut_off() -> None:
    model = Writer(lambda given, _: Completion("a", CUT_OFF, limit=given.limit))
    assert (_ask(model, prompt("q")).error, len(model.asked)) == (CUT_OFF, 2)


@pytest.mark.parametrize(("second", "error"), [(REFUSAL, CUT_OFF), (NO_ANSWER, NO_ANSWER)])
def test_a_second_try_that_fails_leaves_the_first_or_is_tried_again_later(second: str, error: str) -> None:
    model = Writer(lambda _, count: Completion("a", CUT_OFF) if count == 1 else Completion("", second))
    assert _ask(model, prompt("q")).error == error


def test_unfit_json_is_sent_back_once_with_what_is_wrong() -> None:
    model = Writer(lambda _, count: Completion('{"name": "a"}' if count == 1 else GOOD))
    answer = _ask(model, prompt("q", schema=SCHEMA))
    assert (json.loads(answer.text), answer.error, answer.requests) == ({"name": "a", "age": 3}, None, 2)
    roles = [message.role for message in model.asked[1].messages]
    assert roles == ["user", "assistant", "user"]
    assert '"age" is a required property' in model.asked[1].messages[2].content


def test_json_that_stays_unfit_leaves_with_its_raw_text() -> None:
    model = Writer(lambda *_: Completion("I would rather not."))
    answer = _ask(model, prompt("q", schema=SCHEMA))
    assert (answer.error, answer.requests, len(model.asked)) == (NOT_JSON, 2, 2)
    assert "I would rather not." in answer.detail
