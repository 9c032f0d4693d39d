"""The interface of a tool as canonical JSON, whatever way it was written; see personahub.tools.interface."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from personahub.formats.base import EMPTY, Read, spoken
from personahub.models.base import NOT_JSON
from personahub.shapes import values
from personahub.tools.normal import normalised

LONGEST = 20_000  # characters that are looked at as a dictionary of Python
_COMMA = re.compile(r",(?=\s*[}\]])")

NO_TOOL = "no_tool"  # JSON, and nothing that a tool needs


@dataclass(frozen=True, slots=True)
class Tools:
    """Nothing is asked of the endpoint but text: what it gives is read leniently, and held to account by `verify`."""

    @property
    def schema(self) -> str:
        return ""

    def read(self, answer: str) -> Read:
        """The first value in the answer that is a tool."""
        text = spoken(answer)
        if not text:
            return Read("", EMPTY, answer)
        why = ""
        for value in chain(values(text), _nearly(text)):
            try:
                return Read(normalised(value).text)
            except ValueError as error:
                why = why or str(error)
        return Read("", NO_TOOL, f"{why}: {answer}") if why else Read("", NOT_JSON, f"it holds no JSON: {answer}")


def _nearly(text: str) -> Iterator[object]:
    """What is JSON but for a comma at an end, and what is a dictionary as Python writes it."""
    if _COMMA.search(text):
        yield from values(_COMMA.sub("", text))
    inner = text[text.find("{") : text.rfind("}") + 1]
    if inner and "'" in inner and len(inner) < LONGEST:
        try:
            yield ast.literal_eval(inner)
        except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
            return
