from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jaxtyping
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.unet import KUNet, halve
from results.errors import ConfigError


@contextmanager
def unchecked_types() -> Iterator[None]:
    """As outside the tests: no run-time check stands before the source's own."""
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        yield
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)


multiples = st.integers(1, 5).map(lambda n: 16 * n)


@given(height=multiples, width=multiples, batch=st.integers(1, 3))
@settings(deadline=None, max_examples=8)
def test_same_padding_keeps_the_size(height: int, width: int, batch: int) -> None:
    answer = KUNet(1)(torch.zeros(batch, 1, height, width))
    assert answer.shape == (batch, 2, height, width)


@pytest.mark.parametrize(
    ("height", "width", "nearest"),
    [(100, 64, ("96x64", "112x64")), (64, 17, ("64x16", "64x32")), (5, 40, ("16x32", "16x48"))],
)
def test_a_size_that_does_not_fit_names_the_nearest(
    height: int, width: int, nearest: tuple[str, str]
) -> None:
    with pytest.raises(ConfigError) as error:
        KUNet(1)(torch.zeros(1, 1, height, width))
    message = str(error.value)
    assert f"{height}x{width}" in message
    assert all(size in message for size in nearest)
    assert "\n" not in message


@pytest.mark.parametrize("change", [{"width": 0}, {"width": -3}])
def test_an_invalid_width_is_named(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="width"):
        KUNet(**change)


@pytest.mark.parametrize(
    ("field", "call"),
    [
        ("batch_norm", lambda value: KUNet(1, batch_norm=value)),
        ("padding", lambda value: KUNet(1, padding=value)),
        ("init", lambda value: KUNet(1, init=value)),
    ],
)
def test_a_value_outside_its_choices_is_named(field: str, call: Any) -> None:
    with unchecked_types(), pytest.raises(ConfigError, match=f"{field}='contracting'"):
        call("contracting")


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_pooling_without_gradients_gives_the_same_bits(layout: torch.memory_format) -> None:
    images = torch.randn(2, 3, 32, 48).to(memory_format=layout)
    with torch.no_grad():
        quick = halve(images)
    assert quick.equal(halve(images.requires_grad_()))
    assert quick.equal(torch.nn.functional.max_pool2d(images, 2))
