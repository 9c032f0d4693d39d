"""The word lists, read once: every phrase, and the facts that it tells of whoever it is said of."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources

import numpy as np
import numpy.typing as npt

from personahub.attributes.names import CHOICES
from personahub.attributes.phrases import Phrases

OCCUPATION = 3.0  # how strongly an occupation speaks for its domain, where a cue has 1
FILES = ("occupations.toml", "cues.toml", "words.toml", "places.toml", "about.toml")
CONTEXT = ("fondness", "clause", "works_as", "relative", "location", "about")
KINDS = ("occupation", "domain", "seniority", "age_group", "place", "interests", "tone", *CONTEXT)

# What an occupation says of seniority, by its last word.
_RANKS = {
    " manager": "manager",
    " director": "manager",
    " student": "student",
    " owner": "owner",
    "founder": "executive",
}

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Vocabulary:
    """Args:
    values: of each kind, what its facts may say.
    starts: the facts of phrase p are those from starts[p] up to starts[p + 1].
    kind, value: of each fact, as numbers in KINDS and in `values` of the kind.
    weight: float32, how strongly it speaks.
    """

    phrases: Phrases
    values: dict[str, tuple[str, ...]]
    starts: Whole
    kind: Whole
    value: Whole
    weight: npt.NDArray[np.float32]


@cache
def vocabulary() -> Vocabulary:
    """Every list, as the labeller uses it."""
    facts: dict[str, list[tuple[str, str, float]]] = {}
    for phrase, kind, value, weight in _facts():
        told = facts.setdefault(phrase.lower(), [])
        if (kind, value, weight) not in told:
            told.append((kind, value, weight))
    values = {kind: sorted({value for told in facts.values() for k, value, _ in told if k == kind}) for kind in KINDS}
    values |= {kind: list(choices) for kind, choices in CHOICES.items()}
    places = {kind: {value: number for number, value in enumerate(values[kind])} for kind in KINDS}
    all_ = [fact for told in facts.values() for fact in told]
    return Vocabulary(
        Phrases.of([phrase.encode() for phrase in facts]),
        {kind: tuple(some) for kind, some in values.items()},
        np.cumsum([0, *map(len, facts.values())]),
        np.array([KINDS.index(kind) for kind, _, _ in all_], np.int64),
        np.array([places[kind][value] for kind, value, _ in all_], np.int64),
        np.array([weight for *_, weight in all_], np.float32),
    )


@cache
def digest() -> str:
    """Names the lists: an edited one is another."""
    whole = sha256()
    for name in FILES:
        whole.update(_read(name).encode())
    return whole.hexdigest()[:16]


@cache
def prototypes() -> tuple[tuple[str, str], ...]:
    """Domains with texts that are typical of them; each domain several times."""
    return tuple((domain, text) for domain, said in _load("about.toml").items() for text in said.split("; "))


def _facts() -> Iterator[tuple[str, str, str, float]]:
    """Each phrase with the kind of fact, what it says and how strongly."""
    yield from _occupations()
    for domain, said in _load("cues.toml").items():
        for phrase, _ in _pairs(said):
            yield phrase, "domain", domain, 1.0
    for said in _load("places.toml").values():
        for phrase, value in _pairs(said):
            yield phrase, "place", value, 1.0
    yield from _others(tomllib.loads(_read("words.toml")))


def _occupations() -> Iterator[tuple[str, str, str, float]]:
    for head, said in _load("occupations.toml").items():
        strength, _, domain = head.rpartition(":")
        for phrase, value in _pairs(said):
            yield phrase, "occupation", value, 1.0
            yield phrase, "domain", domain, float(strength or OCCUPATION)
            if rank := next((rank for end, rank in _RANKS.items() if phrase.endswith(end)), None):
                yield phrase, "seniority", rank, 1.0


def _others(tables: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str, str, float]]:
    for kind in (*CHOICES, "interests"):
        for value, said in tables.get(kind, {}).items():
            for phrase, kept in _pairs(said):
                yield phrase, kind, kept if kind == "interests" else value, 1.0
    for kind, said in tables["context"].items():
        for phrase, _ in _pairs(said):
            yield phrase, kind, "", 1.0


def _pairs(said: str) -> Iterator[tuple[str, str]]:
    """What is written and what is kept, of a list such as "nurse; er nurse=nurse"."""
    for one in said.split(";"):
        phrase, _, value = one.strip().partition("=")
        yield phrase, value or phrase


def _load(name: str) -> dict[str, str]:
    tables: dict[str, str] = tomllib.loads(_read(name))
    return tables


def _read(name: str) -> str:
    return resources.files("personahub.attributes").joinpath("lists", name).read_text("utf-8")
