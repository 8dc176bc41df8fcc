"""The options of `python -m study.run`."""

import argparse

from results.command_line import CommandParser

EXAMPLES = """examples:
  python -m study.run temperature_seeds
      Table 3 of the paper on the built-in data, six to eight minutes on two cores
  python -m study.run temperature_seeds --data path/to/epfl --seeds 10
      the same on your own volumes, with ten seeds; what is there already is not repeated
  python -m study.run temperature_seeds --only temperature=1,5 --set lr=0.0003 --dry-run
      how many runs that would be, and how long they would take
  python -m study.run temperature_seeds --until-width 0.4 --max-seeds 100
      further seeds for each cell until its rate is known to 40 percentage points

exit status: 0 every run has an outcome, 1 some have none, 2 wrong usage, 130 interrupted
"""


def build_parser() -> CommandParser:
    parser = CommandParser(
        "study.run", "Train what is missing of a study and print its answer.", EXAMPLES
    )
    add = parser.add_argument
    add("studies", nargs="*", metavar="NAME|FILE.py", help="studies of --list, or study files")
    add("--list", action="store_true", help="name the studies, each with its question")
    add_selection(parser)
    add(
        "--profile",
        metavar="smoke|laptop|paper",
        help="how long and how large (default: laptop, or paper where a trial gets a GPU)",
    )
    add(
        "--seeds",
        metavar="N|NxM|A,B,C",
        help="N pairs of init and data seed 0..N-1, or N x M crossed, or these",
    )
    add(
        "--until-width",
        type=share,
        metavar="WIDTH",
        help="add seeds to each cell until the interval for its rate of falling is narrower than "
        "this, as 0.4; valid however often it is looked at. --seeds is what to begin with "
        "(default: the study's number of them, five at the most)",
    )
    add(
        "--max-seeds",
        type=count_from_one,
        metavar="N",
        help="with --until-width: seeds a cell gets at the most (default: 100)",
    )
    add(
        "--stop-dead",
        action="append_const",
        const="stop_dead=true",
        dest="sets",
        help="end runs that answer a constant and have had no gradient for 1,000 steps; their "
        "figures at the horizon are unknown (they are other runs than without this option)",
    )
    add("--out", default="outputs", metavar="DIR|URI", help="where results go (default: outputs)")
    add(
        "--gpus-per-trial",
        type=not_negative,
        default=0.0,
        metavar="X",
        help="GPUs a trial takes, fractions allowed (default: 0)",
    )
    add(
        "--address",
        default="local",
        metavar="local|auto|ADDRESS",
        help="Ray cluster: a local one for this command (default), or a running one",
    )
    add("--dashboard", action="store_true", help="start Ray's dashboard and print its address")
    add(
        "--retries",
        type=count,
        default=1,
        metavar="N",
        help="start a run again so often if the machine fails it: a killed worker, no memory, no "
        "disk (default: 1)",
    )
    add(
        "--max-failures",
        type=count_from_one,
        metavar="N",
        help="stop once so many runs have failed (default: go on with the others)",
    )
    add(
        "--retry-failed",
        action="store_true",
        help="train runs again that ended in an error of their own; those that the machine failed "
        "are trained again anyway",
    )
    add(
        "--keep-state",
        action="store_true",
        help="keep each run's state at its last iteration, so that a longer one goes on from it",
    )
    add(
        "--checkpoint-every",
        type=positive,
        default=30.0,
        metavar="SECONDS",
        help="how much training a crash may cost (default: 30)",
    )
    add("--dry-run", action="store_true", help="say what would run and how long; train nothing")
    add(
        "--json",
        action="store_true",
        help="machine-readable output: a JSON object a line for each study",
    )
    add("--quiet", action="store_true", help="no progress, only the answer")
    return parser


def add_selection(parser: CommandParser) -> None:
    """What runs a study has here: of which data, cells and fields, and how many at once."""
    add = parser.add_argument
    add(
        "--data",
        default="phantom",
        metavar="phantom|DIR",
        help="built-in synthetic stack (default), or a directory with training.tif, "
        "training_groundtruth.tif, testing.tif, testing_groundtruth.tif, or with a PNG or TIFF "
        "file a slice in training/images, training/masks, testing/images, testing/masks",
    )
    add(
        "--foreground",
        type=label,
        metavar="LABEL",
        help="the value that is foreground in masks of several values; all others are background",
    )
    add(
        "--only",
        action="append",
        default=[],
        metavar="FIELD=V1,V2",
        help="only these values of an axis of the study",
    )
    add(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        dest="sets",
        help="change a field of every run; teacher.FIELD=VALUE changes the teacher",
    )
    add(
        "--cpus-per-trial",
        type=positive,
        default=1.0,
        metavar="X",
        help="CPUs a trial takes, fractions allowed (default: 1)",
    )


def positive(text: str) -> float:
    value = not_negative(text)
    if value == 0:
        raise argparse.ArgumentTypeError(f"{text}: must be above 0")
    return value


def not_negative(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: must be a number") from None
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text}: must be a finite number, 0 or more")
    return value


def share(text: str) -> float:
    value = not_negative(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text}: must be between 0 and 1")
    return value


def label(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise argparse.ArgumentTypeError(f"{text}: must be a whole number, 0 or more")
    return int(text)


def count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"{text}: must be a whole number, 0 or more")
    return int(text)


def count_from_one(text: str) -> int:
    if count(text) == 0:
        raise argparse.ArgumentTypeError(f"{text}: must be a whole number, 1 or more")
    return count(text)
