"""How often the interval of a mean difference holds it where pairs of runs share seeds, and how
often its test rejects a true hypothesis."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from scipy.stats import norm

from results.statistics.methods.clustered_pairs import Pairs, clustered_interval
from scripts.coverage.rows import Row, alarm_row, coverage_row

SHAPES = ((10, 1, 2), (20, 1, 4), (20, 5, 1))
"""Numbers of init seeds, of data seeds (1: each init seed has its own) and of strata."""
SHARES = ((0.0, 0.0), (0.4, 0.0), (0.4, 0.2), (0.4, 0.4), (0.0, 0.95))
"""Shares of the variance that are the init seed's and the data seed's."""
RATES = ((0.3, 0.3), (0.35, 0.05), (0.5, 0.2))


def clustered_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """The mean difference over strata and crossed seeds; with equal rates an interval without 0 is
    a false alarm."""
    rows: list[Row] = []
    for shape, shares, rates in product(SHAPES, SHARES, RATES):
        if shape[1] == 1 and shares[1]:
            continue
        found = [
            clustered_interval(pairs_of(*(outcomes(shape, shares, rate, rng) for rate in rates)))
            for _ in range(simulations)
        ]
        difference = rates[0] - rates[1]
        crossed = "" if shape[1] == 1 else f"{shape[1]} data seeds, "
        case = f"{crossed}{shape[2]} strata, seed {shares[0]:g}, data {shares[1]:g}"
        case = f"{case}, {rates[0]:g} against {rates[1]:g}"
        what = "mean difference, clustered"
        rows.append(coverage_row(what, case, shape[0], found, difference))
        if not difference:
            alarms = [low > 0 or high < 0 for low, high in found]
            rows.append(alarm_row("sides differ, clustered", case, shape[0], alarms))
    return rows


def outcomes(
    shape: tuple[int, int, int],
    shares: tuple[float, float],
    rate: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Whether it happened, of that shape: a normal variable, of which these shares of the variance
    are the seeds' (the same in every stratum), is below the rate's quantile."""
    of_inits = rng.normal(size=(shape[0], 1, 1)) * shares[0] ** 0.5
    of_data = rng.normal(size=(1, shape[1], 1)) * shares[1] ** 0.5
    own = rng.normal(size=shape) * (1 - sum(shares)) ** 0.5
    return of_inits + of_data + own < norm.ppf(rate)


def pairs_of(cell: np.ndarray, against: np.ndarray) -> Pairs:
    """Pairs of two cells' outcomes, by init seed, data seed and stratum."""
    places: Sequence[tuple[int, ...]] = list(np.ndindex(cell.shape))
    alone = cell.shape[1] == 1
    return Pairs(
        cell=cell.ravel().tolist(),
        against=against.ravel().tolist(),
        runs=(places, places),
        kinds={
            "init_seed": [place[0] for place in places],
            "data_seed": [place[0] if alone else place[1] for place in places],
        },
    )
