"""What `results.compare` says of two cells of several runs a seed: seeds that are crossed, and
seeds of which the cells share none."""

from itertools import product

import numpy as np

import results
from scripts.coverage.clustered import RATES, outcomes
from scripts.coverage.comparisons import CONTRAST
from scripts.coverage.draws import study_frame
from scripts.coverage.rows import Row, alarm_row, coverage_row

CROSSED = ((20, 3), (10, 5), (20, 5))
"""Numbers of init seeds and of data seeds."""
CROSSED_SHARES = ((0.0, 0.0), (0.4, 0.2), (0.1, 0.8))
"""Shares of the variance that are the init seed's and the data seed's."""
UNSHARED = ((10, 3), (20, 2), (6, 5))
"""Numbers of init seeds of each cell, and of runs that each has."""
UNSHARED_SHARES = ((0.0, 0.0), (0.4, 0.0), (0.95, 0.0))


def crossed_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Two cells with the same init seeds, crossed with data seeds."""
    return _rows("crossed seeds", "data seeds", CROSSED, CROSSED_SHARES, (0, 0), simulations, rng)


def unshared_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Two cells without an init seed in common, each with several runs; data seeds do nothing."""
    return _rows(
        "different seeds", "runs a seed", UNSHARED, UNSHARED_SHARES, (0, 100), simulations, rng
    )


def _rows(
    name: str,
    noun: str,
    shapes: tuple[tuple[int, int], ...],
    shares: tuple[tuple[float, float], ...],
    first_seeds: tuple[int, int],
    simulations: int,
    rng: np.random.Generator,
) -> list[Row]:
    rows = []
    for shape, share, rates in product(shapes, shares, RATES):
        ends, alarms = [], []
        for _ in range(simulations):
            fell = np.array([outcomes((*shape, 1), share, rate, rng)[..., 0] for rate in rates])
            frame = study_frame([{"cell": "a"}, {"cell": "b"}], fell, first_seeds)
            found = results.compare(frame, [CONTRAST]).iloc[0]
            ends.append((found["low"], found["high"]))
            alarms.append(found["verdict"] == "different")
        told = f"{share[0]:.0%} and {share[1]:.0%} of variance, {rates[0]:g} against {rates[1]:g}"
        case, difference = f"{shape[1]} {noun}, {told}", rates[0] - rates[1]
        what = f"difference of two cells, {name}"
        rows.append(coverage_row(what, case, shape[0], ends, difference))
        if not difference:
            rows.append(alarm_row(f"two cells differ, {name}", case, shape[0], alarms))
    return rows
