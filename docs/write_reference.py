"""Writes docs/reference/commands.md from the commands themselves: python docs/write_reference.py"""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import click

from personahub.cli.main import group
from personahub.stages.quality import RULES
from personahub.verbs.carrying import CARRYING
from personahub.verbs.choosing import CHOOSING
from personahub.verbs.finding import FINDING
from personahub.verbs.labelling import LABELLING
from personahub.verbs.upkeep import UPKEEP

FOLDER = Path(__file__).parent / "reference"


MAKING = ("extract", "expand", "synthesize")  # the others stand on pages of their own
DROPPING = ("quality", "dedup")
KEEPING = tuple(verb.name for verb in UPKEEP)
SEEKING = tuple(dict.fromkeys(verb.name.split()[0] for verb in (*FINDING, *CHOOSING)))
LABELS = tuple(verb.name for verb in LABELLING)
ANSWERING = ("converse", "solve", "agree", "judge")
HOLDING = ("verify", "roster", "templates", "runs")
CARRIED = tuple(dict.fromkeys(verb.name.split()[0] for verb in CARRYING))
OWN_PAGES = (*MAKING, *ANSWERING, *HOLDING, *DROPPING, *SEEKING, *LABELS, *CARRIED, *KEEPING)


def commands() -> str:
    """The help of the commands that make something, as a page."""
    parts = ["# Commands", "", "Written from the code by `make docs`. In Python a command is a method of the hub with"]
    parts += ["the same options, `-` written as `_`: `hub.extract([...], max_chars=4000)`.", ""]
    parts += ["Others [drop what should not stay](dropping-commands.md), [find and choose](finding-commands.md),"]
    parts += ["[answer, talk and judge](answering-commands.md), [verify and look into](verifying-commands.md),"]
    parts += ["[label](labelling-commands.md), [carry in and out](carrying-commands.md) or"]
    parts += ["[look after a hub](keeping-commands.md);"]
    parts += ["[the rest](more-commands.md) is on a page of its own.", ""]
    return "\n".join(parts + _helps(MAKING))


def answering_commands() -> str:
    """The help of the commands that go on from samples, as a page."""
    parts = [
        "# Commands that answer, talk and judge",
        "",
        "See also [instructions and conversations](../instructions.md)",
    ]
    parts += ["and [fine-tuning](../fine-tuning.md).", ""]
    return "\n".join(parts + _helps(ANSWERING))


def verifying_commands() -> str:
    """The help of the commands that hold records to something, and of those that look into templates and runs."""
    parts = [
        "# Commands that verify and look into",
        "",
        "In Python `runs list`, `runs show` and `runs retry`, of which",
    ]
    parts += ["`runs` alone is the first, are `personahub.list_runs`, `show_run` and `retry_run`.", ""]
    return "\n".join(parts + _helps(HOLDING))


def finding_commands() -> str:
    """The help of the commands that find and choose, as a page."""
    parts = ["# Commands that find and choose", "", "In Python `selections list`, `show` and `remove` are"]
    parts += ["`hub.list_selections`, `show_selection` and `remove_selection`; `selections` alone is the first."]
    parts += ["See also [the commands that make](commands.md).", ""]
    return "\n".join(parts + _helps(SEEKING))


def dropping_commands() -> str:
    """The help of the commands that drop records, as a page."""
    parts = ["# Commands that drop what should not stay", ""]
    parts += ["In Python `dedup` of files is `personahub.dedup_files([...], output=...)`.", ""]
    return "\n".join(parts + _helps(DROPPING))


def keeping_commands() -> str:
    """The help of the commands that look after a hub, as a page."""
    parts = ["# Commands that look after a hub", "", "See also [how to keep one healthy](../healthy-hub.md).", ""]
    return "\n".join(parts + _helps(KEEPING))


def labelling_commands() -> str:
    """The help of the commands that say more of records, as a page."""
    parts = [
        "# Commands that label",
        "",
        "What they put beside records is told in [attributes and topics](../labels.md).",
    ]
    parts += ["See also [the commands that make](commands.md).", ""]
    return "\n".join(parts + _helps(LABELS))


def carrying_commands() -> str:
    """The help of the commands that carry records in and out, as a page."""
    parts = ["# Commands that carry records in and out", "", "In Python `import` is `hub.import_`, and `argilla push`"]
    parts += ["and `argilla pull` are `hub.push_to_argilla` and `pull_from_argilla`. See also"]
    parts += ["[what comes in and goes out](../in-and-out.md) and [Argilla](../argilla.md).", ""]
    return "\n".join(parts + _helps(CARRIED))


def more_commands() -> str:
    """The help of all other commands, as a page."""
    parts = ["# More commands", "", "In Python `run` is `personahub.run_recipe`,"]
    parts += ["and `serve-offline` is `personahub.serve_offline`."]
    parts += ["See also [the commands that make](commands.md).", ""]
    return "\n".join(parts + _helps([name for name in group.commands if name not in OWN_PAGES]))


def _helps(names: Iterable[str]) -> list[str]:
    parts = []
    for name, command in chain.from_iterable(_each(name, group.commands[name]) for name in names):
        context = click.Context(command, info_name=f"personahub {name}", max_content_width=100, terminal_width=100)
        parts += [f"## {name}", "", "```text", command.get_help(context), "```", ""]
    return parts


def _each(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """A command, or in place of a group of commands those in it."""
    if not isinstance(command, click.Group):
        yield name, command
        return
    for word, inner in command.commands.items():
        yield from _each(f"{name} {word}", inner)


def rules() -> str:
    """The quality rules, in the order in which they are asked."""
    rows = [f"| `{name}` | {meaning} |" for name, meaning in RULES.items()]
    head = ["# Quality rules", "", "Why `quality` drops a persona; the first rule that holds gives the reason.", ""]
    return "\n".join([*head, "| reason | holds where the persona |", "|---|---|", *rows, ""])


PAGES = {
    "commands.md": commands,
    "answering-commands.md": answering_commands,
    "verifying-commands.md": verifying_commands,
    "finding-commands.md": finding_commands,
    "dropping-commands.md": dropping_commands,
    "keeping-commands.md": keeping_commands,
    "labelling-commands.md": labelling_commands,
    "carrying-commands.md": carrying_commands,
    "more-commands.md": more_commands,
    "quality-rules.md": rules,
}

if __name__ == "__main__":
    for page, text in PAGES.items():
        (FOLDER / page).write_text(text(), "utf-8")
