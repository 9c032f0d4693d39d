"""Answers as they go wrong with a language model: refused, cut short, empty, or an echo of what was asked."""

from personahub.models.offline.dice import Dice

_REFUSALS = ("I'm sorry, but I can't help with that.", "As an AI language model, I cannot write about this person.")


def flawed(text: str, given: str, seed: int, rate: float) -> str:
    """The answer, or at this rate one that is of no use.

    Args:
        given: what was asked about.
    """
    if rate <= 0:
        return text
    dice = Dice("flaw", str(seed), given, text[:200])
    if dice.below(1_000_000) >= rate * 1_000_000:
        return text
    label = text.partition(":")[0]
    return dice.pick((dice.pick(_REFUSALS), f"{label}: {' '.join(text.split()[1:5])}", "", f"{label}: {given}"))
