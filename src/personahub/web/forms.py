"""Forms of commands: which options each has, what may stand in them, and the command line that they mean."""

import os
import shlex
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

from personahub.browse.view import Reading, Unusable
from personahub.errors import UsageError, failing
from personahub.options import Option
from personahub.templates import is_file
from personahub.templates.worlds import shipped
from personahub.verbs import verb

FORMS = ("extract", "expand", "quality", "dedup", "synthesize")
TEXTS = Option("texts", "texts to infer personas from", required=True, many=True)
_NO_FORM = ("dry_run", "memory_limit", "disk_limit", "text_column")
# What may be a file of this machine, too, and what of it is none.
_HELD: dict[str, tuple[str, Callable[[str], bool]]] = {
    "task": ("the name of a shipped template", lambda one: not is_file(one)),
    "model": (
        "offline, local, openai:NAME or batch:NAME",
        lambda one: one in ("offline", "local") or one.startswith(("openai:", "batch:")),
    ),
    "embedder": ("static or openai:NAME", lambda one: one == "static" or one.startswith("openai:")),
    "world": ("one that comes with the package", lambda one: one in shipped()),
    "set": ("name=value", lambda one: not one.partition("=")[2].startswith("@")),
    "base_url": ("an address that begins with http", lambda one: one.startswith(("http://", "https://"))),
}


def options_of(name: str) -> list[Option]:
    """Those of a verb that a form has: none that names a file, for what comes from the page never becomes a path."""
    all_ = (*verb(name).arguments, *verb(name).options)
    given = [one for one in all_ if not one.file and one.name not in _NO_FORM]
    return [TEXTS, *given] if name == "extract" else given


def described(one: Option, name: str) -> dict[str, object]:
    arguments = [option.name for option in verb(name).arguments]
    kind = {int: "int", float: "float", bool: "bool"}.get(one.kind, "str")
    told = {"name": one.name, "help": one.help, "kind": kind, "default": one.default, "choices": list(one.choices)}
    told |= {"least": one.least, "most": one.most, "required": one.required, "many": one.many}
    return {**told, "argument": one.name in arguments}


def read_form(given: Reading) -> tuple[str, dict[str, Any]]:
    """A verb and its options, held to the list of verbs."""
    name = given.choice("verb", "expand", FORMS)
    said = dict(given.object("options") or {})
    known = {one.name for one in options_of(name)}
    if odd := next((key for key in said if key not in known), None):
        raise Unusable(f"{name} has no option {str(odd)[:40]!r} here", f"options.{str(odd)[:40]}")
    said = {key: value for key, value in said.items() if value is not None}
    for key, value in said.items():
        _check(key, value)
    try:
        plain = {key: value for key, value in said.items() if key != "texts"}
        verb(name).check({**plain, **({"sources": ["-"]} if name == "extract" else {})})
    except UsageError as error:
        raise Unusable(str(error), "options") from error
    return name, said


def names_files(name: str, options: Mapping[str, Any]) -> bool:
    """Whether options of a verb name files of this machine, or may."""
    try:
        for key, value in options.items():
            if verb(name).settings[key].file:
                return True
            _check(key, value)
    except Unusable:
        return True
    return False


def words_of(name: str, options: Mapping[str, Any], hub: Path, place: Path) -> list[str]:
    """The words of the command that a form means.

    Args:
        place: where the texts of the form become a file.
    """
    held = dict(options)
    texts = held.pop("texts", None)
    if name == "extract":
        if not isinstance(texts, list) or not any(str(one).strip() for one in texts):
            raise Unusable("extract needs texts", "options.texts")
        held["sources"] = [str(_written(place, texts))]
    return plain_words(name, held, hub)


def plain_words(name: str, options: Mapping[str, Any], hub: Path) -> list[str]:
    """The words of a command; values stand behind = so that none is taken for an option."""
    known, free, words = verb(name).settings, list[str](), list[str]()
    arguments = [one.name for one in verb(name).arguments]
    for key, value in options.items():
        several = [str(one) for one in (value if isinstance(value, list | tuple) else [value])]
        dashed = key.replace("_", "-")
        if key in arguments:
            free += several
        elif known[key].kind is bool:
            words += [f"--{dashed}"] if value else [f"--no-{dashed}"] if known[key].default is None else []
        else:
            words += [f"--{dashed}={one}" for one in several]
    return [name, *words, "--", str(hub), *free]


def shown(words: list[str]) -> str:
    """As a person types it."""
    return shlex.join(["personahub", *words])


def _check(key: str, value: object) -> None:
    """What the list of verbs leaves open, and a command line or a path could be made of."""
    at = f"options.{key}"
    several = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(one, str | int | float) for one in several):
        raise Unusable(f"{at} must be a text, a number, or a list of them", at)
    if any(isinstance(one, str) and ("\0" in one or not _encodes(one)) for one in several):
        raise Unusable(f"{at} holds what no command can", at)
    if key in _HELD and not all(_HELD[key][1](str(one)) for one in several):
        raise Unusable(f"{at} must be {_HELD[key][0]} here", at)


def _encodes(text: str) -> bool:
    return not any("\ud800" <= one <= "\udfff" for one in text)


def _written(place: Path, texts: list[Any]) -> Path:
    """A file of our own with the texts of a form; on the disk, or not there."""
    data = b"".join(orjson.dumps({"text": str(text)}) + b"\n" for text in texts)
    path = place / f"pasted-{blake2b(data, digest_size=8).hexdigest()}.jsonl"
    draft = path.with_suffix(f".{os.getpid()}")
    with failing(path):
        place.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    return path
