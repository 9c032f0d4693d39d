"""English at the joints: articles, plurals, lists, the first letter of a sentence."""

import re
from collections.abc import Sequence
from types import MappingProxyType

# By sound, not by letter: "a user", "an hour", "an NGO", "a UN envoy".
_AN = re.compile(r"[aio]|e(?!u|we)|u(?!ni[^nm]|s[aeu]|t[ei]|r[ao]|b[ie]|k\b|kr)|hour|hono|heir|honest")
_A = re.compile(r"one\b|once\b|one-")
_SPELLED_AN = frozenset("AEFHILMNORSX")

_IRREGULAR = MappingProxyType(
    dict(
        pair.split(":")
        for pair in [
            "man:men",
            "woman:women",
            "child:children",
            "person:people",
            "mouse:mice",
            "foot:feet",
            "tooth:teeth",
            "knife:knives",
            "wife:wives",
            "life:lives",
            "leaf:leaves",
            "half:halves",
            "shelf:shelves",
            "wolf:wolves",
            "loaf:loaves",
            "calf:calves",
            "thief:thieves",
            "analysis:analyses",
            "crisis:crises",
            "thesis:theses",
            "diagnosis:diagnoses",
            "hypothesis:hypotheses",
            "basis:bases",
            "species:species",
            "series:series",
            "sheep:sheep",
            "aircraft:aircraft",
            "fish:fish",
            "hero:heroes",
            "potato:potatoes",
            "tomato:tomatoes",
            "echo:echoes",
            "quiz:quizzes",
            "bus:buses",
            "gas:gases",
            "criterion:criteria",
            "staff:staff",
        ]
    )
)
_HISSING = re.compile(r"(?:[sxz]|[cs]h)$")


def with_article(phrase: str) -> str:
    """As it sounds: "a nurse", "an NGO worker"."""
    first = phrase.split(" ", 1)[0].split("-", 1)[0]
    if first.isupper():
        an = first[0] in _SPELLED_AN
    else:
        lower = phrase.lower()
        an = bool(_AN.match(lower)) and not _A.match(lower)
    return f"{'an' if an else 'a'} {phrase}"


def plural(phrase: str) -> str:
    """The phrase with its last word in the plural."""
    before, _, noun = phrase.rpartition(" ")
    lead = f"{before} " if before else ""
    if noun in _IRREGULAR:
        return lead + _IRREGULAR[noun]
    for short, long in (("woman", "women"), ("man", "men"), ("child", "children")):
        if noun.endswith(short) and noun != "human":
            return lead + noun.removesuffix(short) + long
    if len(noun) > 1 and noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{lead}{noun[:-1]}ies"
    return f"{lead}{noun}{'es' if _HISSING.search(noun) else 's'}"


def capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def listed(parts: Sequence[str]) -> str:
    """As in "a, b and c"."""
    return " and ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} and {parts[-1]}"
