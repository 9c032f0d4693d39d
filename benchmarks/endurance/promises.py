"""What a benchmark hands over: lines of its page, and promises with what was seen of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Promise:
    """Args:
    kept: None where it could not be looked at here, for the reason in `seen`.
    """

    said: str
    seen: str
    kept: bool | None

    def __str__(self) -> str:
        word = {True: "kept", False: "BROKEN", None: "not measured"}[self.kept]
        return f"- **{word}**: {self.said} - {self.seen}"


Line = str | Promise


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Args:
    about: what is done, for the page.
    settings: its keywords, each with a default and a word of help; they are its options as well.
    """

    title: str
    about: str
    measure: Callable[..., Iterator[Line]]
    settings: Mapping[str, tuple[int | float | str, str]] = field(default_factory=dict)


def row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def head(*cells: str) -> str:
    """The first two lines of a table."""
    return f"{row(*cells)}\n|{'---|' * len(cells)}"
