"""What a verb tells while it works (Progress) and when it is done (Report)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows of one kind came in, and where each went.

    `read` is counted at the door and `kept` and `rejected` at the exits, so that `adds_up` is a
    check and not a definition.
    """

    read: int = 0
    kept: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)

    @property
    def adds_up(self) -> bool:
        return self.read == self.kept + sum(self.rejected.values())

    def __add__(self, other: "Tally") -> "Tally":
        reasons = dict(self.rejected)
        for reason, count in other.rejected.items():
            reasons[reason] = reasons.get(reason, 0) + count
        return Tally(self.read + other.read, self.kept + other.kept, reasons)

    def __sub__(self, other: "Tally") -> "Tally":
        """Less what another counted too; a reason of which nothing is left is gone."""
        left = {reason: count - other.rejected.get(reason, 0) for reason, count in self.rejected.items()}
        return Tally(self.read - other.read, self.kept - other.kept, {reason: n for reason, n in left.items() if n})


@dataclass(frozen=True, slots=True)
class Usage:
    """What the model was asked and what it counted.

    Args:
        requests: sent to the model in this call, retries included.
        reused: answered from the journal, at no cost.
        cost: in US dollars; None where no price is known.
    """

    requests: int = 0
    reused: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.requests + other.requests,
            self.reused + other.reused,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            None if self.cost is None and other.cost is None else (self.cost or 0.0) + (other.cost or 0.0),
        )


@dataclass(frozen=True, slots=True)
class Report:
    """What a verb did.

    Args:
        tallies: by kind of row ("documents", "texts", "personas", "samples"), in the order of flow.
        new: rows this call added to the hub, by table; a repeated call adds none.
        counts: further figures by name, such as personas by hop.
        output: the file that was written.
        notes: sentences a person should read.
        preview: a few of the rows that were made, as plain fields.
        listed: what was asked to be listed, each with the same fields.
        stopped: a limit of the user ended it before all was done.
        wrong: what was looked at is not as it should be.
    """

    verb: str
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    new: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    usage: Usage = Usage()
    seconds: float = 0.0
    output: str | None = None
    notes: tuple[str, ...] = ()
    preview: tuple[Mapping[str, object], ...] = ()
    listed: tuple[Mapping[str, object], ...] = ()
    stopped: bool = False
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Novelty:
    """How much of what a run makes is new.

    Args:
        new, known: records that are near to none before them, and those that are.
        lately: the share of new ones among the last, 0.0 to 1.0.
    """

    new: int
    known: int
    lately: float


@dataclass(frozen=True, slots=True)
class Step:
    """One moment of a running verb.

    Args:
        done: units finished, of `total` where that is known.
        share: 0.0 to 1.0 of the input that has been read, where only that is known.
        failed: answers that cannot be used, by reason.
        state: a sentence on what keeps it from going on at full speed; "" where nothing does.
        novelty: of what came, where it is held against what is there.
    """

    verb: str
    unit: str
    done: int
    total: int | None = None
    share: float | None = None
    usage: Usage = Usage()
    in_flight: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
    state: str = ""
    novelty: Novelty | None = None


class Progress(Protocol):
    def __call__(self, step: Step) -> None: ...


def silent(step: Step) -> None:
    """The default Progress: says nothing."""
