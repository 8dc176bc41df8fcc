"""The command `study predict`: a finished run's network on images of any size."""

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from jaxtyping import Float
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor

from core.config import RunConfig
from core.data.images import read_images
from core.evaluation.overlap import require_tile, tile_count, tiled_logits
from core.losses import logit_difference
from core.networks import network_from_weights
from core.prediction.run_choice import finished_run
from core.prediction.written_stacks import written_stacks
from core.unet import KUNet
from results.command_line import DONE, out_option, program
from results.errors import ConfigError
from results.ledger.digest import sha256_of
from results.ledger.existing import existing_ledger
from results.option_types import PLACE, SHARE

DEFAULT_TILE = {"same": 512, "valid": 572}
FAR = 4.0
"""Images are unlike the training slices beyond so many deviations of their grey values."""

EXAMPLES = """examples:
  python -m core.predict 1fa25eb37c9a5a69 stack.tif --to predictions
      writes predictions/stack_probabilities.tif (float32) and predictions/stack_mask.tif (0/255)
  python -m core.predict temperature_seeds:temperature=5,seed=1 slices/ --compress
      the run of that cell and seed, on a folder of PNG or TIFF files
"""


@program(
    "core.predict",
    "Apply a finished run's network to images by the overlap-tile strategy.",
    EXAMPLES,
    interrupted="nothing was written",
)
@click.argument(
    "run", metavar="RUN", help="a finished run's id, its beginning, or STUDY:FIELD=VALUE,...,seed=N"
)
@click.argument(
    "image",
    type=PLACE,
    metavar="IMAGE",
    help="a TIFF stack, a PNG, or a folder with a file a slice",
)
@out_option
@click.option("--to", type=PLACE, default=".", metavar="DIR", help="where to write (default: here)")
@click.option("--tile", type=int, metavar="PIXELS", help="tiles' side (default: 512, unpadded 572)")
@click.option(
    "--threshold",
    type=SHARE,
    metavar="P",
    help="probability above which the mask is foreground (default: where the IoU on the run's "
    "validation slices was highest; 0.5 of runs that did not record that)",
)
@click.option(
    "--device",
    type=click.Choice(["cpu", "cuda"]),
    default="cpu",
    metavar="cpu|cuda",
    help="default: cpu",
)
@click.option("--compress", is_flag=True, help="write smaller files, without loss (zlib)")
@click.option("--overwrite", is_flag=True, help="replace files that are there")
def main(
    run: str,
    image: str,
    out: str,
    to: str,
    tile: int | None,
    threshold: float | None,
    device: str,
    compress: bool,
    overwrite: bool,
) -> int:
    """Load the run, answer slice by slice, write both files.

    Raises:
        ConfigError: no such run, tile or device, or a file is there already.
        DataError: the image cannot be read.
        LedgerError: the run's weights are missing.
    """
    console = Console(stderr=True)
    if device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("--device cuda: PyTorch finds none here; leave the option out")
    ledger = existing_ledger(out, "--out")
    row = finished_run(ledger, run)
    config = RunConfig.from_dict(json.loads(row["config"]))
    side = DEFAULT_TILE[config.padding] if tile is None else tile
    require_tile(side, config.padding)
    mean, std = grey_values(row)
    level = threshold_of(threshold, row)
    weights = ledger.weights(row["run_id"])
    if sha256_of(weights) != row["weights_sha256"]:
        raise ConfigError(f"the weights of {row['run_id']} are not those that the run recorded")
    network = network_from_weights(config, weights).to(device)
    path = Path(image)
    stack = read_images(path)
    brightness = float(stack.mean(dtype=np.float64))
    if abs(brightness - mean) > FAR * std:
        console.print(
            f"warning: the mean grey of {image} is {brightness:.4g}, that of the run's training "
            f"slices {mean:.4g} (deviation {std:.4g}): unlike the training images",
            markup=False,
            highlight=False,
        )
    targets = [Path(to) / f"{path.stem}_{kind}.tif" for kind in ("probabilities", "mask")]
    size = np.dtype(np.float32).itemsize * stack.size
    with (
        written_stacks(targets, size, overwrite=overwrite, compress=compress) as writers,
        progress(console) as bar,
    ):
        depth, height, width = stack.shape
        tiles = depth * tile_count(height, width, side, config.padding)
        task = bar.add_task(path.name, total=tiles)
        probabilities, mask = writers
        for grey in stack:
            z = logits_of(network, (grey.astype(np.float32) - mean) / std, side, bar, task)
            probabilities.write(torch.sigmoid(z).numpy())
            mask.write((255 * (z > level)).to(torch.uint8).numpy())
    for target in targets:
        print(target)
    return DONE


@torch.no_grad()
def logits_of(
    network: KUNet, grey: np.ndarray, tile: int, bar: Progress, task: Any
) -> Float[Tensor, "height width"]:
    """Compute the logit difference of one normalised slice, of the slice's own size."""
    images = torch.from_numpy(grey.astype(np.float32))[None, None]
    images = images.to(next(network.parameters()).device)
    logits = tiled_logits(network, images, tile, tick=lambda: bar.advance(task))
    return logit_difference(logits)[0].cpu()


def threshold_of(probability: float | None, row: Mapping[str, Any]) -> float:
    """Find the logit difference above which the mask is foreground: that of the given probability,
    or the one chosen on the run's validation slices.

    Soft labels and class weights shift what p > 0.5 means, so that a network which segments well
    may mark nothing there.
    """
    if probability is not None:
        return math.log(probability) - math.log1p(-probability)
    return row["validation_threshold"] or 0.0


def grey_values(row: dict[str, Any]) -> tuple[float, float]:
    """Find mean and standard deviation that the run's images were normalised with."""
    if row["grey_mean"] is None:
        raise ConfigError(
            f"the run {row['run_id']} is of an older version, which did not record how its grey "
            "values were normalised; train it again in another --out"
        )
    return row["grey_mean"], row["grey_std"]


def progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("tiles"),
        TimeRemainingColumn(),
        console=console,
    )


if __name__ == "__main__":
    sys.exit(main())
