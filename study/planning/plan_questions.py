"""The questions of `study plan`, each with the seeds that it takes."""

import math

from results.statistics.comparing.equivalence import seeds_for_margin
from results.statistics.methods.main_effect_power import seeds_for_main_effect
from results.statistics.methods.power import (
    ALPHA,
    MOST_SEEDS_SEARCHED,
    greatest_correlation,
    seeds_for_width,
    seeds_to_tell_apart,
)
from results.text import counted
from study.command_line.plan_options import PlanOptions
from study.planning.least_seeds import contrasts_asked, why_left_out
from study.planning.main_effects import planned_effects, test_text
from study.planning.pace import Pace
from study.planning.planned_power import power_text
from study.planning.stop_rule import Until
from study.planning.until_decided import expected
from study.planning.until_width import UntilNarrow
from study.request import StudyRequest

Asked = tuple[str, int | None]
"""A question and the seeds of each cell that it needs; None for more than are looked for."""


def questions(options: PlanOptions) -> list[Asked]:
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


def until_narrow(whole: UntilNarrow, until: Until, pace: Pace, slots: int) -> list[Asked]:
    """What `--until-width` takes, where few collapse and where half of all do."""
    outlook = UntilNarrow(whole.sized(until.max_seeds), until, whole.ledger).outlook(pace, slots)
    low, high = (math.ceil(seeds) for seeds in outlook.seeds)
    text = f"--until-width {until.width:g}, on average where {{}} collapse"
    return [(text.format("5%"), low), (text.format("about 50%"), high)]


def decisions(whole: UntilNarrow, options: PlanOptions) -> list[Asked]:
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


def corrected(options: PlanOptions, request: StudyRequest) -> list[Asked]:
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


def equivalences(request: StudyRequest) -> list[Asked]:
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


def main_effects(options: PlanOptions, request: StudyRequest) -> list[Asked]:
    """The seeds with which a main effect of a fractional factorial is shown; nothing elsewhere."""
    planned = planned_effects(request)
    if planned is None:
        return []
    first, second = options.detect
    needed = seeds_for_main_effect(
        first,
        second,
        planned.cells,
        MOST_SEEDS_SEARCHED,
        tests=planned.tests,
        power=options.power,
    )
    return [
        (
            f"show a main effect: a factor whose level takes the rate from {100 * first:g}% to "
            f"{100 * second:g}%, over the settings of the others, with power {options.power:.15g} "
            f"({test_text(planned.tests)})",
            needed,
        )
    ]
