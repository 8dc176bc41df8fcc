"""Who reaches a level first: paired by seed, and who never does is counted."""

from dataclasses import replace

import pandas as pd
import pytest

from results.ledger.study_record import SpeedClaim
from results.statistics.methods.median_interval import median_interval
from results.statistics.timing.speed import compare_speed, first_reached, lowest_at

CLAIM = SpeedClaim(
    reference="Section 0",
    level=0.3,
    faster={"objective": "soft"},
    slower={"objective": "hard"},
    ratio=20.0,
)


def curve(run_id: str, losses: list[float | None], seconds: float = 2.0) -> pd.DataFrame:
    """Evaluations every 10 iterations, each after `seconds` of training and one of evaluation."""
    return pd.DataFrame(
        {
            "run_id": run_id,
            "iteration": [10 * k for k in range(len(losses))],
            "test_loss": losses,
            "train_seconds": [seconds * k for k in range(len(losses))],
            "evaluate_seconds": [1.0 * k for k in range(len(losses))],
        }
    )


def runs(*rows: tuple[str, str, int, str | None]) -> pd.DataFrame:
    names = ["run_id", "objective", "init_seed", "outcome"]
    frame = pd.DataFrame(list(rows), columns=names)
    return frame.assign(data_seed=frame["init_seed"])


def test_the_first_evaluation_at_the_level_counts_and_iteration_0_does_not() -> None:
    assert first_reached(curve("a", [0.1, 0.5, 0.3, 0.2]), 0.3) == (20, 6.0)
    assert first_reached(curve("a", [0.1, 0.5, 0.4]), 0.3) is None
    assert first_reached(curve("a", [1.0, None, 0.25]), 0.3) == (20, 6.0)


def test_pairs_are_of_one_seed_and_ratios_are_slower_over_faster() -> None:
    frame = runs(
        ("s0", "soft", 0, "learned"),
        ("s1", "soft", 1, "learned"),
        ("s2", "soft", 2, "constant"),
        ("h0", "hard", 0, "learned"),
        ("h1", "hard", 1, "learned"),
        ("h2", "hard", 2, "learned"),
        ("h3", "hard", 3, "learned"),
        ("h4", "hard", 4, None),
    )
    curves = pd.concat(
        [
            curve("s0", [1, 0.2]),
            curve("s1", [1, 1, 0.2]),
            curve("s2", [1, 1, 1]),
            curve("h0", [1, 1, 1, 0.2], seconds=5.0),
            curve("h1", [1, 1, 1, 1, 1, 1, 1, 1, 0.2], seconds=5.0),
            curve("h2", [1, 0.2]),
            curve("h3", [1, 0.2]),
        ]
    )
    result = compare_speed(frame, curves, CLAIM)
    assert (result.pairs, result.both) == (3, 2)
    assert (result.faster_never, result.faster_runs) == (1, 3)
    assert (result.slower_never, result.slower_runs) == (0, 4)
    assert result.iterations_ratio == pytest.approx((3.0 + 4.0) / 2)
    assert result.seconds_ratio == pytest.approx((18 / 3 + 48 / 6) / 2)


def test_without_a_pair_nothing_is_decided() -> None:
    frame = runs(("s0", "soft", 0, "constant"), ("h0", "hard", 0, "learned"))
    result = compare_speed(frame, pd.concat([curve("s0", [1, 1]), curve("h0", [1, 0.2])]), CLAIM)
    assert result.iterations_ratio is None
    assert (result.faster_never, result.faster_runs) == (1, 1)
    assert (result.slower_never, result.slower_runs) == (0, 1)


def test_several_cells_of_a_seed_are_each_paired_with_its_slower_run() -> None:
    frame = runs(
        ("s0", "soft", 0, "learned"), ("s1", "soft", 0, "learned"), ("h0", "hard", 0, "learned")
    )
    curves = pd.concat(
        [curve("s0", [1, 0.2]), curve("s1", [1, 1, 0.2]), curve("h0", [1, 1, 1, 1, 0.2])]
    )
    result = compare_speed(frame, curves, CLAIM)
    assert (result.pairs, result.both) == (2, 2)
    assert result.iterations_ratio == pytest.approx(3.0)


def test_equal_runs_of_one_seed_are_one_seed_and_have_no_interval() -> None:
    """As of `one_unet`, whose two divergences end bit-equal: six pairs, one seed."""
    names = [f"s{k}" for k in range(6)]
    frame = runs(*((name, "soft", 1, "learned") for name in names), ("h1", "hard", 1, "learned"))
    curves = pd.concat([*(curve(name, [1, 1, 0.2]) for name in names), curve("h1", [1, 0.2])])
    found = compare_speed(frame, curves, CLAIM)
    assert (found.both, found.seeds, found.iterations_ratio) == (6, 1, 0.5)
    assert found.iterations_interval is None


