"""The paper's counts under our rate."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from core.data.sources import PhantomSource
from results.errors import ConfigError
from results.ledger.study_record import PaperFigure
from results.statistics.against_paper import PaperCount, paper_counts, predictive
from study.catalogue import one_unet, reruns, temperature_seeds
from study.definition import Study
from study.request import request_study

counts = st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
papers = st.integers(1, 15).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, papers)
def test_the_probability_is_the_binomial_one_averaged_over_our_posterior(
    ours: tuple[int, int], paper: tuple[int, int]
) -> None:
    """By quadrature over the rate on the scale sin^2, where Jeffreys' prior is flat."""
    (count, total), (seen, trials) = ours, paper
    nodes, weights = np.polynomial.legendre.leggauss(200)
    angles = (nodes + 1) * np.pi / 4
    density = np.sin(angles) ** (2 * count) * np.cos(angles) ** (2 * (total - count)) * weights
    counts_seen = np.arange(trials + 1)[:, None]
    given_rate = binom.pmf(counts_seen, trials, np.sin(angles) ** 2)
    chances = (given_rate * density).sum(axis=1) / density.sum()
    extreme = chances[chances <= chances[seen] * (1 + 1e-7)].sum()
    assert predictive(*ours, *paper).probability == pytest.approx(extreme, abs=1e-6)


@given(counts, papers)
def test_counting_the_others_changes_nothing(ours: tuple[int, int], paper: tuple[int, int]) -> None:
    (count, total), (seen, trials) = ours, paper
    mirrored = predictive(total - count, total, trials - seen, trials).probability
    assert predictive(*ours, *paper).probability == pytest.approx(mirrored, abs=1e-9)
    assert 0 < mirrored <= 1


def test_the_sentence_says_both_counts_and_the_condition() -> None:
    found = predictive(2, 10, 7, 10)
    text = str(found)
    assert text.startswith("The paper saw 7 of 10 fall; under our rate (2 of 10 here) so extreme")
    assert f"{100 * found.probability:.0f}%: surprising" in text
    assert "optimiser, initialisation and horizon" in text
    assert "no surprise" in str(predictive(5, 10, 5, 10))


def test_nothing_to_compare_is_said() -> None:
    assert math.isnan(predictive(0, 0, 7, 10).probability)
    assert "nothing to compare" in str(predictive(0, 0, 7, 10))
    assert not predictive(3, 10, 0, 0).surprising
    with pytest.raises(ConfigError, match="count 11 of 10"):
        predictive(2, 10, 11, 10)


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
    assert "what kind of outcome that was is unknown" in str(found[0])


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
