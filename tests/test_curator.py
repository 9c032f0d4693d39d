"""A curator's afternoon: rows whose description mentions a word, like one persona, three kept, taken along."""

import json
from pathlib import Path

import orjson

from personahub.api import Hub
from personahub.embedders.base import opened

LIKE = "An engineer who designs medical devices such as infusion pumps"
TOOL = "description LIKE '%tool%'"

MADE = [
    ("A biomedical engineer who designs infusion pumps", "tool development"),
    ("A regulatory consultant for medical devices", "tool development"),
    ("A surgeon who tests new medical devices", "Tool development, medical"),
    ("A nurse who trains others on infusion pumps", "math problem"),
    ("A designer of medical devices for children", "logical reasoning problem"),
    ("A shepherd in the hills of Wales", "tool development"),
    ("A pastry cook who sings in a choir", "tool development"),
    ("A retired referee of ice hockey", "tool development"),
]


def _kept(hub: Hub, output: Path) -> list[dict[str, str]]:
    """As the person types it: found, narrowed, saved, looked at again, exported."""
    found = hub.search("tool", table="samples", field="description", limit=100_000, save="tools")
    assert found.listed
    assert all("tool" in str(row["description"]).lower() for row in found.listed)
    near = hub.similar(text=LIKE, table="samples", field="input persona", where=TOOL, limit=3, save="three")
    again = hub.similar(text=LIKE, table="samples", field="input persona", where=TOOL, limit=3, exact=True)
    assert [row["id"] for row in near.listed] == [row["id"] for row in again.listed]
    report = hub.export("samples", output=output, selection="three")
    assert report.tallies["samples"].kept == 3
    return [json.loads(line) for line in output.read_text("utf-8").splitlines()]


def test_three_made_rows_are_found_and_exported(tmp_path: Path) -> None:
    rows = [
        {"input persona": persona, "synthesized text": f"text {number}", "description": description}
        for number, (persona, description) in enumerate(MADE)
    ]
    (tmp_path / "made.jsonl").write_bytes(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows))
    hub = Hub(tmp_path / "my.hub")
    hub.import_([tmp_path / "made.jsonl"], task="tool")
    kept = _kept(hub, tmp_path / "three.jsonl")
    # of those about medical devices the three whose description has "tool" in this spelling, or the next best
    assert {row["input persona"] for row in kept} >= {MADE[0][0], MADE[1][0]}
    assert all("tool" in row["description"] for row in kept)
    assert all(row in rows for row in kept)


def test_three_released_rows_are_found_and_exported(tmp_path: Path, shared_data: Path) -> None:
    source = shared_data / "personas" / "personahub_tool.jsonl"
    hub = Hub(tmp_path / "tools.hub")
    hub.import_([source], task="tool")
    kept = _kept(hub, tmp_path / "three.jsonl")
    with source.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    assert all(row in rows for row in kept)
    nearest = _by_force([row["input persona"] for row in rows if "tool" in row["description"]])
    assert {row["input persona"] for row in kept} == set(nearest)


def _by_force(personas: list[str]) -> list[str]:
    embedder = opened({"embedder": "static"})
    cosines = embedder.embed(personas) @ embedder.embed([LIKE])[0]
    best = sorted(range(len(personas)), key=lambda place: -cosines[place])
    return [personas[place] for place in best[:3]]
