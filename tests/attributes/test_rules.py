"""What the words of a description tell."""

import re
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personahub.attributes.languages import languages
from personahub.attributes.names import ATTRIBUTES, BETWEEN, CHOICES
from personahub.attributes.phrases import Phrases
from personahub.attributes.rules import LIKELY, told
from personahub.attributes.vocabulary import prototypes, vocabulary

PERSONAS = Path(__file__).parents[2] / "benchmarks" / "labels" / "personas.txt"
# What was measured on the lines that were only counted, less three values at the most; see benchmarks/results.
LEAST = {
    "occupation": (0.93, 0.79),
    "domain": (0.93, 0.71),
    "seniority": (0.91, 0.76),
    "age_group": (0.92, 0.70),
    "place": (0.95, 0.76),
    "interests": (0.85, 0.20),
    "language": (0.99, 0.99),
    "tone": (0.92, 0.55),
}

hostile = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def _told(*texts: str) -> dict[str, list[str | None]]:
    return {name: one.least(LIKELY).to_pylist() for name, one in told(pa.array(texts, pa.string())).items()}


def _of(text: str) -> dict[str, str | None]:
    return {name: values[0] for name, values in _told(text).items()}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_personas_that_no_rule_was_written_for_are_told_as_a_reader_would(name: str) -> None:
    lines = [line for line in PERSONAS.read_text("utf-8").splitlines() if not line.startswith("#")]
    rows = [line.split("|") for line in lines[1::2]]
    assert len(rows) >= 100
    said = _told(*(row[0] for row in rows))[name]
    wanted = [set(row[1 + ATTRIBUTES.index(name)].split("/")) for row in rows]
    right = [set((value or "-").split(BETWEEN)) & want != set() for value, want in zip(said, wanted, strict=True)]
    known = [value is not None for value in said]
    hits = sum(ok and one for ok, one in zip(right, known, strict=True))
    precision, recall = LEAST[name]
    assert hits / sum(known) >= precision
    assert hits / sum(want != {"-"} for want in wanted) >= recall


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("The daughter of a surgeon who paints.", "occupation", None),
        ("A child psychologist in Graz.", "age_group", None),
        ("A food critic of some fame.", "tone", None),
        ("A cook who roasts a turkey in turkey fat.", "place", None),
        ("A historian interested in Peru.", "place", None),
        ("A historian from Peru.", "place", "Peru"),
        ("A volunteer firefighter.", "occupation", "firefighter"),
        ("A 67-year-old who swims.", "age_group", "elderly"),
        ("A nine-year-old girl.", "age_group", "child"),
        ("A mother whose son is nine years old.", "age_group", None),
        ("Someone who works as a plumber by day.", "occupation", "plumber"),
        ("A hobbyist astronomer.", "occupation", None),
        ("A sales manager.", "seniority", "manager"),
        ("A gem cutter and spice smuggler.", "domain", None),
        ("A crossbow maker.", "occupation", "crossbow maker"),
        ("", "language", None),
    ],
)
def test_what_stands_where_decides(text: str, name: str, value: str | None) -> None:
    assert _of(text)[name] == value


@settings(deadline=None)
@given(st.lists(hostile, max_size=6))
def test_any_text_is_told_and_told_alike_alone_and_among_others(texts: list[str]) -> None:
    together = _told(*texts)
    for number, text in enumerate(texts):
        alone = _of(text)
        assert alone == {name: together[name][number] for name in ATTRIBUTES}
        for name, choices in CHOICES.items():
            assert alone[name] in (None, *choices)


@settings(deadline=None)
@given(st.lists(hostile, min_size=3, max_size=8))
def test_a_part_of_a_column_is_told_as_it_would_be_by_itself(texts: list[str]) -> None:
    column = pa.array([*texts, "A nurse from Peru."], pa.string())
    for name, one in told(column.slice(2)).items():
        assert one.values.to_pylist() == told(pa.array(column.to_pylist()[2:], pa.string()))[name].values.to_pylist()


@settings(deadline=None)
@given(st.lists(st.sampled_from(["nurse", "nurses", "NURSE", "x", " ", "-", "s", "ward nurse", "w"]), max_size=12))
def test_phrases_are_found_where_a_pattern_finds_them(pieces: list[str]) -> None:
    text, phrases = "".join(pieces), ["nurse", "ward nurse", "x"]
    hits = Phrases.of([phrase.encode() for phrase in phrases]).find(pa.array([text]))
    found = sorted(zip(hits.phrase.tolist(), hits.start.tolist(), hits.end.tolist(), strict=True))
    wanted = [
        (number, match.start(), match.end())
        for number, phrase in enumerate(phrases)
        for match in re.finditer(rf"(?i)(?<![a-z0-9])(?=({phrase}s?)(?![a-z0-9]))\1", text)
    ]
    assert found == sorted(wanted)


def test_chinese_is_read_without_spaces() -> None:
    found = _of("\u4e00\u4f4d\u5728\u4e0a\u6d77\u5de5\u4f5c\u7684\u62a4\u58eb\u3002")
    assert (found["occupation"], found["place"], found["language"]) == ("nurse", "Shanghai", "zh")


def test_the_lists_say_only_what_there_is_a_word_for() -> None:
    words = vocabulary()
    assert {name: words.values[name] for name in CHOICES} == CHOICES
    assert set(words.values["domain"]) == {domain for domain, _ in prototypes()}


def test_languages_by_script_and_common_words() -> None:
    texts = [
        "Una mujer que vive en la costa",
        "Der Mann mit dem Hund ist alt",
        "\u041e\u043d \u043f\u043e\u044d\u0442",
        "xyz",
    ]
    assert languages(pa.array(texts))[0].to_pylist() == ["es", "de", "ru", None]
