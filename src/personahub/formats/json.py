"""One JSON value that satisfies a schema, as canonical text: sorted keys, no spaces."""

from dataclasses import dataclass

from personahub.formats.base import Read
from personahub.models.base import NOT_JSON
from personahub.shapes import fitting


@dataclass(frozen=True, slots=True)
class Json:
    schema: str

    def read(self, answer: str) -> Read:
        text, fault = fitting(answer, self.schema)
        return Read("", NOT_JSON, f"{fault}: {answer}") if fault else Read(text)
