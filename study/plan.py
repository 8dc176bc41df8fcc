"""The command `python -m study.plan`: how many seeds a question needs, and how long they take."""

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from core.data.sources import Source, open_source
from results.command_line import CommandParser
from results.commands import DONE, exit_status
from results.errors import ConfigError
from results.ledger.ledger import Ledger
from results.statistics.equivalence import seeds_for_margin
from results.statistics.methods.power import (
    ALPHA,
    MOST_SEEDS,
    POWER,
    greatest_correlation,
    seeds_for_width,
    seeds_to_tell_apart,
)
from results.text import counted
from study.definition import Study
from study.discovery import find_study
from study.options import add_selection, count_from_one, share
from study.pace import Pace, kind_of, slots_here, work_of
from study.request import StudyRequest, request_study
from study.until import DEFAULT_MAX_SEEDS, Sampling, Until

EXAMPLES = """examples:
  python -m study.plan temperature_seeds
      seeds that tell a rate of 30% from 10%, or know a rate to 20 percentage points
  python -m study.plan temperature_seeds --detect 0.5,0.2 --power 0.9 --data path/to/epfl --json

exit status: 0, 2 for wrong usage, 130 interrupted
"""


@dataclass(frozen=True)
class Row:
    """A question and what its answer takes."""

    question: str
    seeds: int | None
    """Of each cell; None for more than are looked for."""
    runs: int | None = None
    there: int | None = None
    seconds: float | None = None
    """On this machine, for what is missing; None where unknown."""
    expected: str = "unknown"


def build_parser() -> CommandParser:
    parser = CommandParser(
        "study.plan",
        "Say how many seeds a question needs and how long they take; writes nothing.",
        EXAMPLES,
    )
    add = parser.add_argument
    add("study", metavar="NAME|FILE.py", help="a study, as for study.run")
    add_selection(parser)
    add(
        "--detect",
        type=two_rates,
        default=(0.3, 0.1),
        metavar="P,Q",
        help="rates of two cells that are to be told apart, as shares (default: 0.3,0.1)",
    )
    add(
        "--power",
        type=share,
        default=POWER,
        metavar="X",
        help="probability that the test then tells them apart (default: 0.8)",
    )
    add(
        "--width",
        type=share,
        default=0.2,
        metavar="W",
        help="largest width of a cell's 95%% Wilson interval, as a share (default: 0.2)",
    )
    add(
        "--until-width",
        type=share,
        default=0.4,
        metavar="W",
        help="width at which `study.run --until-width` stops adding seeds (default: 0.4)",
    )
    add(
        "--max-seeds",
        type=count_from_one,
        default=DEFAULT_MAX_SEEDS,
        metavar="N",
        help="seeds that --until-width gives a cell at the most (default: 100)",
    )
    add("--profile", default="laptop", metavar="smoke|laptop|paper", help="(default: laptop)")
    add("--out", default="outputs", metavar="DIR|URI", help="where results are")
    add(
        "--probe",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="time kinds of run that --out knows nothing of, a few seconds each (default: do)",
    )
    add("--json", action="store_true", help="machine-readable output")
    return parser


def two_rates(text: str) -> tuple[float, float]:
    parts = text.split(",")
    if len(parts) != 2:
        raise argparse.ArgumentTypeError(f"{text}: must be two rates, as 0.3,0.1")
    first, second = share(parts[0]), share(parts[1])
    if first == second:
        raise argparse.ArgumentTypeError(f"{text}: equal rates cannot be told apart")
    return first, second


def main(arguments: Sequence[str] | None = None) -> int:
    options = build_parser().parse_args(arguments)
    return exit_status(lambda: plan(options), "nothing was written")


def plan(options: argparse.Namespace) -> int:
    for option in ("data", "out"):
        if not getattr(options, option):
            raise ConfigError(f"--{option}: is empty; leave it out for the default")
    study = find_study(options.study)
    source = open_source(options.data, options.foreground)
    ledger = Ledger(options.out)
    ledger.storage.require_usable()
    wanted = questions(options) + equivalences(study)
    until = Until(options.until_width, options.max_seeds)
    most = max([until.max_seeds, *(seeds for _, seeds in wanted if seeds)])
    request = request_study(
        study,
        source,
        options.profile,
        seeds=tuple((seed, seed) for seed in range(most)),
        only=options.only,
        sets=options.sets,
    )
    whole = Sampling(request, until, ledger)
    pace = Pace.of(ledger.runs())
    if options.probe:
        probe(whole.sized(1), source, pace, options)
    slots = slots_here(options.cpus_per_trial)
    outlook = Sampling(whole.sized(until.max_seeds), until, ledger).outlook(pace, slots)
    low, high = (math.ceil(seeds) for seeds in outlook.seeds)
    text = f"--until-width {until.width:g}, on average where {{}} fall"
    wanted += [(text.format("5%"), low), (text.format("about 50%"), high)]
    done = ledger.finished(request.distinct)
    rows = [row(question, seeds, whole, done, pace, slots) for question, seeds in wanted]
    show(rows, request, len(whole.cells), slots, options)
    return DONE


