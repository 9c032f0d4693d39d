"""A line "Label: value" for each of several labels; a value may go on over further lines."""

from dataclasses import dataclass

import orjson

from personahub.formats.base import EMPTY, NO_FIELD, Read, labelled, unwrapped
from personahub.shapes import fitting

_TEXTS = '{"type": "object", "additionalProperties": {"type": ["string", "number"]}}'


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
        """What stands behind each label that is there; a JSON object with these keys will do as well."""
        found = self._of_object(text)
        for label, value in labelled(text, *self._names, "\0"):
            if label != "\0":
                found.setdefault(label, value)
        return found

    def _of_object(self, text: str) -> dict[str, str]:
        """Where as many as half of the labels are keys of it."""
        value, fault = fitting(unwrapped(text), _TEXTS) if "{" in text else ("", "none")
        said = {} if fault else {key.casefold().replace("_", " "): one for key, one in orjson.loads(value).items()}
        found = {name: str(said[name.casefold()]).strip() for name in self._names if name.casefold() in said}
        return found if 2 * len(found) >= len(self.labels) else {}

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(label.rstrip(":\uff1a") for label in self.labels)
