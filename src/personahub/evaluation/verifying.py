"""The program of a process that holds expressions against each other with math-verify, for as long as its owner lives.

It is a process of its own because an expression that a model wrote may take any time and memory: this one can be ended
and started again. It reads a line of JSON for each pair and writes one. It imports nothing of ours, and is started by
its path.
"""

import json
import logging
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

READY, MISSING = "ready", "missing"
EQUAL, DIFFERENT, UNDECIDED = "equal", "different", "undecided"
MEMORY = 2**30  # bytes beyond what the libraries take
LONGEST = 20  # seconds after which it ends itself, should its owner be gone


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    said = os.dup(1)
    os.dup2(2, 1)  # nothing that a library prints gets into an answer
    try:
        import math_verify  # noqa: PLC0415 - an extra
    except ImportError:
        os.write(said, f"{MISSING}\n".encode())
        return
    _same(math_verify, "$x+1$", "$1+x$")  # what is loaded at the first use is loaded now
    _limit()
    os.write(said, f"{READY}\n".encode())
    logging.disable()
    for line in sys.stdin.buffer:
        first, second = json.loads(line)
        signal.alarm(LONGEST)
        os.write(said, f"{_verdict(math_verify, first, second)}\n".encode())
        signal.alarm(0)


def _limit() -> None:
    taken = Path("/proc/self/statm")  # of Linux; elsewhere the libraries' own memory counts too
    pages = int(taken.read_text().split()[0]) if taken.exists() else 0
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _verdict(library: Any, first: str, second: str) -> str:
    try:
        return _same(library, first, second)
    except (Exception, RecursionError, MemoryError):  # whatever a library makes of text that is no mathematics
        return UNDECIDED


def _same(library: Any, first: str, second: str) -> str:
    kinds = (library.LatexExtractionConfig(), library.ExprExtractionConfig())
    read = [
        library.parse(text, extraction_config=kinds, parsing_timeout=None, raise_on_error=True)
        for text in (first, second)
    ]
    if not all(read):
        return UNDECIDED
    ways = ((read[0], read[1]), (read[1], read[0]))
    same = any(library.verify(*way, timeout_seconds=None, raise_on_error=True) for way in ways)
    return EQUAL if same else DIFFERENT


if __name__ == "__main__":
    main()
