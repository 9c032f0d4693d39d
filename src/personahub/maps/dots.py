"""Points counted by pixel, in one go over all of them: compiled, and so imported when a picture is drawn."""

import numpy as np
import numpy.typing as npt

from personahub.joins.compiled import compiled

Block = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int64]


@compiled
def counted(
    places: Block,
    frame: tuple[Block, int],
    kinds: tuple[Bytes, Block],
    meant: Bytes,
    counts: Counts,
    sums: Block,
) -> int:
    """How many points lie in a window.

    Args:
        places: shape (n, 2).
        frame: left, lower, right, upper, pixels a unit across and down; the width of the picture.
        kinds: of each point, and the colour of each kind, shape (kinds, 3); no point where they do not differ.
        meant: 1 for each point that is; empty where all are.
        counts: shape (2, pixels): gets how many points there are that are not meant, and that are.
        sums: shape (pixels, 3): gets the colours of those that are, added up, where they differ.
    """
    seen = 0
    ends, width = frame
    of, colours = kinds
    rows, columns = counts.shape[1] // width - 1, width - 1
    for at in range(len(places)):
        x, y = places[at, 0], places[at, 1]
        if x >= ends[0] and x <= ends[2] and y >= ends[1] and y <= ends[3]:
            across = min(int((x - ends[0]) * ends[4]), columns)
            down = min(int((ends[3] - y) * ends[5]), rows)
            pixel = down * width + across
            seen += 1
            if len(meant) and not meant[at]:
                counts[0, pixel] += 1
                continue
            counts[1, pixel] += 1
            if len(of):
                for part in range(3):
                    sums[pixel, part] += colours[of[at], part]
    return seen
