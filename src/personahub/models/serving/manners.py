"""How the server behaves: how long it takes, how often it fails and in which way, how much it lets in."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from personahub.errors import UsageError

# Drawn anew for every request, so that the same question asked again most often gets its answer.
PASSING = (
    *("429", "429_after", "500", "503", "503_after", "reset", "close", "stall"),
    *("drip", "truncated", "bad_json", "html", "wrong_type", "error_inside", "no_choices", "null", "bomb"),
)
# Drawn anew as well, but no sign of something that passes: a client had better stop or follow nothing.
STANDING = ("redirect", "quota", "unauthorized")
# Drawn from the question alone: it gets the same however often it is asked.
OF_THE_KEY = ("refused", "length", "content_filter")
KINDS = (*PASSING, *STANDING, *OF_THE_KEY)

_NUMBERS = ("latency_ms", "latency_sigma", "retry_after", "limit_rps")
_WHOLE = ("fault_seed", "slots", "most_inputs", "most_words")
_OPEN = ("limit_rps", "slots", "most_inputs", "most_words")  # no limit where not given
_LARGEST = 1e9


@dataclass(frozen=True, slots=True)
class Manners:
    """Args:
    latency_ms: worked on each answer; the mean where `latency_sigma` is given.
    latency_sigma: of the logarithm of a log-normal latency; 0 for the same latency always.
    faults: "429=0.02,reset=0.01": the share of requests that a kind of fault meets (of questions, for the
        kinds OF_THE_KEY). "all=0.2" is shared evenly by the PASSING kinds; a kind named beside it has its own.
    retry_after: seconds that "429_after" and "503_after" ask for.
    limit_rps: requests a second that are let in; as many may come at once.
    limit_headers: whether answers tell what is left of the limit.
    slots: requests worked on at once, while the others queue.
    most_inputs: texts in a request for vectors; `most_words`: words in such a text; with more it is refused.

    Raises:
        UsageError: a value that cannot be meant.
    """

    latency_ms: float = 0.0
    latency_sigma: float = 0.0
    faults: str = ""
    fault_seed: int = 0
    retry_after: float = 1.0
    limit_rps: float | None = None
    limit_headers: bool = True
    slots: int | None = None
    most_inputs: int | None = None
    most_words: int | None = None

    def __post_init__(self) -> None:
        for name in (*_NUMBERS, *_WHOLE):
            _check(name, getattr(self, name))
        if not isinstance(self.limit_headers, bool):
            raise UsageError("limit_headers must be true or false")
        rates(self.faults)

    def changed(self, given: Mapping[str, object]) -> "Manners":
        """With other values for some of its fields.

        Raises:
            UsageError: a name or a value that cannot be meant.
        """
        known = [field.name for field in fields(self)]
        for name in given:
            if name not in known:
                raise UsageError(f"there is no {name!r} here; there are {', '.join(known)}")
        return replace(self, **given)  # type: ignore[arg-type]  # __post_init__ looks at them


def rates(faults: str) -> dict[str, float]:
    """The share of each kind that was named.

    Raises:
        UsageError: no such kind, no such share, or more than there is to share.
    """
    if not isinstance(faults, str):
        raise UsageError("faults must be a text such as '429=0.02,reset=0.01'")
    named = dict(_share(part) for part in faults.split(",") if part.strip())
    everywhere = named.pop("all", 0.0) / len(PASSING)
    found = dict.fromkeys(PASSING, everywhere) | named if everywhere else named
    for group in ((*PASSING, *STANDING), OF_THE_KEY):
        if sum(found.get(kind, 0.0) for kind in group) > 1.0 + 1e-9:
            raise UsageError(f"faults: the shares of {', '.join(kind for kind in group if kind in found)} exceed 1")
    return found


def _share(part: str) -> tuple[str, float]:
    kind, _, said = part.partition("=")
    kind = kind.strip()
    if kind not in (*KINDS, "all"):
        raise UsageError(f"faults: there is no kind {kind!r}; there are {', '.join(KINDS)}, and all")
    try:
        share = float(said)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise UsageError(f"faults: {part.strip()!r} must be a kind, = and a share from 0 to 1, such as {kind}=0.02")
    return kind, share


def _check(name: str, value: object) -> None:
    if value is None and name in _OPEN:
        return
    kind = int if name in _WHOLE else int | float
    least = -_LARGEST if name == "fault_seed" else 1 if name in _OPEN and kind is int else 0
    fits = isinstance(value, kind) and not isinstance(value, bool) and math.isfinite(value)
    if not fits or not least <= value <= _LARGEST or (name == "limit_rps" and value == 0):  # type: ignore[operator]
        raise UsageError(f"{name} is {value!r} and must be a number of at least {max(least, 0)}")
