"""A line "Label: value" for each of several labels; a value may go on over further lines."""

from dataclasses import dataclass

from personahub.formats.base import EMPTY, NO_FIELD, Read, labelled


@dataclass(frozen=True, slots=True)
class Fields:
    """Args:
    labels: in the order in which they are kept, each with or without its colon.
    """

    labels: tuple[str, ...]

    @property
    def schema(self) -> str:
        return ""

    def read(self, answer: str) -> Read:
        """The first value of each label; what a second answer in the same reply says is left out."""
        found = self.values(answer)
        missing = [label for label in self._names if not found.get(label)]
        if len(missing) == len(self.labels):
            return Read("", EMPTY, answer)
        if missing:
            return Read("", NO_FIELD, f"nothing stands behind {', '.join(missing)}")
        return Read("\n".join(f"{label}: {found[label]}" for label in self._names))

    def values(self, text: str) -> dict[str, str]:
        """What stands behind each label that is there."""
        found: dict[str, str] = {}
        for label, value in labelled(text, *self._names, "\0"):
            if label != "\0":
                found.setdefault(label, value)
        return found

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(label.rstrip(":\uff1a") for label in self.labels)
