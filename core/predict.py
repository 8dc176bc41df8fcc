"""The command `python -m core.predict`: a finished run's network on a TIFF of any size."""

import json
import math
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click
import numpy as np
import tifffile
import torch
from jaxtyping import Float
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor

from core.config import RunConfig
from core.data.tiff import read_stack
from core.evaluation.overlap import require_tile, tile_count, tiled_logits
from core.losses import logit_difference
from core.networks import network_from_weights
from core.unet import KUNet
from results.command_line import DONE, out_option, program
from results.errors import ConfigError, DataError
from results.ledger.digest import sha256_of
from results.ledger.existing import existing_ledger
from results.ledger.ledger import Ledger
from results.option_types import PLACE, SHARE

DEFAULT_TILE = {"same": 512, "valid": 572}
FAR = 4.0
"""Deviations of the training slices' grey values."""
CLASSIC_TIFF = 2**31
"""Bytes above which a file needs BigTIFF."""

EXAMPLES = """example:
  python -m core.predict 1fa25eb37c9a5a69 stack.tif --out outputs --to predictions
      writes predictions/stack_probabilities.tif (float32) and predictions/stack_mask.tif (0/255)
"""


@program(
    "core.predict",
    "Apply a finished run's network to a TIFF stack by the overlap-tile strategy.",
    EXAMPLES,
    interrupted="nothing was written",
)
@click.argument("run", metavar="RUN_ID", help="id of a finished run, or a beginning of only one")
@click.argument("image", type=PLACE, metavar="IMAGE.tif", help="uint8 or uint16 slices of any size")
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
@click.option("--overwrite", is_flag=True, help="replace files that are there")
def main(
    run: str,
    image: str,
    out: str,
    to: str,
    tile: int | None,
    threshold: float | None,
    device: str,
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
        raise ConfigError("--device cuda: PyTorch finds none here")
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
    stack = read_stack(path)
    if stack.dtype not in (np.uint8, np.uint16):
        raise DataError(f"{image}: {stack.dtype} images; uint8 or uint16 are read")
    brightness = float(stack.mean())
    if abs(brightness - mean) > FAR * std:
        console.print(
            f"warning: the mean grey of {image} is {brightness:.0f}, that of the run's "
            f"training slices {mean:.0f} (deviation {std:.0f}): unlike the training images",
            markup=False,
            highlight=False,
        )
    targets = [Path(to) / f"{path.stem}_{kind}.tif" for kind in ("probabilities", "mask")]
    big = 4 * stack.size > CLASSIC_TIFF
    with (
        written(targets, overwrite, big) as (probabilities, mask),
        progress(console) as bar,
    ):
        depth, height, width = stack.shape
        tiles = depth * tile_count(height, width, side, config.padding)
        task = bar.add_task(path.name, total=tiles)
        for grey in stack:
            z = logits_of(network, (grey.astype(np.float32) - mean) / std, side, bar, task)
            probabilities.write(torch.sigmoid(z).numpy(), contiguous=True)
            mask.write((255 * (z > level)).to(torch.uint8).numpy(), contiguous=True)
    for target in targets:
        print(target)
    return DONE


@torch.no_grad()
def logits_of(
    network: KUNet, grey: np.ndarray, tile: int, bar: Progress, task: Any
) -> Float[Tensor, "height width"]:
    """Logit difference of one normalised slice, of the slice's own size."""
    images = torch.from_numpy(grey.astype(np.float32))[None, None]
    images = images.to(next(network.parameters()).device)
    logits = tiled_logits(network, images, tile, tick=lambda: bar.advance(task))
    return logit_difference(logits)[0].cpu()


def threshold_of(probability: float | None, row: Mapping[str, Any]) -> float:
    """The logit difference above which the mask is foreground: of the given probability, or the one
    chosen on the run's validation slices. Soft labels and class weights shift what p > 0.5 means,
    so that a network which segments well may mark nothing there."""
    if probability is not None:
        return math.log(probability) - math.log1p(-probability)
    return row["validation_threshold"] or 0.0


def finished_run(ledger: Ledger, beginning: str) -> dict[str, Any]:
    """The row of the run whose id begins so.

    Raises:
        ConfigError: none, several, or no id at all.
    """
    if not re.fullmatch(r"[0-9a-f]{4,16}", beginning):
        raise ConfigError(f"run '{beginning}': give 4 to 16 hexadecimal digits of its id")
    table = ledger.runs().select(["run_id"]).to_pydict()["run_id"]
    found = sorted({run_id for run_id in table if run_id.startswith(beginning)})
    if len(found) != 1:
        what = f"no run '{beginning}'" if not found else f"'{beginning}' is {', '.join(found[:4])}"
        raise ConfigError(f"{what} in --out {ledger.storage.location}, which has {len(table)} runs")
    return ledger.runs(found).to_pylist()[0]


def grey_values(row: dict[str, Any]) -> tuple[float, float]:
    """Mean and standard deviation that the run's images were normalised with."""
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


@contextmanager
def written(
    paths: Sequence[Path], overwrite: bool, big: bool
) -> Iterator[list[tifffile.TiffWriter]]:
    """TIFF writers whose files get their names only when all of them are whole.

    Raises:
        ConfigError: a file is there already, or cannot be written.
    """
    for path in paths:
        if path.exists() and not overwrite:
            raise ConfigError(f"{path} is there already; --overwrite replaces it")
    partial = [path.with_name(f".{path.name}.part-{os.getpid()}") for path in paths]
    writers: list[tifffile.TiffWriter] = []
    try:
        for path in partial:
            path.parent.mkdir(parents=True, exist_ok=True)
            writers.append(tifffile.TiffWriter(path, bigtiff=big))
        yield writers
        for writer in writers:
            writer.close()
        for path, target in zip(partial, paths, strict=True):
            path.replace(target)
    except OSError as error:
        raise ConfigError(f"--to {paths[0].parent}: cannot be written ({error})") from error
    finally:
        for writer in writers:
            writer.close()
        for path in partial:
            with suppress(OSError):  # where none could be made, there is none
                path.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
