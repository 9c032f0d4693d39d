"""What the offline writer writes for each use: one answer, and no other, fits a puzzle."""

import json
import re
from collections import Counter
from collections.abc import Callable
from itertools import permutations, product
from pathlib import Path

import pyarrow as pa
import pytest

from personahub.models.base import Completion
from personahub.models.offline import write
from personahub.models.offline.manner import Manner
from personahub.models.offline.places import spatial
from personahub.models.offline.puzzles import puzzle
from personahub.tasks.synthesis import Synthesis

PERSONAS = [f"A teacher of class {number} who plays chess by letter" for number in range(60)]
COLOURS = ("red", "blue", "green", "yellow", "white")
NAMES = ("Ada", "Bruno", "Chen", "Dora")
ORDINALS = ("first", "second", "third", "fourth", "fifth")


def _orders(text: str) -> list[tuple[str, ...]]:
    """Every order of the boxes that fits what the text says."""
    clues: list[tuple[str, Callable[[int, int], bool]]] = [
        (r"The (\w+) box stands somewhere to the left of the (\w+) one", lambda a, b: a < b),
        (r"The (\w+) box and the (\w+) one do not stand side by side", lambda a, b: abs(a - b) != 1),
        (r"The (\w+) box and the (\w+) one stand side by side", lambda a, b: abs(a - b) == 1),
        (r"Exactly one box stands between the (\w+) one and the (\w+) one", lambda a, b: abs(a - b) == 2),
    ]
    said = [(pair, holds) for pattern, holds in clues for pair in re.findall(pattern, text)]
    inside = re.findall(r"The (\w+) box is at neither end", text)
    assert len(said) + len(inside) == text.count(".") - text.count("one white.") - 1  # no sentence is passed over
    return [
        order
        for order in permutations(COLOURS)
        if all(holds(*map(order.index, pair)) for pair, holds in said)
        and all(0 < order.index(one) < 4 for one in inside)
    ]


def _culprits(text: str) -> list[str]:
    """Everybody who can have done it, if so many statements are true as the text says."""
    said = re.findall(r"(\w+) says: \u201cIt was (not )?(\w+)\.\u201d", text)
    assert len(said) == 4
    true = 1 if "tells the truth" in text else 3
    return [
        who
        for who in NAMES
        if sum((who == (speaker if whom == "me" else whom)) != bool(no) for speaker, no, whom in said) == true
    ]


def test_a_puzzle_has_one_answer_and_it_is_the_one_that_is_known() -> None:
    families: Counter[str] = Counter()
    for persona, seed in product(PERSONAS, range(3)):
        made = puzzle(persona, seed)
        families[made.family] += 1
        if made.family == "culprit":
            assert _culprits(made.text) == [made.answer]
            continue
        (order,) = _orders(made.text)
        asked = ORDINALS.index(re.search(r"Which box is the (\w+) from the left", made.text)[1])  # type: ignore[index]
        assert made.answer == f"the {order[asked]} one"
    assert min(families["row"], families["culprit"]) > 40


def test_no_clue_of_a_row_is_needless() -> None:
    for persona in PERSONAS[:15]:
        made = puzzle(persona, 0)
        if made.family == "row":
            sentences = re.findall(r"(?:The \w+ box|Exactly one box)[^.]*\.", made.text)
            for sentence in sentences:
                assert len(_orders(made.text.replace(sentence, "", 1))) > 1


def test_a_chinese_puzzle_is_the_same_puzzle() -> None:
    for persona in PERSONAS[:20]:
        english, chinese = (puzzle(persona, 0, chinese=one) for one in (False, True))
        assert english.family == chinese.family
        if english.family == "row":
            colours = dict(zip(COLOURS, "\u7ea2\u84dd\u7eff\u9ec4\u767d", strict=True))
            assert f"{colours[str(english.answer).split()[1]]}\u8272" == chinese.answer


