"""How answers are read: a format a file, named in the front matter of a template."""

from collections.abc import Callable, Mapping

from personahub.errors import TemplateError
from personahub.formats.base import Format, Shape
from personahub.formats.code import Code
from personahub.formats.fields import Fields
from personahub.formats.final import Final
from personahub.formats.json import Json
from personahub.formats.text import Text
from personahub.formats.tool import Tools
from personahub.formats.verbatim import Verbatim

FORMATS: Mapping[str, Callable[[Shape], Format]] = {
    "text": lambda shape: Text(shape.answer, shape.until),
    "verbatim": lambda shape: Verbatim(shape.answer),
    "fields": lambda shape: Fields(shape.fields),
    "json": lambda shape: Json(shape.schema),
    "final": lambda shape: Final(shape.answer),
    "tool": lambda _: Tools(),
    "code": lambda _: Code(),
    "program": lambda _: Code(),  # which is run, and gives the answer
}
# What of the front matter each needs, beside what all have; one that is not listed needs nothing.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "text": ("answer",),
    "fields": ("fields",),
    "json": ("schema",),
    "final": ("answer",),
}


def find(name: str, shape: Shape) -> Format:
    """The format of that name, for answers of this shape; TemplateError where there is none or something is missing."""
    if name not in FORMATS:
        raise TemplateError(f"there is no format {name!r}; there are {', '.join(FORMATS)}")
    for needed in NEEDS.get(name, ()):
        if not getattr(shape, needed):
            raise TemplateError(f"the format {name!r} needs {needed!r}")
    return FORMATS[name](shape)
