import asyncio
import random
import resource
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personahub.errors import HubError, ModelError
from personahub.models.base import CUT_OFF, NO_ANSWER, NOT_TAKEN, Completion, Message, Prompt
from personahub.models.journal import Journal, Journaled, kept, question
from tests.models.writers import Writer, prompt, raising


async def _ask(model: Journaled, *prompts: Prompt) -> list[Completion]:
    try:
        return await asyncio.gather(*(model.complete(prompt) for prompt in prompts))
    finally:
        await model.close()


def _key(number: int) -> bytes:
    return question("test", prompt(str(number)))


def _rows(*numbers: int) -> list[tuple[bytes, Completion]]:
    return [(_key(number), Completion(f"answer {number} \N{BICYCLE}", prompt_tokens=number)) for number in numbers]


def test_the_same_question_in_a_later_run_is_answered_from_the_journal(tmp_path: Path) -> None:
    for requests in (1, 0):
        model = Writer()
        [answer] = asyncio.run(_ask(Journaled(model, Journal(tmp_path / "j")), prompt("a")))
        assert (answer.text, answer.requests, len(model.asked)) == ("a 1", requests, requests)


def test_the_same_question_twice_at_once_is_asked_once(tmp_path: Path) -> None:
    model = Writer(seconds=0.01)
    answers = asyncio.run(_ask(Journaled(model, Journal(tmp_path / "j")), *[prompt("a")] * 5, prompt("b")))
    assert len(model.asked) == 2
    assert [answer.requests for answer in answers] == [1, 0, 0, 0, 0, 1]


def test_what_is_expected_is_looked_up_once_and_what_came_meanwhile_is_known(tmp_path: Path) -> None:
    async def ask() -> list[int]:
        model = Journaled(Writer(), Journal(tmp_path / "j"))
        first = await model.complete(prompt("a"))
        model.expect([prompt("a"), prompt("b"), prompt("b")])
        return [first.requests] + [(await model.complete(prompt(text))).requests for text in "abba"]

    assert asyncio.run(ask()) == [1, 0, 1, 0, 0]


def test_another_sample_role_schema_or_model_is_another_question(tmp_path: Path) -> None:
    model = Writer()
    system = Prompt((Message("system", "a"),))
    asked = [prompt("a"), prompt("a", 1), system, prompt("a", schema="{}")]
    asyncio.run(_ask(Journaled(model, Journal(tmp_path / "j")), *asked))
    assert len(model.asked) == 4


@pytest.mark.parametrize("error", [NO_ANSWER, NOT_TAKEN])
def test_what_was_not_paid_for_is_not_kept(tmp_path: Path, error: str) -> None:
    asyncio.run(_ask(Journaled(Writer(lambda *_: Completion("", error)), Journal(tmp_path / "j")), prompt("a")))
    model = Writer()
    asyncio.run(_ask(Journaled(model, Journal(tmp_path / "j")), prompt("a")))
    assert len(model.asked) == 1


@pytest.mark.parametrize(("wanted", "asked"), [(0, 0), (10, 0), (5, 0), (20, 1)])
def test_a_cut_off_answer_answers_only_who_gives_no_more_room(tmp_path: Path, wanted: int, asked: int) -> None:
    first = Writer(lambda *_: Completion("cut", CUT_OFF, limit=10))
    asyncio.run(_ask(Journaled(first, Journal(tmp_path / "j")), prompt("a", limit=10)))
    model = Writer()
    asyncio.run(_ask(Journaled(model, Journal(tmp_path / "j")), prompt("a", limit=wanted)))
    assert len(model.asked) == asked


def test_a_whole_answer_is_one_under_any_limit(tmp_path: Path) -> None:
    model = Writer()
    for limit in (0, 10, 1000):
        asyncio.run(_ask(Journaled(model, Journal(tmp_path / "j")), prompt("a", limit=limit)))
    assert len(model.asked) == 1


@pytest.mark.parametrize("error", [None, "refusal"])
def test_what_is_asked_anew_is_not_answered_from_the_journal_and_is_what_it_holds_then(
    tmp_path: Path, error: str | None
) -> None:
    first = Writer(lambda *_: Completion("" if error else "first", error))
    asyncio.run(_ask(Journaled(first, Journal(tmp_path / "j")), prompt("a")))
    model = Writer()
    for asked, anew in ((1, True), (2, True), (2, False)):
        [answer] = asyncio.run(_ask(Journaled(model, Journal(tmp_path / "j"), anew=anew), prompt("a")))
        assert (answer.text, len(model.asked)) == (f"a {asked}", asked)


def test_answers_of_another_hub_are_taken_and_that_hub_is_left_as_it_is(tmp_path: Path) -> None:
    asyncio.run(_ask(Journaled(Writer(), Journal(tmp_path / "other")), prompt("a")))
    before = sorted((file.name, file.read_bytes()) for file in (tmp_path / "other").iterdir())
    model = Writer()
    others = [Journal(tmp_path / "other", writing=False), Journal(tmp_path / "none", writing=False)]
    [answer] = asyncio.run(_ask(Journaled(model, Journal(tmp_path / "j"), others=others), prompt("a")))
    assert (answer.text, model.asked) == ("a 1", [])
    assert before == sorted((file.name, file.read_bytes()) for file in (tmp_path / "other").iterdir())


