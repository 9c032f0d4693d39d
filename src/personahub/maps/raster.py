"""A window of a map as pixels: how many points are where, and what they are."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from personahub.maps.png import Pixels

Places = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int32]
Window = tuple[float, float, float, float]  # left, lower, right, upper

# Ten that are told apart by eyes of all kinds, after Okabe and Ito and their shades; the last for all that is left.
COLOURS = (
    *("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a100", "#7a5195", "#2f7f4f", "#8c564b"),
    "#8a8a8a",
)
_PLAIN = ("#1f5fa8", "#8fc1ff")  # on a light ground, on a dark one
_RAMP = np.array([[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]], np.float64)
_LARGE = 60_000  # points in view, up to which each is drawn larger than a pixel
_LARGER = 3_000
_STEPS = 64  # of shades
_GREY = "#8c8c8c"
_LEAST = 0.28  # cover of a pixel with one point
_PALE = 0.25  # of those that are not meant
_NONE = np.empty(0, np.uint8)


@dataclass(frozen=True)
class Paint:
    """What points are coloured by.

    Args:
        codes: of each point the place of its colour in COLOURS; None where there are shades.
        shades: of each point 0 to 1, not a number where it has none.
    """

    codes: Codes | None = None
    shades: npt.NDArray[np.float64] | None = None


def raster(
    places: Places, window: Window, size: tuple[int, int], paint: Paint, meant: Flags | None, *, dark: bool
) -> tuple[Pixels, int]:
    """Pixels, shape (height, width, 4), and how many points lie in the window.

    Args:
        places: shape (n, 2); not a number where a record has no place.
        size: width and height.
        meant: which points are drawn in full; None for all.
    """
    if len(places) > _LARGE:
        picture, seen = _crowd(places, window, size, paint, meant, dark=dark)
        if seen > _LARGE:
            return picture, seen
    width, height = size
    points, pixels = _within(places, window, size)
    picture = np.zeros((width * height, 4), np.uint8)
    for chosen, strength in _layers(points, meant):
        some, at = points[chosen], pixels[chosen]
        if not len(some):
            continue
        some, at = _grown(some, at, size, len(points))
        counts = np.bincount(at, minlength=width * height)
        used = np.flatnonzero(counts)
        full = counts[used]
        cover = _covered(full) * strength
        picture[used, :3] = _colour(some, at, (used, full, len(counts)), paint, strength, dark=dark)
        picture[used, 3] = np.maximum(picture[used, 3], (cover * 255).astype(np.uint8))
    return picture.reshape(height, width, 4), len(points)


def within(places: Places, window: Window) -> npt.NDArray[np.int64]:
    """Which points lie in a window."""
    x0, y0, x1, y1 = window
    x, y = places[:, 0], places[:, 1]
    return np.flatnonzero((x >= x0) & (x <= x1) & (y >= y0) & (y <= y1))


def inside(places: Places, polygon: tuple[tuple[float, float], ...]) -> Flags:
    """Which points lie in a polygon: those whose ray to the right crosses an odd number of its sides."""
    corners = np.array(polygon)
    found = np.zeros(len(places), np.bool_)
    (left, low), (right, high) = corners.min(axis=0), corners.max(axis=0)
    near = within(places, (left, low, right, high))
    x, y = places[near, 0].astype(np.float64), places[near, 1].astype(np.float64)
    odd = np.zeros(len(near), np.bool_)
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if ay == by:
            continue
        crossing = (ay > y) != (by > y)
        odd ^= crossing & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    found[near] = odd
    return found


def shade(value: float) -> str:
    """The colour of 0 to 1."""
    red, green, blue = (int(one) for one in _ramped(np.array([value]))[0])
    return f"#{red:02x}{green:02x}{blue:02x}"


def _crowd(
    places: Places, window: Window, size: tuple[int, int], paint: Paint, meant: Flags | None, *, dark: bool
) -> tuple[Pixels, int]:
    """The same where no point is larger than a pixel."""
    from personahub.maps.dots import counted  # noqa: PLC0415 - a third of a second for the compiler it stands on

    width, height = size
    x0, y0, x1, y1 = window
    frame = np.array([*window, width / (x1 - x0), height / (y1 - y0)], np.float32)
    kinds, table = _kinds(paint, dark=dark)
    counts = np.zeros((2, width * height), np.int64)
    sums = np.zeros((width * height if len(kinds) else 0, 3), np.float32)
    chosen = _NONE if meant is None else meant.view(np.uint8)
    seen = counted(places, (frame, width), (kinds, table.astype(np.float32)), chosen, counts, sums)
    picture = np.zeros((width * height, 4), np.uint8)
    for all_, strength in zip(counts, (_PALE, 1.0), strict=True):
        used = np.flatnonzero(all_)
        if len(used):
            full = all_[used]
            differ = len(kinds) and strength == 1.0
            plain = table[0] if strength == 1.0 else _rgb(_GREY)
            picture[used, :3] = sums[used] / full[:, None] if differ else plain
            picture[used, 3] = np.maximum(picture[used, 3], (_covered(full) * strength * 255).astype(np.uint8))
    return picture.reshape(height, width, 4), seen


def _kinds(paint: Paint, *, dark: bool) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]:
    """Of each point which colour it has, and the colours, shape (n, 3)."""
    if paint.codes is not None:
        table = np.array([_rgb(one) for one in COLOURS])
        return np.minimum(paint.codes, len(COLOURS) - 1).astype(np.uint8), table
    if paint.shades is not None:  # as many steps as eyes tell apart
        table = np.concatenate([_ramped(np.linspace(0, 1, _STEPS)), [_rgb(COLOURS[-1])]])
        steps = np.nan_to_num(np.clip(paint.shades, 0, 1) * (_STEPS - 1), nan=_STEPS)
        return steps.astype(np.uint8), table
    return _NONE, _rgb(_PLAIN[dark])[None]


def _covered(full: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Of pixels with so many points, how much is seen of what lies below: 0 for all, 1 for nothing."""
    return np.asarray(_LEAST + (1 - _LEAST) * np.log1p(full) / np.log1p(max(int(full.max()), 2)))


