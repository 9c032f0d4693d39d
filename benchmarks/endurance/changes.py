"""What is asked again after a change: what really changed, and no more."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench_server import BenchServer
from commands import Ended, well
from peopled_hub import CONCURRENCY, MODEL, person
from promises import Line, Promise, head, row

SHORT, LONG, SHORTEST = 8, 4096, 4  # tokens of the longest answer

TEMPLATE = """\
+++
task = "text_to_persona"
name = "readers"
description = "reader"
answer = "Persona:"
+++
{words}

Text:
<<<
{{{{text}}}}
>>>
"""
ASKED = "Who is likely to read this text? Describe one person in one sentence, and be specific."


def measure(*, rows: int) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as scratch, BenchServer() as server:
        case = _Case(Path(scratch), server, rows)
        yield head("change", "questions to ask", "of them new", "requests", "questions never asked before")
        first = case.asked("the first run", rows)
        cut = case.cut_off
        seen = [
            first,
            case.asked("nothing", 0),
            case.asked("one row's text", 1, changed=(rows // 2,)),
            case.asked("the order of the rows", 0, changed=(rows // 2,), backwards=True),
        ]
        seen += [
            case.asked(f"`--max-tokens` to {SHORTEST}, which is less,", 0, changed=(rows // 2,), limit=SHORTEST),
            case.asked(f"`--max-tokens` to {LONG}, which is more,", cut, new=0, changed=(rows // 2,), limit=LONG),
            case.asked("the template", rows, changed=(rows // 2,), words=f"{ASKED} Name their trade.", limit=LONG),
        ]
        yield from (line for line, _ in seen)
        yield ""
        yield f"At `--max-tokens {SHORT}` {cut} answers of {rows} stay cut off with twice the room as well.\n"
        yield from (promise for _, promise in seen[1:])


class _Case:
    """Texts and a hub, run again and again with something else."""

    def __init__(self, place: Path, server: BenchServer, rows: int) -> None:
        self._place, self._server, self._rows = place, server, rows
        self._hub = place / "my.hub"
        self.cut_off = 0  # answers that the last run has no more of

    def asked(
        self,
        change: str,
        wanted: int,
        *,
        new: int | None = None,
        changed: Sequence[int] = (),
        backwards: bool = False,
        limit: int = SHORT,
        words: str = ASKED,
    ) -> tuple[str, Promise]:
        before = self._server.counts()
        ended = self._run(changed, backwards=backwards, limit=limit, words=words)
        self.cut_off = ended.report["tallies"]["personas"]["rejected"].get("cut_off", 0)
        since = self._server.counts().since(before)
        new = wanted if new is None else new
        line = row(change, f"{wanted:,}", f"{new:,}", f"{since.requests:,}", f"{since.distinct:,}")
        said = f"after a change of {change} exactly the {wanted:,} questions that it concerns are asked"
        seen = f"{since.requests:,} requests, {since.distinct:,} for what was never asked before"
        # An answer that is cut off makes a second request of its question.
        return line, Promise(said, seen, since.distinct == new and wanted <= since.requests <= 2 * wanted)

    def _run(self, changed: Sequence[int], *, backwards: bool, limit: int, words: str) -> Ended:
        texts = [f"Notes, page {number}. {person(number)} wrote this on a wet day." for number in range(self._rows)]
        for number in changed:
            texts[number] += " Somebody has added a line."
        numbers = range(self._rows - 1, -1, -1) if backwards else range(self._rows)
        source, template = self._place / "texts.jsonl", self._place / "readers.md"
        source.write_text("".join(json.dumps({"text": texts[number]}) + "\n" for number in numbers), "utf-8")
        template.write_text(TEMPLATE.format(words=words), "utf-8")
        asking = ["--model", MODEL, "--base-url", self._server.url, "--concurrency", CONCURRENCY, "--json"]
        return well("extract", self._hub, source, "--template", template, "--max-tokens", limit, *asking)
