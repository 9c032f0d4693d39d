"""Which share of the characters of 1,000 prompts is a beginning that all have in common, task by task.

python benchmarks/prefix_share.py         # writes benchmarks/results/prefix_share.md
"""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from personahub.attributes.names import ATTRIBUTES
from personahub.preview import preview
from personahub.tasks.attributes import Attributes
from personahub.tasks.base import Task
from personahub.tasks.persona_to_persona import PersonaToPersona
from personahub.tasks.synthesis import Synthesis
from personahub.tasks.text_to_persona import TextToPersona
from personahub.templates.demonstrations import SHOTS
from uses import SHOWN, demonstrations, described, shown_to, uses

RESULTS = Path(__file__).parent / "results" / "prefix_share.md"
PROMPTS = 1_000
LEAST = 0.8  # of tasks with a world or examples


def main() -> None:
    rows = described(PROMPTS)
    lines = [
        "# The beginning that prompts share",
        "",
        "```",
        "python benchmarks/prefix_share.py",
        "```",
        "",
        f"{len(rows):,} prompts of each task, about personas of the example texts; examples are {SHOWN}. The share of",
        "all their characters that is a beginning common to all: a server with a prefix cache reads it once.",
        "`extract` is asked about personas here; with texts of 8,000 characters its share is that of its wording. Of",
        f"tasks with a world or examples, at least {LEAST:.0%} is wanted.",
        "",
        "| task | shots | characters a prompt | share |",
        "|---|---|---|---|",
        *(line for name, shots, task in tasks() for line in [row(name, shots, task, rows)]),
        "",
    ]
    RESULTS.write_text("\n".join(lines), "utf-8")


def tasks() -> Iterator[tuple[str, str, Task]]:
    yield "extract", "", TextToPersona.worded(None, granularity="fine", count=1)
    yield "expand", "", PersonaToPersona.worded(None, hop=1, count=3)
    yield "label", "", Attributes.worded(None, names=ATTRIBUTES, field="text")
    for name, template in uses().items():
        shown = demonstrations(template)
        for shots in SHOTS:
            task = Synthesis(template, name) if shots == "zero" else shown_to(template, shown, shots)
            yield name, shots, task


def row(name: str, shots: str, task: Task, rows: pa.RecordBatch) -> str:
    seen = preview(task, [rows])
    if shots in ("few", "persona") and seen.share < LEAST:
        raise SystemExit(f"{name} {shots}: only {seen.share:.1%} of the prompts is shared")
    return f"| {name} | {shots} | {seen.characters // seen.requests:,} | {seen.share:.1%} |"


if __name__ == "__main__":
    main()
