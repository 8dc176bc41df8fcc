"""How many seeds each question of a study needs, and how long they take: a row a question."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from core.data.sources import Source
from results.ledger.ledger import Ledger
from results.statistics.methods.intervals import proportion_interval
from results.statistics.methods.power import ALPHA, MOST_SEEDS_SEARCHED
from results.text import counted
from study.command_line.arguments import parse_seeds, parse_teacher_seeds, seeds_text
from study.command_line.plan_options import PlanOptions
from study.discovery import find_study
from study.planning.engine_choice import EngineChoice
from study.planning.feasibility import source_for
from study.planning.pace import Pace, kind_of, slots_here, work_of
from study.planning.plan_questions import (
    corrected,
    decisions,
    equivalences,
    main_effects,
    questions,
    until_narrow,
)
from study.planning.planned_power import planned_power, power_of
from study.planning.stop_rule import Until
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
    engine = EngineChoice(options.engine, slots=slots_here(options.cpus_per_trial))

    def request_of(
        seeds: Sequence[tuple[int, int]], teacher_seeds: Sequence[int] = (0,)
    ) -> StudyRequest:
        request = request_study(
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
        return engine.apply(request, ledger)

    teachers = parse_teacher_seeds(options.teacher_seeds)
    smallest = request_of([(0, 0)])
    wanted = questions(options) + corrected(options, smallest) + main_effects(options, smallest)
    wanted += equivalences(smallest)
    until = Until(options.until_width, options.max_seeds)
    most = max([until.max_seeds, *(seeds for _, seeds in wanted if seeds)])
    request = request_of([(seed, seed) for seed in range(most)], teachers)
    pace = Pace.of(ledger.runs())
    if options.probe:
        measure(with_seeds(request, 1), source, pace, options)
    slots = slots_here(options.cpus_per_trial)
    if options.teacher_seeds is None:  # their runs share nothing, so they have one teacher
        whole = UntilNarrow(request, until, ledger)
        wanted += until_narrow(whole, until, pace, slots) + decisions(whole, options)
    done = ledger.finished(request.distinct)
    rows = [row(question, seeds, request, done, pace, slots) for question, seeds in wanted]
    if options.seeds is not None:
        chosen = parse_seeds(options.seeds)
        rows.insert(
            0, row_of_seeds(request_of(chosen, teachers), chosen, ledger, pace, slots, options)
        )
    show(rows, request, slots, options, len(teachers))


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
    question: str, seeds: int | None, request: StudyRequest, done: set[str], pace: Pace, slots: int
) -> Row:
    if seeds is None:
        return Row(question, None)
    return row_of(question, seeds, with_seeds(request, seeds), done, pace, slots)


def with_seeds(request: StudyRequest, seeds: int) -> StudyRequest:
    """The request with its first seeds, each with all teachers."""
    runs = (planned for planned in request.runs if planned.config.init_seed < seeds)
    return replace(request, runs=tuple(runs))


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
    rows: Sequence[Row], request: StudyRequest, slots: int, options: PlanOptions, teachers: int
) -> None:
    cells = len({tuple(planned.cell.items()) for planned in request.runs})
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
    for note in (*request.notes, *teachers_note(options, teachers)):
        print(f"  {note}")
    for each in rows:
        if each.seeds is None or each.runs is None:
            print(f"  {each.question}: more than {MOST_SEEDS_SEARCHED} seeds a cell")
            continue
        print(
            f"  {each.question}: {counted(each.seeds, 'seed')} a cell, "
            f"{counted(each.runs, 'run')}, {each.there} there, {each.expected} to go"
        )


def teachers_note(options: PlanOptions, teachers: int) -> list[str]:
    """What several teachers change of the rows; nothing where none are named."""
    if options.teacher_seeds is None:
        return []
    return [
        f"--teacher-seeds {options.teacher_seeds}: runs and times are with "
        f"{counted(teachers, 'teacher')}, seeds are those that it takes with one; several also "
        "cluster each test, which can take more. --until-width and --until-decided have one "
        "teacher, so they have no row."
    ]
