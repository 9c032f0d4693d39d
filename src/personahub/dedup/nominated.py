"""The paper's own way to pairs: MinHash nominates, the exact similarity decides; in memory, and some are missed."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from personahub.engines.local import Local
from personahub.stages.minhash import MinHash, candidates

_PAIRS = 65_536  # compared at one time


def nominated(texts: Iterable[pa.Array], stage: MinHash, folder: Path, tell: Callable[[int], None]) -> Any:
    """What `Near` finds, as far as MinHash nominates it; texts and band keys of all rows are in memory."""
    from personahub.joins.folder import Folder  # noqa: PLC0415 - a third of a second for its compiler
    from personahub.joins.found import Found  # noqa: PLC0415
    from personahub.joins.similar import similar  # noqa: PLC0415

    held, bands, count = [], [], 0
    for part, hashed in Local().map(lambda part: (part, stage(_rows(part))["bands"]), texts):
        held.append(part)
        bands.append(hashed)
        count += len(part)
        tell(count)
    place = Folder(folder, {})
    place.clear()
    spools = {name: place.spool(name, columns) for name, columns in (("equal", 2), ("pairs", 3), ("shared", 3))}
    least = Fraction(str(stage.threshold))
    pairs = candidates(pa.chunked_array(bands)) if count else np.empty((0, 2), np.int64)
    for start in range(0, len(pairs), _PAIRS):
        some = pairs[start : start + _PAIRS]
        used, places = np.unique(some, return_inverse=True)
        found = similar(_taken(held, used), places.reshape(-1, 2), stage.ngram)
        near = found.shared * least.denominator >= found.either * least.numerator
        near &= found.either > 0
        words = (found.shared[near] << 32 | found.either[near]).astype(np.uint64)
        spools["pairs"].append(np.concatenate([*some[near].T.astype(np.uint64), words]))
    for spool in spools.values():
        spool.close()
    return Found(place, count, 0, every=True)


def _rows(part: pa.Array) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"id": pa.repeat("", len(part)), "text": part})


def _taken(parts: list[pa.Array], rows: np.ndarray[Any, np.dtype[np.int64]]) -> pa.Array:
    taken = pa.chunked_array(parts).take(pa.array(rows))
    return taken.combine_chunks() if isinstance(taken, pa.ChunkedArray) else taken