def test_a_model_that_stops_the_run_stops_everyone_who_waits_for_the_same_answer(tmp_path: Path) -> None:
    async def both() -> list[object]:
        model = Journaled(Writer(raising, seconds=0.01), Journal(tmp_path / "j"))
        return await asyncio.gather(*(model.complete(prompt("a")) for _ in range(2)), return_exceptions=True)

    assert [type(found) for found in asyncio.run(both())] == [ModelError, ModelError]


def test_an_answer_is_on_disk_before_it_is_given(tmp_path: Path) -> None:
    async def ask() -> int:
        model = Journaled(Writer(), Journal(tmp_path / "j"))
        await model.complete(prompt("a"))
        return len(Journal(tmp_path / "j", writing=False).known([question("writer", prompt("a"))]))

    assert asyncio.run(ask()) == 1


def test_hundreds_of_answers_at_once_are_all_kept(tmp_path: Path) -> None:
    prompts = [prompt(str(number)) for number in range(500)]
    first = asyncio.run(_ask(Journaled(Writer(), Journal(tmp_path / "j")), *prompts))
    again = asyncio.run(_ask(Journaled(Writer(), Journal(tmp_path / "j")), *prompts))
    assert [answer.text for answer in first] == [answer.text for answer in again]
    assert sum(answer.requests for answer in again) == 0


def test_a_journal_cut_anywhere_keeps_every_answer_before_the_cut(tmp_path: Path) -> None:
    held = Journal(tmp_path / "j")
    ends = []
    path = tmp_path / "j" / "000001.log"
    for number in range(100):
        held.put(_rows(number))
        ends.append(path.stat().st_size)
    whole = path.read_bytes()
    dice = random.Random(7)
    for cut in [dice.randrange(len(whole) + 1) for _ in range(1000)]:
        path.write_bytes(whole[:cut])
        cut_off = Journal(tmp_path / "j")
        kept = sum(end <= cut for end in ends)
        assert list(cut_off.known([_key(number) for number in range(100)])) == [_key(number) for number in range(kept)]
        assert path.stat().st_size == (ends[kept - 1] if kept else 0)
        cut_off.put(_rows(1000))
        assert Journal(tmp_path / "j").known([_key(1000)])[_key(1000)].prompt_tokens == 1000


def test_damage_in_the_middle_loses_the_answer_it_hit_and_no_other(tmp_path: Path) -> None:
    Journal(tmp_path / "j").put(_rows(*range(50)))
    path = tmp_path / "j" / "000001.log"
    data = bytearray(path.read_bytes())
    dice = random.Random(3)
    for _ in range(200):
        spoilt = bytearray(data)
        spoilt[dice.randrange(len(data) - 200)] ^= 0xFF
        path.write_bytes(spoilt)
        held = Journal(tmp_path / "j")
        assert len(held.known([_key(number) for number in range(50)])) == 49
        assert held.damaged == 1


def test_full_segments_are_indexed_merged_and_found_with_or_without_their_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "SEGMENT_ROWS", 10)
    held = Journal(tmp_path / "j")
    for number in range(333):
        held.put(_rows(number))
    held.put([(_key(5), Completion("a later answer"))])
    keys = [_key(number) for number in range(333)]
    assert [path.stem for path in sorted((tmp_path / "j").glob("*.keys"))] == [
        "000001-000008",
        "000009-000016",
        "000017-000024",
        "000025-000032",
        "000033-000033",
    ]

    def look(held: Journal) -> None:
        found = held.known(keys)
        assert len(found) == 333
        assert found[_key(5)].text == "a later answer"
        assert found[_key(150)].prompt_tokens == 150
        assert not held.known([_key(number) for number in range(400, 900)])

    look(held)
    look(Journal(tmp_path / "j"))
    (tmp_path / "j" / "000009-000016.keys").unlink()
    (tmp_path / "j" / "000001-000008.keys").write_bytes(b"torn")
    look(Journal(tmp_path / "j", writing=False))
    look(Journal(tmp_path / "j"))


@settings(max_examples=200, deadline=None)
@given(st.text(), st.text(), st.integers(0, 2**40))
def test_any_text_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, text: str, detail: str, n: int
) -> None:
    folder = tmp_path_factory.mktemp("texts")
    clean = text.encode("utf-8", "replace").decode()
    completion = Completion(clean, "refusal", detail.encode("utf-8", "replace").decode(), prompt_tokens=n, requests=0)
    Journal(folder / "j").put([(_key(1), completion)])
    assert Journal(folder / "j").known([_key(1)]) == {_key(1): completion}


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(b"no folder")
    with pytest.raises(HubError, match="cannot be opened"):
        Journal(tmp_path / "j")


def test_a_write_that_the_disk_takes_in_part_leaves_nothing_and_can_be_made_again(tmp_path: Path) -> None:
    held = Journal(tmp_path / "j")
    held.put(_rows(1))
    path = tmp_path / "j" / "000001.log"
    size = path.stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, before[1]))
    try:
        with pytest.raises(HubError, match="File too large"):
            held.put(_rows(2, 3))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.stat().st_size == size
    held.put(_rows(2, 3))
    assert len(Journal(tmp_path / "j").known([_key(number) for number in (1, 2, 3)])) == 3
