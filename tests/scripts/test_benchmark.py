"""The benchmark measures what it says: the same step twice, and every part of it."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from core.config import RunConfig
from core.data.sources import Volumes
from core.networks import build_network
from core.training.tiles import TileStream
from core.training.trainer import Trainer
from core.unet import KUNet
from scripts.benchmark import PARTS, PlainTiles, StepTimer, timers
from scripts.benchmark_engines import full_pack, lanes_step, torch_step


def test_it_reports_every_part_and_a_ratio_for_each() -> None:
    command = [sys.executable, "-m", "scripts.benchmark", "--json"]
    run = subprocess.run(
        [*command, "--widths", "1,2", "--tile", "32", "--rounds", "2", "--engine-tiles", "32"],
        capture_output=True,
        text=True,
        check=True,
    )
    results = json.loads(run.stdout)
    assert [result["width"] for result in results] == [1, 2]
    for result in results:
        ours, plain = result["milliseconds"], result["plain_milliseconds"]
        assert set(ours) == {*PARTS, "step"}
        assert ours["step"] >= max(ours[part] for part in PARTS)
        for part in ours:
            assert result["plain_over_ours"][part] == plain[part] / ours[part]
        assert [one["batch_norm"] for one in result["engines"]] in (["none", "all"], [])
        for one in result["engines"]:
            ratio = one["torch_milliseconds"] / one["lanes_milliseconds"]
            assert one["tile"] == 32
            assert one["torch_over_lanes"] == pytest.approx(ratio)


def test_both_engines_make_the_same_step(volumes: Volumes) -> None:
    pack = full_pack(2, "none")
    network = KUNet(2, "none", init="he")
    configs = [RunConfig(tile=32, data_seed=seed) for seed in range(pack.count)]
    streams = [TileStream(volumes, config) for config in configs]
    alone, together = torch_step(network, streams[0]), lanes_step(pack, streams)
    for _ in range(3):
        alone()
        together()
    for name, parameter in network.named_parameters():
        assert torch.allclose(pack.weights.of(name)[0], parameter, atol=1e-5), name


def test_its_step_is_the_trainer_step(volumes: Volumes) -> None:
    ours, _ = timers(2, volumes, tile=32)
    config = ours.trainer.config
    assert isinstance(config.teacher, RunConfig)
    trainer = Trainer(config, volumes, build_network(config.teacher))
    ours.once()
    trainer.backward(trainer.stream.batch(0))
    trainer.optimizer.step()
    for name, value in trainer.network.state_dict().items():
        assert value.equal(ours.trainer.network.state_dict()[name]), name


def test_the_plain_tiles_are_tiles_of_the_same_kind(volumes: Volumes) -> None:
    config = RunConfig(data=volumes.fingerprint, tile=32)
    plain, ours = PlainTiles(volumes, config), TileStream(volumes, config)
    fractions, expected = (
        np.array([float(tiles.batch(step).masks.mean()) for step in range(200)])
        for tiles in (plain, ours)
    )
    standard_error = np.hypot(fractions.std(), expected.std()) / np.sqrt(200)
    assert abs(fractions.mean() - expected.mean()) < 4 * standard_error
    assert plain.batch(0).images.shape == ours.batch(0).images.shape


def test_timers_keep_the_layouts_apart(volumes: Volumes) -> None:
    ours, plain = timers(2, volumes, tile=32)

    def layouts(timer: StepTimer) -> set[bool]:
        weights = [m.weight for m in timer.trainer.network.modules() if hasattr(m, "weight")]
        wide = [
            w for w in weights if isinstance(w, torch.Tensor) and w.dim() == 4 and min(w.shape) > 1
        ]
        return {w.is_contiguous() for w in wide}

    assert layouts(ours) == {False}
    assert layouts(plain) == {True}
