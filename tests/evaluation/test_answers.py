"""Final answers, taken out of what people and models write around them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personahub.evaluation.answers import MOST_CHARS, bare, final
from personahub.evaluation.grading import Same, seen

WRITTEN = [
    # boxes
    ("So the total is $\\boxed{42}$.", "42"),
    ("Thus $x = \\boxed{\\frac{3}{4}}$ of the cake.", "\\frac{3}{4}"),
    ("We first get \\boxed{7}, but that counts twice.\nThe right count is \\boxed{6}.", "6"),
    ("The roots are \\boxed{2} and \\boxed{-5}.", "2, -5"),
    ("$$\\boxed{\\dfrac{1+\\sqrt{5}}{2}}$$", "\\dfrac{1+\\sqrt{5}}{2}"),
    ("Hence \\fbox{12 cm}", "12 cm"),
    ("\\boxed 9", "9"),
    ("\\boxed{\\text{Tuesday}}", "\\text{Tuesday}"),
    ("an unfinished \\boxed{1", None),
    ("Answer: \\boxed{} is empty, so the answer is 3.", "3"),
    # labels
    ("Step 1 ...\nFinal answer: 118", "118"),
    ("**Final Answer:** 3/8", "3/8"),
    ("### Final Answer\n\n17", "17"),
    ("Final answer:\n\n$17$", "17"),
    ("Final answer: $\\boxed{2/9}$", "2/9"),
    ("FINAL ANSWER: 5; 12", "5; 12"),
    ("Let me think.\n\nAnswer: 1,250 dollars.", "1,250 dollars"),
    ("Result: **0.75**", "0.75"),
    ("- Answer: 12 hours", "12 hours"),
    ("Final answer: I first said 10.\nFinal answer: 11", "11"),
    ("So, the final answer: **$24**", "$24"),
    ("Final answer (in euros): 24.50", "24.50"),
    ("The steps are above.\nFinal answer:\n\\[\n\\frac{5}{6}\n\\]", "\\frac{5}{6}"),
    ("Final answer: `3`", "3"),
    ("She has 2 + 3 = 5 eggs.\n#### 5", "5"),
    ("He pays 3 * 4 = $12\nA: 12", "12"),
    # sentences
    ("The answer is 42.", "42"),
    ("Therefore, the final answer is $\\frac{2}{3}$.", "\\frac{2}{3}"),
    ("So the correct answer would be 12 apples, because three are left.", "12 apples"),
    ("The answer to the problem is **Thursday**.", "Thursday"),
    ("The answer is: x = 4", "x = 4"),
    ("Thus the answer is \\(7\\).", "7"),
    ("I thought the answer was 9. But no: the answer is 8.", "8"),
    ("The answer is not 9, since 9 is odd. The answer is 8.", "8"),
    ("The answer is approximately 3.14 metres.", "approximately 3.14 metres"),
    ("The required answer is $(2, 3)$.", "(2, 3)"),
    # thinking aloud
    ("<think>The answer is 5? No.</think>\nThe answer is 6.", "6"),
    ("<thinking>\\boxed{1}</thinking>\\boxed{2}", "2"),
    ("it must be 4, the answer is 4</think>\n\nFinal answer: 5", "5"),
    ("<think>The answer is 5 and I am not done", None),
    # Chinese
    ("\u56e0\u6b64\uff0c\u7b54\u6848\u662f 42\u3002", "42"),
    ("\u6700\u7ec8\u7b54\u6848\uff1a3/4", "3/4"),
    ("\u6240\u4ee5\u7b54\u6848\u4e3a$\\boxed{18}$\u3002", "18"),
    ("**\u7b54\u6848\uff1a** 12\u4e2a\u82f9\u679c", "12\u4e2a\u82f9\u679c"),
    ("\u7b54\uff1a\u5c0f\u660e\u8fd8\u5269 5 \u5143\u3002", "\u5c0f\u660e\u8fd8\u5269 5 \u5143"),
    ("\u6700\u540e\u7684\u7ed3\u679c\u662f\uff1a\u661f\u671f\u4e09", "\u661f\u671f\u4e09"),
    # no mark: only what stands alone at the end
    ("3 + 4 = 7, and twice that\n\n14", "14"),
    ("Each gets a share, so\ntotal = 3 * 4 = 12", "12"),
    ("In all she needs **15 minutes**.", "15 minutes"),
    ("$\\frac{1}{2}$", "\\frac{1}{2}"),
    ("There are 3 red and 4 blue ones, which is a nice number of them.", None),
    ("", None),
    ("I cannot tell.", None),
]


@pytest.mark.parametrize(("text", "answer"), WRITTEN, ids=range(len(WRITTEN)))
def test_the_final_answer_is_what_a_reader_would_take(text: str, answer: str | None) -> None:
    assert final(text) == answer


def test_a_label_that_was_asked_for_counts_beside_the_usual_ones() -> None:
    assert final("Verdict: 12\nI like it.", "Verdict:") == "12"
    assert final("Verdict: 12\nI like it.") is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("$\\boxed{3}$", "\\boxed{3}"),
        ("**12**.", "12"),
        ('"yes"', "yes"),
        ("$a$ and $b$", "$a$ and $b$"),
        ("3...", "3..."),
    ],
)
def test_what_only_shows_a_value_is_left_out(value: str, shown: str) -> None:
    assert bare(value) == shown


@given(st.text(max_size=300))
def test_any_text_has_an_answer_or_none(text: str) -> None:
    found = final(text, "Final answer:")
    assert found is None or 0 < len(found) <= MOST_CHARS


def test_long_hostile_texts_are_read_in_flat_time() -> None:
    for text in ("\\boxed{" * 3000, "the answer is " * 3000, "**" * 5000, "<think>" * 3000, "= " * 5000, "(" * 9000):
        final(text, "Final answer:")


def test_recorded_answers_of_four_models_are_graded_as_their_makers_did(shared_data: Path) -> None:
    graded = agreed = 0
    with (shared_data / "math" / "gsm8k_example_model_solutions.jsonl").open("rb") as lines:
        for line in lines:
            row = json.loads(line)
            truth = final(row["ground_truth"])
            assert truth is not None
            for said in (value for value in row.values() if isinstance(value, dict)):
                found = final(said["solution"])
                graded += 1
                agreed += (found is not None and seen(found, truth) is Same.YES) == said["is_correct"]
    assert graded == 4 * 1319
    assert agreed == graded


def test_answers_of_worked_solutions_are_found(shared_data: Path) -> None:
    with (shared_data / "math" / "math_test.jsonl").open("rb") as lines:
        rows = [json.loads(line) for line in lines]
    found = [final(row["solution"]) for row in rows]
    same = sum(
        said is not None and seen(said, row["answer"]) is Same.YES for said, row in zip(found, rows, strict=True)
    )
    assert None not in found
    assert same >= 0.998 * len(rows)
