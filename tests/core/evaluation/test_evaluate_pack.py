"""What is said of a network in a pack is what `evaluate` says of it alone."""

import dataclasses
import os
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.choices import BatchNorm, Padding
from core.data.sources import Stack, Volumes, open_source
from core.engines.lanes import streamed_plan
from core.engines.lanes.kernels import Kernels, kernels
from core.engines.lanes.measures import ValidationAnswers
from core.engines.lanes.network import LaneNetworks
from core.evaluation.calibration import BINS, LogitHistogram
from core.evaluation.evaluate import Evaluation, evaluate
from core.evaluation.evaluate_pack import evaluate_pack, rows_of
from core.unet import KUNet
from tests.core.builders import make_dead, squares_volumes
from tests.core.engines.lanes.conftest import compiler
from tests.core.engines.lanes.packs import lively_networks
from tests.core.engines.lanes.test_lanes_apart import COMPANIONS, others

__all__ = ["compiler"]


def of_pack(
    networks: list[KUNet], volumes: Volumes, library: Kernels | None = None
) -> list[Evaluation]:
    pack = LaneNetworks(networks, library)
    return evaluate_pack(pack, volumes, volumes.validation, volumes.testing)


def alone(network: KUNet, volumes: Volumes) -> Evaluation:
    return evaluate(network, volumes, volumes.validation, volumes.testing)


def check_same(found: Evaluation, wanted: Evaluation, tolerance: float) -> None:
    """Numbers within a relative tolerance, everything else equal.

    A deviance explained, 1 - L / L0, is compared as the loss in it. In double precision no pixel
    lies so near to the edge of a bin that rounding puts it into the next one: threshold and
    calibration are compared as the rest.
    """
    for field in dataclasses.fields(Evaluation):
        ours, theirs = getattr(found, field.name), getattr(wanted, field.name)
        if isinstance(theirs, float):
            unit = tolerance if field.name.startswith("deviance") else 0.0
            assert ours == pytest.approx(theirs, rel=tolerance, abs=unit), field.name
        else:
            assert ours == theirs, field.name


def check_pack(
    shape: tuple[int, int],
    width: int,
    batch_norm: BatchNorm,
    padding: Padding,
    seed: int,
    library: Kernels | None = None,
) -> None:
    volumes = squares_volumes(shape=shape)
    networks = lively_networks(2, width, batch_norm, padding, seed=seed)
    for network, found in zip(networks, of_pack(networks, volumes, library), strict=True):
        wanted = alone(network, volumes)
        assert wanted.finite
        check_same(found, wanted, 1e-9)


@given(
    shape=st.tuples(st.integers(9, 60), st.integers(9, 60)),
    width=st.integers(1, 3),
    batch_norm=st.sampled_from(["none", "expansive", "all"]),
    seed=st.integers(0, 1000),
)
@settings(deadline=None, max_examples=10)
def test_double_precision_agrees_to_nine_digits(
    shape: tuple[int, int], width: int, batch_norm: BatchNorm, seed: int
) -> None:
    check_pack(shape, width, batch_norm, "same", seed)


def test_slices_that_are_answered_in_many_parts_are_measured_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streamed_plan, "CHUNK_BYTES", 1 << 14)
    check_pack((77, 50), 2, "none", "same", 5)


@pytest.mark.parametrize("batch_norm", ["none", "all"])
def test_so_do_unpadded_convolutions(batch_norm: BatchNorm) -> None:
    check_pack((33, 18), 2, batch_norm, "valid", 5)


