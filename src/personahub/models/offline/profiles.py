"""A profile of a persona that satisfies a JSON schema, as far as this writer knows what its keys mean."""

import json
import re
from collections.abc import Mapping

import orjson

from personahub.models.offline.dice import Dice
from personahub.models.offline.subject import Subject, subject

_FIRST = ("Amara", "Bo", "Carla", "Dmitri", "Elif", "Farid", "Greta", "Hana", "Idris", "Joana", "Kenji", "Lucia")
_LAST = ("Adeyemi", "Berg", "Costa", "Demir", "Eriksen", "Farkas", "Gallo", "Haddad", "Ito", "Jansen", "Kowal", "Lund")
_PLACES = ("Accra", "Bergen", "Cork", "Dresden", "Lima", "Osaka", "Porto", "Tampere")
_DEEPEST = 6


def profile(persona: str, asked: str, seed: int) -> str:
    """Args:
    asked: the instructions, in which the schema stands.
    """
    dice = Dice("profile", str(seed), persona)
    return orjson.dumps(_value("", _schema(asked), subject(persona, dice), dice, 0)).decode()


def _schema(asked: str) -> Mapping[str, object]:
    """The first JSON object in the instructions that begins a line and may be a schema."""
    decoder = json.JSONDecoder()
    for start in (match.start() for match in re.finditer(r"^\{", asked, re.MULTILINE)):
        try:
            found, _ = decoder.raw_decode(asked, start)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and {"type", "properties"} & found.keys():
            return found
    return {"type": "object", "properties": {name: {} for name in ("name", "age", "occupation", "skills")}}


def _value(name: str, schema: object, about: Subject, dice: Dice, depth: int) -> object:
    told = schema if isinstance(schema, dict) else {}
    kind = told.get("type")
    if isinstance(choices := told.get("enum"), list) and choices:
        return dice.pick(choices)
    if (kind == "object" or "properties" in told) and depth < _DEEPEST:
        properties = told.get("properties")
        fields = properties if isinstance(properties, dict) else {}
        return {key: _value(str(key), one, about, dice, depth + 1) for key, one in fields.items()}
    if (kind == "array" or name in ("skills", "interests", "hobbies")) and depth < _DEEPEST:
        least = told.get("minItems")
        topics = list(dict.fromkeys((*about.topics, *about.field.topics)))
        return topics[: max(least if isinstance(least, int) else 0, dice.between(2, 4))]
    if kind in ("integer", "number") or name == "age":
        return _number(told, dice)
    return {"boolean": bool(dice.below(2)), "null": None}.get(str(kind), _text(name, about, dice))


def _number(told: Mapping[str, object], dice: Dice) -> int:
    least, most = told.get("minimum"), told.get("maximum")
    low = int(least) if isinstance(least, int | float) else 0
    high = int(most) if isinstance(most, int | float) else low + 120
    return dice.between(min(max(low, 19), high), max(min(high, 78), min(max(low, 19), high)))


def _text(name: str, about: Subject, dice: Dice) -> str:
    if "name" in name:
        return f"{dice.pick(_FIRST)} {dice.pick(_LAST)}"
    if name in ("city", "place", "country", "location"):
        return dice.pick(_PLACES)
    if name in ("occupation", "job", "role", "profession"):
        return about.role or dice.pick(about.field.careers)
    return dice.pick((*about.topics, *about.field.topics))
