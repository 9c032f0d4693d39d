"""The contract of a sandbox: a program in, what came of it out; whatever the program is, the caller lives on.

A program is text that a model wrote. It gets values and a standard input, may print, and its last expression is its
value. It has no disk, no network and no other process, and ends when it has used up its time or memory.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from personahub.text import printable

SHOWN = 500  # characters of an error
LEAST_SECONDS = 0.05

# Why a program was stopped.
TIME, MEMORY, OUTPUT, CRASHED = "time", "memory", "output", "crashed"
UNSUPPORTED = "unsupported"  # this sandbox cannot run it; another one may


@dataclass(frozen=True, slots=True)
class Program:
    """Args:
    code: Python. The value is that of its last statement where that is an expression.
    inputs: JSON values that it finds under these names.
    stdin: what `input()` reads.
    """

    code: str
    inputs: Mapping[str, object] = field(default_factory=dict)
    stdin: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Args:
    seconds: from its start to its end.
    memory: bytes.
    output: characters that are printed, and characters of the value as JSON.
    """

    seconds: float = 5.0
    memory: int = 256 << 20
    output: int = 64 << 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a program.

    Args:
        output: what it printed, to both streams, up to the limit.
        value: of its last expression as JSON; tuples and sets are lists, and what JSON has no word for is its text.
        error: what it raised and did not catch, "ValueError: ...", or why its value cannot be told.
        stopped: TIME, MEMORY, OUTPUT, CRASHED or UNSUPPORTED; None where it came to its own end.
    """

    output: str = ""
    value: object = None
    error: str | None = None
    stopped: str | None = None

    @property
    def reason(self) -> str | None:
        """Why there is no value to rely on; None for a program that came to a good end."""
        if self.stopped and self.error:
            return f"{self.stopped}: {self.error}"
        return self.stopped or self.error


class Sandbox(Protocol):
    """A place where programs run. It may be used from several threads; `close` ends its processes."""

    @property
    def name(self) -> str: ...

    def run(self, program: Program, limits: Limits = ...) -> Outcome:
        """Returns within the limit of time and some two seconds, whatever the program is."""
        ...

    def close(self) -> None: ...


def told(value: object, most: int) -> object:
    """The value as plain JSON.

    Written piece by piece, so that a value that says little and unfolds to much ends at the limit.

    Raises:
        OverflowError: more than `most` characters.
        ValueError: it holds itself, goes too deep, has keys that are no text, or a number too long to write.
    """
    pieces, size = [], 0
    try:
        for piece in json.JSONEncoder(default=_told).iterencode(_keyed(value)):
            size += len(piece)
            if size > most:
                raise OverflowError
            pieces.append(piece)
        return json.loads("".join(pieces))
    except RecursionError as error:
        raise ValueError("values within values, too deep to tell") from error
    except TypeError as error:
        raise ValueError(str(error)) from error


def shown(error: str) -> str:
    """An error in one line that a terminal can show."""
    return " ".join(printable(error[: 2 * SHOWN]).split())[:SHOWN]


def _keyed(value: object) -> object:
    if isinstance(value, dict) and not all(isinstance(key, str | int | float | bool | None) for key in value):
        return {str(key): one for key, one in value.items()}
    return value


def _told(value: object) -> object:
    if isinstance(value, set | frozenset):
        return sorted(value, key=repr)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    attributes = getattr(value, "attributes", None)  # of an instance that lives in the sandbox
    return dict(attributes) if isinstance(attributes, Mapping) else str(value)
