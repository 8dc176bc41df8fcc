"""The command `python -m scripts.benchmark`: milliseconds per training step, and what they buy.

Every step is timed in this process, first the plain way (NCHW eager PyTorch, elastic deformation
by scipy, the process as Python starts it), then this project's, its process settings included.
Ratios of one run can be compared, milliseconds of two machines cannot. Reported, never asserted.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
import numpy as np
import torch
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from scipy.ndimage import map_coordinates

from core.choices import BatchNorm
from core.config import RunConfig
from core.data.sources import PhantomSource, Volumes
from core.engines.lanes.compiler import CompilerError
from core.losses import logit_difference
from core.networks import build_network
from core.training.process import keep_freed_memory
from core.training.tiles import Batch, TileStream
from core.training.trainer import Trainer
from results.command_line import DONE, json_option, program
from results.errors import ConfigError
from results.option_types import COUNT_FROM_ONE
from results.text import counted
from scripts.benchmark_engines import compare_engines

EXAMPLE = """example:
  python -m scripts.benchmark --widths 1,2,4 --rounds 30
"""
BATCH_NORMS: tuple[BatchNorm, ...] = ("none", "all")
PARTS = ("augmentation", "teacher", "student forward", "backward", "optimiser")


class PlainTiles(TileStream):
    """The same kind of tile, made the way one finds it in scripts: the displacement field and
    both planes by `scipy.ndimage.map_coordinates`."""

    def batch(self, step: int) -> Batch:
        rng = np.random.default_rng((self.config.data_seed, step))
        size = self.config.tile
        stack = self.volumes.training
        depth, height, width = stack.images.shape
        index = rng.integers(depth)
        top, left = rng.integers(height - size + 1), rng.integers(width - size + 1)
        coarse = rng.normal(0.0, self.config.elastic_sigma, (2, 3, 3))
        knots = np.meshgrid(*(np.linspace(0, 2, size),) * 2, indexing="ij")
        field = [map_coordinates(c, knots, order=3, mode="mirror") for c in coarse]
        rows, columns = np.mgrid[top : top + size, left : left + size]
        where = [rows + field[0], columns + field[1]]
        image = map_coordinates(stack.images[index].astype(np.float32), where, order=3)
        mask = map_coordinates(stack.masks[index], where, order=0)
        if rng.integers(2):
            image, mask = image[::-1], mask[::-1]
        if rng.integers(2):
            image, mask = image[:, ::-1], mask[:, ::-1]
        normalised = (image - self.volumes.mean) / self.volumes.std
        images = torch.from_numpy(normalised.astype(np.float32))[None, None]
        return Batch(images, torch.from_numpy(mask.astype(np.float32))[None])


class StepTimer:
    """Times the parts of one training step: its own, or the plain way."""

    def __init__(self, trainer: Trainer, tiles: TileStream, layout: torch.memory_format) -> None:
        self.trainer, self.tiles, self.layout = trainer, tiles, layout
        self.milliseconds: dict[str, list[float]] = {part: [] for part in (*PARTS, "step")}
        self.step = 0

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.milliseconds[name].append(1e3 * (time.perf_counter() - started))

    def once(self) -> None:
        """One soft training step, part by part: what `Trainer` does."""
        trainer = self.trainer
        with self.part("step"):
            with self.part("augmentation"):
                batch = self.tiles.batch(self.step)
            images = batch.images.contiguous(memory_format=self.layout)
            with self.part("teacher"):
                teacher_z = trainer.teacher_logits(images)
            trainer.optimizer.zero_grad(set_to_none=True)
            with self.part("student forward"):
                z = logit_difference(trainer.network(images))
                loss = trainer.objective.terms(z, batch.masks, teacher_z).total
            with self.part("backward"):
                loss.backward()
            with self.part("optimiser"):
                trainer.optimizer.step()
        self.step += 1

    def medians(self) -> dict[str, float]:
        return {name: statistics.median(times) for name, times in self.milliseconds.items()}


def timers(width: int, volumes: Volumes, tile: int) -> tuple[StepTimer, StepTimer]:
    """This project's step and the plain one, for a student of that width and a 4-Unet teacher."""
    teacher = RunConfig(data=volumes.fingerprint, width=4, init="he", tile=tile)
    config = RunConfig(
        data=volumes.fingerprint,
        width=width,
        init="he",
        objective="soft",
        temperature=5.0,
        teacher=teacher,
        tile=tile,
    )
    ours = Trainer(config, volumes, build_network(teacher))
    plain = Trainer(config, volumes, build_network(teacher))
    for network in (plain.network, plain.teacher):
        assert network is not None
        network.to(memory_format=torch.contiguous_format)  # pyright: ignore[reportCallIssue]
    plain.optimizer = torch.optim.Adam(plain.network.parameters(), lr=config.lr)
    return (
        StepTimer(ours, ours.stream, torch.channels_last),
        StepTimer(plain, PlainTiles(volumes, config), torch.contiguous_format),
    )


def timed(timer: StepTimer, rounds: int, tick: Callable[[], None]) -> dict[str, float]:
    """Medians over the rounds; two more before them are not counted."""
    for _ in range(2):
        timer.once()
        tick()
    for times in timer.milliseconds.values():
        times.clear()
    for _ in range(rounds):
        timer.once()
        tick()
    return timer.medians()


