"""Texts with near duplicates among them, and who stays by plain loops over all pairs."""

import json
import random
from itertools import combinations
from pathlib import Path
from typing import Any

import personahub as ph
from personahub.hub import Folder
from personahub.text import words

TRADES = ("baker", "welder", "notary", "surgeon", "farmer", "plumber", "tailor", "judge", "pilot", "nurse")
MORE = [f"word{number}" for number in range(60)]


def made(count: int, seed: int = 0) -> list[str]:
    """Descriptions of which about a third are an earlier one less a word, with another, or in another order."""
    dice = random.Random(seed)
    texts: list[str] = []
    for number in range(count):
        if texts and dice.random() < 0.35:
            text = dice.choice(texts).split()
            place = dice.randrange(len(text))
            change = dice.randrange(3)
            if change == 0 and len(text) > 4:
                del text[place]
            elif change == 1:
                text[place] = dice.choice(MORE)
            else:
                dice.shuffle(text)
            texts.append(" ".join(text))
        else:
            texts.append(f"A {dice.choice(TRADES)} of yard {number} who " + " ".join(dice.sample(MORE, 14)))
    return list(dict.fromkeys(texts))


def jaccard(one: str, two: str) -> float:
    left, right = set(words(one)), set(words(two))
    return len(left & right) / len(left | right) if left or right else 0.0


def clusters(texts: list[str], threshold: float) -> list[list[int]]:
    """Positions of those that are one by single linkage, each in order."""
    own = list(range(len(texts)))
    for one, two in combinations(range(len(texts)), 2):
        if jaccard(texts[one], texts[two]) >= threshold and own[one] != own[two]:
            low, high = sorted((own[one], own[two]))
            own = [low if cluster == high else cluster for cluster in own]
    return [[place for place, other in enumerate(own) if other == head] for head in sorted(set(own))]


def written(path: Path, texts: list[str]) -> list[bytes]:
    """Lines of many looks, one a text."""
    dice = random.Random(1)
    lines = []
    for number, text in enumerate(texts):
        row: dict[str, Any] = {"id": number, "text": text, "score": number % 7, "meta": {"a": [1, None], "b": "\u2028"}}
        line = json.dumps(row, ensure_ascii=dice.random() < 0.5, separators=dice.choice([(",", ":"), (" , ", " : ")]))
        lines.append(line.encode() + dice.choice([b"", b" ", b"\r"]))
    path.write_bytes(b"\n".join(lines) + b"\n")
    return lines


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


def hub_of(folder: Path, texts: list[str]) -> ph.Hub:
    path = folder / "personas.jsonl"
    path.write_text("".join(json.dumps({"persona": text}) + "\n" for text in texts), "utf-8")
    hub = ph.open(folder / "my.hub")
    hub.import_([path])
    return hub


def records_of(hub: ph.Hub, table: str) -> list[dict[str, Any]]:
    """All of them, also those that a verdict drops."""
    return [row for batch in Folder(hub.path).tables[table].scan() for row in batch.to_pylist()]
