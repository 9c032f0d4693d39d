"""personahub beside other tools that find near duplicates: the same texts, one after the other, each in a process.

    python benchmarks/dedup_peers.py install [NAME...]
    python benchmarks/dedup_peers.py measure [NAME...] [--rows 1_000_000] [--save]

Each tool is installed by pip into an environment of its own below ~/.cache/personahub-benchmarks, in the versions of
joiners/requirements. Linux only.
"""

import argparse
import json
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

sys.path.insert(0, str(Path(__file__).parent / "peers"))
sys.path.insert(0, str(Path(__file__).parent / "joiners"))

from clients import OURS, QUIET
from corpus.personas import Corpus
from process_tree import started

from tools import Tool, named

RESULT = Path(__file__).parent / "results" / "dedup_peers.md"
OVER, UNDER = 9, 10  # the threshold
MOST_MEMORY = 8_000  # MB
LOOKS = 0.1  # seconds between two looks at the memory
JUDGED = 2_000  # texts that are looked at for precision, each beside all of its group
COLUMNS = (
    "tool",
    "records",
    "records a second",
    "CPU us a record",
    "CPU s, whole process",
    "peak MB",
    "recall",
    "precision",
)
Numbers = npt.NDArray[np.int64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("install").add_argument("names", nargs="*")
    measure = verbs.add_parser("measure")
    measure.add_argument("names", nargs="*")
    measure.add_argument("--rows", type=int, default=1_000_000)
    measure.add_argument("--save", action="store_true", help="write the page of results")
    given = parser.parse_args()
    tools = named(given.names)
    if given.verb == "install":
        for tool in {tool.base: tool for tool in tools if not tool.is_there}.values():
            tool.install()
        return
    lines = []
    for line in page(tools, given.rows):
        print(line, flush=True)
        lines.append(line)
    if given.save:
        RESULT.write_text("\n".join(lines) + "\n", "utf-8")


def page(tools: tuple[Tool, ...], rows: int) -> Iterator[str]:
    there = [tool for tool in tools if tool.is_there]
    yield "# Near duplicates: beside other tools\n"
    yield (
        "Texts of 13 to 23 words (3 % of 24 to 40), one in 16 an edited copy of another; near is a word-set Jaccard of "
        "at least 0.9. Single words, 128 permutations. What a tool says is taken as groups of texts that are one. "
        "Recall: planted pairs at 0.9 and above that are in one group. Precision: texts beyond the first of a group "
        f"that are truly near to another of it, of {JUDGED:,} such drawn at random, by comparing words. CPU a record "
        "and records a second are from the file to the groups, on all cores, with what is imported, loaded or "
        "converted before left out; the whole process has it in. Peak is of all its processes, shared pages once.\n"
    )
    yield f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}"
    cheapest: dict[str, Measured] = {}
    with tempfile.TemporaryDirectory() as name:
        for tool in there:
            found = measured(tool, min(rows, tool.most), Path(name))
            yield row(tool, found)
            cheapest[tool.name] = found
    yield f"\n{said(cheapest)}"
    yield f"\n{circumstances()}"
    if missing := [tool.name for tool in tools if not tool.is_there]:
        yield f"\nNot installed and so not measured: {', '.join(missing)}."


@dataclass(frozen=True)
class Measured:
    """`died` where it came to no result; then nothing else is told but memory."""

    rows: int
    cpu: float
    wall: float
    whole: float
    peak: float
    recall: float
    precision: float
    died: str = ""


def measured(tool: Tool, rows: int, folder: Path) -> Measured:
    corpus, texts, out = Corpus(rows), folder / f"texts-{rows}.arrow", folder / f"{tool.name}.npy"
    if not texts.exists():
        write(corpus, texts)
    log, peak = folder / f"{tool.name}.log", 0.0
    with started(
        [*tool.command, str(texts), str(out)], environment={**QUIET, "TMPDIR": str(folder)}, output=log
    ) as tree:
        while not tree.poll() and peak < MOST_MEMORY:
            peak = max(peak, tree.memory())
            time.sleep(LOOKS)
        ended = tree.ended
        tree.kill()
    if not ended or tree.process.returncode:
        died = f"took more than {MOST_MEMORY:,} MB" if not ended else log.read_text("utf-8", "replace")[-300:]
        return Measured(rows, 0, 0, tree.cpu, peak, 0, 0, died)
    told = json.loads([line for line in log.read_text("utf-8", "replace").split("\n") if line.startswith('{"cpu"')][-1])
    groups = np.load(out)
    return Measured(rows, told["cpu"], told["wall"], tree.cpu, peak, recall(corpus, groups), precision(texts, groups))