@pytest.mark.parametrize("seed", range(3))
def test_single_precision_is_close(seed: int) -> None:
    """A bin's edge may take a pixel from its neighbour: the threshold moves by a bin at most."""
    volumes = squares_volumes(shape=(50, 70))
    networks = lively_networks(3, 2, dtype=torch.float32, seed=seed)
    for network, found in zip(networks, of_pack(networks, volumes), strict=True):
        wanted = alone(network, volumes)
        assert wanted.validation_threshold is not None
        assert wanted.logit_std is not None
        bin_ = 20 * wanted.logit_std / BINS
        assert found.validation_threshold == pytest.approx(wanted.validation_threshold, abs=bin_)
        assert found.iou_validation_threshold == pytest.approx(
            wanted.iou_validation_threshold, abs=1e-3
        )
        same = {
            "validation_threshold": wanted.validation_threshold,
            "iou_validation_threshold": wanted.iou_validation_threshold,
            "iou": wanted.iou,
        }
        assert found.iou == pytest.approx(wanted.iou, abs=1e-4)
        check_same(dataclasses.replace(found, **same), wanted, 1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equal_answers_fill_equal_bins(dtype: torch.dtype) -> None:
    volumes = squares_volumes(shape=(37, 50))
    networks = lively_networks(3, 2, dtype=dtype)
    make_dead(networks[1], 0.3)
    pack = LaneNetworks(networks)
    answers = ValidationAnswers(pack.kernels, volumes.validation.masks)
    for index, first, logits in rows_of(pack, volumes.validation, volumes):
        answers.add(index, first, logits)
    counted, above = answers.binned(BINS, pack.count)
    mask = torch.from_numpy(volumes.validation.masks).flatten().float()
    assert counted.sum() == 3 * mask.numel()
    for lane in range(3):
        background, foreground = counted[lane].astype(float).T
        low = float(answers.extremes[0, lane])
        ours = LogitHistogram.of_bins(low, background, foreground, above[lane])
        theirs = LogitHistogram.of(answers.z[..., lane].flatten(), mask)
        for found, wanted in zip(vars(ours).values(), vars(theirs).values(), strict=True):
            np.testing.assert_array_equal(found, wanted)


def test_constant_answers_are_told_from_others_exactly() -> None:
    """Constant: dead, or of the position alone. Not: equal z from logits that vary together, or one
    pixel of the last slice that is another."""
    volumes = squares_volumes(shape=(37, 50))
    dead, of_position, together, lively = lively_networks(4, 2, dtype=torch.float32)
    make_dead(dead, 0.1)
    with torch.no_grad():
        of_position.get_parameter("contracting.0.conv0.weight").zero_()
        for name in ("head.weight", "head.bias"):
            parameter = together.get_parameter(name)
            parameter[1] = parameter[0]
    networks = [dead, of_position, together, lively]
    found = of_pack(networks, volumes)
    assert [of.constant for of in found] == [True, True, False, False]
    assert [of.constant for of in (alone(n, volumes) for n in networks)] == [
        of.constant for of in found
    ]
    assert [of.logit_std == 0.0 for of in found] == [True, False, True, False]
    assert found[0].dead_channels == alone(dead, volumes).dead_channels


@pytest.mark.parametrize("which", [0, 1, 3])
def test_one_other_slice_is_enough_not_to_be_constant(which: int) -> None:
    volumes = squares_volumes(shape=(32, 48))
    testing = Stack(np.repeat(volumes.testing.images[:1], 4, axis=0), volumes.testing.masks[:4])
    (network,) = lively_networks(1, 1, dtype=torch.float32)
    pack = LaneNetworks([network])
    assert evaluate_pack(pack, volumes, volumes.validation, testing)[0].constant
    testing.images[which, 31, 47] ^= 128
    assert not evaluate_pack(pack, volumes, volumes.validation, testing)[0].constant


SQUARES = squares_volumes(shape=(30, 41))


@cache
def found_alone() -> Evaluation:
    return of_pack([others(0, "none", "same")], SQUARES)[0]


@given(data=st.data())
@settings(deadline=None, max_examples=8)
def test_companions_change_no_bit(data: st.DataObject) -> None:
    """Some hold NaN, infinities, zeros, huge or tiny numbers; they are judged as when alone."""
    kinds = st.tuples(st.integers(0, len(COMPANIONS) - 1), st.integers(0, 5))
    companions = data.draw(st.lists(kinds, max_size=kernels().lanes - 1))
    lane = data.draw(st.integers(0, len(companions)))
    networks = [COMPANIONS[kind](seed, "none", "same") for kind, seed in companions]
    networks.insert(lane, others(0, "none", "same"))
    found = of_pack(networks, SQUARES)
    assert found[lane] == found_alone()
    for network, of in zip(networks, found, strict=True):
        wanted = alone(network, SQUARES)
        assert (of.finite, of.constant) == (wanted.finite, wanted.constant)
        if not wanted.finite:
            assert of == wanted


def test_a_network_that_breaks_on_a_testing_slice_alone_is_not_finite() -> None:
    volumes = squares_volumes(shape=(32, 48))
    bright = Stack(np.full((2, 32, 48), 3e38, np.float32), volumes.testing.masks[:2])
    (network,) = lively_networks(1, 1, dtype=torch.float32)
    with torch.no_grad():
        for block in ("contracting.0", "expansive.0"):  # nothing stops what is huge on its way
            for index in (0, 1):
                network.get_parameter(f"{block}.conv{index}.weight").abs_()
    sound, broken = (
        of_pack([network], volumes)[0],
        evaluate_pack(LaneNetworks([network]), volumes, volumes.validation, bright)[0],
    )
    assert sound.finite
    assert not broken.finite
    assert broken == evaluate(network, volumes, volumes.validation, bright)


@pytest.mark.skipif("STUDY_EPFL" not in os.environ, reason="needs the EPFL volumes")
def test_real_slices_are_measured_alike() -> None:
    loaded = open_source(os.environ["STUDY_EPFL"]).load()

    def cut(stack: Stack) -> Stack:
        return Stack(stack.images[:3, 200:455, 100:477], stack.masks[:3, 200:455, 100:477])

    volumes = dataclasses.replace(
        loaded, validation=cut(loaded.validation), testing=cut(loaded.testing)
    ).scaled("z-score")
    networks = lively_networks(2, 1)
    for network, found in zip(networks, of_pack(networks, volumes), strict=True):
        check_same(found, alone(network, volumes), 1e-9)
