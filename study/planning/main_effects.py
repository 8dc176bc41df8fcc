"""What the seeds of a two-level factorial can show of its main effects, before any is trained."""

from dataclasses import dataclass

from results.text import counted
from study.planning.least_seeds import planned_frame
from study.request import StudyRequest

RATES = (0.3, 0.1)
"""Of the low and the high level of the factor whose power is told, as `study plan --detect`."""


@dataclass(frozen=True)
class PlannedEffects:
    """The main effects, and declared interactions, that a report will test."""

    tests: int
    """How many Holm's correction is for."""
    cells: int


def planned_effects(request: StudyRequest) -> PlannedEffects | None:
    """What a report of the request will test; None where its cells are no fraction of a two-level
    factorial."""
    if request.fraction is None:
        return None
    # pandas takes a second to import: only where there is a fraction.
    from results.statistics.main_effects import tested_terms
    from results.statistics.two_level_cells import factorial_of

    frame = planned_frame(request)
    frame.attrs["levels"] = dict(request.fraction.levels)
    found = factorial_of(frame, frame.attrs["axes"])
    assert found, "a fraction is a two-level factorial"
    effects = [frozenset([name]) for name in found.levels]
    effects += [frozenset(pair) for pair in request.study.interactions]
    return PlannedEffects(len(tested_terms(effects, found.relation)), len(found.runs))


def main_effects_outlook(request: StudyRequest) -> list[str]:
    """A sentence on the power for a main effect, or on the seeds that are lacking; nothing of a
    study that is no fraction of its grid."""
    planned = planned_effects(request)
    if planned is None:
        return []
    # scipy takes a second to import: only where there is a fraction.
    from results.statistics.methods.levels import ALPHA
    from results.statistics.methods.main_effect_power import main_effect_power
    from results.statistics.methods.paired import seeds_needed

    tests = planned.tests
    seeds = len({planned.config.init_seed for planned in request.runs})
    few = f"With {counted(seeds, 'seed')}"
    if seeds < (least := seeds_needed(ALPHA / tests)):
        return [
            f"{few} no main effect can be shown ({counted(tests, 'test')}), even if all seeds "
            f"agree: --seeds {least} or more."
        ]
    low, high = RATES
    power = main_effect_power(low, high, seeds, planned.cells, tests=tests)
    return [
        f"{few} a factor whose level takes the rate from {low:.0%} to {high:.0%} is shown with "
        f"power {power:.2f} or more ({test_text(tests)})."
    ]


def test_text(tests: int) -> str:
    """By which test, and what is supposed."""
    correction = f"Holm's correction for {tests} tests" if tests > 1 else "one test"
    return (
        f"sign-flip test over seeds, {correction}; simulated with up to 80% of the variance the "
        "seed's"
    )
