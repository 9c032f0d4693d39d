"""What else a hub holds, looked over: records of runs, batches, explanations of duplicates, vectors."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import orjson

from personahub.findings import Finding
from personahub.hub import Folder
from personahub.store.seals import SEALS, Seals, broken, sealed

_MADE_AGAIN = "it may be removed at any time and is made again when it is needed"


def check_rest(folder: Folder, seals: Seals, tell: Callable[[int], None]) -> Iterator[Finding]:
    if sealed(folder.path) is None:
        cure = "the next command that writes makes it again, of the files as they are then"
        yield Finding(SEALS, "it is damaged, so that no checksum is known", cure, _removal(folder.path / SEALS))
    yield from _objects(folder.path, "duplicates/*.json", "'dedup' makes it again", derived=True)
    yield from _objects(
        folder.path, "runs/*/settings.json", "put it back from a copy; the rows of the run are not touched by this"
    )
    for name in sorted(name for name in seals.files if name.startswith("runs/")):
        if why := broken(folder.path / name, *seals.files[name]):
            cure = "put it back from a copy; the rows of the run are not touched by this"
            yield Finding(name, f"the file {why}: calls of the run are lost", cure)
    yield from _objects(folder.path, "work/*/settings.json", _MADE_AGAIN, derived=True)
    yield from _lines(folder.path, tell)
    yield from _vectors(folder, tell)


def _objects(hub: Path, pattern: str, cure: str, *, derived: bool = False) -> Iterator[Finding]:
    for path in sorted(hub.glob(pattern)):
        try:
            orjson.loads(path.read_bytes())
        except (OSError, ValueError):
            mend = _removal(path) if derived else None
            yield Finding(path.relative_to(hub).as_posix(), "it cannot be read", cure, mend)


def _lines(hub: Path, tell: Callable[[int], None]) -> Iterator[Finding]:
    """What batch endpoints have answered, and was paid for."""
    for path in sorted((hub / "batches").rglob("*.output.jsonl")):
        bad = 0
        with path.open("rb") as file:
            for line in file:
                tell(len(line))
                try:
                    orjson.loads(line)
                except ValueError:
                    bad += 1
        if bad:
            cure = "put it back from a copy; without one, those rows are asked for again"
            yield Finding(path.relative_to(hub).as_posix(), f"{bad:,} answers of it cannot be read", cure)


def _vectors(folder: Folder, tell: Callable[[int], None]) -> Iterator[Finding]:
    shelves = sorted({path.with_suffix("") for path in (folder.path / "vectors").rglob("*.marks")})
    if not shelves:
        return
    from personahub.vectors.shelf import damaged  # noqa: PLC0415 - a third of a second for the compiler it stands on

    for path in shelves:
        if parts := damaged(path, tell):
            yield Finding(
                path.relative_to(folder.path).as_posix(),
                f"{len(parts):,} parts of its vectors are damaged",
                "those are not used, and are made again when they are needed",
                partial(_remove, [path.with_suffix(".marks"), path.with_suffix(".f32")]),
            )


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _removal(path: Path) -> Callable[[], None]:
    return partial(_remove, [path])
