"""The contract of a check: a name, a setting, and why a text does not hold."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Made:
    """What is checked: a text as it would be kept, and the persona from whose view it was written."""

    text: str
    persona: str = ""


class Check(Protocol):
    """Pure: a frozen dataclass of one setting. It raises ValueError, with the cure, for a setting it cannot take."""

    def __call__(self, made: Made, /) -> str | None:
        """Why it does not hold, in a few words; None where it does."""
        ...


def whole(value: object, least: int = 1) -> int:
    """A setting that is a whole number, also where it came out of a variable, as text."""
    try:
        number = int(str(value))
    except ValueError:
        raise ValueError(f"a whole number from {least} on") from None
    if number < least or isinstance(value, bool | float):
        raise ValueError(f"a whole number from {least} on")
    return number


def share(value: object) -> float:
    """A setting that is a number above 0 and up to 1."""
    try:
        number = float(str(value))
    except ValueError:
        raise ValueError("a number above 0 and up to 1") from None
    if not 0 < number <= 1:
        raise ValueError("a number above 0 and up to 1")
    return number