def _within(places: Places, window: Window, size: tuple[int, int]) -> tuple[npt.NDArray[np.int64], Codes]:
    """Points in the window, and the pixel of each, from the upper left."""
    x0, y0, x1, y1 = window
    width, height = size
    points = within(places, window)
    across = np.minimum(((places[points, 0] - x0) * (width / (x1 - x0))).astype(np.int32), width - 1)
    down = np.minimum(((y1 - places[points, 1]) * (height / (y1 - y0))).astype(np.int32), height - 1)
    return points, np.maximum(down, 0) * width + np.maximum(across, 0)


def _layers(points: npt.NDArray[np.int64], meant: Flags | None) -> list[tuple[Flags, float]]:
    if meant is None:
        return [(np.ones(len(points), np.bool_), 1.0)]
    chosen = meant[points]
    return [(~chosen, _PALE), (chosen, 1.0)]


def _colour(
    points: npt.NDArray[np.int64],
    at: Codes,
    used: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int],
    paint: Paint,
    strength: float,
    *,
    dark: bool,
) -> npt.NDArray[np.float64]:
    """Of each pixel that is used the mean colour of its points, shape (n, 3).

    Args:
        used: the pixels, how many points each has, and how many pixels there are in all.
    """
    pixels, counts, all_ = used
    if strength < 1.0 or (paint.codes is None and paint.shades is None):
        plain = _rgb(_GREY if strength < 1.0 else _PLAIN[dark])
        return np.broadcast_to(plain, (len(pixels), 3))
    every, table = _kinds(paint, dark=dark)
    kinds = every[points]
    sums = [np.bincount(at, table[kinds, part], minlength=all_)[pixels] for part in range(3)]
    return np.asarray(np.stack(sums, axis=1) / counts[:, None])


def _grown(
    points: npt.NDArray[np.int64], at: Codes, size: tuple[int, int], count: int
) -> tuple[npt.NDArray[np.int64], Codes]:
    """Points as small discs where there are few: each once for every pixel of its disc."""
    grow = 2 if count <= _LARGER else 1 if count <= _LARGE else 0
    if not grow:
        return points, at
    width, height = size
    some, pixels = [], []
    for down in range(-grow, grow + 1):
        for across in range(-grow, grow + 1):
            if down * down + across * across <= grow * grow + 1:
                x, y = at % width + across, at // width + down
                fits = (x >= 0) & (x < width) & (y >= 0) & (y < height)
                some.append(points[fits])
                pixels.append((y * width + x)[fits])
    return np.concatenate(some), np.concatenate(pixels)


def _ramped(shades: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    at = np.clip(shades, 0, 1) * (len(_RAMP) - 1)
    return np.stack([np.interp(at, np.arange(len(_RAMP)), _RAMP[:, part]) for part in range(3)], axis=1)


def _rgb(colour: str) -> npt.NDArray[np.float64]:
    return np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)], np.float64)
