"""Clusters of near duplicates as people look at them: which record stays, which go, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heappush, heappushpop
from pathlib import Path

import orjson

from personahub.events import Report
from personahub.hub import Folder

KIND = "duplicate"
NONE_KNOWN = "No near duplicates are known among the {table}: 'personahub dedup' looks for them."
_ROUNDED = 1e-6  # similarities are kept as float32
MEMBERS = 1000  # of a cluster that are listed, the least similar ones: where a threshold is too low, they tell


@dataclass(frozen=True)
class Explained:
    """What the current verdicts of a table came from, beside them in the hub.

    Args:
        settings: those that decided.
        heads: members and the id of the record that stays, for the largest clusters.
    """

    run: str
    settings: Mapping[str, object]
    heads: list[tuple[int, str]]

    @classmethod
    def of(cls, folder: Folder, table: str, run: str | None) -> "Explained | None":
        """That of this run; None where it is not known."""
        try:
            found = orjson.loads(_path(folder, table).read_bytes())
            if found["run"] != run:
                return None
            return cls(found["run"], found["settings"], [(size, name) for size, name in found["heads"]])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def keep(self, folder: Folder, table: str) -> None:
        heads = sorted(self.heads, key=lambda head: -head[0])
        told = {"run": self.run, "settings": self.settings, "heads": heads}
        path = _path(folder, table)
        path.parent.mkdir(exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_bytes(orjson.dumps(told))
        draft.replace(path)


def clusters(folder: Folder, table: str, limit: int) -> Report:
    """The largest clusters of the current verdicts: a record that stays, then those that go, the least similar first.

    Returns:
        a report whose `listed` has a row for each record, up to MEMBERS of a cluster: `cluster` (from 1), `members` it
        has, `similarity` to the one that stays (None for itself), `method`, `id` and `text`.
    """
    explained = Explained.of(folder, table, folder.current(table).get(KIND))
    if explained is None or not explained.heads:
        return Report("duplicates", notes=(NONE_KNOWN.format(table=table),))
    heads = explained.heads[:limit]
    members = _members(folder, explained.run, [head for _, head in heads])
    ids = [name for _, head in heads for name in (head, *(name for name, _ in members[head]))]
    texts: dict[str, str] = {}
    for row in folder.tables[table].lookup(ids, ["id", "text"]).to_pylist():
        texts[row["id"]] = row["text"]
    method = str(explained.settings["method"])
    listed: list[Mapping[str, object]] = []
    for number, (size, head) in enumerate(heads, 1):
        for name, score in [(head, None), *members[head]]:
            shown = {"cluster": number, "members": size, "similarity": score, "method": method if score else None}
            listed.append({**shown, "id": name, "text": texts.get(name)})
    return Report("duplicates", listed=tuple(listed), notes=tuple(_notes(explained, listed)))


def _members(folder: Folder, run: str, heads: list[str]) -> dict[str, list[tuple[str, float]]]:
    """Of each that stays those that go in its favour, the least similar first, MEMBERS at most."""
    held: dict[str, list[tuple[float, str]]] = {head: [] for head in heads}
    named = ", ".join(f"'{head}'" for head in heads)
    where = f"run = '{run}' AND kind = '{KIND}' AND other IN ({named})"
    for batch in folder.tables["verdicts"].scan(["id", "other", "score"], where):
        for row in batch.to_pylist():
            heap = held[row["other"]]
            (heappush if len(heap) < MEMBERS else heappushpop)(heap, (-row["score"], row["id"]))
    return {head: [(name, -less) for less, name in sorted(heap, key=_order)] for head, heap in held.items()}


def _order(member: tuple[float, str]) -> tuple[float, str]:
    return -member[0], member[1]


def _notes(explained: Explained, listed: list[Mapping[str, object]]) -> list[str]:
    told = explained.settings
    least = float(str(told["threshold"])) - _ROUNDED
    scores = [row["similarity"] for row in listed]
    by = f" by {told['by']}" if told.get("by") else ""
    notes = [
        f"Method {told['method']}: word-set Jaccard from {told['threshold']:g}, n-grams of {told['ngram']}, link "
        f"{told['link']}; the {told['stays']}{by} of each cluster stays."
    ]
    if any(isinstance(score, float) and score < least for score in scores):
        notes.append(
            "What is less similar to the one that stays is connected with it through others that are near; --link star "
            "drops only what is itself near."
        )
    return notes


def _path(folder: Folder, table: str) -> Path:
    return folder.path / "duplicates" / f"{table}.json"