def write(corpus: Corpus, file: Path) -> None:
    """Without the full stop at the end, which some tools would take for a part of the last word."""
    schema = pa.schema([("text", pa.large_string())])
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for part in corpus():
            writer.write_batch(pa.record_batch([pc.utf8_rtrim(part, characters=".")], schema=schema))


def recall(corpus: Corpus, groups: Numbers) -> float:
    planted = corpus.planted()
    near = planted[planted[:, 2] * UNDER >= planted[:, 3] * OVER]
    return float((groups[near[:, 0]] == groups[near[:, 1]]).mean())


def precision(texts: Path, groups: Numbers) -> float:
    words = Words.of(texts)
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.concatenate([[True], groups[order][1:] != groups[order][:-1]]))
    ends = np.append(starts[1:], len(order))
    behind = np.setdiff1d(np.arange(len(order)), starts)
    asked = random.Random(1).sample(behind.tolist(), min(JUDGED, len(behind)))
    right = 0
    for place in asked:
        group = int(np.searchsorted(starts, place, "right")) - 1
        members = order[starts[group] : ends[group]]
        right += words.is_near(order[place], members[members != order[place]])
    return right / max(len(asked), 1)


@dataclass(frozen=True)
class Words:
    """The words of text r, each once, as numbers: `words[offsets[r] : offsets[r + 1]]`."""

    words: Numbers
    offsets: Numbers

    @classmethod
    def of(cls, texts: Path) -> "Words":
        with pa.memory_map(str(texts)) as file:
            lists = pc.split_pattern(pa.ipc.open_file(file).read_all()["text"].combine_chunks(), " ")
        coded = lists.values.dictionary_encode().indices.to_numpy().astype(np.int64)
        return cls(coded, lists.offsets.to_numpy().astype(np.int64))

    def is_near(self, one: int, others: Numbers) -> bool:
        """Whether any of the others is, each of them compared."""
        mine = self.words[self.offsets[one] : self.offsets[one + 1]]
        sizes = self.offsets[others + 1] - self.offsets[others]
        owner = np.repeat(np.arange(len(others)), sizes)
        within = np.arange(len(owner)) - (np.cumsum(sizes) - sizes)[owner]
        hit = np.isin(self.words[self.offsets[others[owner]] + within], mine)
        shared = np.bincount(owner[hit], minlength=len(others))
        return bool((shared * UNDER >= (len(mine) + sizes - shared) * OVER).any())


def row(tool: Tool, found: Measured) -> str:
    cells = [f"{tool.name} {tool.version}: {tool.about}", f"{found.rows:,}"]
    if found.died:
        return f"| {' | '.join([*cells, found.died, '', f'{found.whole:.1f}', f'{found.peak:,.0f}', '', ''])} |"
    cells += [f"{found.rows / found.wall:,.0f}", f"{found.cpu / found.rows * 1e6:,.2f}", f"{found.whole:.1f}"]
    return f"| {' | '.join([*cells, f'{found.peak:,.0f}', f'{found.recall:.4f}', f'{found.precision:.4f}'])} |"


def said(found: dict[str, Measured]) -> str:
    """Ours against the cheapest other that reaches 0.9 of both."""
    good = {
        name: one.cpu / one.rows
        for name, one in found.items()
        if not name.startswith(OURS) and min(one.recall, one.precision) >= 0.9
    }
    if OURS not in found or not good:
        return "No other tool reached 0.9 of both recall and precision."
    name = min(good, key=lambda one: good[one])
    ratio = good[name] / (found[OURS].cpu / found[OURS].rows)
    return f"The cheapest other that reaches 0.9 of both, {name}, takes {ratio:.1f} times the CPU of the exact join."


def circumstances() -> str:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{datetime.now(UTC):%d %B %Y}, Python {platform.python_version()}, {os.cpu_count()} cores, niceness "
        f"{os.nice(0)}, load {load} at the end: CPU is what compares, records a second are not. A tool is stopped at "
        f"{MOST_MEMORY:,} MB; fewer records than others have those that would take long or much memory.\n\n"
        "Again: `python benchmarks/dedup_peers.py install`, then "
        f"`python benchmarks/dedup_peers.py {' '.join(word for word in sys.argv[1:] if word != '--save')}`."
    )


if __name__ == "__main__":
    main()
