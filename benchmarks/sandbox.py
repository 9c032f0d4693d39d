"""What a sandbox costs a program, and what it does with hostile ones.

python benchmarks/sandbox.py > benchmarks/results/sandbox.md
"""

import platform
import statistics
import sys
import tempfile
from collections import Counter
from pathlib import Path
from time import perf_counter

from personahub.errors import UsageError
from personahub.sandbox import KINDS, Limits, Program, Sandbox, sandbox

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.sandbox.hostile import programs

RUNS = 300
TIGHT = Limits(seconds=0.5, memory=64 << 20, output=10_000)
HONEST = {
    "an expression": "1 + 1",
    "a loop of 10,000": "sum(i * i % 7 for i in range(10_000))",
    "a function, a dictionary, JSON": "import json\ndef f(n):\n    return {str(i): i for i in range(n)}\n"
    "len(json.dumps(f(500)))",
    "a regular expression and dates": "import re\nfrom datetime import date\n"
    "[date(int(y), 1, 1).isoformat() for y in re.findall(r'\\d{4}', 'in 1999, 2024 and 2031')]",
}


def quantile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))] * 1000


def bare(code: str) -> float:
    """Milliseconds of the same program in this process, without walls: what is left is overhead."""
    times = []
    for _ in range(50):
        begun = perf_counter()
        exec(compile(code, "program", "exec"), {})
        times.append(perf_counter() - begun)
    return statistics.median(times) * 1000


def honest(box: Sandbox) -> list[str]:
    box.run(Program("0"))
    lines = []
    for name, code in HONEST.items():
        times = []
        for _ in range(RUNS if box.name == "monty" else RUNS // 3):
            begun = perf_counter()
            outcome = box.run(Program(code))
            times.append(perf_counter() - begun)
            assert outcome.reason is None, outcome
        own = bare(code)
        lines.append(
            f"| {name} | {own:.2f} | {quantile(times, 0.5):.2f} | {quantile(times, 0.95):.2f} | "
            f"{quantile(times, 0.5) - own:.2f} |"
        )
    return lines


def hostile(box: Sandbox, places: dict[str, object]) -> tuple[Counter[str], float, int]:
    reasons: Counter[str] = Counter()
    slowest = 0.0
    for code in programs(places).values():
        begun = perf_counter()
        outcome = box.run(Program(code), TIGHT)
        slowest = max(slowest, perf_counter() - begun)
        reasons[outcome.stopped or ("an error of its own" if outcome.error else "NOT STOPPED")] += 1
    return reasons, slowest, reasons.total()


def main() -> None:
    print("# The sandboxes\n\n```\npython benchmarks/sandbox.py\n```\n")
    print(
        f"Python {platform.python_version()}, {platform.machine()}, 2 cores. Milliseconds from the call to its outcome."
    )
    print("\n## Honest programs")
    for kind in KINDS:
        try:
            with sandbox(kind) as box:
                print(f"\n### {kind}\n\n| program | bare | median | 95 % | overhead |\n|---|---|---|---|---|")
                print("\n".join(honest(box)))
        except UsageError as error:
            print(f"\n### {kind}\n\nnot here: {error}")
    print("\n## Hostile programs\n\nLimits 0.5 s, 64 MB, 10,000 characters; those of tests/sandbox/hostile.py.\n")
    print("| sandbox | programs | slowest, s | ended by |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        secret = Path(folder) / "secret.txt"
        secret.write_text("a secret")
        places: dict[str, object] = {"secret": str(secret), "target": f"{folder}/x", "home": folder, "port": 9}
        for kind in KINDS:
            try:
                with sandbox(kind) as box:
                    reasons, slowest, count = hostile(box, places)
            except UsageError:
                continue
            said = ", ".join(f"{name} {number}" for name, number in reasons.most_common())
            print(f"| {kind} | {count} | {slowest:.2f} | {said} |")


if __name__ == "__main__":
    main()
