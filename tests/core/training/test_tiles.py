import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from core.data.sources import Volumes
from core.training.tiles import Batch, TileStream
from tests.core.builders import tiny_config


def stream(volumes: Volumes, **changes: object) -> TileStream:
    return TileStream(volumes, tiny_config(volumes, **changes))


def equal(one: Batch, other: Batch) -> bool:
    return torch.equal(one.images, other.images) and torch.equal(one.masks, other.masks)


@given(steps=st.permutations(range(6)))
@settings(deadline=None, max_examples=10)
def test_a_batch_depends_on_its_step_alone(volumes: Volumes, steps: list[int]) -> None:
    shared = stream(volumes)
    for step in steps:
        assert equal(shared.batch(step), stream(volumes).batch(step))


def test_steps_differ(volumes: Volumes) -> None:
    tiles = stream(volumes)
    assert not equal(tiles.batch(0), tiles.batch(1))


def test_data_seeds_differ_and_nothing_else_matters(volumes: Volumes) -> None:
    first = stream(volumes).batch(5)
    assert not equal(first, stream(volumes, data_seed=1).batch(5))
    assert equal(first, stream(volumes, init_seed=9, width=1, lr=0.5, iterations=99).batch(5))


def test_masks_are_binary_and_of_both_classes(volumes: Volumes) -> None:
    tiles = stream(volumes, batch_size=8, elastic_sigma=10.0)
    masks = torch.cat([tiles.batch(step).masks for step in range(4)])
    assert set(masks.unique().tolist()) == {0.0, 1.0}


def test_shapes_follow_batch_size_and_tile(volumes: Volumes) -> None:
    batch = stream(volumes, batch_size=3, tile=48).batch(0)
    assert batch.images.shape == (3, 1, 48, 48)
    assert batch.masks.shape == (3, 48, 48)


def test_the_tiles_of_one_batch_differ(volumes: Volumes) -> None:
    images = stream(volumes, batch_size=4).batch(0).images
    assert len({tile.numpy().tobytes() for tile in images}) == 4


def test_without_augmentation_a_tile_is_a_crop_of_a_training_slice(volumes: Volumes) -> None:
    tiles = stream(volumes, elastic_sigma=0.0, flips=False)
    crops = sliding_window_view(volumes.training.images, (32, 32), (1, 2))
    annotations = sliding_window_view(volumes.training.masks, (32, 32), (1, 2))
    places = set()
    for step in range(12):
        batch = tiles.batch(step)
        grey = np.rint(batch.images[0, 0].double().numpy() * volumes.std + volumes.mean)
        corner = np.argwhere(crops[..., 0, 0] == grey[0, 0])
        found = [place for place in map(tuple, corner) if np.array_equal(crops[place], grey)]
        assert len(found) == 1
        np.testing.assert_array_equal(annotations[found[0]], batch.masks[0])
        places.add(found[0])
    assert len(places) == 12
    assert len({index for index, _, _ in places}) > 1


def test_flips_change_the_orientation_and_not_the_draw(volumes: Volumes) -> None:
    plain, flipped = stream(volumes, flips=False), stream(volumes, flips=True)
    seen = set()
    for step in range(24):
        before, after = plain.batch(step), flipped.batch(step)
        matches = [
            axes
            for axes in ((), (-2,), (-1,), (-2, -1))
            if torch.equal(before.images.flip(axes), after.images)
            and torch.equal(before.masks.flip(axes), after.masks)
        ]
        assert matches
        seen.add(matches[0])
    assert len(seen) == 4


def test_elastic_deformation_stays_close_to_the_undeformed_tile(volumes: Volumes) -> None:
    whole = stream(volumes, elastic_sigma=0.0).batch(3)
    slight = stream(volumes, elastic_sigma=1e-4).batch(3)
    strong = stream(volumes, elastic_sigma=10.0).batch(3)
    assert float((whole.images - slight.images).abs().max()) < 0.01
    assert float((whole.images - strong.images).abs().max()) > 1.0
