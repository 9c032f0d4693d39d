"""Arguments that a tool could be called with, drawn from its interface: to try its code, and as examples of calls.

What a value is follows from the type; where that is not said, from the words of the name. The same seed draws the
same values.
"""

import re
from collections.abc import Callable, Mapping
from random import Random

from personahub.tools.interface import Argument, Function
from personahub.tools.types import ANY

_WORDS = [
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heron",
    "iris",
    "juniper",
    "kestrel",
    "lagoon",
    "meadow",
    "nettle",
    "onyx",
    "prairie",
]
_PLACES = ("Porto", "Tromso", "Kyoto", "Lagos", "Quito", "Riga", "Hobart", "Oaxaca")
_PEOPLE = ("Ada Lind", "Tomas Okoro", "Mei Sato", "Ines Duarte", "Karl Brandt", "Noor Haddad")

# By the words of a name, the first that fits.
_TEXTS: tuple[tuple[re.Pattern[str], Callable[[Random], str]], ...] = tuple(
    (re.compile(words), drawn)
    for words, drawn in (
        (r"date|day\b", lambda dice: f"{dice.randint(2001, 2029)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"),
        (r"time", lambda dice: f"{dice.randint(0, 23):02}:{dice.randint(0, 59):02}"),
        (r"url|link|website", lambda dice: f"https://example.org/{dice.choice(_WORDS)}"),
        (r"mail", lambda dice: f"{dice.choice(_WORDS)}@example.org"),
        (r"path|file", lambda dice: f"{dice.choice(_WORDS)}.txt"),
        (r"city|place|location|country|region|address", lambda dice: dice.choice(_PLACES)),
        (r"currency", lambda dice: dice.choice(("EUR", "USD", "JPY", "GBP"))),
        (r"lang", lambda dice: dice.choice(("en", "de", "zh", "pt"))),
        (r"person|author|artist|user|player|patient|student", lambda dice: dice.choice(_PEOPLE)),
        (r"id\b|code|key|token", lambda dice: f"{dice.choice(_WORDS)}-{dice.randint(100, 999)}"),
        (r"text|review|message|content|comment|description", lambda dice: f"{' '.join(dice.sample(_WORDS, 6))}."),
        (r"", lambda dice: " ".join(dice.sample(_WORDS, 2))),
    )
)
_WHOLE = re.compile(
    r"(?:^|_)(?:num|number|n|count|year|age|days?|hours?|minutes?|limit|max|min|top|quantity|size)(?:_|$)"
)
_REAL = re.compile(
    r"(?:^|_)(?:lat|latitude|lon|lng|longitude|price|amount|rate|weight|height|width|length|distance|temperature|"
    r"budget|values?|numbers?|figures?|cost|area|volume|speed|threshold|score|income|salary)(?:_|$)"
)
_YES = re.compile(r"^(?:is|has|use|include|with|should|enable)_")
_MANY = re.compile(r"(?:_list|_array|s)$")


def drawn(function: Function, dice: Random, *, whole: bool = True) -> dict[str, object]:
    """One set of arguments.

    Args:
        whole: with those that may be left out; else only what must be given.
    """
    return {one.name: _value(one, dice) for one in function.arguments if whole or one.required}


def sets(function: Function, count: int, seed: int) -> list[dict[str, object]]:
    """So many different sets at most, the first with just what must be given."""
    dice, found = Random(f"{seed} {function.name}"), []  # noqa: S311 - it shall repeat itself
    for number in range(4 * count):
        one = drawn(function, dice, whole=number > 0)
        if one not in found:
            found.append(one)
        if len(found) == count:
            break
    return found


def _value(argument: Argument, dice: Random) -> object:
    if argument.enum:
        return dice.choice(argument.enum)
    kind = argument.kind if argument.kind != ANY else _likely(argument.name.lower())
    return _of_kind(kind, argument, dice)


def _likely(name: str) -> str:
    told = ((_YES, "boolean"), (_WHOLE, "integer"), (_REAL, "number"))
    return next((kind for pattern, kind in told if pattern.search(name)), "string")


def _of_kind(kind: str, argument: Argument, dice: Random) -> object:
    name = argument.name.lower()
    if kind == "array":
        inner = argument.items if argument.items != ANY else _likely(re.sub(_MANY, "", name))
        return [_of_kind(inner, Argument(re.sub(_MANY, "", name)), dice) for _ in range(dice.randint(2, 4))]
    if kind == "object":
        return dict(zip(dice.sample(_WORDS, 3), (dice.randint(1, 99) for _ in range(3)), strict=True))
    plain: Mapping[str, Callable[[], object]] = {
        "boolean": lambda: dice.random() < 0.5,
        "integer": lambda: dice.randint(1990, 2029) if "year" in name else dice.randint(1, 40),
        "number": lambda: round(dice.uniform(-60, 60) if re.search("lat|lon", name) else dice.uniform(0.5, 90), 2),
    }
    return plain[kind]() if kind in plain else next(make for words, make in _TEXTS if words.search(name))(dice)
