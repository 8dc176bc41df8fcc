"""Logistic regression by penalised likelihood, finite under separation (Firth 1993).

l*(b) = l(b) + log det I(b) / 2, with I the Fisher information. Its score is
X' (s - m p + h (1/2 - p)), with h the diagonal of the weighted hat matrix (Heinze and Schemper
2002). Rows of equal design are given once, with m trials of which s were successes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog, root_scalar
from scipy.special import expit

MOST_STEPS = 200
MOST_HALVINGS = 40
LONGEST_STEP = 5.0
SMALL = 1e-10
FARTHEST = 60.0
"""Log odds ratios beyond which a bound counts as infinite."""


@dataclass(frozen=True)
class Binomial:
    """Data of a logistic regression."""

    design: np.ndarray
    """(rows, coefficients), of full column rank."""
    successes: np.ndarray
    """(rows,)"""
    trials: np.ndarray
    """(rows,)"""


@dataclass(frozen=True)
class FirthFit:
    """Where the penalised likelihood is largest, some coefficients perhaps held fixed."""

    coefficients: np.ndarray
    """(coefficients,), log odds ratios."""
    penalised: float
    """l* there."""
    information: np.ndarray
    """(coefficients, coefficients), I there."""
    leverages: np.ndarray
    """(rows,), h summed over the trials of a row."""
    converged: bool


def fit_firth(data: Binomial, held: tuple[int, float] | None = None) -> FirthFit:
    """Maximise l* by Newton's steps, halved while l* falls.

    Args:
        data: counts.
        held: a coefficient and the value it is held at.
    """
    number = data.design.shape[1]
    free = np.ones(number, dtype=bool)
    coefficients = np.zeros(number)
    if held is not None:
        free[held[0]] = False
        coefficients[held[0]] = held[1]
    state = _state(data, coefficients)
    converged = False
    for _ in range(MOST_STEPS):
        score = data.design.T @ state.residuals
        step = np.zeros(number)
        if free.any():
            step[free] = np.linalg.solve(state.information[np.ix_(free, free)], score[free])
        longest = np.abs(step).max()
        if longest < SMALL:
            converged = True
            break
        step *= min(1.0, LONGEST_STEP / longest)
        tried = _state(data, coefficients + step)
        for _ in range(MOST_HALVINGS):
            if tried.penalised >= state.penalised - SMALL:
                break
            step /= 2
            tried = _state(data, coefficients + step)
        coefficients, state = coefficients + step, tried
    return FirthFit(coefficients, state.penalised, state.information, state.leverages, converged)


@dataclass(frozen=True)
class _State:
    penalised: float
    information: np.ndarray
    leverages: np.ndarray
    residuals: np.ndarray


def _state(data: Binomial, coefficients: np.ndarray) -> _State:
    logits = data.design @ coefficients
    p = expit(logits)
    weights = data.trials * p * expit(-logits)
    scaled = np.sqrt(weights)[:, None] * data.design
    information = scaled.T @ scaled
    sign, log_determinant = np.linalg.slogdet(information)
    likelihood = -float(
        data.successes @ np.logaddexp(0.0, -logits)
        + (data.trials - data.successes) @ np.logaddexp(0.0, logits)
    )
    penalised = likelihood + 0.5 * float(log_determinant) if sign > 0 else -np.inf
    inverse = np.linalg.pinv(information, hermitian=True)
    leverages = np.einsum("ij,jk,ik->i", scaled, inverse, scaled)
    residuals = data.successes - data.trials * p + leverages * (0.5 - p)
    return _State(penalised, information, leverages, residuals)


def likelihood_ratio(data: Binomial, fit: FirthFit, index: int, value: float = 0.0) -> float:
    """Compute 2 (l*(fit) - max l* with one coefficient held): chi-squared with one degree."""
    return max(2.0 * (fit.penalised - fit_firth(data, (index, value)).penalised), 0.0)


def profile_interval(
    data: Binomial, fit: FirthFit, index: int, threshold: float
) -> tuple[float, float]:
    """Find the values of a coefficient whose `likelihood_ratio` is at most `threshold`."""

    def excess(value: float) -> float:
        return likelihood_ratio(data, fit, index, value) - threshold

    centre = float(fit.coefficients[index])
    return _crossing(excess, centre, -1.0), _crossing(excess, centre, 1.0)


def _crossing(excess: Callable[[float], float], centre: float, direction: float) -> float:
    """Find where it passes zero on one side of the centre; infinite if it never does."""
    inner, width = centre, 1.0
    while width < FARTHEST:
        outer = centre + direction * width
        if excess(outer) > 0:
            return root_scalar(excess, bracket=(inner, outer), xtol=1e-9).root
        inner, width = outer, 2.0 * width
    return direction * np.inf


def separated(data: Binomial) -> np.ndarray:
    """Tell which coefficients have no finite maximum-likelihood estimate, as booleans.

    There is separation if a direction g has x g >= 0 for every success and <= 0 for every
    failure, not all of them 0 (Albert and Anderson 1984). Found by linear programming (Konis
    2007): maximise the sum of these margins with |g| <= 1; where both outcomes occur x g = 0.
    """
    wins, losses = data.successes > 0, data.successes < data.trials
    signed = np.concatenate([data.design[wins], -data.design[losses]])
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1))
    if found.x is None or -found.fun < 1e-7:
        return np.zeros(data.design.shape[1], dtype=bool)
    return np.abs(found.x) > 1e-7
