"""A predicted mask file scores what evaluation recorded for the very same slices."""

from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import tifffile

from core import predict
from core.networks import weights_of
from core.run_row import run_row
from core.training.trainer import Trainer
from results.ledger.ledger import Ledger
from results.windows import Windows
from tests.core.builders import squares_volumes, tiny_config

SHAPE = (41, 245)
"""Neither side is a multiple of 16, and the longer one takes two of the smallest tiles."""
VOLUMES = squares_volumes(shape=SHAPE)


def overlap(mask: np.ndarray, annotation: np.ndarray) -> float:
    found, inside = mask == 255, annotation == 1
    return float((found & inside).sum() / (found | inside).sum())


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_the_iou_of_a_predicted_mask_is_the_recorded_one(
    tmp_path: Path, padding: Literal["same", "valid"]
) -> None:
    changes = {"padding": padding, "tile": 32 if padding == "same" else 204, "batch_norm": "all"}
    evaluations = {"iterations": 20, "eval_every": 20, "curve_slices": 2}
    config = tiny_config(VOLUMES, lr=0.01, **changes, **evaluations)
    trainer = Trainer(config, VOLUMES)
    list(trainer.evaluations())
    weights = weights_of(trainer.network)
    row = run_row(trainer, Windows(2, 2), weights)
    Ledger(str(tmp_path / "outputs")).put_run(row, trainer.curve, weights)
    tifffile.imwrite(tmp_path / "testing.tif", VOLUMES.testing.images, photometric="minisblack")
    arguments = [row["run_id"], str(tmp_path / "testing.tif"), "--out", str(tmp_path / "outputs")]
    assert predict.main([*arguments, "--to", str(tmp_path / "whole")]) == 0
    whole = tifffile.imread(tmp_path / "whole" / "testing_mask.tif")
    assert {*np.unique(whole)} == {0, 255}
    assert overlap(whole, VOLUMES.testing.masks) == row["iou_validation_threshold"]
    smallest = "240" if padding == "same" else "204"
    assert predict.main([*arguments, "--to", str(tmp_path / "tiles"), "--tile", smallest]) == 0
    tiles, probabilities, stitched = (
        tifffile.imread(tmp_path / folder / f"testing_{what}.tif")
        for folder, what in (
            ("tiles", "mask"),
            ("whole", "probabilities"),
            ("tiles", "probabilities"),
        )
    )
    np.testing.assert_allclose(stitched, probabilities, atol=1e-5)
    assert (tiles != whole).mean() < 1e-3
