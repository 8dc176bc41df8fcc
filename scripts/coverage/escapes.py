"""Whether two cells escape alike, where they do: `results.compare_escape`."""

import numpy as np
import pandas as pd

import results
from scripts.coverage.draws import study_frame
from scripts.coverage.rows import ALPHA, Row, alarm_row

EVERY, EVALUATIONS = 100, 5
CELLS = [{"cell": "a"}, {"cell": "b"}]


def escape_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Two cells whose seeds take as long, some of them for ever."""
    rows = []
    for seeds in (10, 20):
        for shared in (0.0, 0.6):
            alarms = []
            for _ in range(simulations):
                own, of_seed = rng.integers(1, 9, (2, seeds)), rng.integers(1, 9, seeds)
                at = np.where(rng.random((2, seeds)) < shared, of_seed, own)
                frame, curves = runs_of(at)
                found = results.compare_escape(results.escape_times(frame, curves), *CELLS)
                alarms.append(found.p_value < ALPHA)
            case = f"of 8 evaluations the first {EVALUATIONS}, shared {shared:g}"
            rows.append(alarm_row("two cells escape differently", case, seeds, alarms))
    return rows


def runs_of(escapes: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Frames as `load_study` and `load_curves` return them.

    Args:
        escapes: (cells, seeds), the evaluation at which each run has learned.
    """
    frame = study_frame(CELLS, escapes > EVALUATIONS)
    horizon = EVERY * EVALUATIONS
    frame = frame.assign(iterations=horizon, iterations_done=horizon, eval_every=EVERY)
    frame = frame.assign(first_escape=np.nan, relapsed=False)
    points = np.arange(EVALUATIONS + 1)
    learned = points[None] >= escapes.ravel()[:, None]
    curves = pd.DataFrame(
        {
            "run_id": np.repeat(frame["run_id"].to_numpy(), len(points)),
            "iteration": np.tile(EVERY * points, len(frame)),
            "outcome": np.where(learned, "learned", "flat").ravel(),
            "test_loss": np.where(learned, 0.25, 0.5).ravel(),
        }
    )
    return frame, curves
