"""The paper's counts, and the posterior predictive check of them under our rate."""

import math
import re
from pathlib import Path

import pandas as pd
import pytest

from core.data.sources import PhantomSource
from results.errors import ConfigError
from results.ledger.study_record import PaperFigure
from results.statistics.comparing.paper_counts import (
    PaperCount,
    at_or_above,
    paper_counts,
    predictive_check,
)
from study.catalogue import one_unet, reruns, temperature_seeds
from study.definition import Study
from study.requesting import request_study


def test_a_count_far_from_ours_is_extreme() -> None:
    assert predictive_check(2, 10, 7, 10).extreme
    assert not predictive_check(5, 10, 5, 10).extreme


def test_without_a_seed_nothing_is_extreme() -> None:
    assert math.isnan(predictive_check(0, 0, 7, 10).p_value)
    assert not predictive_check(3, 10, 0, 0).extreme
    with pytest.raises(ConfigError, match="count 11 of 10"):
        predictive_check(2, 10, 11, 10)


def counts_of(study: Study) -> list[PaperCount]:
    figures = request_study(study, PhantomSource(), "paper", seeds=((0, 0),)).record().paper
    return paper_counts(figures, study.paper_barrier)


def test_table_4_as_the_catalogue_has_it() -> None:
    """Four of ten 2-Unets below the barrier, none of the 1-Unets."""
    assert [(c.cell, c.at_or_above, c.trials) for c in counts_of(reruns.STUDY)] == [
        ({"width": 2}, 6, 10),
        ({"width": 1}, 10, 10),
    ]


def test_table_3_as_the_catalogue_has_it() -> None:
    found = counts_of(temperature_seeds.STUDY)
    assert [c.trials for c in found] == [3] * 7
    assert sum(c.at_or_above for c in found) == 15


def test_a_minimum_is_read_where_no_average_is_printed() -> None:
    found = counts_of(one_unet.STUDY)
    assert [(c.at_or_above, c.trials, c.figure) for c in found] == [(0, 1, "test_loss_min")] * 2


def test_a_mean_is_no_count_and_without_a_barrier_there_is_none() -> None:
    mean = PaperFigure({"width": 2}, None, {"test_loss_avg": 0.5})
    trial = PaperFigure({"width": 1}, 1, {"iou": 0.5})
    assert paper_counts([mean, trial], 0.48) == []
    one = PaperFigure({"width": 1}, 1, {"test_loss_min": 0.48})
    (count,) = paper_counts([mean, one], 0.48)
    assert (count.at_or_above, count.trials, count.figure) == (1, 1, "test_loss_min")
    assert paper_counts([one], None) == []


def test_a_trial_without_a_number_is_not_counted() -> None:
    figures = ({"test_loss_min": 0.5}, {"test_loss_min": float("nan")}, {})
    entries = [PaperFigure({"width": 1}, k, f) for k, f in enumerate(figures, 1)]
    (count,) = paper_counts(entries, 0.48)
    assert (count.at_or_above, count.trials) == (1, 1)


PUBLISHED = Path(__file__).parents[4] / "docs/reproduction/temperature_seeds.txt"
ROW = re.compile(
    r"^ +(\d+)? +\d+ +\d (?: +)(learned|flat|uninformative) +(\d\.\d{3}) +(\d\.\d{3}) "
)


def published_runs() -> pd.DataFrame:
    """Outcome and losses of each of the 70 runs, as they were printed."""
    rows: list[tuple[float, str, float, float]] = []
    for line in PUBLISHED.read_text().splitlines():
        if found := ROW.match(line):
            temperature = float(found[1]) if found[1] else rows[-1][0]
            rows.append((temperature, found[2], float(found[3]), float(found[4])))
    names = ["temperature", "outcome", "test_loss_avg", "test_loss_min"]
    return pd.DataFrame(rows, columns=names).assign(barrier_curve=0.436)


def test_the_published_counts_surprise_in_one_cell_by_one_rule_and_in_two_by_two() -> None:
    runs, counts = published_runs(), counts_of(temperature_seeds.STUDY)
    assert len(runs) == 70

    def surprising(columns: list[str]) -> int:
        checks = []
        for count in counts:
            mine = runs.loc[runs["temperature"] == count.cell["temperature"], columns]
            ours = int(at_or_above(mine, count).sum())
            checks.append(predictive_check(ours, len(mine), count.at_or_above, count.trials))
        return sum(check.extreme for check in checks)

    assert surprising(["outcome", "test_loss_avg", "barrier_curve"]) == 1
    assert surprising(["outcome"]) == 2


def test_a_run_is_judged_by_its_loss_as_it_would_be_printed() -> None:
    count = PaperCount({}, 1, 2, 0.48, "test_loss_min")
    runs = pd.DataFrame(
        {
            "outcome": ["flat", "flat", "learned", "diverged"],
            "test_loss_min": [0.4357, 0.4349, 0.5, math.nan],
            "test_loss_avg_fitting": [0.1] * 4,
            "barrier_curve": [0.4361] * 4,
        }
    )
    assert at_or_above(runs, count).tolist() == [True, False, True, True]
    average = PaperCount({}, 1, 2, 0.48, "test_loss_avg")
    assert at_or_above(runs, average).tolist() == [False] * 4
