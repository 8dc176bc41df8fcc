"""The command `study predict`: a finished run's network on images of any size."""

import contextlib
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.markup import escape

from core.data.images import read_images
from core.data.voxel_size import voxel_size
from core.prediction.run_choice import finished_run
from core.prediction.unlike import unlike
from core.prediction.written_stacks import StackForm, written_stacks
from results.command_line import DONE, out_option, program
from results.errors import ConfigError
from results.ledger.existing import existing_ledger
from results.option_types import PLACE, SHARE
from results.outcomes import FELL
from results.progress_bar import progress
from results.text import printable

DEFAULT_TILE = {"same": 1024, "valid": 1020}
NO_MEMORY = re.compile("allocate|could not create a (primitive|memory)")
"""What PyTorch, its GPU part and oneDNN say of it; on a CPU there is no class of error for it."""
EXAMPLES = """examples:
  python -m core.predict 1fa25eb37c9a5a69 stack.tif --to predictions
      writes predictions/stack_probabilities.tif (float32) and predictions/stack_mask.tif (0/255)
  python -m core.predict temperature_seeds:temperature=5,seed=1 slices/ --compress
      the run of that cell and seed, on a folder of PNG or TIFF files

exit status: 0 both files are written; 2 wrong usage, an image that cannot be read, or a place that
cannot be written; 130 interrupted
"""


@program(
    "core.predict",
    "Apply a finished run's network to images of any size, as evaluation does. Both files keep the "
    "image's voxel size and axes; slices unlike the training slices are named in a warning.",
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
@click.option(
    "--tile", type=int, metavar="PIXELS", help="tiles' side (default: 1024, unpadded 1020)"
)
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
    import torch  # takes a second, which help and completion need not wait for

    from core.evaluation.overlap import require_tile, tile_count
    from core.prediction.trained_network import TrainedNetwork, threshold_of

    if device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("--device cuda: PyTorch finds none here; leave the option out")
    ledger = existing_ledger(out, "--out")
    row = finished_run(ledger, run)
    if row["outcome"] != "learned":
        print(f"warning: {warning_of(row)}", file=sys.stderr)
    trained = TrainedNetwork.of(row, ledger, device)
    padding = trained.network.padding
    side = DEFAULT_TILE[padding] if tile is None else tile
    require_tile(side, padding)
    path = Path(image)
    stack = read_images(path)
    for line in unlike(stack, trained.mean, trained.std):
        print(f"warning: {printable(image)}: {line}", file=sys.stderr)
    depth, height, width = stack.shape
    form = StackForm((depth, height, width), voxel_size(path), compress)
    kinds = {"probabilities": np.dtype(np.float32), "mask": np.dtype(np.uint8)}
    targets = {Path(to) / f"{path.stem}_{kind}.tif": dtype for kind, dtype in kinds.items()}
    with (
        written_stacks(targets, form, overwrite=overwrite) as writers,
        progress("tiles") as bar,
    ):
        tiles = depth * tile_count(height, width, side, padding)
        task = bar.add_task(escape(printable(path.name)), total=tiles)
        probabilities, mask = writers
        for grey in stack:
            with memory_for(side):
                z = trained.logits(grey, side, lambda: bar.advance(task))
            probabilities.write(torch.sigmoid(z).numpy())
            mask.write((255 * (z > threshold_of(threshold, row))).to(torch.uint8).numpy())
    for target in targets:
        print(target)
    return DONE


def warning_of(row: Mapping[str, Any]) -> str:
    """Say of a run that did not learn that its mask means nothing."""
    outcome = row["outcome"]
    what = f"collapsed ({outcome})" if outcome in FELL else f"did not learn ({outcome})"
    return f"run {row['run_id']} {what}: its mask says nothing of the image; give one that learned"


@contextlib.contextmanager
def memory_for(tile: int) -> Iterator[None]:
    """Raise ConfigError where there is no memory for tiles of that side."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if isinstance(error, RuntimeError) and not NO_MEMORY.search(str(error)):
            raise
        raise ConfigError(
            f"--tile {tile}: there is not enough memory for tiles of this side; give a smaller one"
        ) from error


if __name__ == "__main__":
    sys.exit(main())
