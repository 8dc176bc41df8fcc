import numpy as np
import pytest

from core.data.phantom import Phantom

SMALL = Phantom(training_slices=12, testing_slices=3, side=64, seed=3)


@pytest.mark.parametrize("which", [0, 1])
def test_equal_arguments_give_equal_voxels(which: int) -> None:
    np.random.seed(1)  # noqa: NPY002  the global state must not matter
    first = SMALL.volume(which)
    np.random.seed(2)  # noqa: NPY002
    for one, other in zip(first, SMALL.volume(which), strict=True):
        np.testing.assert_array_equal(one, other)


def test_seeds_and_volumes_differ() -> None:
    depth = {"training_slices": 12, "testing_slices": 12}
    stacks = [
        Phantom(**depth, side=64, seed=seed).volume(which)
        for seed, which in ((3, 0), (3, 1), (1, 0))
    ]
    assert len({grey.tobytes() for grey, _ in stacks}) == 3
    assert len({mask.tobytes() for _, mask in stacks}) == 3


@pytest.mark.parametrize("which", [0, 1])
def test_default_volumes_are_five_to_six_per_cent_foreground_that_continues(which: int) -> None:
    grey, mask = Phantom().volume(which)
    assert grey.shape == mask.shape == ((60, 24)[which], 256, 256)
    assert set(np.unique(mask)) == {0, 1}
    assert 0.05 <= mask.mean() <= 0.06
    continued = (mask[1:] & mask[:-1]).sum() / mask[:-1].sum()
    assert continued > 0.8


def test_the_fingerprint_names_every_argument() -> None:
    changes = ({}, {"training_slices": 13}, {"testing_slices": 4}, {"side": 80}, {"seed": 1})
    defaults = {"training_slices": 12, "testing_slices": 3, "side": 64, "seed": 2}
    assert len({Phantom(**(defaults | change)).fingerprint for change in changes}) == 5


def test_grey_values_neither_clip_nor_give_the_mask_away() -> None:
    grey, mask = SMALL.volume(0)
    assert np.isin(grey, (0, 255)).mean() < 0.001
    dark = grey < np.median(grey[mask == 1])
    assert (dark & (mask == 0)).sum() > (dark & (mask == 1)).sum()
