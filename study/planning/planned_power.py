"""With what power the contrasts of a study are shown, said before any run is trained."""

from dataclasses import dataclass, replace

from results.statistics.methods.levels import ALPHA, POWER
from results.text import counted
from study.planning.least_seeds import crossed_units, planned_tests, strata_asked
from study.request import StudyRequest

RATES = (0.3, 0.1)
"""Rates of two cells that are to be told apart, where the user names none."""


@dataclass(frozen=True)
class PlannedPower:
    """The probability that a contrast of two rates is shown, for the test that will be used: of one
    pair of cells the exact paired test, where a seed that collapses in one cell says nothing of the
    other; over several strata the test by whole seeds, where seeds decide what is worst."""

    rates: tuple[float, float]
    seeds: int
    tests: int
    """How many Holm's correction is for."""
    alone: float
    corrected: float
    """At the level divided by the number of tests: the correction leaves at least this power."""
    strata: int = 1
    """The fewest that a contrast has."""
    crossed: str = ""
    """By what contrasts are clustered where seeds are crossed: the power is that without it."""

    @property
    def low(self) -> bool:
        return self.corrected < POWER

    def __str__(self) -> str:
        first, second = (f"{100 * rate:g}%" for rate in self.rates)
        text = f"{first} from {second} with power {power_text(self.alone)}"
        text += " or more" if self.strata > 1 else ""
        if self.tests > 1:
            safe = f"on the safe side {power_text(self.corrected)}"
            text += f", after Holm's correction for {self.tests} tests {safe}"
        said = (
            "exact paired test, where a seed that collapses in one cell says nothing of the other"
        )
        if self.strata > 1:
            said = (
                f"test by whole seeds over {self.strata} strata, simulated with up to 80% of the "
                "variance the seed's"
            )
        if self.crossed:
            said += (
                f"; that is of one run a seed in each cell, while contrasts are clustered by each "
                f"of {self.crossed}, and their power depends on which of these decides"
            )
        return f"{text} ({said})"


def planned_power(
    request: StudyRequest, rates: tuple[float, float] = RATES, seeds: int | None = None
) -> PlannedPower | None:
    """Compute the power of a request's contrasts; None where it has none.

    Args:
        request: whose study file says what is compared.
        rates: that are to be told apart.
        seeds: so many, by default the init seeds of the request, however many runs each has.
    """
    strata = strata_asked(planned_tests(request))
    if not strata:
        return None
    from results.statistics.comparing.comparisons import units_text

    number = seeds or len({one.config.init_seed for one in request.runs})
    units = crossed_units(request)
    found = power_of(rates, number, len(strata), min(strata))
    return replace(found, crossed=units_text(units) if len(units) > 1 else "")


def power_of(rates: tuple[float, float], seeds: int, tests: int, strata: int = 1) -> PlannedPower:
    """Compute the power of one of so many tests, over so many strata."""
    # scipy takes a second to import: only where something is compared.
    from results.statistics.methods.power import paired_power
    from results.statistics.methods.strata_power import strata_power

    levels = [ALPHA / m for m in (1, max(1, tests))]
    alone, corrected = (
        paired_power(*rates, seeds, alpha=level)
        if strata == 1
        else strata_power(*rates, seeds, strata, level)
        for level in levels
    )
    return PlannedPower(rates, seeds, tests, alone, corrected, strata)


def low_power(request: StudyRequest) -> list[str]:
    """A sentence where the seeds tell two rates apart with less power than is usual."""
    found = planned_power(request)
    return [power_sentence(found)] if found and found.low else []


def power_sentence(found: PlannedPower) -> str:
    """What so many seeds tell apart."""
    return f"{counted(found.seeds, 'seed')} tell{'s' if found.seeds == 1 else ''} {found}."


def power_text(power: float) -> str:
    """Two digits, and no power that is none or certain."""
    if power < 0.005:
        return "below 0.01"
    return "above 0.99" if power > 0.994 else f"{power:.2f}"
