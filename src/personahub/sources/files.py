"""Names to paths: files, folders and globs, each file once, in an order that depends on the names alone."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from glob import escape, glob, has_magic
from pathlib import PurePath
from stat import S_ISDIR, S_ISREG

from personahub.errors import SourceError

_STARS = re.compile(r"(?:^|(?<=/))\*\*(?:/|$)")  # `**` as a whole part of a path: folders at any depth


def find(name: str, known: Callable[[str], bool]) -> list[str]:
    """The files that a name means; in folders and from globs, those of a known kind.

    Raises:
        SourceError: there is none.
    """
    path = os.path.expanduser(name)  # noqa: PTH111 - a Path drops the "./" and the final "/"
    mode = _mode(path)
    if S_ISDIR(mode):
        return _some(_inside(path, known, set()), f"{name} is a folder with no file that can be read")
    if mode:
        return [path]
    if not has_magic(path):
        raise SourceError(f"there is no file {name!r}")
    matches = sorted(set(_matches(path)), key=_parts)
    if not matches:
        raise SourceError(f"nothing matches {name!r}")
    met: set[str] = set()
    return _some(
        (file for one in matches for file in _at(one, known, met)), f"{name!r} matches no file that can be read"
    )


def _some(paths: Iterable[str], otherwise: str) -> list[str]:
    """All of them, in the order of folders and names."""
    found = sorted(set(paths), key=_parts)
    if not found:
        raise SourceError(otherwise)
    return found


def _parts(path: str) -> tuple[str, ...]:
    return PurePath(path).parts


def _mode(path: str) -> int:
    try:
        return os.stat(path).st_mode  # noqa: PTH116 - to a Path, no name at all is the folder we are in
    except (OSError, ValueError):
        return 0


def _inside(folder: str, known: Callable[[str], bool], met: set[str]) -> Iterator[str]:
    """The files of a folder and of those in it; a folder that cannot be listed stands for its files."""
    try:
        paths = _entries(folder, met)
    except OSError:
        yield folder
        return
    for path in paths or ():
        yield from _at(path, known, met)


def _at(path: str, known: Callable[[str], bool], met: set[str]) -> Iterator[str]:
    mode = _mode(path)
    if S_ISDIR(mode):
        yield from _inside(path, known, met)
    # A link that leads nowhere is told when it is opened; pipes and devices might never end.
    elif (S_ISREG(mode) or not mode) and known(path):
        yield path


def _entries(folder: str, met: set[str]) -> list[str] | None:
    """What lies in a folder, hidden things apart; None where links have led to it before."""
    place = os.path.realpath(folder)
    if place in met:
        return None
    met.add(place)
    with os.scandir(folder) as entries:
        return sorted(entry.path for entry in entries if not entry.name.startswith("."))


def _matches(pattern: str) -> Iterator[str]:
    """The paths that match; `**` goes through each folder once, so that links in a circle end."""
    stars = _STARS.search(pattern)
    if stars is None:
        yield from glob(pattern)  # noqa: PTH207 - a Path drops the "./" of a name
        return
    rest = pattern[stars.end() :] or "*"
    met: set[str] = set()
    for top in glob(pattern[: stars.start()]) if stars.start() else [""]:  # noqa: PTH207
        for folder in _folders(top, met):
            yield from _matches(os.path.join(escape(folder), rest))  # noqa: PTH118


def _folders(top: str, met: set[str]) -> Iterator[str]:
    try:
        paths = _entries(top or ".", met)
    except OSError:  # passed over as a shell does
        return
    if paths is None:
        return
    yield top
    for path in paths:
        if S_ISDIR(_mode(path)):
            yield from _folders(path, met)
