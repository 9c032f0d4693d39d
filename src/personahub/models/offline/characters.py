"""A character of a game: a persona as somebody of the world that a prompt describes, in the world's language."""

import re
from collections.abc import Mapping, Sequence

from personahub.models.offline.dice import Dice
from personahub.models.offline.grammar import capital, with_article
from personahub.models.offline.subject import subject
from personahub.models.offline.vocabulary import phrases

# What a world names: its peoples, its callings, its places.
_PEOPLES = re.compile(r"\bThe ([A-Z][a-z]{3,}) (?:are|live|came|have|own|keep|were|come)\b")
_CALLINGS = re.compile(r"\bAn? ([a-z]{3,}(?:wright|herd|warden|writer|ist|witch|speaker|smith|keeper|diver|reader))\b")
_PLACES = re.compile(r"(?<=[a-z,;] )(?:the )?([A-Z][a-z]{3,}(?: [A-Z][a-z]+)?)(?=[ ,.;:])")
_ZH_PEOPLES = re.compile(r"[\u3002\uff1b;]([\u4e00-\u9fff](?<!\u6709)\u4eba)(?=[\u4e00-\u9fff])")
_ZH_CALLINGS = re.compile(r"([\u4e00-\u9fff]{2}[\u5320\u7fc1\u4f7f\u533b\u5ba2\u50e7\u4fa0])(?=[\u4e00-\u9fff])")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def character(persona: str, world: str, labels: Sequence[str], *, seed: int) -> str:
    """One line for each label: name, people, calling, background, ways with players, in this order."""
    dice = Dice("character", str(seed), persona)
    told = _chinese(world, dice) if _CHINESE.search(labels[0]) else _english(persona, world, dice)
    return "\n".join(f"{label}: {value}" for label, value in zip(labels, told, strict=False))


def _english(persona: str, world: str, dice: Dice) -> list[str]:
    about, tables = subject(persona, dice), phrases("characters")
    role = about.role or dice.pick(about.field.careers)
    names = tables["names"]
    name = f"{dice.pick(names['first'])}{dice.pick(names['second'])} {dice.pick(names['by'])}"
    calling = dice.pick(_named(_CALLINGS, world) or tables["class"]["any"])
    origin = dice.pick(_named(_PEOPLES, world) or ("people of the border",))
    slots = {
        "name": name.split(" ", 1)[0],
        "class": calling,
        "a_class": with_article(calling),
        "a_role": with_article(role),
        "k": dice.pick(about.topics),
        "place": f"the {dice.pick(_named(_PLACES, world) or ('old bridge',))}",
    }
    return [
        name,
        capital(f"one of the {origin}"),
        capital(calling),
        _sentences(tables["background"], slots, dice, ". "),
        _sentences(tables["players"], slots, dice, ". "),
    ]


def _chinese(world: str, dice: Dice) -> list[str]:
    tables = phrases("characters")
    names, said = tables["zh_names"], tables["zh"]
    name = dice.pick(names["family"]) + dice.pick(names["given"])
    calling = dice.pick(_named(_ZH_CALLINGS, world) or said["class"])
    origin = dice.pick(_named(_ZH_PEOPLES, world) or ("\u8fb9\u5730\u4eba",))
    slots = {"name": name, "class": calling, "origin": origin}
    background = {key: said[key] for key in ("once", "then", "wants", "hides")}
    players = {key: said[key] for key in ("meets", "asks", "turns")}
    both = (_sentences(some, slots, dice, "\u3002") for some in (background, players))
    return [name, origin, calling, *both]


def _named(pattern: re.Pattern[str], world: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(pattern.findall(world)))


def _sentences(rows: Mapping[str, Sequence[str]], slots: Mapping[str, str], dice: Dice, between: str) -> str:
    made = [capital(dice.pick(patterns).format_map(slots)) for patterns in rows.values()]
    return between.join(made) + between.strip()
