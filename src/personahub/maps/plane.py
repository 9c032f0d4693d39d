"""The place of each record on a map: the two directions in which the vectors of a field differ most.

Principal axes, of a sample of the vectors; all are then laid along them. Places lie beside the vectors, 8 bytes each,
and may be removed at any time.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from personahub.embedded import Embedded
from personahub.errors import failing
from personahub.maps.raster import Places

ENDING = ".plane"
_HEAD = 16_384  # bytes, in which the map says of itself what it is
_SAMPLED = 100_000  # vectors, of which the axes are told
_CELLS = 12  # a side, in which words are looked for
_LABELS = 24
_READ = 150  # texts of a cell
_LONG = 4  # letters of a word that says something
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Plane:
    """Args:
    places: of each row of the table, shape (n, 2); not a number where it has no vector.
    bounds: left, lower, right and upper end.
    labels: x, y, text and count of what lies close together.
    """

    places: Places
    bounds: tuple[float, float, float, float]
    labels: Sequence[Mapping[str, object]]
    version: str

    @property
    def count(self) -> int:
        return int(np.isfinite(self.places[:, 0]).sum())


def load(vectors: Embedded) -> Plane | None:
    """As it was made last, whether or not records came since; None where there is none that can be read."""
    path = _path(vectors)
    try:
        with path.open("rb") as file:
            told = orjson.loads(file.read(_HEAD).rstrip(b"\0"))
            places = np.fromfile(file, "<f4").reshape(-1, 2)
        if len(places) != told["rows"]:
            return None
        return Plane(places, tuple(told["bounds"]), told["labels"], told["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def fits(vectors: Embedded, plane: Plane) -> bool:
    """Whether it has all that there are vectors of."""
    return plane.version == _version(vectors)


def make(vectors: Embedded, tell: Callable[[int, int], None]) -> Plane:
    """Of the vectors that are there, and keep it; as it was before, or whole."""
    from personahub.vectors.reading import Reading  # noqa: PLC0415 - a third of a second for the compiler it stands on

    count, version = vectors.folder.tables[vectors.table].count(), _version(vectors)
    reading = Reading(vectors.shelf, count)
    mean, axes = _axes(reading)
    places = np.full((count, 2), np.nan, "<f4")
    for part in range(reading.parts):
        rows, some = reading.part(part)
        fit = rows < count
        places[rows[fit]] = (some[fit] - mean) @ axes
        tell(min((part + 1) * 4096, count), count)
    full = places[np.isfinite(places[:, 0])]
    low, high = (full.min(axis=0), full.max(axis=0)) if len(full) else (np.array([-1, -1]), np.array([1, 1]))
    edge = np.maximum((high - low) * 0.02, 1e-3)
    bounds = tuple(float(one) for one in (*(low - edge), *(high + edge)))
    plane = Plane(places, (bounds[0], bounds[1], bounds[2], bounds[3]), _labels(vectors, places), version)
    _keep(vectors, plane)
    return plane


def nearest(plane: Plane, x: float, y: float, radius: float) -> int | None:
    """The row of the point that is nearest, within so much of it."""
    if not len(plane.places):
        return None
    away = (plane.places[:, 0] - x) ** 2 + (plane.places[:, 1] - y) ** 2
    away = np.where(np.isnan(away), np.inf, away)
    best = int(np.argmin(away))
    return best if away[best] <= radius * radius else None


def _axes(reading: Any) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The mean of the vectors and the two directions, shape (dim, 2), each turned so that it is always the same."""
    every, blocks, read = max(1, reading.parts * 4096 // _SAMPLED), [], 0
    for part in range(0, reading.parts, every):
        _, some = reading.part(part)
        blocks.append(some)
        read += len(some)
        if read >= _SAMPLED:
            break
    sample = np.concatenate([np.empty((0, reading.dim), np.float32), *blocks])
    if len(sample) < 3:
        return np.zeros(reading.dim, np.float32), np.eye(reading.dim, 2, dtype=np.float32)
    mean = sample.mean(axis=0)
    spread = (sample - mean).T @ (sample - mean)
    _, directions = np.linalg.eigh(spread.astype(np.float64))
    axes = directions[:, :-3:-1]
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    return mean, (axes * signs).astype(np.float32)


def _labels(vectors: Embedded, places: Places) -> list[dict[str, object]]:
    """What is said more often in the fullest parts of the map than elsewhere."""
    full = np.flatnonzero(np.isfinite(places[:, 0]))
    if len(full) < 50:
        return []
    low, high = np.percentile(places[full], [1, 99], axis=0)
    at = np.floor((places[full] - low) / np.maximum(high - low, 1e-9) * _CELLS).astype(np.int64)
    fit = ((at >= 0) & (at < _CELLS)).all(axis=1)
    cell, rows = at[fit, 0] * _CELLS + at[fit, 1], full[fit]
    counts = np.bincount(cell, minlength=_CELLS * _CELLS)
    fullest = np.argsort(-counts, kind="stable")[:_LABELS]
    read = {int(one): rows[cell == one][:: max(1, int(counts[one]) // _READ)][:_READ] for one in fullest if counts[one]}
    words = {one: _words(vectors, some) for one, some in read.items()}
    everywhere = sum(words.values(), Counter())
    found = []
    for one, said in words.items():
        apart = {word: count / (everywhere[word] + len(words)) for word, count in said.items() if count >= 3}
        best = sorted(apart, key=lambda word: (-apart[word], word))[:2]
        x, y = places[rows[cell == one]].mean(axis=0).tolist()
        if best:
            found.append({"x": x, "y": y, "text": ", ".join(best), "count": int(counts[one])})
    return found


def _words(vectors: Embedded, rows: npt.NDArray[np.int64]) -> Counter[str]:
    """In how many of these texts each word is."""
    said: Counter[str] = Counter()
    for text in vectors.folder.tables[vectors.table].take(rows, [vectors.column])[vectors.column].to_pylist():
        said.update({word for word in _WORD.findall((text or "")[:2000].lower()) if len(word) >= _LONG})
    return said


def _keep(vectors: Embedded, plane: Plane) -> None:
    told = {"rows": len(plane.places), "bounds": plane.bounds, "labels": plane.labels, "version": plane.version}
    path = _path(vectors)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with failing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            file.write(orjson.dumps(told)[:_HEAD].ljust(_HEAD, b"\0"))
            plane.places.tofile(file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def _path(vectors: Embedded) -> Path:
    return vectors.path.with_name(f"{vectors.name}{ENDING}")


def _version(vectors: Embedded) -> str:
    from personahub.vectors.shelf import PART  # noqa: PLC0415

    rows = vectors.folder.tables[vectors.table].count()
    return f"{rows}-{vectors.shelf.state(-(-rows // PART))}"
