"""The estimate of a training step's memory, against what PyTorch keeps."""

import pytest
import torch

from core.config import BatchNorm, RunConfig
from core.engines.lanes.network import LaneNetworks
from core.training.memory import MOST_LANES, machine_bytes, pack_bytes, require_memory, step_bytes
from core.unet import KUNet
from results.errors import ConfigError


@pytest.mark.parametrize("width", [1, 2, 8])
@pytest.mark.parametrize(("tile", "batch_size"), [(32, 3), (64, 1)])
def test_the_estimate_is_what_a_step_keeps_for_its_gradient(
    width: int, tile: int, batch_size: int
) -> None:
    network = KUNet(width)
    weights = {parameter.untyped_storage().data_ptr() for parameter in network.parameters()}
    kept: dict[int, int] = {}
    tensors = []

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        tensors.append(tensor)
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        network(torch.zeros(batch_size, 1, tile, tile))
    config = RunConfig(width=width, tile=tile, batch_size=batch_size)
    assert step_bytes(config) == pytest.approx(sum(kept.values()), rel=0.2)


def test_what_cannot_fit_is_refused_with_what_does() -> None:
    config = RunConfig(width=2, tile=256, batch_size=10**9)
    with pytest.raises(ConfigError) as error:
        require_memory(config, 8 * 10**9)
    message = str(error.value)
    assert message.startswith("batch_size=1000000000: a training step of width=2 and tile=256")
    assert "takes at least 7.3 PB, this machine has 8.0 GB" in message
    fitting = int(message.removesuffix(" or less").rpartition("batch_size=")[2])
    require_memory(config.replaced(batch_size=fitting), 8 * 10**9)
    with pytest.raises(ConfigError):
        require_memory(config.replaced(batch_size=fitting + 1), 8 * 10**9)


def test_a_tile_that_cannot_fit_at_all_is_to_be_smaller() -> None:
    with pytest.raises(ConfigError, match="give a smaller tile or width"):
        require_memory(RunConfig(tile=256), 1000)


def test_on_a_gpu_only_the_tiles_are_made_here() -> None:
    config = RunConfig(width=64)
    available = step_bytes(config, on_gpu=True)
    require_memory(config, available, on_gpu=True)
    with pytest.raises(ConfigError):
        require_memory(config, available)


def test_every_run_of_the_paper_fits_here() -> None:
    require_memory(RunConfig(width=64, tile=572, padding="valid"), machine_bytes())


@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize("batch_norm", ["none", "expansive", "all"])
@pytest.mark.parametrize(("tile", "batch_size"), [(64, 1), (128, 2)])
def test_the_estimate_of_a_pack_is_what_its_maps_take(
    width: int, batch_norm: BatchNorm, tile: int, batch_size: int
) -> None:
    pack = LaneNetworks([KUNet(width, batch_norm)])
    pack.backward(pack.forward(torch.zeros(1, batch_size, 1, tile, tile)))
    config = RunConfig(width=width, batch_norm=batch_norm, tile=tile, batch_size=batch_size)
    taken = pack.bytes * MOST_LANES / pack.lanes
    assert 0.6 * pack_bytes(config) < taken <= pack_bytes(config)
