"""Points as pixels."""

import time

import numpy as np
import pytest

from personahub.maps.raster import Paint, inside, raster

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
