"""Forms in which personas come: which field of a row holds what, and how a form is told by its fields."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from personahub.errors import SourceError, UsageError
from personahub.schema import IMPORTED, PERSONAS, SAMPLES

HOLDS = ("persona", "text", "description")  # columns of records; any other name of a mapping is an attribute's

_ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]{0,62}")
_TAKEN = {*PERSONAS.names, *SAMPLES.names, *IMPORTED.names, "reject", "detail"}


@dataclass(frozen=True)
class Form:
    """Where rows of one kind have what records hold.

    Args:
        persona: fields that may hold the persona: the first of them that a row has as text.
        text: the field with the sample that was written for it; rows without one are personas.
        marks: fields that tell the form from others; a row has all of them.
        attributes: columns that personas get, by the field they come from.
        nothing: a text that stands for no value in those.
    """

    name: str
    persona: tuple[str, ...] = ("persona",)
    text: str | None = None
    description: str | None = None
    marks: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    nothing: str | None = None

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Those that hold what a record holds."""
        return (*self.persona, *(name for name in (self.text, self.description) if name))

    def fits(self, names: Collection[str]) -> bool:
        return any(name in names for name in self.persona) and all(name in names for name in self.marks)


_ELITE_GENERAL, _ELITE_SPECIFIC = "general domain (top 1 percent)", "specific domain (top 1 percent)"
_TOLD = ("sex", "age", "marital_status", "education_level", "bachelors_field", "occupation", "city", "state", "zipcode")
_PLACES = ("municipality", "region", "country")

# As they were published; the first that fits is taken. Fields: https://huggingface.co/datasets/ followed by
# nvidia/Nemotron-Personas-USA, proj-persona/PersonaHub and argilla/FinePersonas-v0.1.
FORMS = {
    form.name: form
    for form in (
        Form("nemotron", marks=("professional_persona",), attributes={name: name for name in (*_TOLD, *_PLACES)}),
        Form(
            "elite",
            marks=(_ELITE_GENERAL,),
            attributes={_ELITE_GENERAL: "domain", _ELITE_SPECIFIC: "specialty"},
            nothing="None",
        ),
        Form("finepersonas", marks=("labels",)),
        Form("personahub", ("input persona", "persona"), "synthesized text", "description"),
        Form("table", ()),
    )
}


def mapped(form: str | None, mapping: Mapping[str, str] | Sequence[str]) -> Form | None:
    """The form that was asked for, with what a mapping says; None where it is to be told by the fields.

    Args:
        mapping: "persona", "text", "description" or the name of an attribute, to the field that holds it; or a list of
            NAME=FIELD.

    Raises:
        UsageError: a mapping that cannot be meant, or a table without one.
    """
    words = [mapping] if isinstance(mapping, str) else mapping
    given = words if isinstance(words, Mapping) else dict(map(_pair, words))
    if form is None and not given:
        return None
    start = FORMS[form or "table"]
    if not start.persona and "persona" not in given:
        raise UsageError("a table needs --map persona=FIELD (map=), the field that holds the persona")
    if odd := [name for name in given if name not in HOLDS and (not _ATTRIBUTE.fullmatch(name) or name in _TAKEN)]:
        raise UsageError(
            f"map: {odd[0][:80]!r} is no name for a column: persona, text, description, or for an attribute small "
            f"letters, digits and _, and none of {', '.join(sorted(_TAKEN))}"
        )
    named = {column: name for name, column in given.items() if name not in HOLDS}
    held = {column: name for column, name in start.attributes.items() if name not in given}
    return replace(
        start,
        persona=(given["persona"],) if "persona" in given else start.persona,
        text=given.get("text", start.text),
        description=given.get("description", start.description),
        attributes={**held, **named},
    )


def told(asked: Form | None, names: Collection[str], source: str) -> Form:
    """The form of rows with these fields.

    Raises:
        SourceError: none fits, or the one that was asked for does not.
    """
    for form in FORMS.values() if asked is None else [asked]:
        if form.fits(names):
            return form
    asked = asked or FORMS["personahub"]
    there = ", ".join(sorted(names)) or "none"
    if any(name in names for name in asked.persona):
        (mark,) = asked.marks
        raise SourceError(f"{source} has no field {mark!r}, which the form {asked.name} has; leave --form out")
    raise SourceError(
        f"{source} has no field {' or '.join(map(repr, asked.persona))}; it has {there}; name one with "
        "--map persona=FIELD"
    )


def _pair(word: str) -> tuple[str, str]:
    name, equals, column = word.partition("=")
    if not equals or not name.strip() or not column:
        raise UsageError(f"map {word[:80]!r} must be NAME=FIELD, such as persona=bio")
    return name.strip(), column
