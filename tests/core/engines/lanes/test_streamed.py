"""An image that is answered some rows at a time is answered as it is whole, bit for bit."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.choices import BatchNorm, Padding
from core.engines.lanes import streamed_plan
from core.engines.lanes.inspection import watching_relus
from core.engines.lanes.kernels import Kernels
from core.engines.lanes.network import LaneNetworks
from results.errors import ConfigError
from tests.core.engines.lanes.packs import lively_networks


def check_streamed(
    sides: tuple[int, int],
    batch_norm: BatchNorm,
    padding: Padding,
    chunk_bytes: int,
    library: Kernels | None = None,
    dtype: torch.dtype = torch.float32,
) -> int:
    """Answer two images of a size, one after the other, and return in how many parts."""
    pack = LaneNetworks(lively_networks(2, 2, batch_norm, padding, dtype), library)
    usual, streamed_plan.CHUNK_BYTES = streamed_plan.CHUNK_BYTES, chunk_bytes
    parts: list[torch.Tensor] = []
    try:
        for seed in range(2):
            generator = torch.Generator().manual_seed(seed)
            image = torch.randn(1, 1, *sides, generator=generator, dtype=dtype)
            with watching_relus(pack):
                whole = pack.evaluate(image, watching=True)[:, 0]
                maxima = pack.maxima.values.clone()
            parts, row = [], 0
            with watching_relus(pack):
                for first, logits in pack.logits(image, watching=True):
                    assert first == row
                    row += logits.height
                    parts.append(logits.pixels[0, ..., 1, :2] - logits.pixels[0, ..., 0, :2])
                assert pack.maxima.values[:, :2].equal(maxima[:, :2])
            assert torch.cat(parts).permute(2, 0, 1).equal(whole)
    finally:
        streamed_plan.CHUNK_BYTES = usual
    return len(parts)


@given(
    sides=st.tuples(st.integers(1, 14), st.integers(1, 4)),
    batch_norm=st.sampled_from(["none", "expansive", "all"]),
    chunk_bytes=st.sampled_from([1, 1 << 13, 1 << 15, 1 << 30]),
)
@settings(deadline=None, max_examples=8)
def test_padded_convolutions_are_bit_equal(
    sides: tuple[int, int], batch_norm: BatchNorm, chunk_bytes: int
) -> None:
    check_streamed((16 * sides[0], 16 * sides[1]), batch_norm, "same", chunk_bytes)


@pytest.mark.parametrize("chunk_bytes", [1, 1 << 15])
def test_unpadded_convolutions_are_bit_equal(chunk_bytes: int) -> None:
    assert check_streamed((316, 188), "all", "valid", chunk_bytes) > 1


def test_rows_that_are_not_needed_any_more_take_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamed_plan, "CHUNK_BYTES", 1)
    networks = lively_networks(1, 1, dtype=torch.float32)
    packs = [LaneNetworks(networks) for _ in range(2)]
    image = torch.randn(1, 1, 1024, 32)
    for _ in packs[0].logits(image):
        pass
    packs[1].evaluate(image)
    assert 3 * packs[0].bytes < packs[1].bytes


def test_a_side_that_does_not_fit_is_named() -> None:
    pack = LaneNetworks(lively_networks(1, 1))
    with pytest.raises(ConfigError, match="multiples of 16"):
        next(pack.logits(torch.zeros(1, 1, 20, 16)))
