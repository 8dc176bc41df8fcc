"""How many seeds each question of a study needs, and how long they take: a row a question."""

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from core.data.sources import Source
from results.errors import ConfigError
from results.ledger.ledger import Ledger
from results.statistics.comparing.equivalence import seeds_for_margin
from results.statistics.methods.intervals import proportion_interval
from results.statistics.methods.power import (
    ALPHA,
    MOST_SEEDS_SEARCHED,
    greatest_correlation,
    seeds_for_width,
    seeds_to_tell_apart,
)
from results.text import counted
from study.command_line.arguments import parse_seeds, parse_teacher_seeds, seeds_text
from study.command_line.plan_options import PlanOptions
from study.discovery import find_study
from study.planning.feasibility import source_for
from study.planning.least_seeds import contrasts_asked, why_left_out
from study.planning.pace import Pace, kind_of, slots_here, work_of
from study.planning.planned_power import planned_power, power_of, power_text
from study.planning.stop_rule import Until
from study.planning.until_decided import expected
from study.planning.until_width import UntilNarrow
from study.request import StudyRequest
from study.requesting import request_study


@dataclass(frozen=True)
class Row:
    """A question and what its answer takes."""

    question: str
    seeds: int | None
    """Seeds of each cell; None for more than are looked for."""
    runs: int | None = None
    there: int | None = None
    seconds: float | None = None
    """On this machine, for what is missing; None where unknown."""
    expected: str = "unknown"


def plan(options: PlanOptions) -> None:
    """Find the seeds, count the runs, expect the time, and print.

    Raises:
        ConfigError: an unknown study, profile, field, value or seed.
        DataError: the data cannot be identified, or a tile is larger than its slices.
    """
    study = find_study(options.study)
    ledger = Ledger(options.out)
    ledger.storage.require_usable()
    source = source_for(options.data, options.foreground, ledger, options.validation_gap)

    def request_of(
        seeds: Sequence[tuple[int, int]], teacher_seeds: Sequence[int] = (0,)
    ) -> StudyRequest:
        return request_study(
            study,
            source,
            options.profile,
            seeds=seeds,
            teacher_seeds=teacher_seeds,
            only=options.only,
            sets=options.sets,
            axes=options.axes,
            full=options.full,
        )

    chosen = None if options.seeds is None else parse_seeds(options.seeds)
    if chosen is None and options.teacher_seeds is not None:
        raise ConfigError(
            f"--teacher-seeds {options.teacher_seeds}: goes with --seeds, whose runs and time it "
            "multiplies; give both"
        )
    smallest = request_of([(0, 0)])
    wanted = questions(options) + corrected(options, smallest) + equivalences(smallest)
    until = Until(options.until_width, options.max_seeds)
    most = max([until.max_seeds, *(seeds for _, seeds in wanted if seeds)])
    request = request_of([(seed, seed) for seed in range(most)])
    whole = UntilNarrow(request, until, ledger)
    pace = Pace.of(ledger.runs())
    if options.probe:
        measure(whole.sized(1), source, pace, options)
    slots = slots_here(options.cpus_per_trial)
    outlook = UntilNarrow(whole.sized(until.max_seeds), until, ledger).outlook(pace, slots)
    low, high = (math.ceil(seeds) for seeds in outlook.seeds)
    text = f"--until-width {until.width:g}, on average where {{}} collapse"
    wanted += [(text.format("5%"), low), (text.format("about 50%"), high)]
    wanted += decisions(whole, options)
    done = ledger.finished(request.distinct)
    rows = [row(question, seeds, whole, done, pace, slots) for question, seeds in wanted]
    if chosen is not None:
        named = request_of(chosen, parse_teacher_seeds(options.teacher_seeds))
        rows.insert(0, row_of_seeds(named, chosen, ledger, pace, slots, options))
    show(rows, request, len(whole.cells), slots, options)


def questions(options: PlanOptions) -> list[tuple[str, int | None]]:
    """Each question with the seeds that each cell needs for it."""
    first, second = options.detect
    apart = f"tell {100 * first:g}% from {100 * second:g}% with power {options.power:.15g}, "
    most = greatest_correlation(first, second)

    def needed(*, paired: bool, correlation: float = 0.0) -> int | None:
        return seeds_to_tell_apart(
            first, second, paired=paired, power=options.power, correlation=correlation
        )

    return [
        (apart + "two cells with different seeds (exact unconditional test)", needed(paired=False)),
        (
            apart + "two cells with the same seeds, as studies have them (exact paired test)",
            needed(paired=True),
        ),
        (
            apart + "two cells with the same seeds, where these decide as much as they can "
            f"(correlation {most:.2f}, exact paired test)",
            needed(paired=True, correlation=most),
        ),
        (
            f"know the rate of one cell: a Wilson interval of at most {options.width:g}",
            seeds_for_width(options.width),
        ),
    ]


