"""Each use in each way to prompt with the offline writer that errs at a known rate: what is kept, and what leaves why.

python benchmarks/uses.py                 # writes benchmarks/results/uses.md
python benchmarks/uses.py --personas 100 --flawed 0.2 --no-write
"""

import argparse
import platform
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from personahub.models.base import Completion
from personahub.models.offline import write
from personahub.models.offline.manner import Manner
from personahub.models.offline.people import people
from personahub.tasks.synthesis import Synthesis
from personahub.templates import shipped
from personahub.templates.base import Template
from personahub.templates.demonstrations import SHOTS, Demonstration
from personahub.templates.worlds import place

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "uses.md"
SHOWN = 2  # examples
SEED = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--personas", type=int, default=500)
    parser.add_argument("--flawed", type=float, default=0.1)
    parser.add_argument("--no-write", action="store_true")
    arguments = parser.parse_args()
    rows = described(arguments.personas)
    table = [row(*one) for one in tallies(rows, arguments.flawed)]
    page = "\n".join(
        [
            "# Uses",
            "",
            "```",
            "python benchmarks/uses.py",
            "```",
            "",
            f"{len(rows)} personas of the example texts, the offline writer with `flawed={arguments.flawed:g}`:",
            "so many of its answers are, in equal parts, refusals, beginnings, nothing, and echoes of the persona.",
            f"Examples are {SHOWN}, written by the same writer. Python {platform.python_version()}.",
            "",
            "| use | shots | asked | kept | left, by reason | flawed | flawed and kept |",
            "|---|---|---|---|---|---|---|",
            *table,
            "",
            "What repeats another answer word for word is told when it is put down in a hub, and not counted here.",
            "",
        ]
    )
    if arguments.no_write:
        print(page)
    else:
        RESULTS.write_text(page, "utf-8")


def described(count: int) -> pa.RecordBatch:
    """So many personas of the example texts."""
    texts = [path.read_text("utf-8") for path in sorted((ROOT / "examples" / "texts").iterdir())]
    each = -(-count // len(texts)) * 2
    found = dict.fromkeys(one for text in texts for one in people(text, each, coarse=False, seed=SEED))
    some = list(found)[:: max(1, len(found) // count)][:count]
    return pa.record_batch({"id": [str(number) for number in range(len(some))], "text": some})


def tallies(rows: pa.RecordBatch, flawed: float) -> Iterator[tuple[str, str, list[str | None], list[bool]]]:
    """Of each use in each way: why an answer left, or None, and whether it was flawed."""
    for name, template in uses().items():
        shown = demonstrations(template)
        for shots in SHOTS:
            task = Synthesis(template, name) if shots == "zero" else shown_to(template, shown, shots)
            asked = [prompt.messages[0].content for prompt in task.prompts(rows)]
            answers = [write(text, SEED, Manner(flawed=flawed)) for text in asked]
            wrong = [answer != write(text, SEED) for answer, text in zip(answers, asked, strict=True)]
            yield name, shots, task.rows(rows, list(map(Completion, answers)))["reject"].to_pylist(), wrong


def uses() -> dict[str, Template]:
    """Every shipped template that writes samples, with a world where it needs one."""
    worlds = {"npc": "saltmere", "npc-zh": "mozhou"}
    return {
        name: template.set({"world": Path(place(worlds[name])).read_text("utf-8")} if name in worlds else {})
        for name, template in shipped().items()
        if template.task == "synthesis"
    }


def demonstrations(template: Template) -> list[Demonstration]:
    personas = ["A ferry captain who keeps tide tables by hand", "A choir master who arranges old sea songs"]
    asked = pa.record_batch({"id": ["0", "1"], "text": personas})
    task = Synthesis(template, template.name)
    answers = [Completion(write(prompt.messages[0].content, SEED)) for prompt in task.prompts(asked)]
    texts = task.rows(asked, answers)["text"].to_pylist()
    return [Demonstration(*pair) for pair in zip(texts, personas, strict=True)]


def shown_to(template: Template, shown: list[Demonstration], shots: str) -> Synthesis:
    some = [one if shots == "persona" else Demonstration(one.text) for one in shown]
    given = dict(template.given)
    return Synthesis.worded(template.name, task=template.name, given=given, shown=some)


def row(use: str, shots: str, rejects: list[str | None], wrong: list[bool]) -> str:
    tally = Counter(rejects)
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(tally.items(), key=str) if reason)
    missed = sum(bad and reject is None for reject, bad in zip(rejects, wrong, strict=True))
    return (
        f"| {use} | {shots} | {len(rejects):,} | {tally[None]:,} | {reasons or 'none'} | {sum(wrong):,} | {missed:,} |"
    )


if __name__ == "__main__":
    main()
