"""The journal of a hub, looked over: every answer by its checksum, and the files that say where each stands."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from personahub.errors import HubError
from personahub.findings import Finding
from personahub.models.journal.index import ENDING, Index, load, made
from personahub.models.journal.log import Found, surveyed
from personahub.store.seals import Seals, broken

_ENTRY = np.dtype([("key", "<u8"), ("segment", "<u4"), ("offset", "<u4")])
_ASKED_AGAIN = (
    "put it back from a copy of the hub; without one, those answers are gone, and are asked and paid for again where "
    "a command needs them"
)


def check_journal(folder: Path, seals: Seals, tell: Callable[[int], None]) -> Iterator[Finding]:
    """The torn end that a writer leaves which was killed is nothing wrong: the next one cuts it off."""
    names = [name for name in seals.files if name.startswith(f"{folder.name}/")]
    yield from (_gone(name) for name in names if not (folder.parent / name).exists())
    there = sorted(folder.glob("*.log"))
    indexes, covered = _indexes(folder)
    spoiled = set()
    for path in there:
        name = f"{folder.name}/{path.name}"
        size, check = seals.files.get(name, (0, 0))
        why = broken(path, size, check)
        try:
            seen = surveyed(path)
        except HubError as error:
            yield Finding(name, str(error), _ASKED_AGAIN)
            continue
        tell(path.stat().st_size)
        torn = path != there[-1] and seen.end < path.stat().st_size
        if why or seen.damaged or torn:
            spoiled.add(int(path.stem))
            lost = seen.damaged + torn
            said = (
                f"; {lost:,} stretches of it hold no whole answer, {len(seen.keys):,} answers are whole" if lost else ""
            )
            yield Finding(name, f"the file {why or 'is damaged'}{said}", _ASKED_AGAIN)
            continue
        if index := covered.get(int(path.stem)):
            indexes[index].append((int(path.stem), seen))
    yield from _astray(folder, indexes, spoiled)


def _gone(name: str) -> Finding:
    return Finding(name, "the file is gone", _ASKED_AGAIN)


_Held = dict[tuple[int, int], list[tuple[int, Found]]]


def _indexes(folder: Path) -> tuple[_Held, dict[int, tuple[int, int]]]:
    """A place for what each index should hold, and which index is of which segment."""
    found = [(one.first, one.last) for one in load(folder)]
    return {one: [] for one in found}, {number: one for one in found for number in range(one[0], one[1] + 1)}


def _astray(folder: Path, indexes: _Held, spoiled: set[int]) -> Iterator[Finding]:
    read = {(one.first, one.last): one for one in load(folder)}
    for place, segments in indexes.items():
        if place not in read or spoiled.intersection(range(place[0], place[1] + 1)):
            continue
        if not _same(read[place], segments):
            path = folder / f"{place[0]:06}-{place[1]:06}{ENDING}"
            cure = "it only repeats what the log says, and is made from it again"
            yield Finding(f"{folder.name}/{path.name}", "it does not say where the answers stand", cure, _removal(path))
    names = {f"{first:06}-{last:06}{ENDING}" for first, last in read}
    for path in sorted(folder.glob(f"*{ENDING}")):
        if path.name not in names:
            cure = "it is not read, and only repeats what the log says"
            yield Finding(f"{folder.name}/{path.name}", "it is cut off, or another says the same", cure, _removal(path))


def _same(index: Index, segments: list[tuple[int, Found]]) -> bool:
    """Whether it is in order, has the last answer to each question, and nothing that the log has not."""
    if not bool((index.keys[1:] >= index.keys[:-1]).all()):
        return False
    last = [dict(zip(seen.keys, seen.offsets, strict=True)) for _, seen in segments]
    least = _entries(made(number, [*one], [*one.values()]) for (number, _), one in zip(segments, last, strict=True))
    most = _entries(made(number, seen.keys, seen.offsets) for number, seen in segments)
    held = _entries([index])
    return bool(np.isin(least, held).all() and np.isin(held, most).all())


def _entries(indexes: Iterable[Index]) -> npt.NDArray[np.void]:
    """Key, segment and offset of each as one value."""
    found = [np.zeros(0, _ENTRY)]
    for one in indexes:
        some = np.zeros(len(one.keys), _ENTRY)
        some["key"], some["segment"], some["offset"] = one.keys, one.places[:, 0], one.places[:, 1]
        found.append(some)
    return np.concatenate(found)


def _removal(path: Path) -> Callable[[], None]:
    return partial(path.unlink, missing_ok=True)
