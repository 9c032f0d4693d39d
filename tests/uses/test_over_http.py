"""Every use in every way to prompt, once over HTTP, as a model behind an endpoint is asked."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import personahub as ph
from personahub.templates import shipped
from personahub.templates.demonstrations import SHOTS
from tests.models.served import Served

ROOT = Path(__file__).parents[2]
USES = [name for name, template in shipped().items() if template.task == "synthesis"]
WORLDS = {"npc": "saltmere", "npc-zh": "mozhou"}
PERSONAS = 4


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with Served() as served:
        yield {"model": "openai:offline", "base_url": f"http://127.0.0.1:{served.port}/v1"}


@pytest.fixture(scope="module")
def hub(asked: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> ph.Hub:
    made = ph.open(tmp_path_factory.mktemp("uses") / "my.hub")
    text = next((ROOT / "examples" / "texts").iterdir())
    assert made.extract([text], personas_per_text=PERSONAS, **asked).new["personas"] == PERSONAS
    return made


@pytest.mark.parametrize("use", USES)
def test_each_use_and_way_to_prompt_gives_samples_that_pass_their_checks(
    hub: ph.Hub, asked: dict[str, Any], use: str, tmp_path: Path
) -> None:
    given = {"world": WORLDS[use]} if use in WORLDS else {}
    report = hub.synthesize(use, **given, **asked)
    assert report.tallies["samples"] == ph.Tally(PERSONAS, PERSONAS, {})
    texts = [text for batch in hub.rows("samples", where=f"task = '{use}'") for text in batch["text"].to_pylist()]
    examples = tmp_path / "examples.jsonl"
    examples.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), "utf-8")
    for shots in SHOTS[1:]:
        shown: Any = {"template": use, "shots": shots, "examples": [str(examples)], **given, **asked}
        report = hub.synthesize(f"{use}-{shots}", **shown)
        assert report.tallies["samples"] == ph.Tally(PERSONAS, PERSONAS, {})
        assert report.usage.requests == PERSONAS + (2 if shots == "persona" else 0)
