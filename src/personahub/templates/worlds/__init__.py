"""Worlds of games that come with the package, by name; each is a text, invented for it."""

from importlib import resources
from pathlib import Path

from personahub.errors import UsageError


def shipped() -> dict[str, str]:
    """The files of those that come with the package, by their names."""
    folder = resources.files("personahub.templates.worlds")
    return {file.name.removesuffix(".txt"): str(file) for file in folder.iterdir() if file.name.endswith(".txt")}


def place(named: str) -> str:
    """The file of a world: one that comes with the package, by its name, or one of a user's.

    Raises:
        UsageError: there is none.
    """
    ours = shipped()
    if named in ours:
        return ours[named]
    if not Path(named).is_file():
        raise UsageError(f"there is no world {named[:80]!r}: {', '.join(sorted(ours))}, or a file of yours")
    return named