def test_a_walk_ends_where_its_steps_lead() -> None:
    found = [made for persona in PERSONAS for made in [spatial(persona, 1)] if made.family == "walk"]
    assert len(found) > 10
    for made in found:
        ahead = ("north", "east", "south", "west")
        facing = ahead.index(re.search(r"Facing (\w+)", made.text)[1])  # type: ignore[index]
        place = complex(0)
        for turn, far in re.findall(r"(turns left and walks|turns right and walks|walks) (\d+)", made.text):
            facing = (facing + {"l": -1, "r": 1}.get(turn[6], 0)) % 4 if turn.startswith("turns") else facing
            place += (1j, 1, -1j, -1)[facing] * int(far)
        east = f"{abs(int(place.real))} {'east' if place.real > 0 else 'west'}" if place.real else ""
        north = f"{abs(int(place.imag))} {'north' if place.imag > 0 else 'south'}" if place.imag else ""
        assert made.answer == ", ".join(filter(None, (east, north)))


def test_a_tray_and_a_table_turn_as_they_should() -> None:
    for persona, seed in product(PERSONAS, range(4)):
        made = spatial(persona, seed)
        if made.family == "tray":
            cells = re.findall(
                r"(\w+) ((?:top|middle|bottom) (?:left|middle|right)|centre)[,.]", made.text.partition("like this: ")[2]
            )
            grid = [colour for colour, _ in cells]
            assert len(grid) == 9
            for _ in range(("a", "two", "three").index(re.search(r"by (a|two|three) quarter", made.text)[1]) + 1):  # type: ignore[index]
                rows = [grid[:3], grid[3:6], grid[6:]]
                turned = (
                    zip(*rows[::-1], strict=True) if " clockwise" in made.text else [*zip(*rows, strict=True)][::-1]
                )
                grid = [one for row in turned for one in row]
            where = [place for _, place in cells].index(re.search(r"which colour is ([\w ]+) now", made.text)[1])  # type: ignore[index]
            assert made.answer == grid[where]


def test_a_focus_on_geometry_gives_geometry() -> None:
    said = _made("math", {"focus": "geometry"}, Manner())["text"].to_pylist()
    cues = ("triangular", "cone", "canal", "lawn", "square grid")
    assert all(any(cue in text for cue in cues) for text in said)


USES: list[tuple[str, dict[str, str]]] = [
    ("math", {}),
    ("math", {"focus": "geometry", "level": "olympiad"}),
    ("logic", {}),
    ("logic", {"language": "zh"}),
    ("spatial", {}),
    ("spatial", {"language": "zh"}),
    ("ruozhiba", {}),
    ("ruozhiba", {"language": "zh"}),
    ("article", {}),
    ("reading", {}),
    ("profile", {}),
]


def _made(name: str, given: dict[str, str], manner: Manner, seed: int = 0) -> pa.RecordBatch:
    task = Synthesis.worded(None, task=name, given=given)
    rows = pa.record_batch({"id": [str(number) for number in range(len(PERSONAS))], "text": PERSONAS})
    answers = [Completion(write(prompt.messages[0].content, seed, manner)) for prompt in task.prompts(rows)]
    return task.rows(rows, answers)


@pytest.mark.parametrize(("name", "given"), USES, ids=str)
def test_what_is_written_passes_its_own_checks_and_seldom_repeats(name: str, given: dict[str, str]) -> None:
    made = _made(name, given, Manner())
    assert set(made["reject"].to_pylist()) == {None}
    assert len(set(made["text"].to_pylist())) > 0.85 * len(PERSONAS)


@pytest.mark.parametrize("name", ["math", "logic", "article", "profile"])
def test_flaws_come_at_their_rate_and_each_leaves_with_a_reason(name: str) -> None:
    gone = sum(len(PERSONAS) - _made(name, {}, Manner(flawed=0.3), seed)["reject"].null_count for seed in range(5))
    assert 0.2 < gone / (5 * len(PERSONAS)) < 0.4
    assert _made(name, {}, Manner(flawed=1.0))["reject"].null_count == 0


def test_personas_of_real_texts_give_samples_that_pass(shared_data: Path) -> None:
    lines = (shared_data / "personas" / "personahub_tool.jsonl").read_text("utf-8").split("\n")[:150]
    personas = [json.loads(line)["input persona"] for line in lines if line]
    rows = pa.record_batch({"id": [str(number) for number in range(len(personas))], "text": personas})
    for name, given in USES:
        task = Synthesis.worded(None, task=name, given=given)
        answers = [Completion(write(prompt.messages[0].content, 0)) for prompt in task.prompts(rows)]
        made = task.rows(rows, answers)
        assert made["reject"].null_count > 0.97 * len(personas), (name, Counter(made["reject"].to_pylist()))
