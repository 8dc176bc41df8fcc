"""Under which settings the paper's counts are likely, against the sum over rates."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, binom

from results.reports.answers import settings_answer
from results.statistics.comparing.settings_likelihood import EXCLUDED, settings_likelihood
from results.statistics.rates import rates
from tests.results.examples import study_record

WIDTHS = (2, 1)


def runs(fell: dict[tuple[str, int], int], seeds: int = 10) -> pd.DataFrame:
    """So many of ten seeds collapsed at each scale and width."""
    frame = pd.DataFrame(
        [
            {
                "scale": scale,
                "width": width,
                "run_id": f"{scale}-{width}-{seed}",
                "init_seed": seed,
                "data_seed": seed,
                "outcome": "constant" if seed < count else "learned",
                "outcome_half": "constant" if seed < count else "learned",
                "born_dead": seed < count // 2,
            }
            for (scale, width), count in fell.items()
            for seed in range(seeds)
        ]
    )
    frame.attrs["axes"] = ["scale", "width"]
    return frame


RECORD = study_record(
    [({"scale": "unit", "width": 2}, 1, "x")],
    axes=["scale", "width"],
    paper_barrier=0.48,
    paper=[
        {"cell": {"width": width}, "trial": trial, "figures": {"test_loss_avg": loss}}
        for width, losses in ((2, [1.0] * 6 + [0.2] * 4), (1, [1.0] * 10))
        for trial, loss in enumerate(losses, start=1)
    ],
)


def naive(count: int, seen: int) -> float:
    """The paper's count of ten, averaged over rates by their posterior after `count` of ten."""
    rate = (np.arange(200_000) + 0.5) / 200_000
    weights = beta.pdf(rate, 0.5 + count, 10.5 - count)
    return float((binom.pmf(seen, 10, rate) * weights).sum() / weights.sum())


def test_the_likelihood_is_that_of_both_counts_and_the_best_comes_first() -> None:
    fell = {("z", 2): 1, ("z", 1): 5, ("unit", 2): 5, ("unit", 1): 9}
    table = settings_likelihood(runs(fell), RECORD)
    assert table["scale"].tolist() == ["unit", "z"]
    expected = {
        scale: math.log(naive(fell[scale, 2], 6)) + math.log(naive(fell[scale, 1], 10))
        for scale in ("unit", "z")
    }
    assert table["log_likelihood"].tolist() == pytest.approx(list(expected.values()), abs=0.02)
    assert table["ratio"].tolist()[0] == 1.0
    assert table["excluded"].tolist() == [False, table["ratio"].tolist()[1] < EXCLUDED]
    assert table["counts"].tolist()[0] == "width=2: 5 of 10 (6 of 10); width=1: 9 of 10 (10 of 10)"
    assert table["runs"].tolist() == [20, 20]


def test_a_setting_without_runs_of_a_count_is_not_judged() -> None:
    fell = {("z", 2): 1, ("unit", 2): 5, ("unit", 1): 9}
    assert settings_likelihood(runs(fell), RECORD).empty


def test_a_count_that_no_setting_has_runs_of_is_left_out_and_named() -> None:
    """As with `--only width=2`: the settings are judged by what was asked."""
    fell = {("z", 2): 1, ("unit", 2): 5}
    table = settings_likelihood(runs(fell), RECORD)
    expected = {scale: math.log(naive(fell[scale, 2], 6)) for scale in ("unit", "z")}
    assert table["log_likelihood"].tolist() == pytest.approx(list(expected.values()), abs=0.02)
    assert table.attrs["left_out"] == ["width=1"]
    assert settings_answer(table).details[-1] == (
        "The paper's count at width=1 is left out: no run is of it."
    )
    both = settings_likelihood(runs(fell | {("z", 1): 5, ("unit", 1): 9}), RECORD)
    assert both.attrs["left_out"] == []
    assert len(settings_answer(both).details) == 1


def test_where_the_paper_names_every_axis_there_is_nothing_to_say() -> None:
    frame = runs({("unit", 2): 5, ("unit", 1): 9})
    frame.attrs["axes"] = ["width"]
    assert settings_likelihood(frame, RECORD).empty


def test_rates_divide_constant_runs_by_whether_they_were_born_so() -> None:
    frame = runs({("unit", 2): 5})
    table = rates(frame).query("at == 'H'")
    assert table[["constant", "born_dead", "died_later", "fell"]].values.tolist() == [[5, 2, 3, 5]]
    unknown = rates(frame.assign(born_dead=None)).query("at == 'H'")
    assert unknown["born_dead"].isna().to_numpy().all()
    assert rates(frame.drop(columns="born_dead"))["died_later"].isna().to_numpy().all()