def questions(options: argparse.Namespace) -> list[tuple[str, int | None]]:
    """Each question with the seeds that each cell needs for it."""
    first, second = options.detect
    apart = f"tell {100 * first:g}% from {100 * second:g}% with power {options.power:g}, "
    most = greatest_correlation(first, second)

    def needed(*, paired: bool, correlation: float = 0.0) -> int | None:
        return seeds_to_tell_apart(
            first, second, paired=paired, power=options.power, correlation=correlation
        )

    return [
        (apart + "cells with seeds of their own (Boschloo)", needed(paired=False)),
        (apart + "equal seeds that share nothing (McNemar)", needed(paired=True)),
        (
            apart + f"equal seeds that share most, correlation {most:.2f} (McNemar)",
            needed(paired=True, correlation=most),
        ),
        (f"a Wilson interval of at most {options.width:g}", seeds_for_width(options.width)),
    ]


def equivalences(study: Study) -> list[tuple[str, int | None]]:
    """What the study file calls independent of an axis, with the least seeds that can show it."""
    return [
        (
            f"'{named.question}' yes, within ±{named.margin:g}, at the least (if all seeds agree)",
            seeds_for_margin(named.margin),
        )
        for named in study.equivalences
    ]


def probe(request: StudyRequest, source: Source, pace: Pace, options: argparse.Namespace) -> None:
    """Measure every kind of run that was never measured; the progress goes to stderr."""
    kinds = {kind_of(config): config for config in request.distinct.values()}
    unknown = [config for kind, config in kinds.items() if kind not in pace.samples]
    if not unknown:
        return
    # Torch takes seconds to import: only where there is something to measure.
    from study.probe import PROBE_SECONDS, seconds_per_iteration

    print(
        f"{options.out} has no run of {len(unknown)} of {len(kinds)} kinds: timing each for about "
        f"{PROBE_SECONDS:g} s and an evaluation (--no-probe leaves it out)",
        file=sys.stderr,
    )
    volumes = source.load()
    for number, config in enumerate(unknown, start=1):
        seconds = seconds_per_iteration(config, volumes, max(1, int(options.cpus_per_trial)))
        pace.observe(config, seconds)
        print(
            f"[{number}/{len(unknown)}] {config.width}-Unet, batch norm {config.batch_norm}, "
            f"{config.objective}, tile {config.tile}: {1000 * seconds:.1f} ms an iteration",
            file=sys.stderr,
        )


def row(
    question: str, seeds: int | None, whole: Sampling, done: set[str], pace: Pace, slots: int
) -> Row:
    if seeds is None:
        return Row(question, None)
    request = whole.sized(seeds)
    missing = [
        work_of(config for config in generation if config.run_id not in done)
        for generation in request.generations()
    ]
    expected = pace.expect(missing, slots)
    runs = request.distinct.keys()
    seconds = expected.seconds if expected.complete else None
    return Row(question, seeds, len(runs), len(runs & done), seconds, str(expected))


def show(
    rows: Sequence[Row], request: StudyRequest, cells: int, slots: int, options: argparse.Namespace
) -> None:
    if options.json:
        print(
            json.dumps(
                {
                    "study": request.study.name,
                    "profile": request.profile,
                    "data": request.data_source,
                    "cells": cells,
                    "slots": slots,
                    "questions": [asdict(each) for each in rows],
                }
            )
        )
        return
    print(
        f"{request.study.name}: {counted(cells, 'cell')}, profile {request.profile}, data "
        f"{request.data_source}, {counted(slots, 'slot')}; level {ALPHA:g}, for one pair of cells"
    )
    for each in rows:
        if each.seeds is None or each.runs is None:
            print(f"  {each.question}: more than {MOST_SEEDS} seeds a cell")
            continue
        print(
            f"  {each.question}: {counted(each.seeds, 'seed')} a cell, "
            f"{counted(each.runs, 'run')}, {each.there} there, {each.expected} to go"
        )


if __name__ == "__main__":
    sys.exit(main())