def measure(
    widths: list[int], volumes: Volumes, tile: int, rounds: int, tick: Callable[[], None]
) -> list[dict[str, Any]]:
    """The plain way for all widths, then, the process configured as for a run, ours."""
    pairs = [timers(width, volumes, tile) for width in widths]
    plain = [timed(timer, rounds, tick) for _, timer in pairs]
    keep_freed_memory()  # cannot be taken back, therefore last
    ours = [timed(timer, rounds, tick) for timer, _ in pairs]
    return [
        {
            "width": width,
            "milliseconds": mine,
            "plain_milliseconds": other,
            "plain_over_ours": {name: other[name] / mine[name] for name in mine},
        }
        for width, mine, other in zip(widths, ours, plain, strict=True)
    ]


def measure_engines(
    widths: list[int], volumes: Volumes, tiles: list[int], rounds: int, tick: Callable[[], None]
) -> list[list[dict[str, Any]]]:
    """Compare packs of lanes with PyTorch, for every width; nothing where no kernels can be had."""
    try:
        return [
            [
                compare_engines(width, batch_norm, volumes, tile, rounds, tick)
                for batch_norm in BATCH_NORMS
                for tile in tiles
            ]
            for width in widths
        ]
    except CompilerError as error:
        print(f"lanes are not timed: {error}", file=sys.stderr)
        return [[] for _ in widths]


@program(
    "scripts.benchmark",
    "Milliseconds per soft training step and its parts, and the ratio to the plain way (NCHW eager "
    "PyTorch, scipy elastic deformation) in the same process; milliseconds of a seed's step in a "
    "pack of lanes, and the ratio to PyTorch.",
    EXAMPLE,
)
@click.option("--widths", default="1,2,4", metavar="K,K", help="k of the k-Unets (default: 1,2,4)")
@click.option("--tile", type=int, default=256, metavar="PIXELS", help="side (default: 256)")
@click.option(
    "--rounds",
    type=COUNT_FROM_ONE,
    default=30,
    metavar="N",
    help="timed steps each (default: 30)",
)
@click.option(
    "--engine-tiles",
    default="128,256",
    metavar="PIXELS,PIXELS",
    help="sides for which engines are compared (default: 128,256)",
)
@click.option("--threads", type=COUNT_FROM_ONE, default=1, metavar="N", help="default: 1")
@json_option
def main(
    widths: str, tile: int, rounds: int, engine_tiles: str, threads: int, as_json: bool
) -> int:
    """Measure and print.

    Raises:
        ConfigError: a width is no whole number from 1 on, or a tile does not fit the phantom.
    """
    each = [COUNT_FROM_ONE.convert(width, None, None) for width in widths.split(",")]
    sides = [COUNT_FROM_ONE.convert(side, None, None) for side in engine_tiles.split(",")]
    for option, side in (("tile", tile), *(("engine-tiles", side) for side in sides)):
        if side % 16 or not 16 <= side <= 256:
            raise ConfigError(f"--{option} {side}: must be a multiple of 16 from 16 to 256")
    torch.set_num_threads(threads)
    console = Console(stderr=as_json, width=None if sys.stdout.isatty() else 100)
    volumes = PhantomSource().load()
    with Progress(console=console, transient=True) as progress:
        timed_steps = (2 + len(BATCH_NORMS) * len(sides)) * len(each) * (rounds + 2)
        task = progress.add_task("timing", total=timed_steps)
        results = measure(
            each,
            volumes,
            tile,
            rounds,
            lambda: progress.advance(task),
        )
        engines = measure_engines(each, volumes, sides, rounds, lambda: progress.advance(task))
    results = [one | {"engines": found} for one, found in zip(results, engines, strict=True)]
    if as_json:
        print(json.dumps(results))
        return DONE
    title = (
        f"One soft step, {tile}x{tile}, 4-Unet teacher, {counted(threads, 'thread')}, median of "
        f"{rounds}: ms (plain ms, ratio)"
    )
    print_table(console, results, title)
    return DONE


def print_table(console: Console, results: list[dict[str, Any]], title: str) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column("part")
    for result in results:
        table.add_column(f"k={result['width']}", justify="right")
    for part in (*PARTS, "step"):
        table.add_row(
            part,
            *(
                f"{r['milliseconds'][part]:.2f} ({r['plain_milliseconds'][part]:.2f}, "
                f"{r['plain_over_ours'][part]:.1f}x)"
                for r in results
            ),
        )
    for row in zip(*(r["engines"] for r in results), strict=True):
        norm = "" if row[0]["batch_norm"] == "none" else ", batch norm"
        table.add_row(
            f"{row[0]['lanes']} lanes, {row[0]['tile']}x{row[0]['tile']}{norm}",
            *(
                f"{one['lanes_milliseconds']:.2f} ({one['torch_milliseconds']:.2f}, "
                f"{one['torch_over_lanes']:.1f}x)"
                for one in row
            ),
        )
    if results[0]["engines"]:
        table.caption = (
            "lanes: CPU ms of one seed's hard step on one core, augmentation included, in a full "
            "pack (alone in PyTorch, channels last)"
        )
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
