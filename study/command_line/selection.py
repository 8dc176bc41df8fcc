"""The options that every command shares which binds a study: which data, cells and fields."""

from collections.abc import Callable
from dataclasses import dataclass

import click

from core.choices import CHOICES
from core.data.foreground import Foreground
from core.data.volumes import VALIDATION_GAP
from results.command_line import with_parameters
from results.errors import ConfigError
from results.option_types import COUNT, PLACE, POSITIVE
from study.command_line.completion import complete_axis, complete_field, complete_only


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which runs a study has: of which data, cells and fields, and how many train at once."""

    data: str
    foreground: Foreground | None
    validation_gap: int
    only: tuple[str, ...]
    axes: tuple[str, ...]
    sets: tuple[str, ...]
    full: bool
    engine: str
    cpus_per_trial: float


class ForegroundType(click.ParamType):
    """A label of a mask, or a comparison as `>127`."""

    name = "foreground"

    def convert(
        self, value: str | Foreground, param: click.Parameter | None, ctx: click.Context | None
    ) -> Foreground:
        if isinstance(value, Foreground):
            return value
        try:
            return Foreground.parse(value)
        except ConfigError as error:
            self.fail(str(error), param, ctx)


data_options: Callable[[Callable[..., int]], Callable[..., int]] = with_parameters(
    click.option(
        "--data",
        default="phantom",
        metavar="phantom|DIR",
        type=PLACE,
        help="built-in synthetic stack (default), or a directory with training.tif, "
        "training_groundtruth.tif, testing.tif, testing_groundtruth.tif, or with a PNG or TIFF "
        "file a slice in training/images, training/masks, testing/images, testing/masks",
    ),
    click.option(
        "--foreground",
        type=ForegroundType(),
        metavar="LABEL|'>VALUE'",
        help="what is foreground in masks of other values than 0/255 or 0/1: one value, as 2, or "
        "all above one, as '>127' (or >=, <, <=; in quotes); all others are background",
    ),
    click.option(
        "--validation-gap",
        type=COUNT,
        default=VALIDATION_GAP,
        metavar="N",
        help="slices left out between training and validation, as neighbours in a stack are near "
        f"copies (default: {VALIDATION_GAP}); 0 for images that are no neighbours. Another gap is "
        "other data: its runs are other runs",
    ),
)
ENGINES = ("auto", *CHOICES["engine"])
cpus_option = click.option(
    "--cpus-per-trial",
    type=POSITIVE,
    default=1.0,
    metavar="X",
    help="CPUs a trial takes, fractions allowed (default: 1)",
)
selection_options: Callable[[Callable[..., int]], Callable[..., int]] = with_parameters(
    data_options,
    click.option(
        "--only",
        multiple=True,
        metavar="FIELD=V1,V2",
        shell_complete=complete_only,
        help="only these values of an axis of the study",
    ),
    click.option(
        "--axis",
        "axes",
        multiple=True,
        metavar="FIELD=V1,V2",
        shell_complete=complete_axis,
        help="a cell of each of these values too, in every cell of the study",
    ),
    click.option(
        "--set",
        "sets",
        multiple=True,
        metavar="FIELD=VALUE",
        shell_complete=complete_field,
        help="change a field of every run; teacher.FIELD=VALUE changes the teacher",
    ),
    click.option(
        "--full",
        is_flag=True,
        help="all cells of a study that has a fraction of its grid (a design, as 2^(5-1))",
    ),
    click.option(
        "--engine",
        type=click.Choice(ENGINES),
        default="auto",
        help="what computes the runs: PyTorch, one network at a time, or the lanes of a CPU's SIMD "
        "registers, up to 16. Each gives its own last digits, so runs of another engine are other "
        "runs (default: lanes for small networks on a CPU, but what --out holds already goes on "
        "as it is)",
    ),
)
