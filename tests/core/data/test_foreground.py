"""What is foreground is one label or a comparison, and nothing else can be written."""

import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.data.foreground import COMPARISONS, Foreground
from results.errors import ConfigError

NUMBERS = st.integers(0, 10**19 - 1).map(str) | st.decimals(0, 70_000, places=3).map(str)
MASKS = hnp.arrays(
    st.sampled_from([np.uint8, np.uint16, np.int16]), (2, 3, 4), elements=st.integers(0, 255)
)


@given(comparison=st.sampled_from([">", ">=", "<", "<="]), number=NUMBERS)
def test_a_comparison_is_read_as_it_is_written(comparison: str, number: str) -> None:
    read = Foreground.parse(f"{comparison}{number}")
    assert (read.comparison, float(read.value)) == (comparison, float(number))
    assert read == Foreground.parse(f"{comparison} {number}") == Foreground.parse(str(read))


@given(label=st.integers(0, 10**19 - 1))
def test_a_whole_number_alone_is_a_label(label: int) -> None:
    assert Foreground.parse(str(label)) == Foreground(label)
    assert str(Foreground(label)) == str(label)


@pytest.mark.parametrize(
    "text",
    ["", ">", "127>", ">-1", ">1e3", ">nan", "=2", "==2", "!=0", "1.5", ">1.", ">.5", ">1,2",
     "> 1 ", "1-3", ">٣", ">1_0", "<>1", ">" + "9" * 20],
)  # fmt: skip
def test_anything_else_is_refused_with_both_forms(text: str) -> None:
    with pytest.raises(ConfigError, match=r"must be a whole number.*'>127' for all values above"):
        Foreground.parse(text)


@given(mask=MASKS, value=st.integers(0, 300) | st.floats(0, 300))
def test_a_comparison_marks_the_pixels_on_its_side(mask: np.ndarray, value: float) -> None:
    marked = {c: Foreground(value, c).marks(mask) for c in COMPARISONS}
    assert all(found.dtype == bool and found.shape == mask.shape for found in marked.values())
    by_pixel = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
    for comparison, holds in by_pixel.items():
        expected = [holds(pixel, value) for pixel in mask.ravel().tolist()]
        assert marked[comparison].ravel().tolist() == expected
    np.testing.assert_array_equal(marked[">="], marked[">"] | marked[""])
    np.testing.assert_array_equal(marked["<"], ~marked[">="])
