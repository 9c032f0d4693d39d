"""The characters of a game: each name once, and who stands how to whom, as their personas do."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from personahub.errors import UsageError
from personahub.events import Report, Tally
from personahub.export.files import whole, write_jsonl
from personahub.hub import Folder
from personahub.ruling import RULED, rule
from personahub.text import normal

KIND = "same_name"
LISTED = ("name", "people", "calling", "relations")  # what a list shows of each
SHOWN_RELATIONS = 3

_LINE = re.compile(r"^([^\n:\uff1a]{1,40})[:\uff1a][ \t]*", re.MULTILINE)


@dataclass
class Character:
    """Args:
    fields: by label, in the order of the text; the first is the name.
    relations: to other characters.
    """

    id: str
    persona_id: str
    persona: str
    fields: Mapping[str, str]
    relations: list[dict[str, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return next(iter(self.fields.values()), "")

    def told(self) -> dict[str, object]:
        both = {"id": self.id, "persona_id": self.persona_id, "persona": self.persona}
        return {"name": self.name, "character": dict(self.fields), "relations": self.relations, **both}

    def listed(self) -> dict[str, object]:
        values = [*list(self.fields.values())[:3], "", ""]
        said = [f"{one['name']} ({one['relation']})" for one in self.relations]
        more = f" and {len(said) - SHOWN_RELATIONS} more" if len(said) > SHOWN_RELATIONS else ""
        return dict(zip(LISTED, [*values[:3], "; ".join(said[:SHOWN_RELATIONS]) + more], strict=True))


def roster(folder: Folder, task: str, output: str | None, limit: int) -> Report:
    """Drop each character whose name an earlier one has, and tell who stands how to whom.

    The caller holds the hub's lock.

    Args:
        output: a file of JSON lines for all that stay, whole or not at all.
        limit: of those that are listed.

    Raises:
        UsageError: the file is none of JSON lines, or cannot be written.
    """
    if output and Path(output).suffix != ".jsonl":
        raise UsageError(f"a roster is JSON lines, and output {output!r} does not end in .jsonl")
    everybody = list(_characters(folder, task))
    first: dict[str, Character] = {}
    for one in everybody:
        first.setdefault(same(one.name) or one.id, one)
    kept = list(first.values())
    ids = {one.id for one in kept}
    gone = [one.id for one in everybody if one.id not in ids]
    columns = [
        pa.array(gone, pa.string()),
        pa.array([KIND] * len(gone), pa.string()),
        pa.nulls(len(gone), pa.float32()),
    ]
    new = rule(folder, KIND, task, pa.Table.from_arrays(columns, schema=RULED), {})
    count = _relate(folder, kept)
    if output:
        with whole(Path(output)) as file:
            write_jsonl(file, [[one.told() for one in kept]])
    tally = Tally(len(everybody), len(kept), {KIND: len(gone)} if gone else {})
    listed = tuple(one.listed() for one in kept[:limit])
    counts = {"relations": {"between characters": count}}
    return Report("roster", {task: tally}, counts=counts, new={"verdicts": new}, listed=listed, output=output)


def same(name: str) -> str:
    """The form in which two names are one: letter case, width and marks do not tell them apart, nor does a title."""
    plain = unicodedata.normalize("NFKD", normal(name)).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def fields_of(text: str) -> dict[str, str]:
    """What stands behind each label at the beginning of a line; a value may go on over further lines."""
    found = list(_LINE.finditer(text))
    ends = [one.start() for one in found[1:]] + [len(text)]
    return {one[1].strip(): text[one.end() : end].strip() for one, end in zip(found, ends, strict=True)}


def _characters(folder: Folder, task: str) -> Iterator[Character]:
    among = folder.of_task("samples", task, None)
    for batch in folder.kept("samples", ["id", "persona_id", "persona", "text"], among, ignoring=(KIND,)):
        for row in batch.to_pylist():
            yield Character(row["id"], row["persona_id"], row["persona"], fields_of(row["text"]))


def _relate(folder: Folder, kept: Sequence[Character]) -> int:
    """A persona that was inferred from another one, and how it stands to that: so do their characters."""
    of_persona: dict[str, list[Character]] = defaultdict(list)
    for one in kept:
        of_persona[one.persona_id].append(one)
    held = folder.tables["personas"].lookup(sorted(of_persona), ["id", "source", "relation"], "origin = 'relation'")
    made_of = {row["id"]: (row["source"], row["relation"]) for row in held.to_pylist()}
    count = 0
    for child in kept:
        source, relation = made_of.get(child.persona_id, ("", ""))
        for parent in of_persona.get(source, ()):
            parent.relations.append({"id": child.id, "name": child.name, "relation": relation})
            child.relations.append({"id": parent.id, "name": parent.name, "relation": f"{relation} of"})
            count += 1
    return count
