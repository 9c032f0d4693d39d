"""Writes docs/reference/commands.md from the commands themselves: python docs/write_reference.py"""

from pathlib import Path

import click

from personahub.cli.main import group
from personahub.stages.quality import RULES

FOLDER = Path(__file__).parent / "reference"


def commands() -> str:
    """Every command's help, as a page."""
    parts = ["# Commands", "", "Written from the code by `make docs`. In Python a command is a method of the hub with"]
    parts += ["the same options, `-` written as `_`: `hub.extract([...], max_chars=4000)`. `import` is `hub.import_`,"]
    parts += ["`run` is `personahub.run_recipe`, `serve-offline` is `personahub.serve_offline`.", ""]
    for name, command in group.commands.items():
        context = click.Context(command, info_name=f"personahub {name}", max_content_width=100, terminal_width=100)
        parts += [f"## {name}", "", "```text", command.get_help(context), "```", ""]
    return "\n".join(parts)


def rules() -> str:
    """The quality rules, in the order in which they are asked."""
    rows = [f"| `{name}` | {meaning} |" for name, meaning in RULES.items()]
    head = ["# Quality rules", "", "Why `quality` drops a persona; the first rule that holds gives the reason.", ""]
    return "\n".join([*head, "| reason | holds where the persona |", "|---|---|", *rows, ""])


PAGES = {"commands.md": commands, "quality-rules.md": rules}

if __name__ == "__main__":
    for page, text in PAGES.items():
        (FOLDER / page).write_text(text(), "utf-8")
