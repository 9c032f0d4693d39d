"""Answers that are pictures: the map as pixels and points, and the figures of charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import numpy as np
import orjson

from personahub.browse.columns import Figures, Terms
from personahub.browse.view import MAIN, Reading, read_view
from personahub.maps import plane as planes
from personahub.maps.png import png
from personahub.maps.raster import COLOURS, Flags, Paint, Window, raster, shade, within
from personahub.web.looking import POINTS
from personahub.web.room import Room

_WIDEST = 4096  # pixels
_TEXT = 120  # characters of a point's text
_SHADES = 5  # of the legend


@dataclass(frozen=True)
class Picture:
    """An answer that is no JSON."""

    data: bytes
    headers: Mapping[str, str]


def state(room: Room, _: str, given: Reading) -> Mapping[str, object]:
    table, name = _field(given)
    given.end()
    vectors = room.vectors.of(table, name, at="field")
    plane = room.vectors.plane_there(vectors)
    job = next((one for one in room.jobs.live() if one.what == room.vectors.unmapped(vectors).name), None)
    told: dict[str, object] = {"state": "making" if job else "none", "job": job.name if job else None, "count": 0}
    told |= {"bounds": [-1.0, -1.0, 1.0, 1.0], "embedder": vectors.embedder.name, "labels": []}
    if plane is not None:
        told |= {"state": "ready", "count": plane.count, "bounds": list(plane.bounds), "labels": list(plane.labels)}
        told["current"] = planes.fits(vectors, plane)
    return told


def make(room: Room, who: str, given: Reading) -> Mapping[str, object]:
    table, name = _field(given)
    given.end()
    vectors = room.vectors.of(table, name, at="field")
    waiting = room.vectors.unmapped(vectors)
    job = room.jobs.work(waiting.name, waiting.make)
    return {**state(room, who, Reading({"table": table, "field": name})), "state": "making", "job": job.name}


def picture(room: Room, who: str, given: Reading) -> Picture:
    asked = _asked(room, who, given)
    width = given.whole("width", 900, least=1, most=_WIDEST)
    height = given.whole("height", 600, least=1, most=_WIDEST)
    dark = given.flag("dark")
    given.end()
    size = (width, height)
    pixels, count = raster(asked.plane.places, asked.window, size, asked.paint, asked.meant, dark=dark)
    legend = quote(orjson.dumps(list(asked.legend)).decode(), safe="")
    return Picture(png(pixels), {"x-points": str(count), "x-legend": legend})


def points(room: Room, who: str, given: Reading) -> Mapping[str, object]:
    asked = _asked(room, who, given)
    for name in ("width", "height"):
        given.whole(name, 1, least=1, most=_WIDEST)
    given.flag("dark")
    given.end()
    rows = within(asked.plane.places, asked.window)
    if len(rows) > POINTS:
        return {"count": len(rows), "points": []}
    held = room.folder.tables[asked.table].pick(rows, ["id", MAIN[asked.table]])
    texts = [(text or "")[:_TEXT] for text in held[MAIN[asked.table]].to_pylist()]
    places = asked.plane.places[rows].tolist()
    values, colours = asked.values(rows)
    meant = np.ones(len(rows), np.bool_) if asked.meant is None else asked.meant[rows]
    several = zip(places, held["id"].to_pylist(), texts, values, colours, meant.tolist(), strict=True)
    return {
        "count": len(rows),
        "points": [
            {"x": x, "y": y, "id": name, "text": text, "value": value, "colour": colour, "in": fits}
            for (x, y), name, text, value, colour, fits in several
        ],
    }


def nearest(room: Room, _: str, given: Reading) -> Mapping[str, object]:
    table, name = _field(given)
    x, y, radius = given.number("x", 0.0), given.number("y", 0.0), given.number("radius", 0.0)
    given.end()
    row = planes.nearest(room.vectors.plane(table, name), x, y, radius)
    if row is None:
        return {"id": None}
    return {"id": room.folder.tables[table].pick(np.array([row]), ["id"])["id"][0].as_py()}


@dataclass(frozen=True)
class _Asked:
    """What is drawn, as it was asked for."""

    table: str
    plane: planes.Plane
    window: Window
    meant: Flags | None
    paint: Paint
    column: Terms | Figures | None
    legend: Sequence[Mapping[str, object]]

    def values(self, rows: Any) -> tuple[list[object], list[object]]:
        """Of points their values, and their colours."""
        if isinstance(self.column, Terms) and self.paint.codes is not None:
            codes = self.paint.codes[rows].tolist()
            named = [one["value"] for one in self.legend]
            return [named[min(code, len(named) - 1)] for code in codes], [COLOURS[code] for code in codes]
        if isinstance(self.column, Figures) and self.paint.shades is not None:
            numbers = [None if np.isnan(one) else float(one) for one in self.column.numbers[rows]]
            shades = self.paint.shades[rows].tolist()
            return list(numbers), [COLOURS[-1] if one != one else shade(one) for one in shades]  # noqa: PLR0124
        return [None] * len(rows), [None] * len(rows)


def _asked(room: Room, who: str, given: Reading) -> _Asked:
    table, name = _field(given)
    window, colour, said = _window(given), given.text("colour", most=200), given.object("view")
    plane = room.vectors.plane(table, name)
    meant = None
    if said is not None:
        view = read_view(said)
        if view.table != table:
            raise given.wrong("view.table", "must be the table of the map")
        meant = np.zeros(len(plane.places), np.bool_)
        rows = room.rows.of(view, who).rows
        meant[rows[rows < len(meant)]] = True
    column = None if colour is None else room.rows.column(table, colour, who)
    if colour is not None and column is None:
        raise given.wrong("colour", f"cannot be {colour}, which is a text")
    paint, legend = _painted(column, len(plane.places))
    return _Asked(table, plane, window, meant, paint, column, legend)


def _painted(column: Terms | Figures | None, count: int) -> tuple[Paint, list[dict[str, object]]]:
    if isinstance(column, Terms):
        codes = np.full(count, len(column.values), np.int32)
        at = np.arange(len(column.codes)) if column.rows is None else column.rows
        fits = at < count
        codes[at[fits][::-1]] = column.codes[fits][::-1]  # of several the first
        order = np.argsort(-np.bincount(codes, minlength=len(column.values) + 1), kind="stable")
        places = np.empty(len(order), np.int32)
        places[order] = np.arange(len(order))
        shown = np.minimum(places[codes], len(COLOURS) - 1)
        counts = np.bincount(shown, minlength=len(COLOURS)).tolist()
        named = [(*column.values, None)[place] for place in order[: len(COLOURS) - 1].tolist()]
        named += ["others"] * (len(order) >= len(COLOURS))
        told = zip(named, counts, COLOURS, strict=False)
        return Paint(codes=shown), [{"value": value, "count": n, "colour": colour} for value, n, colour in told if n]
    if isinstance(column, Figures):
        numbers = np.full(count, np.nan)
        numbers[: len(column.numbers)] = column.numbers[:count]
        full = numbers[np.isfinite(numbers)]
        low, high = (float(full.min()), float(full.max())) if len(full) else (0.0, 1.0)
        steps = np.linspace(0, 1, _SHADES).tolist()
        legend = [{"value": round(low + one * (high - low), 4), "count": None, "colour": shade(one)} for one in steps]
        return Paint(shades=(numbers - low) / max(high - low, 1e-9)), legend
    return Paint(), []


def _window(given: Reading) -> Window:
    said = given.list("window", 4)
    if not isinstance(said, list) or len(said) != 4 or not all(_is_number(one) for one in said):
        raise given.wrong("window", "must be four numbers: left, lower, right and upper")
    x0, y0, x1, y1 = (float(one) for one in said)
    if not (x1 - x0 > 1e-12 and y1 - y0 > 1e-12):
        raise given.wrong("window", "must be left, lower, right, upper, and not empty")
    return x0, y0, x1, y1


def _is_number(said: object) -> bool:
    return isinstance(said, int | float) and not isinstance(said, bool) and abs(said) < 1e30


def _field(given: Reading) -> tuple[str, str]:
    table = given.choice("table", "personas", ("personas", "samples", "texts"))
    return table, given.text("field", "text", most=200)
