"""A hub with something in every part of it, made once and copied for each test."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import personahub as ph
from personahub.hub import Folder
from personahub.schema import VERDICTS
from personahub.vectors.shelf import Shelf

TRADES = ("baker", "welder", "notary", "surgeon", "farmer", "plumber", "tailor", "judge", "pilot", "nurse")
DUPLICATES = "ab" * 16


def make(path: Path) -> Path:
    """Thirty texts, personas of two hops, samples, verdicts of two kinds, and vectors."""
    texts = path.parent / f"{path.stem}.txt.jsonl"
    lines = [f'{{"text": "Entry {n}: the {TRADES[n % 10]} of street {n} measures twice."}}\n' for n in range(30)]
    texts.write_text("".join(lines), "utf-8")
    hub = ph.open(path)
    hub.extract([texts], model="offline")
    hub.expand(model="offline", hops=2)
    hub.quality(min_words=12)
    hub.synthesize("math", model="offline", limit=10)
    folder = Folder(path)
    with folder.writing():
        first, second, *_ = personas(folder)
        rows: dict[str, list[object]] = {
            "id": [second],
            "table": ["personas"],
            "kind": ["duplicate"],
            "reason": ["near_duplicate"],
        }
        rows |= {"other": [first], "score": [0.95], "run": [DUPLICATES]}
        folder.judge("personas", "duplicate", DUPLICATES, [pa.table(rows).cast(VERDICTS)])
        shelf = Shelf(path / "vectors" / "personas-test", 8)
        ids = personas(folder)
        none, all_ = np.zeros(len(ids), np.bool_), np.ones(len(ids), np.bool_)
        shelf.put(0, ids, none, all_, np.ones((len(ids), 8), np.float32))
    return path


def personas(folder: Folder) -> list[str]:
    return [name for batch in folder.tables["personas"].scan(["id"]) for name in batch["id"].to_pylist()]


@pytest.fixture(scope="session")
def whole_hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("whole") / "my.hub")
