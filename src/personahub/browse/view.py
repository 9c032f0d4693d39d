"""What is asked for: the description of a set of records, as a page or a program gives it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from personahub.errors import UsageError
from personahub.schema import TABLES

SHOWN = ("kept", "dropped", "all")
BROWSED = {
    "personas": ("text",),
    "samples": ("persona", "text", "description"),
    "texts": ("text",),
    "rejected": ("detail",),
}  # tables, and their fields that are searched and shown large
MAIN = {table: "text" if "text" in TABLES[table].names else fields[0] for table, fields in BROWSED.items()}
MOST_NEAR = 1000
_MOST_TEXT = 10_000  # characters of any text in a view
_MOST_VALUES = 1000  # of a filter
_CORNERS = 500
REVIEWER = re.compile(r"[^\W_][\w .-]{0,39}")


class Unusable(UsageError):  # noqa: N818 - says what is so
    """What was asked for cannot be meant.

    Args:
        field: where in what was asked for it stands, such as "view.where".
    """

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Filter:
    """Of one column: values that may be, or that may not (None: it has none), or from where to where it may lie."""

    column: str
    among: tuple[object, ...] | None = None
    out: bool = False
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Near:
    """Args:
    id: of a record, whole; None where a text is given.
    least: cosine, as `most`.
    turned: the least similar first.
    """

    id: str | None
    text: str | None
    field: str = "text"
    turned: bool = False
    least: float = -1.0
    most: float = 1.0


@dataclass(frozen=True)
class Area:
    field: str
    polygon: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class View:
    """Which records are meant, and in which order; docs/web-api.md says what each field does."""

    table: str = "personas"
    task: str | None = None
    query: str = ""
    field: str | None = None
    where: str = ""
    filters: tuple[Filter, ...] = ()
    show: str = "kept"
    selection: str | None = None
    near: Near | None = None
    area: Area | None = None
    judged_by: str | None = None
    sort: str = "order"
    down: bool = False
    seed: int = 0

    @property
    def by_status(self) -> Filter | None:
        return next((one for one in self.filters if one.column == "status"), None)


@dataclass
class Reading:
    """Takes the fields of an object one after the other, and refuses what is left.

    Args:
        at: where it stands in what was asked for.
    """

    given: Mapping[str, Any]
    at: str = ""
    _taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if not isinstance(self.given, Mapping):
            raise Unusable(f"{self.at or 'the body'} must be an object", self.at)

    def text(self, name: str, default: str | None = None, *, most: int = _MOST_TEXT, required: bool = False) -> Any:
        return self._one(name, default, str, "a text", most, required=required)

    def whole(self, name: str, default: int | None = None, *, least: int = 0, most: int = 2**53) -> Any:
        found = self._one(name, default, int, "a whole number")
        if found is not None and not least <= found <= most:
            raise self.wrong(name, f"must be from {least:,} to {most:,}")
        return found

    def number(self, name: str, default: float | None = None) -> Any:
        found = self._one(name, default, (int, float), "a number")
        return None if found is None else float(found)

    def flag(self, name: str, *, default: bool = False) -> bool:
        found = self._one(name, default, bool, "true or false")
        return bool(found)

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        found = self.text(name, default)
        if found not in choices:
            raise self.wrong(name, f"must be one of {', '.join(choices)}")
        return str(found)

    def object(self, name: str) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = self._one(name, None, Mapping, "an object")
        return found

    def list(self, name: str, most: int, default: Sequence[Any] | None = None) -> Any:
        found = self._one(name, default, list, "a list")
        if found is not None and len(found) > most:
            raise self.wrong(name, f"has {len(found):,} elements, and {most:,} are the most")
        return found

    def end(self) -> None:
        for name in self.given:
            if name not in self._taken:
                raise self.wrong(str(name)[:80], f"is not known here; there are {', '.join(sorted(self._taken))}")

    def wrong(self, name: str, why: str) -> Unusable:
        return Unusable(f"{self.place(name)} {why}", self.place(name))

    def place(self, name: str) -> str:
        return f"{self.at}.{name}" if self.at else name

    def _one(self, name: str, default: Any, kind: Any, what: str, most: int = 2**30, *, required: bool = False) -> Any:
        self._taken.add(name)
        found = self.given.get(name)
        if found is None:
            if required:
                raise self.wrong(name, f"must be given: {what}")
            return default
        if not isinstance(found, kind) or (isinstance(found, bool) and kind is not bool):
            raise self.wrong(name, f"must be {what}")
        if isinstance(found, str) and len(found) > most:
            raise self.wrong(name, f"has {len(found):,} characters, and {most:,} are the most")
        if isinstance(found, str) and any("\ud800" <= one <= "\udfff" for one in found):
            raise self.wrong(name, "has half a character in it")
        if isinstance(found, float) and not isfinite(found):
            raise self.wrong(name, "must be a number")
        return found


def read_view(given: Mapping[str, Any] | None, at: str = "view") -> View:
    """A view from JSON.

    Raises Unusable where it cannot be meant.
    """
    reading = Reading(given or {}, at)
    table = reading.choice("table", "personas", tuple(BROWSED))
    query = reading.text("query", "")
    found = View(
        table=table,
        task=reading.text("task"),
        query=query,
        field=reading.text("field"),
        where=reading.text("where", "").strip(),
        filters=tuple(_filters(reading.object("filters") or {}, f"{at}.filters")),
        show=reading.choice("show", "kept", SHOWN),
        selection=reading.text("selection"),
        near=_near(reading.object("near"), f"{at}.near"),
        area=_area(reading.object("area"), f"{at}.area"),
        judged_by=_reviewer(reading, "judged_by"),
        sort=reading.text("sort") or ("relevance" if query.strip() else "order"),
        down=reading.flag("down"),
        seed=reading.whole("seed", 0),
    )
    reading.end()
    if found.task is not None and table != "samples":
        raise reading.wrong("task", f"is of samples, and {table} have none")
    return found


def _reviewer(reading: Reading, name: str) -> str | None:
    found: str | None = reading.text(name)
    if found is not None and not REVIEWER.fullmatch(found):
        raise reading.wrong(name, "is no name of a reviewer")
    return found


def _filters(given: Mapping[str, Any], at: str) -> list[Filter]:
    found = []
    for column, said in given.items():
        reading = Reading(said, f"{at}.{str(column)[:80]}")
        among, out = reading.list("in", _MOST_VALUES), reading.list("not", _MOST_VALUES)
        least, most = reading.number("min"), reading.number("max")
        reading.end()
        values = among if among is not None else out
        if (among is not None) + (out is not None) + (least is not None or most is not None) != 1:
            raise Unusable(f"{reading.at} needs one of: in, not, or min and max", reading.at)
        if values is not None and not all(one is None or isinstance(one, str | int | float) for one in values):
            raise Unusable(f"{reading.at} has a value that is neither text nor number", reading.at)
        found.append(Filter(column, None if values is None else tuple(values), out is not None, least, most))
    return found


def _near(given: Mapping[str, Any] | None, at: str) -> Near | None:
    if given is None:
        return None
    reading = Reading(given, at)
    name, text = reading.text("id", most=32), reading.text("text")
    if (name is None) == (text is None) or (text is not None and not text.strip()):
        raise Unusable(f"{at} needs either an id or a text", at)
    turned = reading.choice("order", "most", ("most", "least")) == "least"
    field_, least, most = reading.text("field", "text"), reading.number("min", -1.0), reading.number("max", 1.0)
    reading.end()
    return Near(name, text, field_, turned, least, most)


def _area(given: Mapping[str, Any] | None, at: str) -> Area | None:
    if given is None:
        return None
    reading = Reading(given, at)
    field_, corners = reading.text("field", "text"), reading.list("polygon", _CORNERS, [])
    reading.end()
    if len(corners) < 3 or not all(_is_corner(one) for one in corners):
        raise reading.wrong("polygon", "must be at least three pairs of numbers")
    return Area(field_, tuple((float(x), float(y)) for x, y in corners))


def _is_corner(said: object) -> bool:
    if not isinstance(said, list) or len(said) != 2:
        return False
    return all(isinstance(one, int | float) and not isinstance(one, bool) and abs(one) < 1e30 for one in said)
