"""personahub: `synthesize` on a hub of the same people with the same wording, then `export`.

The hub is filled before the clock starts: the other clients hold their prompts already as well.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

from driving import Answers, Job, drive
from prompts import TEMPLATE, persona

COMMAND = [sys.executable, "-m", "personahub"]
TASK = "bench"
TOLD_CHARS = 300


def prepare(state: Path, count: int) -> Path:
    """The hub of that many people, made now or before."""
    hub, people, done = state / "my.hub", state / "people.jsonl", state / "prepared"
    if not done.exists():
        people.write_text("".join(json.dumps({"persona": persona(number)}) + "\n" for number in range(count)), "utf-8")
        subprocess.run([*COMMAND, "import", str(hub), str(people), "--quiet"], check=True, capture_output=True)
        (state / "bench.md").write_text(TEMPLATE, "utf-8")
        done.touch()
    return hub


def ask(job: Job, answers: Answers) -> None:
    hub = prepare(job.state, job.count)
    start = time.perf_counter()
    asking = [*COMMAND, "synthesize", str(hub), TASK, "--template", str(job.state / "bench.md"), "--quiet"]
    asking += ["--model", f"openai:{job.model}", "--base-url", job.url, "--concurrency", str(job.concurrency)]
    ended = subprocess.run(asking, check=False, capture_output=True, text=True)
    answers.seconds = time.perf_counter() - start
    _collect(hub, job, answers)
    if ended.returncode:
        raise RuntimeError(f"synthesize ended with {ended.returncode}: {ended.stderr[-TOLD_CHARS:]}")


def _collect(hub: Path, job: Job, answers: Answers) -> None:
    rows = job.state / "rows.jsonl"
    rows.unlink(missing_ok=True)
    subprocess.run([*COMMAND, "export", str(hub), TASK, "-o", str(rows), "--quiet"], check=False, capture_output=True)
    if not rows.exists():
        return
    numbers = {persona(number): number for number in range(job.count)}
    with rows.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            answers.put(numbers[row["input persona"]], row["synthesized text"])


if __name__ == "__main__":
    drive(ask)
