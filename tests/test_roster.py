"""Game characters: worlds, a roster where no two share a name, relations from those of personas."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import personahub as ph
from personahub.errors import TemplateError, UsageError
from personahub.roster import fields_of, same
from personahub.templates import find
from tests.models.served import Served

ENGLISH = ["Name", "Origin", "Class", "Background", "With players"]
CHINESE = ["名字", "来历", "职业", "背景", "待人"]


def rows(hub: ph.Hub, table: str) -> list[dict[str, Any]]:
    return [row for batch in hub.rows(table) for row in batch.to_pylist()]


@pytest.fixture
def hub(tmp_path: Path) -> ph.Hub:
    """Four personas, and two of each that stand close to it."""
    lines = [
        {"text": f"Entry {n}: the {trade} measures twice."}
        for n, trade in enumerate(("baker", "nurse", "judge", "pilot"))
    ]
    (tmp_path / "texts.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    opened = ph.open(tmp_path / "my.hub")
    opened.extract([tmp_path / "texts.jsonl"], model="offline")
    opened.expand(model="offline", branch=2)
    return opened


@pytest.mark.parametrize(("task", "world", "labels"), [("npc", "saltmere", ENGLISH), ("npc-zh", "mozhou", CHINESE)])
def test_characters_of_both_worlds_have_all_their_fields(hub: ph.Hub, task: str, world: str, labels: list[str]) -> None:
    assert hub.synthesize(task, world=world, model="offline").tallies["samples"] == ph.Tally(12, 12)
    for row in rows(hub, "samples"):
        found = fields_of(row["text"])
        assert list(found) == labels
        assert all(found.values())
        assert bool(re.search("[\u4e00-\u9fff]", found[labels[3]])) == (task == "npc-zh")


def test_a_world_of_the_users_own_stands_in_every_prompt_before_the_persona(hub: ph.Hub, tmp_path: Path) -> None:
    (tmp_path / "world.txt").write_text("The Cloudkin live on kites. A stringwright mends the sky.", "utf-8")
    report = hub.synthesize("npc", world=str(tmp_path / "world.txt"), model="offline", dry_run=True)
    prompt = str(report.preview[0]["prompt"])
    assert prompt.index("The Cloudkin live on kites.") < prompt.index("Entry" if "Entry" in prompt else "<<<")
    hub.synthesize("npc", world=str(tmp_path / "world.txt"), model="offline", limit=3)
    assert {fields_of(row["text"])["Class"] for row in rows(hub, "samples")} == {"Stringwright"}


def test_nine_tenths_of_a_prompt_are_the_same_for_every_persona(hub: ph.Hub) -> None:
    for task, world in (("npc", "saltmere"), ("npc-zh", "mozhou")):
        shown = hub.synthesize(task, world=world, model="offline", dry_run=True).preview
        prompts = [str(one["prompt"]) for one in shown]
        head = prompts[0].index("<<<")
        assert len({prompt[:head] for prompt in prompts}) == 1
        assert head / len(prompts[0]) > 0.8


def test_without_a_world_the_error_says_how_to_give_one(hub: ph.Hub) -> None:
    with pytest.raises(TemplateError, match="--world"):
        hub.synthesize("npc", model="offline")
    with pytest.raises(UsageError, match="no world 'atlantis': mozhou, saltmere, or a file of yours"):
        hub.synthesize("npc", world="atlantis", model="offline")
    with pytest.raises(TemplateError, match="has no variable 'world'"):
        hub.synthesize("math", world="saltmere", model="offline")


def test_of_two_with_one_name_the_later_one_goes(hub: ph.Hub, tmp_path: Path) -> None:
    told = ["Mara Bell", "Jon Vane", "MARA  BELL", "Mara-Bell", "Mara Belle", "Zoë", "Zoe\u0308"]
    lines = [
        {
            "input persona": f"A guard of gate {n}",
            "synthesized text": f"Name: {name}\nClass: Guard",
            "description": "npc",
        }
        for n, name in enumerate(told)
    ]
    (tmp_path / "npc.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    hub.import_([tmp_path / "npc.jsonl"], task="npc")
    report = hub.roster("npc")
    assert report.tallies["npc"] == ph.Tally(7, 4, {"same_name": 3})
    assert [row["name"] for row in report.listed] == ["Mara Bell", "Jon Vane", "Mara Belle", "Zoë"]
    assert [fields_of(row["text"])["Name"] for row in rows(hub, "samples")] == [
        "Mara Bell",
        "Jon Vane",
        "Mara Belle",
        "Zoë",
    ]
    again = hub.roster("npc")
    assert again.tallies == report.tallies
    assert again.new == {"verdicts": 0}


def test_characters_stand_to_each_other_as_their_personas_do(hub: ph.Hub, tmp_path: Path) -> None:
    hub.synthesize("npc", world="saltmere", model="offline")
    output = tmp_path / "roster.jsonl"
    report = hub.roster("npc", output=str(output), limit=3)
    lines = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    kept = report.tallies["npc"].kept
    assert (len(lines), len(report.listed)) == (kept, 3)
    assert len({same(line["name"]) for line in lines}) == kept
    by_persona = {line["persona_id"]: line for line in lines}
    made = {row["id"]: (row["source"], row["relation"]) for row in rows(hub, "personas") if row["origin"] == "relation"}
    count = 0
    for persona, (source, relation) in made.items():
        if persona in by_persona and source in by_persona:
            child, parent = by_persona[persona], by_persona[source]
            assert {"id": child["id"], "name": child["name"], "relation": relation} in parent["relations"]
            assert {"id": parent["id"], "name": parent["name"], "relation": f"{relation} of"} in child["relations"]
            count += 1
    assert count == report.counts["relations"]["between characters"] > 0


def test_a_roster_goes_to_json_lines_alone(hub: ph.Hub) -> None:
    with pytest.raises(UsageError, match=r"does not end in \.jsonl"):
        hub.roster("npc", output="roster.csv")


def test_over_http_it_is_the_same(hub: ph.Hub) -> None:
    with Served() as served:
        asking: dict[str, Any] = {"model": "openai:offline", "base_url": f"http://127.0.0.1:{served.port}/v1"}
        assert hub.synthesize("npc", world="saltmere", **asking).tallies["samples"] == ph.Tally(12, 12)
        assert hub.synthesize("npc-zh", world="mozhou", **asking).tallies["samples"] == ph.Tally(12, 12)


@pytest.mark.parametrize(
    "answer",
    [
        "Name: {n}\nOrigin: {o}\nClass: {c}\nBackground: {b}\nWith players: {p}",
        "**Name:** {n}\n**Origin:** {o}\n**Class:** {c}\n**Background:** {b}\n**With players:** {p}",
        "Sure! Here is your character:\n\nName: {n}\nOrigin: {o}\nClass: {c}\nBackground: {b}\nWith players: {p}",
        "```\nName: {n}\nOrigin: {o}\nClass: {c}\nBackground: {b}\nWith players: {p}\n```",
        "1. Name: {n}\n2. Origin: {o}\n3. Class: {c}\n4. Background: {b}\n5. With players: {p}",
        "- name: {n}\n- origin: {o}\n- class: {c}\n- background: {b}\n- with players: {p}",
        "<think>Who would she be?</think>\nName: {n}\nOrigin: {o}\nClass: {c}\nBackground: {b}\nWith players: {p}",
        "Name: {n}\n\nOrigin: {o}\n\nClass: {c}\n\nBackground:\n{b}\n\nWith players:\n{p}",
        "Class: {c}\nName: {n}\nOrigin: {o}\nBackground: {b}\nWith players: {p}",
    ],
)
def test_a_character_is_read_however_it_is_laid_out(answer: str) -> None:
    said = {
        "n": "Mara Bell",
        "o": "The Ebbfolk",
        "c": "Bellwarden",
        "b": "She dived. She lost.",
        "p": "She asks first.",
    }
    read = find("npc").reader.read(answer.format(**said))
    assert read.reject is None
    assert list(fields_of(read.text).values()) == list(said.values())


def test_a_character_without_one_of_its_fields_leaves_with_a_reason() -> None:
    assert find("npc").reader.read("Name: Mara\nClass: Guard").reject == "no_field"
