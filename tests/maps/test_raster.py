"""Points as pixels."""

import time

import numpy as np
import pytest

from personahub.maps.raster import COLOURS, Paint, inside, raster

_WINDOW = (0.0, 0.0, 1.0, 1.0)


def test_a_point_is_where_it_should_be_and_up_is_up() -> None:
    places = np.array([[0.05, 0.95], [0.95, 0.05], [np.nan, np.nan], [2.0, 2.0]], np.float32)
    pixels, count = raster(places, _WINDOW, (100, 100), Paint(), None, dark=False)
    assert count == 2
    cover = pixels[:, :, 3]
    assert cover[5, 5] > 0
    assert cover[95, 95] > 0
    assert cover[5, 95] == cover[95, 5] == 0


def test_colours_are_those_of_the_points_and_what_is_not_meant_is_pale() -> None:
    places = np.array([[0.1, 0.5], [0.9, 0.5]], np.float32)
    pixels, _ = raster(places, _WINDOW, (50, 50), Paint(codes=np.array([0, 1], np.int32)), None, dark=False)
    assert pixels[25, 5, :3].tolist() == [0x00, 0x72, 0xB2]
    assert pixels[25, 45, :3].tolist() == [0xE6, 0x9F, 0x00]
    pixels, _ = raster(places, _WINDOW, (50, 50), Paint(), np.array([True, False]), dark=True)
    assert pixels[25, 5, 3] > 3 * pixels[25, 45, 3] > 0


def test_a_lasso_takes_what_lies_in_it_even_where_it_bends() -> None:
    dice = np.random.default_rng(0)
    places = dice.random((5000, 2)).astype(np.float32)
    hook = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.6, 0.9), (0.6, 0.4), (0.1, 0.4))
    x, y = places[:, 0], places[:, 1]
    wanted = (x > 0.1) & (x < 0.9) & (y > 0.1) & (y < 0.4) | (x > 0.6) & (x < 0.9) & (y >= 0.4) & (y < 0.9)
    assert (inside(places, hook) == wanted).mean() > 0.999


@pytest.mark.parametrize("count", [0, 1, 2_000, 50_000])
def test_any_number_of_points_is_drawn(count: int) -> None:
    places = np.random.default_rng(1).random((count, 2)).astype(np.float32)
    start = time.perf_counter()
    pixels, seen = raster(places, _WINDOW, (300, 200), Paint(shades=places[:, 0].astype(np.float64)), None, dark=True)
    assert (seen, pixels.shape) == (count, (200, 300, 4))
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("some", [False, True])
def test_a_crowd_is_counted_pixel_by_pixel(*, some: bool) -> None:
    dice = np.random.default_rng(2)
    places = (dice.random((90_000, 2)) * 1.2 - 0.1).astype(np.float32)
    places[::50] = np.nan
    codes = dice.integers(0, 4, len(places)).astype(np.int32)
    meant = dice.random(len(places)) < 0.5 if some else None
    pixels, seen = raster(places, _WINDOW, (40, 30), Paint(codes=codes), meant, dark=False)
    within = ((places >= 0) & (places <= 1)).all(axis=1)
    assert seen == within.sum() > 60_000
    across = np.minimum(places[within, 0] * 40, 39).astype(int)
    down = np.minimum((1 - places[within, 1]) * 30, 29).astype(int)
    here = (across == 7) & (down == 11)
    wanted = codes[within][here if meant is None else here & meant[within]]
    colours = np.array([[int(one[at : at + 2], 16) for at in (1, 3, 5)] for one in COLOURS])
    assert np.abs(pixels[11, 7, :3] - colours[wanted].mean(axis=0)).max() <= 1
    assert pixels[:, :, 3].min() > 0
