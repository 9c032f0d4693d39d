"""Hubs of invented people, the command that asks about each of them once, and where each of them went."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from commands import well
from prompts import KINDS, TEMPLATE, persona

import personahub

TASK = "bench"
CONCURRENCY = 64
MODEL = "openai:any"


@dataclass(frozen=True, slots=True)
class Accounts:
    """Where the personas of a hub went.

    Args:
        samples: rows, and `doubled` those for a persona that has one already.
        rejected: rows by reason.
        lost: personas with neither; `both`: with both.
    """

    personas: int
    samples: int
    doubled: int
    rejected: Counter[str]
    lost: int
    both: int

    @property
    def add_up(self) -> bool:
        return not (self.doubled or self.lost or self.both)

    def __str__(self) -> str:
        gone = "".join(f" + {count:,} {reason}" for reason, count in sorted(self.rejected.items()))
        return f"{self.personas:,} = {self.samples:,}{gone}; {self.doubled} doubled, {self.lost} lost, {self.both} both"


def person(number: int) -> str:
    """As many as wanted: where the invented ones are used up they are told apart by a number."""
    turn, which = divmod(number, KINDS)
    return f"{persona(which)}, number {turn + 1} in the book" if turn else persona(which)


def peopled(place: Path, count: int, name: str = "my.hub") -> Path:
    """A hub of so many people, and the template for them beside it."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "bench.md").write_text(TEMPLATE, "utf-8")
    add_people(place / name, 0, count)
    return place / name


def add_people(hub: Path, first: int, count: int) -> None:
    people = hub.parent / "people.jsonl"
    with people.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"persona": person(number)}) + "\n" for number in range(first, first + count))
    well("import", hub, people, "--quiet")


def asking(hub: Path, urls: Sequence[str] | str, *words: object, concurrency: int | None = CONCURRENCY) -> list[str]:
    """The words of the command that asks about everybody in the hub; without a concurrency it finds its own."""
    places = [urls] if isinstance(urls, str) else urls
    at = [word for url in places for word in ("--base-url", url)]
    at += ["--concurrency", str(concurrency)] if concurrency else []
    template = hub.parent / "bench.md"
    return [
        "synthesize",
        str(hub),
        TASK,
        "--template",
        str(template),
        "--model",
        MODEL,
        *at,
        "--json",
        *map(str, words),
    ]


def accounts(hub: Path) -> Accounts:
    personas = set(column(hub, "personas", "id"))
    samples = Counter(column(hub, "samples", "persona_id"))
    gone: dict[str, str] = {}
    for batch in personahub.open(hub).rows("rejected"):
        gone.update(zip(batch["place"].to_pylist(), batch["reason"].to_pylist(), strict=True))
    return Accounts(
        len(personas),
        samples.total(),
        samples.total() - len(samples),
        Counter(gone.values()),
        len(personas - samples.keys() - gone.keys()),
        len(samples.keys() & gone.keys()),
    )


def column(hub: Path, table: str, name: str) -> list[str]:
    return [value for batch in personahub.open(hub).rows(table) for value in batch[name].to_pylist()]
