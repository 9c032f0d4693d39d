"""The word lists of the writer, read once when they are first needed."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from personahub.models.offline.grammar import plural


@dataclass(frozen=True, slots=True)
class Field:
    """A field of life: who is in it, what they think about, what they count, and where.

    Args:
        area: what it is called in a sentence, "works in mental health".
        careers: those of its people who can retire from it.
        things: plural nouns that can be bought, packed and counted.
        places: each with its article.
    """

    name: str
    area: str
    people: tuple[str, ...]
    topics: tuple[str, ...]
    things: tuple[str, ...]
    places: tuple[str, ...]
    careers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """Args:
    cues: a word -> the fields it gives away, and how strongly.
    """

    all: tuple[Field, ...]
    cues: Mapping[str, tuple[tuple[int, float], ...]]


@cache
def fields() -> Fields:
    tables = {**tomllib.loads(_read("fields_of_work.toml")), **tomllib.loads(_read("fields_of_life.toml"))}
    found = tuple(_field(name, table) for name, table in tables.items())
    owners: dict[str, dict[int, float]] = {}
    for number, table in enumerate(tables.values()):
        for cue in table["cues"].split():
            owners.setdefault(cue, {})[number] = 1.0
            owners.setdefault(plural(cue), {})[number] = 1.0
    named: dict[str, dict[int, float]] = {}
    for number, field in enumerate(found):
        for person in field.people:
            named.setdefault(person.split()[-1], {})[number] = 0.5
    # The names of people give a field away as well, unless they are a cue already: "nurse" is medicine, not animals.
    owners = named | owners
    return Fields(found, {cue: _weighed(numbers) for cue, numbers in owners.items()})


@cache
def lexicon() -> Mapping[str, frozenset[str]]:
    """Words by what they may do in a noun phrase: articles, prepositions, function, verbs, adjectives, ..."""
    return {name: frozenset(words.split()) for name, words in tomllib.loads(_read("lexicon.toml")).items()}


@cache
def phrases(name: str) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The tables of a file of phrases, each a name -> its phrases."""
    return {
        table: {key: _listed(value) for key, value in rows.items()}
        for table, rows in tomllib.loads(_read(f"{name}.toml")).items()
    }


def _field(name: str, table: Mapping[str, str]) -> Field:
    people, topics, things, places = (_listed(table[column]) for column in ("people", "topics", "things", "places"))
    careers = tuple(person for person in people if lexicon()["no_career"].isdisjoint(person.split()))
    return Field(name, table.get("area", name), people, topics, things, places, careers)


def _weighed(owners: Mapping[int, float]) -> tuple[tuple[int, float], ...]:
    return tuple((number, weight / len(owners)) for number, weight in owners.items())


def _listed(value: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in value.split(";") if part.strip())


def _read(name: str) -> str:
    return resources.files("personahub.models.offline").joinpath(name).read_text("utf-8")
