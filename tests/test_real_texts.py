"""The main job on texts nobody wrote for a test."""

import time
from pathlib import Path

import pandas as pd
from datasets import load_dataset

import personahub as ph

FILES = {
    "article_extraction_benchmark": 181,
    "c4_sample": 500,
    "cc_2019_dolma": 697,
    "ccnet_en_head": 20,
    "reuters21578": 19_043,
}
EMPTY = 27
REUTERS_REPEATS = 265
ALLOWED_SECONDS = 60


def test_twenty_thousand_documents_become_personas_and_problems(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "web_text"
    hub = ph.open(tmp_path / "my.hub")
    start = time.monotonic()
    report = hub.extract([folder], model="offline")
    assert time.monotonic() - start < ALLOWED_SECONDS

    assert all(tally.adds_up for tally in report.tallies.values())
    assert report.tallies["documents"] == ph.Tally(sum(FILES.values()), sum(FILES.values()) - EMPTY, {"empty": EMPTY})
    repeats = [
        row["place"]
        for batch in hub.rows("rejected", "`table` = 'texts' AND reason = 'repeat'")
        for row in batch.to_pylist()
    ]
    assert sum("reuters21578" in place for place in repeats) == REUTERS_REPEATS
    assert len(repeats) == report.tallies["texts"].rejected["repeat"]
    assert report.tallies["personas"].kept > 20_000

    hub.expand(model="offline", hops=2, limit=500)
    hub.quality()
    hub.dedup()
    hub.synthesize("math", model="offline", limit=2_000)
    hub.export("math", output=tmp_path / "math.jsonl")
    found = load_dataset("json", data_files=str(tmp_path / "math.jsonl"), cache_dir=str(tmp_path / "cache"))["train"]
    assert found.num_rows == len(pd.read_json(tmp_path / "math.jsonl", lines=True)) == 2_000
    assert set(found.column_names) == {"input persona", "synthesized text", "description"}
    assert len(set(found["synthesized text"])) == 2_000
