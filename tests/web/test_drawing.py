"""The map and the charts, as pixels and numbers."""

import zlib
from typing import Any
from urllib.parse import unquote

import orjson

from tests.web.served import Served

MAP = {"table": "personas", "field": "text"}


def _made(served: Served) -> Any:
    told = served.api("map", **MAP)
    if told["state"] != "ready":
        assert served.waited(served.api("map/make", **MAP)["job"])["state"] == "done"
        told = served.api("map", **MAP)
    assert told["state"] == "ready"
    return told


def _pixels(png: bytes, width: int, height: int) -> list[bytes]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, data = 8, b""
    while at < len(png):
        size, name = int.from_bytes(png[at : at + 4], "big"), png[at + 4 : at + 8]
        assert zlib.crc32(png[at + 4 : at + 8 + size]).to_bytes(4, "big") == png[at + 8 + size : at + 12 + size]
        data += png[at + 8 : at + 8 + size] if name == b"IDAT" else b""
        at += 12 + size
    lines = zlib.decompress(data)
    return [lines[row * (1 + 4 * width) + 1 : (row + 1) * (1 + 4 * width)] for row in range(height)]


def test_a_map_is_made_once_and_drawn(served: Served) -> None:
    told = _made(served)
    assert told["count"] == 40
    answer = served.post("/api/map/picture", {**MAP, "window": told["bounds"], "width": 200, "height": 100})
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-points"] == "40"
    rows = _pixels(answer.body, 200, 100)
    assert sum(row[3::4] != bytes(200) for row in rows) > 10


def test_points_lie_where_the_picture_has_them_and_a_lasso_takes_them(served: Served) -> None:
    told = _made(served)
    found = served.api("map/points", **MAP, window=told["bounds"], colour="origin")
    assert found["count"] == len(found["points"]) == 40
    one = max(found["points"], key=lambda point: point["x"])
    assert served.api("map/nearest", **MAP, x=one["x"], y=one["y"], radius=0.001)["id"] == one["id"]
    assert served.api("map/nearest", **MAP, x=99, y=99, radius=0.1)["id"] is None
    x, y, near = one["x"], one["y"], 1e-4
    area = {
        "field": "text",
        "polygon": [[x - near, y - near], [x + near, y - near], [x + near, y + near], [x - near, y + near]],
    }
    taken = served.api("records", view={"table": "personas", "area": area})
    assert [record["id"] for record in taken["records"]] == [one["id"]]
    view = {"table": "personas", "query": "nurse"}
    meant = served.api("map/points", **MAP, window=told["bounds"], view=view)["points"]
    assert sum(point["in"] for point in meant) == 1


def test_colours_come_with_what_they_mean(served: Served) -> None:
    window = _made(served)["bounds"]
    for colour in ("origin", "length", "verdict", "status"):
        answer = served.post("/api/map/picture", {**MAP, "window": window, "width": 90, "height": 60, "colour": colour})
        legend = orjson.loads(unquote(answer.headers["x-legend"] or ""))
        assert legend
        assert all(one["colour"].startswith("#") for one in legend), colour
    assert served.refused("map/picture", **MAP, window=window, colour="text")[1]["field"] == "colour"
    for window in ([0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1], ["a", 0, 1, 1], None, [0, 0, 1e400, 1]):
        assert served.post("/api/map/picture", orjson.dumps({**MAP, "window": window})).status in (400, 422)
    assert served.refused("map/picture", **MAP, window=[0, 0, 1, 1], width=10**6)[1]["field"] == "width"


def test_charts_add_up(served: Served) -> None:
    _made(served)
    told = served.api("charts", table="personas")
    if told["job"]:
        assert served.waited(told["job"])["state"] == "done"
        told = served.api("charts", table="personas")
    assert sum(one["count"] for one in told["similarity"]["bins"]) == told["similarity"]["sampled"] == 40
    for stage in told["funnel"]:
        assert stage["read"] == stage["kept"] + sum(stage["rejected"].values())
    assert told["growth"][-1] == {"records": 40, "kept": 40}
    assert told["cost"] == []
