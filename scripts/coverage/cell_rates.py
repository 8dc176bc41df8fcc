"""The interval of one cell, as `results.rates` prints it, after each rule that stops."""

from functools import lru_cache
from typing import Any

import numpy as np

import results
from results.statistics.methods.confidence_sequences import confidence_sequence
from results.statistics.methods.intervals import Interval, proportion_interval
from results.statistics.methods.planned_looks import PlannedLooks, calibrated_level
from scripts.coverage.draws import study_frame
from scripts.coverage.rows import ALPHA, Row, coverage_row

SEEDS = (10, 20, 40)
RATES = (0.05, 0.1, 0.2, 0.3, 0.5)
PEEKED = 100
WIDTH, FIRST, STEP = 0.4, 10, 5
"""Of `--until-width`: seeds before the first look, and from one look to the next."""


@lru_cache(None)
def printed(count: int, total: int, noted: tuple[tuple[str, Any], ...] = ()) -> Interval:
    """The interval that `results.rates` has for a cell of `count` in `total` runs.

    Args:
        count: runs that fell.
        total: runs, each with a seed of its own.
        noted: attributes of the frame.
    """
    frame = study_frame([{"cell": "a"}], (np.arange(total) < count)[None])
    frame.attrs |= {
        name: dict(value) if name == "planned_looks" else value for name, value in noted
    }
    row = results.rates(frame).query("at == 'H'").iloc[0]
    return float(row["fell_low"]), float(row["fell_high"])


def fixed_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """As many seeds as were planned."""
    rows = []
    for seeds in SEEDS:
        for rate in RATES:
            counts = rng.binomial(seeds, rate, simulations).tolist()
            ends = [printed(count, seeds) for count in counts]
            rows.append(coverage_row("rate of a cell", f"rate {rate:g}", seeds, ends, rate))
    return rows


def until_width_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Seeds are added until the interval is narrow (`--until-width`)."""
    level = calibrated_level(WIDTH, FIRST, STEP, PEEKED, ALPHA)
    plan = PlannedLooks(WIDTH, FIRST, STEP, PEEKED, level)
    looks = tuple(vars(plan).items())
    noted = (("sequential_cells", 1), ("planned_looks", looks))
    rows = []
    for rate in RATES:
        ends = []
        for path in (rng.random((simulations, PEEKED)) < rate).cumsum(axis=1).tolist():
            total = next(n for n in plan.totals if plan.stops(path[n - 1], n))
            ends.append(printed(path[total - 1], total, noted))
        case = f"rate {rate:g}, width {WIDTH:g}"
        rows.append(coverage_row("rate of a cell, --until-width", case, PEEKED, ends, rate))
    return rows


def peeking_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Looked at after every seed: does every interval up to the last hold the rate?"""
    sequence, wilson = lru_cache(None)(confidence_sequence), lru_cache(None)(proportion_interval)
    rows = []
    for rate in (0.05, 0.2, 0.5):
        counts = (rng.random((simulations, PEEKED)) < rate).cumsum(axis=1).tolist()
        for name, interval in (
            ("confidence sequence, peeking", lambda k, n: sequence(k, n, ALPHA)),
            ("WRONG: Wilson, peeking from 10 on", lambda k, n: wilson(k, n) if n >= 10 else (0, 1)),
        ):
            found = np.array(
                [[interval(k, n) for n, k in enumerate(path, 1)] for path in counts], dtype=float
            )
            worst = np.column_stack([found[..., 0].max(axis=1), found[..., 1].min(axis=1)])
            row = coverage_row(name, f"rate {rate:g}", PEEKED, worst, rate)
            rows.append(row | {"width": float((found[:, -1, 1] - found[:, -1, 0]).mean())})
    return rows
