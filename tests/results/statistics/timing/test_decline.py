"""A run that still gets better at its end is told from one that is stuck."""

import pandas as pd

from results.statistics.timing.decline import still_declining


def curve(run_id: str, *losses: float | None) -> pd.DataFrame:
    iterations = [100 * k for k in range(len(losses))]
    return pd.DataFrame({"run_id": run_id, "iteration": iterations, "test_loss": losses})


def test_the_second_half_decides() -> None:
    curves = pd.concat(
        [
            curve("stuck", 1.4, 0.43, 0.43, 0.43, 0.43),
            curve("declining", 1.4, 0.9, 0.8, 0.7, 0.6),
            curve("rising", 1.4, 0.5, 0.43, 0.5, 0.6),
            curve("early", 1.4, 0.9, 0.43, 0.43, 0.425),
            curve("diverged", 1.4, 0.9, 0.8, 0.9, None),
        ]
    )
    assert still_declining(curves) == {"declining"}
    assert still_declining(curves, least=0.004) == {"declining", "early"}


def test_the_order_of_rows_is_nothing_and_one_evaluation_says_nothing() -> None:
    shuffled = curve("declining", 1.4, 0.9, 0.8, 0.7, 0.6).sample(frac=1, random_state=0)
    assert still_declining(pd.concat([shuffled, curve("single", 1.0)])) == {"declining"}
    assert still_declining(shuffled.head(0)) == set()
