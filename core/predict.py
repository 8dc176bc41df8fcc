"""The command `python -m core.predict`: a finished run's network on a TIFF of any size."""

import argparse
import json
import math
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

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
from results.command_line import CommandParser
from results.errors import ConfigError, DataError, StudyError
from results.ledger.digest import sha256_of
from results.ledger.existing import existing_ledger
from results.ledger.ledger import Ledger

DEFAULT_TILE = {"same": 512, "valid": 572}
FAR = 4.0
"""Deviations of the training slices' grey values."""
CLASSIC_TIFF = 2**31
"""Bytes above which a file needs BigTIFF."""
USAGE, INTERRUPTED = 2, 130

EXAMPLES = """example:
  python -m core.predict 1fa25eb37c9a5a69 stack.tif --out outputs --to predictions
      writes predictions/stack_probabilities.tif (float32) and predictions/stack_mask.tif (0/255)
"""


def build_parser() -> CommandParser:
    parser = CommandParser(
        "core.predict",
        "Apply a finished run's network to a TIFF stack by the overlap-tile strategy.",
        EXAMPLES,
    )
    add = parser.add_argument
    add("run", metavar="RUN_ID", help="id of a finished run, or a beginning that only one has")
    add("image", type=Path, metavar="IMAGE.tif", help="uint8 or uint16 slices of any size")
    add("--out", default="outputs", metavar="DIR|URI", help="where the run is (default: outputs)")
    add("--to", type=Path, default=Path(), metavar="DIR", help="where to write (default: here)")
    add("--tile", type=int, metavar="PIXELS", help="tiles' side (default: 512, unpadded 572)")
    add(
        "--threshold",
        type=float,
        metavar="P",
        help="probability above which the mask is foreground (default: where the IoU on the run's "
        "validation slices was highest; 0.5 of runs that did not record that)",
    )
    add("--device", default="cpu", metavar="cpu|cuda", help="default: cpu")
    add("--overwrite", action="store_true", help="replace files that are there")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status. Errors a user can mend are one line on stderr."""
    options = build_parser().parse_args(arguments)
    try:
        predict(options, Console(stderr=True))
    except StudyError as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("\ninterrupted; nothing was written", file=sys.stderr)
        return INTERRUPTED
    return 0


def predict(options: argparse.Namespace, console: Console) -> None:
    """Load the run, answer slice by slice, write both files.

    Raises:
        ConfigError: no such run, tile, threshold or device, or a file is there already.
        DataError: the image cannot be read.
        LedgerError: the run's weights are missing.
    """
    if options.threshold is not None and not 0.0 < options.threshold < 1.0:
        raise ConfigError(f"--threshold {options.threshold:g}: must lie between 0 and 1")
    if options.device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("--device cuda: PyTorch finds none here")
    ledger = existing_ledger(options.out, "--out")
    row = finished_run(ledger, options.run)
    config = RunConfig.from_dict(json.loads(row["config"]))
    tile = DEFAULT_TILE[config.padding] if options.tile is None else options.tile
    require_tile(tile, config.padding)
    mean, std = grey_values(row)
    threshold = threshold_of(options.threshold, row)
    weights = ledger.weights(row["run_id"])
    if sha256_of(weights) != row["weights_sha256"]:
        raise ConfigError(f"the weights of {row['run_id']} are not those that the run recorded")
    network = network_from_weights(config, weights).to(options.device)
    stack = read_stack(options.image)
    if stack.dtype not in (np.uint8, np.uint16):
        raise DataError(f"{options.image}: {stack.dtype} images; uint8 or uint16 are read")
    grey = float(stack.mean())
    if abs(grey - mean) > FAR * std:
        console.print(
            f"warning: the mean grey of {options.image} is {grey:.0f}, that of the run's "
            f"training slices {mean:.0f} (deviation {std:.0f}): the network has seen nothing alike",
            markup=False,
            highlight=False,
        )
    targets = [
        options.to / f"{options.image.stem}_{kind}.tif" for kind in ("probabilities", "mask")
    ]
    big = 4 * stack.size > CLASSIC_TIFF
    with (
        written(targets, options.overwrite, big) as (probabilities, mask),
        progress(console) as bar,
    ):
        depth, height, width = stack.shape
        tiles = depth * tile_count(height, width, tile, config.padding)
        task = bar.add_task(options.image.name, total=tiles)
        for image in stack:
            z = logits_of(network, (image.astype(np.float32) - mean) / std, tile, bar, task)
            probabilities.write(torch.sigmoid(z).numpy(), contiguous=True)
            mask.write((255 * (z > threshold)).to(torch.uint8).numpy(), contiguous=True)
    for path in targets:
        print(path)


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
        raise ConfigError(f"run '{beginning}': an id is up to 16 hexadecimal digits, at least 4")
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
