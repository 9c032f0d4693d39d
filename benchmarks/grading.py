"""How often two answers are rightly told equal or different, and how long that takes: python benchmarks/grading.py

Reads ../shared/data/math, writes benchmarks/results/grading.md.
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from personahub.evaluation.answers import final
from personahub.evaluation.grading import Grader, Same, seen

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data" / "math"
RESULT = ROOT / "benchmarks" / "results" / "grading.md"
PAIRS = 2_000  # of answers to different problems

HOSTILE = (
    "9**9**9**9",
    "2^{2^{2^{2^{2^{2}}}}}",
    "(1+x)^{100000}",
    "\\int_0^1 x^{x^{x^x}} dx",
    "__import__('os').system('touch pwned')",
    "\\frac{" * 200,
    "(" * 900,
    "9" * 1900 + "!",
    "\\sum_{k=1}^{10^{9}} k^{k}",
    "10000000000000000!",
)


@dataclass(frozen=True)
class Case:
    first: str
    second: str
    equal: bool


def rows(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (DATA / name).read_bytes().splitlines()]


def recorded() -> list[Case]:
    """Final answers of four models to grade-school problems, as they were graded when they were recorded."""
    cases = []
    for row in rows("gsm8k_example_model_solutions.jsonl"):
        truth = final(str(row["ground_truth"])) or ""
        for said in row.values():
            if isinstance(said, dict):
                found = final(said["solution"]) or ""
                cases.append(Case(found, truth, said["is_correct"]))
    return cases


def typed() -> list[Case]:
    """What is in the last box of a worked solution against the answer that was taken from it."""
    return [Case(final(str(row["solution"])) or "", str(row["answer"]), True) for row in rows("math_test.jsonl")]


def apart() -> list[Case]:
    """Answers to two problems that are not the same text: some few are equal all the same."""
    dice, answers = random.Random(0), [str(row["answer"]) for row in rows("math_test.jsonl")]
    pairs = [dice.sample(answers, 2) for _ in range(PAIRS)]
    return [Case(one, other, False) for one, other in pairs if one.strip() != other.strip()]


def tried() -> list[Case]:
    """Cases of math-verify's own tests, of which some ask more of the extraction than of the grading."""
    return [
        Case(str(row["gold"]), final(str(row["pred"])) or str(row["pred"]), bool(row["expected"]))
        for row in rows("math_verify_cases.jsonl")
    ]


def line(name: str, cases: Sequence[Case], grader: Grader) -> str:
    start = perf_counter()
    at_once = [seen(case.first, case.second) for case in cases]
    quick = perf_counter() - start
    start = perf_counter()
    told = grader.same([(case.first, case.second) for case in cases])
    whole = perf_counter() - start
    pairs = list(zip(told, cases, strict=True))
    right = sum((same is Same.YES) == case.equal for same, case in pairs)
    wrong_yes = sum(same is Same.YES and not case.equal for same, case in pairs)
    quick_yes = sum(same is Same.YES and not case.equal for same, case in zip(at_once, cases, strict=True))
    known = Counter(at_once)
    undecided = Counter(told)[Same.UNDECIDED]
    for same, case in pairs:
        if same is Same.YES and not case.equal:
            print("equal, and not expected:", case.first[:60], "|", case.second[:60])
    return (
        f"| {name} | {len(cases):,} | {right / len(cases):.1%} | {wrong_yes} | {undecided} | "
        f"{1 - known[Same.UNDECIDED] / len(cases):.1%} | {quick_yes} | {quick / len(cases) * 1e6:.0f} | "
        f"{whole / len(cases) * 1e3:.2f} |"
    )


def hostile(grader: Grader) -> tuple[float, Counter[str]]:
    slowest, told = 0.0, Counter[str]()
    for text in HOSTILE:
        start = perf_counter()
        (same,) = grader.same([(text, "7")])
        slowest = max(slowest, perf_counter() - start)
        told[same.value] += 1
    return slowest, told


def main() -> None:
    with Grader(2) as grader:
        grader.same([("\\sqrt{2}", "\\sqrt{3}"), ("\\sqrt{5}", "\\sqrt{7}")])  # the processes are there
        parts = [
            line("recorded answers of four models, GSM8K", recorded(), grader),
            line("boxed answers of worked solutions, MATH", typed(), grader),
            line("answers to two different problems, MATH", apart(), grader),
            line("cases of math-verify's own tests", tried(), grader),
        ]
        slowest, told = hostile(grader)
    text = f"""# Grading of answers

`python benchmarks/grading.py`, on 2 cores, Python {sys.version.split()[0]}. Right: equal where they are, and not where
they are not. What is told at once needs no other process; the rest goes to math-verify in two processes that are ended
after 2 s.

| pairs | count | right | equal, not expected | undecided | at once | of these not expected | us, at once | ms, all |
|---|---|---|---|---|---|---|---|---|
{chr(10).join(parts)}

The last two are for a pair. What is equal and not expected among answers to different problems is the same number in
another form, such as "x = 4" and "4". Of the cases of math-verify two are a formula and the same formula in a sentence,
which that library is to leave alone and which are taken for equal here; missed are values in the midst of sentences,
which no extraction hands on, and equations in several unknowns.

{len(HOSTILE)} hostile expressions, such as towers of powers, factorials and calls of `os.system`, against 7:
{", ".join(f"{count} {name}" for name, count in sorted(told.items()))}; the slowest took {slowest:.1f} s; none ran code.
"""
    RESULT.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
