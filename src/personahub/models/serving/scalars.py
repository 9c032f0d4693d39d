"""Strings and numbers for a document that must satisfy a schema."""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import cycle
from types import MappingProxyType

from personahub.models.serving.draws import Throws

LONGEST_STRING = 100_000  # characters
_FEW = 100  # between the bounds of a number, where only one is given

_LABELLED = re.compile(r"^([A-Z][\w ]{0,30}): *(\S.*)$")
_FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "date": "{day}",
        "time": "08:30:00Z",
        "date-time": "{day}T08:30:00Z",
        "duration": "P{number}D",
        "email": "someone{number}@example.org",
        "hostname": "host{number}.example.org",
        "ipv4": "192.0.2.{byte}",
        "ipv6": "2001:db8::{byte}",
        "uri": "https://example.org/{number}",
        "uuid": "00000000-0000-4000-8000-{number:012d}",
    }
)


class Lines:
    """The lines of a text, for the strings of a document: "Persona: A nurse" goes to "persona" and "personas"."""

    def __init__(self, text: str) -> None:
        lines = [line.strip() for line in text.split("\n") if line.strip()] or ["text"]
        labelled: dict[str, list[str]] = {}
        plain: list[str] = []
        for line in lines:
            found = _LABELLED.match(line)
            plain.append(found[2] if found else line)
            if found:
                labelled.setdefault(found[1].lower(), []).append(found[2])
        self._labelled: dict[str, Iterator[str]] = {label: cycle(said) for label, said in labelled.items()}
        self._all = cycle(plain)

    def next(self, name: str) -> str:
        """The next line with that label, or the next at all; from the first again where they end."""
        label = name.lower().replace("_", " ")
        return next(self._labelled.get(label) or self._labelled.get(label.removesuffix("s")) or self._all)


def string(schema: Mapping[str, object], name: str, lines: Lines, throws: Throws) -> str:
    """Raises ValueError for a length that none has."""
    form = schema.get("format")
    if isinstance(form, str) and form in _FORMATS:
        number = throws.below(10_000)
        day = date(2024, 1, 1) + timedelta(days=number % 366)
        return _FORMATS[form].format(number=number, byte=number % 254 + 1, day=day)
    least, most = whole(schema, "minLength", 0), whole(schema, "maxLength", LONGEST_STRING)
    if least > min(most, LONGEST_STRING):
        raise ValueError(f"no string has the length between {least} and {most} that the schema asks for")
    said = lines.next(name)
    while len(said) < least:
        said = f"{said} {lines.next(name)}"
    return said[:most]


def integer(schema: Mapping[str, object], throws: Throws) -> int:
    """Raises ValueError where none lies between the bounds."""
    low, high = _bounds(schema)
    step = real(schema, "multipleOf") or 1.0
    if not step.is_integer() or step < 1:
        raise ValueError(f"an integer that is a multiple of {step} is more than this server can write")
    pace = int(step)
    first, last = -(-math.ceil(low) // pace), math.floor(high) // pace
    first += first * pace == schema.get("exclusiveMinimum")
    last -= last * pace == schema.get("exclusiveMaximum")
    if first > last:
        raise ValueError("no integer lies between the bounds of the schema")
    return (first + throws.below(last - first + 1)) * pace


def number(schema: Mapping[str, object], throws: Throws) -> float:
    """Raises ValueError where none lies between the bounds."""
    if "multipleOf" in schema:
        step = real(schema, "multipleOf") or 0.0
        if step <= 0:
            raise ValueError("multipleOf must be above 0")
        scaled = {key: limit / step for key in _BOUNDS if (limit := real(schema, key)) is not None}
        return integer(scaled, throws) * step
    low, high = _bounds(schema)
    if low > high or (low == high and ("exclusiveMinimum" in schema or "exclusiveMaximum" in schema)):
        raise ValueError("no number lies between the bounds of the schema")
    found = low + (high - low) * (throws.below(998) + 1) / 1000
    return short if low < (short := round(found, 2)) < high else found


_BOUNDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")


def _bounds(schema: Mapping[str, object]) -> tuple[float, float]:
    """The least and the greatest, where exclusive ones count as if they were not."""
    lows = [limit for key in _BOUNDS[:2] if (limit := real(schema, key)) is not None]
    highs = [limit for key in _BOUNDS[2:] if (limit := real(schema, key)) is not None]
    low = max(lows) if lows else min(0.0, min(highs) - _FEW) if highs else 0.0
    high = min(highs) if highs else low + _FEW
    return low, high


def real(schema: Mapping[str, object], key: str) -> float | None:
    """Raises ValueError for what is there and is no number."""
    found = schema.get(key)
    if found is None:
        return None
    if not isinstance(found, int | float) or isinstance(found, bool) or not abs(found) <= 2**60:
        raise ValueError(f"{key} must be a number, and not a very large one")
    return float(found)


def whole(schema: Mapping[str, object], key: str, otherwise: int) -> int:
    """Raises ValueError for what is there and is no whole number from 0."""
    found = real(schema, key) if key in schema else otherwise
    if found is None or found < 0 or found != int(found):
        raise ValueError(f"{key} must be a whole number of at least 0")
    return int(found)