def test_six_seeds_have_an_interval_of_the_median_over_seeds() -> None:
    """Ratios 1 to 6, seed 5 having many more pairs than the others."""
    soft = [(f"s{k}", "soft", k, "learned") for k in range(6)]
    more = [(f"m{k}", "soft", 5, "learned") for k in range(9)]
    hard = [(f"h{k}", "hard", k, "learned") for k in range(6)]
    quick = [curve(name, [1, 0.2]) for name, *_ in soft + more]
    slow = [curve(f"h{k}", [*[1.0] * (k + 1), 0.2]) for k in range(6)]
    found = compare_speed(runs(*soft, *more, *hard), pd.concat(quick + slow), CLAIM)
    assert (found.both, found.seeds, found.iterations_ratio) == (15, 6, 3.5)
    assert found.iterations_interval == (1.0, 6.0)


def test_the_interval_of_a_median_is_that_of_the_sign_test() -> None:
    """Conover's table: of 10 values the second and the ninth, of 20 the sixth and fifteenth."""
    assert median_interval([5, 1, 4, 2, 3]) is None
    assert median_interval(range(1, 11)) == (2, 9)
    assert median_interval(range(1, 21)) == (6, 15)


def test_runs_without_a_whole_curve_are_left_out_not_called_slow() -> None:
    frame = runs(
        ("s0", "soft", 0, "learned"), ("s1", "soft", 1, "learned"), ("h0", "hard", 0, "constant")
    ).assign(stopped_dead=[False, False, True], iterations_done=[20, 20, 10], iterations=20)
    found = compare_speed(
        frame, pd.concat([curve("s0", [1.0, 0.2, 0.2]), curve("h0", [1.0, 1.0])]), CLAIM
    )
    assert (found.faster_never, found.faster_runs, found.slower_runs, found.unknown) == (0, 1, 0, 2)


def test_without_a_level_each_run_races_to_its_own_lowest_loss() -> None:
    assert lowest_at(curve("a", [0.1, 0.5, 0.3, 0.3, 0.4])) == (20, 6.0)
    assert lowest_at(curve("a", [0.1, None, None])) is None
    frame = runs(("s0", "soft", 0, "learned"), ("h0", "hard", 0, "learned"))
    curves = pd.concat([curve("s0", [1, 0.5, 0.6]), curve("h0", [1, 0.4, 0.3, 0.2, 0.1, 0.2])])
    result = compare_speed(frame, curves, replace(CLAIM, level=None))
    assert (result.both, result.iterations_ratio) == (1, 4.0)


@pytest.mark.parametrize(
    ("slower_at", "hard", "short"),
    [
        (60, [1, 1, 1, 1], True),  # 30 iterations, and the level is not reached
        (30, [1, 1, 1, 1], False),
        (60, [1, 1, 1, 0.2], False),  # whatever the paper took, here it is known
        (None, [1, 1, 1, 1], False),
    ],
)
def test_runs_are_too_short_where_the_papers_took_longer_and_these_are_not_there_yet(
    slower_at: int | None, hard: list[float | None], short: bool
) -> None:
    frame = runs(("s0", "soft", 0, "learned"), ("h0", "hard", 0, "flat"))
    curves = pd.concat([curve("s0", [1, 0.2]), curve("h0", hard)])
    found = compare_speed(frame, curves, replace(CLAIM, slower_at=slower_at))
    assert (found.faster_horizon, found.slower_horizon) == (10, 30)
    assert found.too_short == short


def test_an_own_lowest_loss_may_always_lie_beyond_a_shorter_horizon() -> None:
    frame = runs(("s0", "soft", 0, "learned"), ("h0", "hard", 0, "learned"))
    curves = pd.concat([curve("s0", [1, 0.2]), curve("h0", [1, 0.5, 0.3, 0.2])])
    assert compare_speed(frame, curves, replace(CLAIM, level=None, slower_at=60)).too_short
    assert not compare_speed(frame, curves, replace(CLAIM, level=None, slower_at=30)).too_short


def test_without_a_run_nothing_is_too_short() -> None:
    frame = runs(("s0", "soft", 0, "learned"))
    found = compare_speed(frame, curve("s0", [1, 0.2]), replace(CLAIM, slower_at=60))
    assert (found.slower_horizon, found.too_short) == (None, False)
