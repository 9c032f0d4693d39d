"""Clusters of near duplicates as people look at them: which record stays, which go, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heappush, heappushpop
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from personahub.events import Report
from personahub.hub import Folder
from personahub.options import SEMANTIC

WORDS, MEANING = "duplicate", "meaning"  # kinds of verdicts
NONE_KNOWN = "No near duplicates are known among the {table}: 'personahub dedup{how}' looks for them."
_ROUNDED = 3e-6  # similarities are kept as float32, and vectors are near with a little less than the threshold
MEMBERS = 1000  # of a cluster that are listed, the least similar ones: where a threshold is too low, they tell


@dataclass(frozen=True)
class Explained:
    """What the current verdicts of a kind on a table came from, beside them in the hub.

    Args:
        settings: those that decided; what is to be told of it as `note`.
        heads: members and the id of the record that stays, for the largest clusters.
        gone: how many verdicts there are.
    """

    run: str
    settings: Mapping[str, object]
    heads: list[tuple[int, str]]
    gone: int

    @classmethod
    def of(cls, folder: Folder, table: str, run: str | None, kind: str = WORDS) -> "Explained | None":
        """That of this run; None where it is not known."""
        try:
            found = orjson.loads(_path(folder, table, kind).read_bytes())
            if found["run"] != run:
                return None
            heads = [(size, name) for size, name in found["heads"]]
            return cls(found["run"], found["settings"], heads, found["gone"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def keep(self, folder: Folder, table: str, kind: str = WORDS) -> None:
        heads = sorted(self.heads, key=lambda head: -head[0])
        told = {"run": self.run, "settings": self.settings, "heads": heads, "gone": self.gone}
        path = _path(folder, table, kind)
        path.parent.mkdir(exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_bytes(orjson.dumps(told))
        draft.replace(path)


def clusters(folder: Folder, table: str, method: str, limit: int) -> Report:
    """The largest clusters of the current verdicts: a record that stays, then those that go, the least similar first.

    Args:
        method: "words" or "semantic", by which they were found.

    Returns:
        a report whose `listed` has a row for each record, up to MEMBERS of a cluster: `cluster` (from 1), `members` it
        has, `similarity` to the one that stays (None for itself), `method`, `id` and `text`.
    """
    kind = MEANING if method == SEMANTIC else WORDS
    explained = Explained.of(folder, table, folder.current(table).get(kind), kind)
    if explained is None or not explained.heads:
        how = f" --method {SEMANTIC}" if kind == MEANING else ""
        return Report("duplicates", notes=(NONE_KNOWN.format(table=table, how=how),))
    heads = explained.heads[:limit]
    members = _members(folder, table, kind, [head for _, head in heads])
    ids = [name for _, head in heads for name in (head, *(name for name, _ in members[head]))]
    texts: dict[str, str] = {}
    for row in folder.tables[table].lookup(ids, ["id", "text"]).to_pylist():
        texts[row["id"]] = row["text"]
    by = str(explained.settings["method"])
    listed: list[Mapping[str, object]] = []
    for number, (size, head) in enumerate(heads, 1):
        for name, score in [(head, None), *members[head]]:
            shown = {"cluster": number, "members": size, "similarity": score, "method": None if score is None else by}
            listed.append({**shown, "id": name, "text": texts.get(name)})
    return Report("duplicates", listed=tuple(listed), notes=tuple(_notes(explained, listed)))


def _members(folder: Folder, table: str, kind: str, heads: list[str]) -> dict[str, list[tuple[str, float]]]:
    """Of each that stays those that go in its favour, the least similar first, MEMBERS at most."""
    held: dict[str, list[tuple[float, str]]] = {head: [] for head in heads}
    named = ", ".join(f"'{head}'" for head in heads)
    for batch in folder.standing(table, kind, ["id", "other", "score"], among=f"other IN ({named})"):
        for row in batch.filter(pc.is_in(batch["other"], pa.array(heads))).to_pylist():
            heap = held[row["other"]]
            (heappush if len(heap) < MEMBERS else heappushpop)(heap, (-row["score"], row["id"]))
    return {head: [(name, -less) for less, name in sorted(heap, key=_order)] for head, heap in held.items()}


def _order(member: tuple[float, str]) -> tuple[float, str]:
    return -member[0], member[1]


def _notes(explained: Explained, listed: list[Mapping[str, object]]) -> list[str]:
    told = explained.settings
    notes = [_told(told), *([str(told["note"])] if told.get("note") else [])]
    least = float(str(told.get("threshold", -1))) - _ROUNDED
    scores = [row["similarity"] for row in listed]
    if any(isinstance(score, float) and score < least for score in scores):
        notes.append(
            "What is less similar to the one that stays is connected with it through others that are near; --link star "
            "drops only what is itself near."
        )
    return notes


def _told(told: Mapping[str, object]) -> str:
    if told.get("keep"):
        return f"Method semantic: the {told['keep']:,} most diverse stay, by vectors of {told['embedder']}."
    if told["method"] == SEMANTIC:
        return (
            f"Method semantic: cosine from {told['threshold']:g} of vectors by {told['embedder']}, link "
            f"{told['link']}; the first of each cluster stays."
        )
    by = f" by {told['by']}" if told.get("by") else ""
    return (
        f"Method {told['method']}: word-set Jaccard from {told['threshold']:g}, n-grams of {told['ngram']}, link "
        f"{told['link']}; the {told['stays']}{by} of each cluster stays."
    )


def _path(folder: Folder, table: str, kind: str) -> Path:
    return folder.path / "duplicates" / (f"{table}.json" if kind == WORDS else f"{table}-{kind}.json")
