"""How often the interval of a ratio of iterations holds it: `results.compare_speed`."""

import numpy as np
import pandas as pd

from results.ledger.study_record import SpeedClaim
from results.statistics.timing.speed import compare_speed
from scripts.coverage.draws import study_frame
from scripts.coverage.rows import Row, coverage_row

RATIO = 2.0
CLAIM = SpeedClaim("simulated", 0.3, {"cell": "a"}, {"cell": "b"}, RATIO)
TYPICAL = 10_000
"""Iterations that the faster cell takes at the median."""


def speed_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Iterations are lognormal; the seed has a share of the variance of their logarithm, and of the
    ratio none."""
    rows = []
    for seeds in (6, 10, 20):
        for share, spread in ((0.0, 0.3), (0.0, 1.0), (0.8, 1.0)):
            ends = []
            for _ in range(simulations):
                of_seed = share**0.5 * rng.normal(size=seeds)
                own = (1 - share) ** 0.5 * rng.normal(size=(2, seeds))
                typical = TYPICAL * np.array([[1.0], [RATIO]])
                reached = np.rint(typical * np.exp(spread * (of_seed + own))).astype(int)
                ends.append(compare_speed(*runs_of(reached), CLAIM).iterations_interval)
            case = f"standard deviation of the logarithm {spread:g}, seed {share:.0%} of variance"
            rows.append(coverage_row("ratio of iterations", case, seeds, ends, RATIO))
    return rows


def runs_of(reached: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Frames as `load_study` and `load_curves` return them.

    Args:
        reached: (cells, seeds), the iteration at which each run reaches the level.
    """
    frame = study_frame([{"cell": "a"}, {"cell": "b"}], np.zeros_like(reached, dtype=bool))
    last = reached.ravel()
    frame = frame.assign(iterations=last, iterations_done=last, stopped_dead=False)
    curves = pd.DataFrame(
        {
            "run_id": np.repeat(frame["run_id"].to_numpy(), 2),
            "iteration": np.stack([last - 1, last], axis=1).ravel(),
            "test_loss": np.tile([0.5, 0.2], len(frame)),
            "train_seconds": 1.0,
            "evaluate_seconds": 0.0,
        }
    )
    return frame, curves