def decisions(whole: UntilNarrow, options: PlanOptions) -> list[tuple[str, int | None]]:
    """What `--until-decided` takes; nothing where the study file contrasts nothing here."""
    tests = contrasts_asked(whole.sized(1))
    if not tests:
        return []
    first, second = options.detect
    seeds, power = expected(first, second, tests, whole.begin, options.max_seeds)
    text = (
        f"--until-decided, on average where {100 * first:g}% and {100 * second:g}% collapse "
        f"({counted(tests, 'contrast')}; decided with power {power_text(power)} by --max-seeds "
        f"{options.max_seeds})"
    )
    return [(text, math.ceil(seeds))]


def corrected(options: PlanOptions, request: StudyRequest) -> list[tuple[str, int | None]]:
    """The seeds with which a contrast outlasts Holm's correction for all of them, at the safe side:
    as if it were the first to be corrected."""
    tests = contrasts_asked(request)
    if tests < 2:
        return []
    first, second = options.detect
    needed = seeds_to_tell_apart(
        first, second, paired=True, power=options.power, alpha=ALPHA / tests
    )
    return [
        (
            f"tell {100 * first:g}% from {100 * second:g}% with power {options.power:.15g}, after "
            f"Holm's correction for {tests} tests, two cells with the same seeds (exact paired "
            f"test at level {ALPHA / tests:.2g}, which is the safe side)",
            needed,
        )
    ]


def equivalences(request: StudyRequest) -> list[tuple[str, int | None]]:
    """What the study file calls independent of an axis of several values here, with the least seeds
    that can show it."""
    study = request.study
    why = why_left_out(request)[len(study.contrasts) :]
    return [
        (
            f"equivalence within ±{named.margin:g} can be shown, if all seeds agree "
            f"('{named.question}')",
            seeds_for_margin(named.margin),
        )
        for named, reason in zip(study.equivalences, why, strict=True)
        if not reason
    ]


def measure(request: StudyRequest, source: Source, pace: Pace, options: PlanOptions) -> None:
    """Measure every kind of run that was never measured; the progress goes to stderr."""
    kinds = {kind_of(config): config for config in request.distinct.values()}
    unknown = [config for kind, config in kinds.items() if kind not in pace.samples]
    if not unknown:
        return
    # Torch takes seconds to import: only where there is something to measure.
    from study.planning.probe import PROBE_SECONDS, seconds_per_iteration

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
    question: str, seeds: int | None, whole: UntilNarrow, done: set[str], pace: Pace, slots: int
) -> Row:
    if seeds is None:
        return Row(question, None)
    return row_of(question, seeds, whole.sized(seeds), done, pace, slots)


def row_of_seeds(
    request: StudyRequest,
    seeds: Sequence[tuple[int, int]],
    ledger: Ledger,
    pace: Pace,
    slots: int,
    options: PlanOptions,
) -> Row:
    """What the seeds of `--seeds` can tell: the rates of `--detect`, and one cell's rate."""
    number = len({init_seed for init_seed, _ in seeds})
    low, high = proportion_interval(number // 2, number)
    power = planned_power(request, options.detect) or power_of(options.detect, number, tests=1)
    question = (
        f"--seeds {seeds_text(seeds)}: a Wilson interval of at most {high - low:.2f}, {power}"
    )
    return row_of(question, len(seeds), request, ledger.finished(request.distinct), pace, slots)


def row_of(
    question: str, seeds: int, request: StudyRequest, done: set[str], pace: Pace, slots: int
) -> Row:
    missing = [
        work_of(config for config in generation if config.run_id not in done)
        for generation in request.generations()
    ]
    expected = pace.expect(missing, slots)
    runs = request.distinct.keys()
    seconds = expected.seconds if expected.complete else None
    return Row(question, seeds, len(runs), len(runs & done), seconds, str(expected))


def show(
    rows: Sequence[Row], request: StudyRequest, cells: int, slots: int, options: PlanOptions
) -> None:
    if options.as_json:
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
        f"{request.data_source}, {counted(slots, 'slot')}; tests are of one pair of cells, at "
        f"level {ALPHA:g}. Each row is the answer to another question:"
    )
    for note in request.notes:
        print(f"  {note}")
    for each in rows:
        if each.seeds is None or each.runs is None:
            print(f"  {each.question}: more than {MOST_SEEDS_SEARCHED} seeds a cell")
            continue
        print(
            f"  {each.question}: {counted(each.seeds, 'seed')} a cell, "
            f"{counted(each.runs, 'run')}, {each.there} there, {each.expected} to go"
        )
