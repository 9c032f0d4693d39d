"""What every driver has in common: its command line, its file of answers, and the one line it ends with.

    python NAME_driver.py URL N CONCURRENCY OUT.jsonl [--model bench] [--variant NAME]

An answer is a line {"key": number of the prompt, "text": ..., "finish": reason or null}. The last line says how many
rows have a usable text, how many came to nothing, how many were cut off by the server and kept all the same (0 where
the client does not tell), how many seconds the asking took, and what it died of.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

KEY = "none"  # the server wants no key, most clients do

DIED_CHARS = 300


@dataclass(frozen=True, slots=True)
class Job:
    """Args:
    url: up to and with /v1.
    variant: a way to use the client that gets a row of its own.
    """

    url: str
    count: int
    concurrency: int
    out: Path
    model: str
    variant: str

    @property
    def state(self) -> Path:
        """Where the client keeps what it needs to go on after a kill."""
        folder = self.out.with_suffix(".state").resolve()
        folder.mkdir(parents=True, exist_ok=True)
        return folder


@dataclass
class Answers:
    """Args:
    seconds: how long the asking took, where a driver knows better than the clock around all that it does.
    """

    file: IO[str]
    good: int = 0
    none: int = 0
    cut_off_kept: int = 0
    seconds: float | None = None
    keys: set[int] = field(default_factory=set)

    def put(self, key: int, text: str | None, finish: str | None = None) -> None:
        """Write what the client hands over for a prompt; no text means that the row came to nothing."""
        self.keys.add(key)
        if not text:
            self.none += 1
            return
        self.good += 1
        self.cut_off_kept += finish == "length"
        self.file.write(json.dumps({"key": key, "text": text, "finish": finish}, ensure_ascii=False) + "\n")
        self.file.flush()

    def lost(self, key: int) -> None:
        self.put(key, None)


def drive(ask: Callable[[Job, Answers], None]) -> None:
    """Ask every prompt of the job of the command line; what ends it early is told and not raised."""
    job = _job()
    died = None
    with job.out.open("w", encoding="utf-8") as file:
        answers = Answers(file)
        start = time.perf_counter()
        try:
            ask(job, answers)
        except Exception as error:  # whatever a client raises is a result here
            died = f"{type(error).__name__}: {error}"[:DIED_CHARS]
        seconds = answers.seconds or time.perf_counter() - start
    none = answers.none + job.count - len(answers.keys)
    told = {"good": answers.good, "none": none, "cut_off_kept": answers.cut_off_kept}
    print("\n" + json.dumps({**told, "seconds": round(seconds, 3), "died": died}), flush=True)


def _job() -> Job:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("count", type=int)
    parser.add_argument("concurrency", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", default="bench")
    parser.add_argument("--variant", default="")
    return Job(**vars(parser.parse_args()))
