"""Firth's penalised likelihood against published fits and brute force."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from statsmodels.discrete.discrete_model import Logit

from results.statistics.methods.firth import (
    Binomial,
    fit_firth,
    likelihood_ratio,
    profile_interval,
    separated,
)

CHI_SQUARED_95 = 3.841458820694124

SEX2 = np.array(
    [
        # oc vic vicl vis dia, cases and others of age < 24, then of age >= 24
        [0, 0, 0, 1, 0, 1, 1, 0, 0],
        [0, 1, 0, 0, 0, 14, 2, 2, 0],
        [0, 1, 0, 1, 0, 3, 1, 1, 0],
        [0, 1, 0, 1, 1, 0, 0, 1, 0],
        [0, 1, 1, 0, 0, 10, 8, 1, 2],
        [0, 1, 1, 1, 0, 12, 18, 0, 4],
        [0, 1, 1, 1, 1, 1, 0, 1, 0],
        [1, 0, 0, 0, 0, 44, 42, 5, 14],
        [1, 0, 0, 0, 1, 3, 0, 0, 0],
        [1, 0, 0, 1, 0, 0, 1, 0, 1],
        [1, 1, 0, 0, 0, 15, 1, 3, 1],
        [1, 1, 0, 0, 1, 1, 0, 0, 0],
        [1, 1, 0, 1, 0, 2, 0, 0, 0],
        [1, 1, 1, 0, 0, 7, 5, 0, 0],
        [1, 1, 1, 1, 0, 3, 6, 0, 2],
    ]
)
"""Urinary tract infections of 239 students, by age, contraceptives and whether infected: the data
set `sex2` of the R package logistf, a part of that of Cytel's LogXact manual."""


def sex2() -> Binomial:
    """Coefficients: intercept, age, oc, vic, vicl, vis, dia."""
    rows, successes, trials = [], [], []
    for *uses, young, young_well, old, old_well in SEX2.tolist():
        for age, cases, others in ((0, young, young_well), (1, old, old_well)):
            if cases + others:
                rows.append([1, age, *uses])
                successes.append(cases)
                trials.append(cases + others)
    return Binomial(
        np.array(rows, dtype=float), np.array(successes, float), np.array(trials, float)
    )


def binomial(design: np.ndarray, outcomes: np.ndarray) -> Binomial:
    return Binomial(design.astype(float), outcomes.astype(float), np.ones(len(outcomes)))


def brute_force(data: Binomial) -> np.ndarray:
    """The maximum of l + log det I / 2, knowing nothing of scores."""

    def negative(coefficients: np.ndarray) -> float:
        p = expit(data.design @ coefficients)
        likelihood = data.successes @ np.log(p) + (data.trials - data.successes) @ np.log1p(-p)
        information = (data.design.T * (data.trials * p * (1 - p))) @ data.design
        return -float(likelihood + 0.5 * np.linalg.slogdet(information)[1])

    start = np.zeros(data.design.shape[1])
    options = {"xatol": 1e-9, "fatol": 1e-12, "maxiter": 20000, "maxfev": 20000}
    return minimize(negative, start, method="Nelder-Mead", options=options).x


def test_coefficients_are_those_of_logistf() -> None:
    data = sex2()
    assert data.trials.sum() == 239
    assert data.successes.sum() == 130
    fit = fit_firth(data)
    assert fit.converged
    published = [
        0.12025405,
        -1.10598131,
        -0.06881673,
        2.26887464,
        -2.11140817,
        -0.78831694,
        3.09601166,
    ]
    np.testing.assert_allclose(fit.coefficients, published, atol=2e-6)


def test_profile_intervals_are_those_of_logistf() -> None:
    data = sex2()
    fit = fit_firth(data)
    published = [
        (-0.8185591, 1.07315122),
        (-1.9737884, -0.30742514),
        (-0.9414363, 0.78920202),
        (1.2730216, 3.43543273),
        (-3.2608611, -1.11773495),
        (-1.6080879, 0.01518468),
        (0.7745682, 8.03029352),
    ]
    found = [profile_interval(data, fit, index, CHI_SQUARED_95) for index in range(7)]
    np.testing.assert_allclose(found, published, rtol=1e-5)


def test_likelihood_ratios_are_those_of_logistf() -> None:
    data = sex2()
    fit = fit_firth(data)
    ratios = [likelihood_ratio(data, fit, index) for index in (1, 3, 4, 6)]
    np.testing.assert_allclose(ratios, [7.51, 22.93, 19.10, 7.90], atol=0.005)


def test_every_user_of_a_diaphragm_was_infected_so_its_coefficient_is_infinite() -> None:
    assert separated(sex2()).tolist() == [False] * 6 + [True]


@pytest.mark.parametrize("seed", range(3))
def test_it_is_where_brute_force_finds_the_maximum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(40), rng.integers(0, 2, 40), rng.normal(size=40)])
    outcomes = rng.random(40) < expit(design @ [0.3, 1.0, -1.0])
    outcomes[design[:, 1] > 0] = True
    data = binomial(design, outcomes)
    assert separated(data)[1]
    np.testing.assert_allclose(fit_firth(data).coefficients, brute_force(data), atol=1e-5)


def test_a_two_by_two_table_is_fitted_by_half_a_run_in_each_cell() -> None:
    """Firth 1993: in a saturated model the penalty adds 1/2 to every count."""
    data = Binomial(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([7.0, 0.0]), np.array([20.0, 30]))
    expected = np.log(0.5 / 30.5) - np.log(7.5 / 13.5)
    np.testing.assert_allclose(fit_firth(data).coefficients[1], expected, atol=1e-8)


def test_with_many_runs_it_is_maximum_likelihood() -> None:
    rng = np.random.default_rng(0)
    design = np.column_stack([np.ones(20000), rng.integers(0, 2, (20000, 2))])
    outcomes = rng.random(20000) < expit(design @ [-0.5, 0.7, 0.2])
    fit = fit_firth(binomial(design, outcomes))
    expected = Logit(outcomes.astype(float), design).fit(disp=0)
    np.testing.assert_allclose(fit.coefficients, expected.params, atol=1e-3)
    np.testing.assert_allclose(
        np.linalg.inv(fit.information), expected.cov_params(), rtol=1e-2, atol=1e-6
    )


def test_overlapping_outcomes_are_not_separated() -> None:
    x = np.array([0, 1, 2, 3, 4, 5])
    design = np.column_stack([np.ones(6), x])
    assert not separated(binomial(design, np.array([0, 1, 0, 1, 0, 1]))).any()
    assert separated(binomial(design, x > 2)).all()
    assert separated(binomial(design, np.array([0, 0, 0, 1, 1, 1]))).any()


def test_counts_and_single_runs_give_the_same_fit() -> None:
    data = sex2()
    rows = np.repeat(np.arange(len(data.trials)), data.trials.astype(int))
    first = np.concatenate([np.arange(int(n)) for n in data.trials])
    single = binomial(data.design[rows], first < data.successes[rows])
    np.testing.assert_allclose(
        fit_firth(single).coefficients, fit_firth(data).coefficients, atol=1e-8
    )
