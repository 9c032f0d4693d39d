"""The Python in an answer, alone: out of its fence, less what is said around it."""

import ast
import re
from dataclasses import dataclass

from personahub.formats.base import EMPTY, Read, spoken

NO_CODE = "no_code"
CUT_OFF = "cut_off"  # a fence that was opened and never closed, around what is no whole program
LONGEST = 60_000  # characters that are looked at as Python

_FENCE = re.compile(
    r"^[ \t]*(?:```|~~~)[ \t]*([\w+-]*)[^\n]*\n(.*?)^[ \t]*(?:```|~~~)[ \t]*$", re.MULTILINE | re.DOTALL
)
_OPEN = re.compile(r"^[ \t]*(?:```|~~~)[ \t]*(?:python|py|python3)?[ \t]*\n", re.MULTILINE | re.IGNORECASE)
_PYTHON = frozenset({"python", "py", "python3", ""})
_START = re.compile(r"^(?:from \w|import \w|def \w|class \w|async def \w|@\w|\w+ *= *\S)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Code:
    @property
    def schema(self) -> str:
        return ""

    def read(self, answer: str) -> Read:
        """The longest block of Python, of several; without a fence, what reads as Python from some line to the end."""
        text = spoken(answer)
        if not text:
            return Read("", EMPTY, answer)
        blocks = [(kind.lower(), body.strip("\n")) for kind, body in _FENCE.findall(text) if body.strip()]
        named = [body for kind, body in blocks if kind in _PYTHON - {""}] or [body for kind, body in blocks if not kind]
        if named:
            return Read(_plain(max(named, key=len)))
        if blocks:
            return Read("", NO_CODE, f"it is in another language: {answer}")
        if opened := _OPEN.search(text):
            rest = _plain(text[opened.end() :])
            return Read(rest) if _is_python(rest) else Read("", CUT_OFF, answer)
        return self._bare(text, answer)

    def _bare(self, text: str, answer: str) -> Read:
        for start in [0, *(found.start() for found in list(_START.finditer(text))[:8])]:
            rest = _plain(text[start:])
            if _START.search(rest) and _is_python(rest):
                return Read(rest)
        return Read("", NO_CODE, answer)


def _plain(code: str) -> str:
    return code.replace("\r\n", "\n").strip("\n").rstrip()


def _is_python(text: str) -> bool:
    if len(text) > LONGEST:
        return False
    try:
        return bool(ast.parse(text).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
