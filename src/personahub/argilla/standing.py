"""What stands of one judgement here and there, held against what both had when they last met."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from personahub.store.judged import PENDING, SKIPPED, Judgement, Said

SAME, THEIRS, OURS, BOTH = "same", "theirs", "ours", "both"  # which of the two is new


@dataclass(frozen=True, slots=True)
class State:
    status: str = PENDING
    answers: Mapping[str, object] = field(default_factory=dict)

    def only(self, names: Iterable[str]) -> "State":
        """With the answers to these questions alone."""
        wanted = set(names)
        return State(self.status, {name: value for name, value in self.answers.items() if name in wanted})


def key_begins(dataset: str) -> str:
    """How the keys of actions begin by which responses of a dataset were taken."""
    return f"argilla-{dataset}-"


def met(said: Sequence[Said], reviewer: str, dataset: str, action: int) -> State:
    """What a judgement was when it was last sent to a dataset, or taken from it.

    Args:
        said: every change of the record's judgements, the oldest first.
        action: the last one when the record was sent.
    """
    begins = key_begins(dataset)
    base = State()
    for one in said:
        if one.reviewer == reviewer and (one.action <= action or one.key.startswith(begins)):
            base = state(one)
    return base


def newer(ours: State, theirs: State, base: State) -> str:
    """Which of the two differs from what both were: one of SAME, THEIRS, OURS and BOTH."""
    if ours == theirs:
        return SAME
    if ours == base:
        return THEIRS
    return OURS if theirs == base else BOTH


def state(one: Judgement | Said | None) -> State:
    """What holds of it; a record that was skipped was not judged."""
    return State() if one is None or one.status == SKIPPED else State(one.status, one.answers)
