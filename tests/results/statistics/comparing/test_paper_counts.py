"""The paper's counts, and the posterior predictive check of them under our rate."""

import math

import pytest

from core.data.sources import PhantomSource
from results.errors import ConfigError
from results.ledger.study_record import PaperFigure
from results.statistics.comparing.paper_counts import PaperCount, paper_counts, predictive_check
from study.catalogue import one_unet, reruns, temperature_seeds
from study.definition import Study
from study.request import request_study


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
