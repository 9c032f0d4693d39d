"""Examples of what is wanted, as they stand in a prompt (paper, section 3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from personahub.templates.base import Template

SHOTS = ("zero", "few", "persona")

_BEFORE = "Examples of what is wanted:"
_BEHIND = (
    "What you write is of the same kind, and comes from the person below: take over no setting, name, number or "
    "sentence of the examples."
)


@dataclass(frozen=True, slots=True)
class Demonstration:
    """Args:
    persona: from whose view it might be; "" where that is not shown.
    """

    text: str
    persona: str = ""


def demonstrated(template: Template, shown: Sequence[Demonstration]) -> Template:
    """The template with these examples, all before the persona, so that prompts differ at their ends alone."""
    if not shown:
        return template
    label = f"{template.answer.rstrip(':')}:\n" if template.answer else ""
    blocks = [
        "\n".join([f"Example {number}", *([f"Person: {one.persona}"] if one.persona else []), f"{label}{one.text}"])
        for number, one in enumerate(shown, 1)
    ]
    return template.showing("\n\n".join([_BEFORE, *blocks, _BEHIND]))
