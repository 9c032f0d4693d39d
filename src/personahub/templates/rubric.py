"""Rubrics: by which criteria, on which scale and in which words a judge model judges.

    +++
    name = "riddles"
    least = 1
    most = 5
    [criteria]
    wit = "the answer surprises, and then seems the only one"
    +++
    Judge the riddle below. {{criteria}}
    Riddle: {{sample}}

In a file that ends in .toml the words stand in `wording`. What the answer must look like is added by itself.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from personahub.errors import TemplateError
from personahub.text import content_id

SHIPPED = "general"
VARIABLES = ("criteria", "sample", "persona", "description")
MOST_CRITERIA = 20

_COMPARING = "comparison.md"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FRONT = re.compile(r"\A\ufeff?\+\+\+[ \t]*\r?\n(.*?)\r?\n\+\+\+[ \t]*\r?\n(.*)\Z", re.DOTALL)
_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Rubric:
    """Args:
    criteria: names with what each means, in their order.
    least, most: the ends of the scale, whole numbers.
    """

    name: str
    criteria: tuple[tuple[str, str], ...]
    least: int
    most: int
    wording: str

    @property
    def identity(self) -> str:
        said = repr((self.criteria, self.least, self.most, self.wording, comparing()))
        return f"{self.name}@{content_id(said)[:8]}"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.criteria)

    def fill(self, values: Mapping[str, str]) -> str:
        return filled(self.wording, values)


def filled(wording: str, values: Mapping[str, str]) -> str:
    """Each value is put in once and never read again, so braces in a text mean nothing."""
    return _PLACE.sub(lambda match: values[match[1]], wording)


def comparing() -> str:
    """The words in which two texts are compared; those of a rubric are its criteria."""
    return (resources.files("personahub.templates") / "rubrics" / _COMPARING).read_text("utf-8").strip()


def load(wanted: str) -> Rubric:
    """The shipped rubric of that name, or the file at that path.

    Raises:
        TemplateError: there is none, or it is none; it says what would be right.
    """
    folder = resources.files("personahub.templates") / "rubrics"
    if re.fullmatch(r"\w+", wanted) and (shipped := folder / f"{wanted}.md").is_file() and shipped.name != _COMPARING:
        return _parsed(shipped.read_text("utf-8"), wanted)
    try:
        return _parsed(Path(wanted).read_text("utf-8"), wanted)
    except (OSError, UnicodeDecodeError) as error:
        ours = sorted(one.name.removesuffix(".md") for one in folder.iterdir() if one.name != _COMPARING)
        raise TemplateError(f"rubric {wanted!r} cannot be read ({error}); shipped: {', '.join(ours)}") from error


def _parsed(text: str, where: str) -> Rubric:
    match = _FRONT.match(text)
    if not match and not where.endswith(".toml"):
        raise TemplateError(f"rubric {where!r} does not begin with front matter between two lines of +++")
    try:
        front = tomllib.loads(match[1] if match else text)
    except tomllib.TOMLDecodeError as error:
        raise TemplateError(f"rubric {where!r}: {error}") from error
    wording = match[2] if match else front.pop("wording", "")
    if fault := _fault(front, wording):
        raise TemplateError(f"rubric {where!r} {fault}")
    criteria = tuple((name, said.strip()) for name, said in front["criteria"].items())
    return Rubric(front["name"], criteria, front.get("least", 1), front.get("most", 5), wording.strip())


def _fault(front: Mapping[str, Any], wording: object) -> str | None:
    """What is wrong with it, as the end of a sentence."""
    if odd := sorted(front.keys() - {"name", "criteria", "least", "most"}):
        return f"has {odd[0]!r}, which means nothing there; it may have name, criteria, least and most"
    if not _NAME.fullmatch(str(front.get("name", ""))):
        return 'needs a name of small letters, digits and _, as in name = "riddles": its columns are called by it'
    criteria, ends = front.get("criteria"), (front.get("least", 1), front.get("most", 5))
    if not isinstance(criteria, dict) or not 0 < len(criteria) <= MOST_CRITERIA:
        return f"needs a table [criteria] of 1 to {MOST_CRITERIA}, each a name and what it means"
    if odd := [
        name for name, said in criteria.items() if not (_NAME.fullmatch(name) and isinstance(said, str) and said)
    ]:
        return f"has a criterion {odd[0]!r} that is no name of small letters with a sentence on what it means"
    if not all(type(end) is int for end in ends) or not -1000 <= ends[0] < ends[1] <= 1000:
        return f"has a scale from {ends[0]!r} to {ends[1]!r}; least and most are whole numbers, the least first"
    return _fault_of_wording(wording)


def _fault_of_wording(wording: object) -> str | None:
    if not isinstance(wording, str) or not wording.strip():
        return "has no wording: text behind the front matter, or wording = '''...''' in a .toml"
    used = set(_PLACE.findall(wording))
    if odd := sorted(used - set(VARIABLES)):
        return f"uses {{{{{odd[0]}}}}}, which it does not have; it has {', '.join(VARIABLES)}"
    if missing := [name for name in ("criteria", "sample") if name not in used]:
        return f"never uses {{{{{missing[0]}}}}}; put it where it belongs"
    return None
