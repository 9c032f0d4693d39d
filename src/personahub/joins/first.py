"""The first call on a machine: every loop is compiled before any work, so that the work goes at its own pace."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from personahub.joins.compiled import is_kept
from personahub.joins.forest import linked, starred
from personahub.joins.growing import Growing, hold
from personahub.joins.near import Near
from personahub.joins.overlap import Runs
from personahub.joins.passes import shortlist
from personahub.joins.similar import similar
from personahub.joins.stays import closeness, led, place_in_order, starred_by

_TEXTS = (*(" ".join(f"w{place}" for place in range(end)) for end in range(1, 60, 3)), "é ü", "a", "a")


def is_compiled() -> bool:
    """Whether an earlier call left what the loops compile to."""
    return is_kept(shortlist) and is_kept(place_in_order) and is_kept(hold)


def compile_all() -> None:
    """Join, link and rank a few texts, by each way there is."""
    texts = pa.array(_TEXTS)
    similar(texts, np.array([[0, 1]]))
    runs = Runs(13, 2**30)
    runs.add(texts)
    runs.shared(texts)
    scores = np.arange(float(len(texts)))
    with TemporaryDirectory() as folder:
        place = Path(folder)
        for give in ("links", "pairs"):
            found = Near("0.5", give=give)(lambda: [texts], rows=len(texts), folder=place / give)
            led(linked(found), scores)
        starred(found)
        starred_by(found, closeness(found), place)
    Growing(0.5, 2**30).meet(texts, np.arange(2 * len(texts), dtype=np.uint64).reshape(-1, 2))
