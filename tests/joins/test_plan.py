from fractions import Fraction
from itertools import pairwise

import pytest

from personahub.errors import UsageError
from personahub.joins.plan import Threshold


@pytest.mark.parametrize("value", ["0.5", "0.6", "0.75", "0.9", "0.95", "0.999", "1", "0.123456789"])
def test_words_that_may_differ_are_those_that_keep_two_sets_near(value: str) -> None:
    threshold = Threshold.of(value)
    for size in range(1, 60):
        for other in range(1, size + 1):
            for shared in range(other + 1):
                near = Fraction(shared, size + other - shared) >= Fraction(value)
                assert near == (size + other - 2 * shared <= threshold.differ(size + other))
                if near:
                    assert other <= size <= threshold.largest(other)
                    assert shared >= threshold.shared(size)
                    assert size + other - 2 * shared <= threshold.apart(size)


@pytest.mark.parametrize("value", ["0.5", "0.9", "0.99"])
def test_bands_cover_every_size_from_the_first_with_two_words_to_differ(value: str) -> None:
    threshold = Threshold.of(value)
    bands = threshold.plan.bands.tolist()
    assert threshold.apart(bands[0][0] - 1) < 2 <= threshold.apart(bands[0][0])
    assert all(before[1] + 1 == after[0] for before, after in pairwise(bands))
    assert all(threshold.apart(band[1]) == band[2] for band in bands)


def test_a_number_is_what_its_digits_say() -> None:
    assert Threshold.of(0.9).exact == Threshold.of("0.9").exact == Fraction(9, 10)


@pytest.mark.parametrize("value", [0, -1, 1.01, float("nan"), float("inf"), "near", "0.12345678901"])
def test_what_is_no_threshold_is_told(value: float | str) -> None:
    with pytest.raises(UsageError, match="threshold is"):
        Threshold.of(value)
