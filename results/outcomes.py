"""What happened to a run, decided from its predictions, not from a loss near 0.48.

z is the logit difference, L0 the loss of the best constant on the scored pixels, and
D = 1 - L / L0 the deviance explained (McFadden's R^2). D_cal is D after refitting
sigmoid(a z + b), a >= 0, on validation slices.
"""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Outcome = Literal["diverged", "constant", "flat", "uninformative", "learned"]
OUTCOME_RULES = 2
"""This number rises whenever an outcome is decided otherwise. `results.judging` judges rows of
earlier rules anew, from what they recorded."""
OUTCOMES: tuple[Outcome, ...] = ("constant", "flat", "uninformative", "learned", "diverged")
FELL: tuple[Outcome, ...] = ("constant", "flat")
"""The paper's 0.48 minimum: flat runs may still escape, constant ones hardly."""
EVENTS = ("fell", *OUTCOMES)
"""What may be counted: falling into the minimum, or one outcome."""

FLAT_LOGIT_STD = 0.05
LEARNED_DEVIANCE = 0.05
SEGMENTS_IOU = 0.2
DIVERGED_FACTOR = 10.0
DIVERGED_WINDOW = 5
EVEN_ODDS = 2.0 * math.log(2.0)
"""The loss of p = 0.5 everywhere, in nats; where foreground is rare it is many times L0."""
AT_BEST_CONSTANT = 0.01
"""A constant is its objective's best if its excess loss is below this share of the best loss."""

SMALLEST_PROBABILITY = 1e-12

Detail = Literal["at_best_constant", "elsewhere", "below_grey"]
"""Of a constant run whether it stands at its objective's own best constant; of a learned one that
it explains no more than the grey value of a single pixel does."""


def constant_loss(fraction: float, probability: float | None = None) -> float:
    """Compute the loss of predicting one probability everywhere, in nats; by default the best one.

    2 (-q ln p - (1 - q) ln(1 - p)) for a foreground fraction q (convention of section 2.3).
    """
    p = fraction if probability is None else probability
    return -2.0 * (_x_log_y(fraction, p) + _x_log_y(1.0 - fraction, 1.0 - p))


def _x_log_y(x: float, y: float) -> float:
    if x == 0.0:
        return 0.0
    return x * math.log(y) if y > 0.0 else -math.inf


def deviance_explained(loss: float, barrier: float) -> float:
    """Compute D = 1 - L / L0: 1 is perfect, 0 no better than the best constant, negative worse."""
    return 1.0 - loss / barrier


def has_diverged(recent_test_losses: Sequence[float], worst_constant: float) -> bool:
    """Tell whether the last five test losses' median exceeds ten times the worse constant's."""
    last = [loss for loss in recent_test_losses if loss is not None][-DIVERGED_WINDOW:]
    if not last:
        return False
    if not all(map(math.isfinite, last)):
        return True
    return statistics.median(last) > DIVERGED_FACTOR * worst_constant


def classify(
    *,
    finite: bool,
    constant: bool,
    logit_std: float | None,
    deviance_calibrated: float | None,
    recent_test_losses: Sequence[float],
    worst_constant: float,
) -> Outcome:
    """Decide the outcome of one evaluation.

    Args:
        finite: losses, weights and logits are finite.
        constant: bit-equal logits at every position for different inputs.
        logit_std: standard deviation of z over the test pixels.
        deviance_calibrated: D_cal.
        recent_test_losses: the curve's losses up to here, the last one included.
        worst_constant: the largest loss, on the same pixels, of the constants that a run may
            answer, see the function of that name.
    """
    if not finite:
        return "diverged"
    if constant:
        return "constant"
    if deviance_calibrated is not None and deviance_calibrated >= LEARNED_DEVIANCE:
        return "learned"  # whatever its loss
    assert logit_std is not None
    if logit_std < FLAT_LOGIT_STD:
        return "flat"
    return "diverged" if has_diverged(recent_test_losses, worst_constant) else "uninformative"


def was_given_up(row: Mapping[str, Any]) -> bool:
    """Tell whether a run was stopped as dead before its horizon, whose figures are unknown then."""
    return row.get("stopped_dead") is True and row["iterations_done"] < row["iterations"]


def best_constant(target_mean: float, foreground_weight: float = 1.0) -> float:
    """Return the p that minimises w q (-log p) + (1 - q)(-log(1 - p)): w q / (w q + 1 - q).

    q is the mean training target: the stream's foreground fraction for hard labels, the
    teacher's mean probability at T for soft ones.
    """
    weighted = foreground_weight * target_mean
    return weighted / (weighted + 1.0 - target_mean)


@dataclass(frozen=True)
class ConstantTerm:
    """One term of a training objective, as a network sees it that has one answer everywhere."""

    target_mean: float
    """q, at the temperature of the term."""
    temperature: float = 1.0
    foreground_weight: float = 1.0
    """w of the class weights."""
    share: float = 1.0
    """What the term is multiplied by in the objective."""

    @property
    def best_logit(self) -> float:
        """The constant z, at temperature 1, that this term alone asks for."""
        p = best_constant(self.target_mean, self.foreground_weight)
        p = min(max(p, SMALLEST_PROBABILITY), 1.0 - SMALLEST_PROBABILITY)
        return self.temperature * (math.log(p) - math.log1p(-p))

    @property
    def best_loss(self) -> float:
        """The loss of the constant that this term alone asks for."""
        q, w = self.target_mean, self.foreground_weight
        return self.share * (w * q + 1.0 - q) * constant_loss(best_constant(q, w))

    def loss(self, logit: float) -> float:
        """Compute the loss of the constant z = `logit` at temperature 1, in the paper's nats."""
        q, w, scaled = self.target_mean, self.foreground_weight, logit / self.temperature
        return 2.0 * self.share * (w * q * softplus(-scaled) + (1.0 - q) * softplus(scaled))


def softplus(x: float) -> float:
    """Compute log(1 + e^x), exact where a probability would round to 0 or 1."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def constant_detail(logit: float, terms: Sequence[ConstantTerm]) -> Detail:
    """Tell whether a constant run stands at its objective's own best constant.

    Args:
        logit: the constant z, at temperature 1.
        terms: the terms of the training objective, one or two.
    """
    best = min_over_constants(terms)
    excess = sum(term.loss(logit) for term in terms) - best
    return "at_best_constant" if excess <= AT_BEST_CONSTANT * best else "elsewhere"


def min_over_constants(terms: Sequence[ConstantTerm]) -> float:
    """Find the least loss that one answer for every pixel can have. Each term is convex in z, so
    their sum is least between the best answers of each."""
    if len(terms) == 1:
        return terms[0].best_loss
    ends = sorted(term.best_logit for term in terms)
    at_ends = [sum(term.loss(end) for term in terms) for end in ends]
    if ends[0] == ends[-1]:
        return at_ends[0]
    from scipy.optimize import minimize_scalar  # takes longer to import than most runs need it

    found = minimize_scalar(
        lambda z: sum(term.loss(z) for term in terms),
        bounds=(ends[0], ends[-1]),
        method="bounded",
        options={"xatol": 1e-9},
    )
    return min(*at_ends, float(found.fun))


def worst_constant(fraction: float, terms: Sequence[ConstantTerm]) -> float:
    """Return the largest loss of the constants that a run may answer: p = 0.5, where most begin,
    the best one, and the one that its objective asks for (either where it has two terms, which
    together want one between). Class weights w at temperature T move that by T ln w, to many times
    L0.

    Args:
        fraction: foreground of the pixels whose loss it is.
        terms: the terms of the training objective; none if it has seen no target yet.
    """
    pixels = ConstantTerm(fraction)
    asked_for = [pixels.loss(term.best_logit) for term in terms]
    return max([EVEN_ODDS, pixels.best_loss, *asked_for])


def first_escape(curve: Iterable[tuple[int, str]]) -> int | None:
    """Return the iteration of the first evaluation that had learned, or None."""
    return next((iteration for iteration, outcome in curve if outcome == "learned"), None)


def has_relapsed(curve: Iterable[tuple[int, str]]) -> bool:
    """Tell whether an evaluation after the first escape had fallen again."""
    escaped = False
    for _, outcome in curve:
        if escaped and outcome in FELL:
            return True
        escaped = escaped or outcome == "learned"
    return False


def outcome_at(curve: Iterable[tuple[int, str]], iteration: float) -> str | None:
    """Return the outcome of the last evaluation up to an iteration; None if there is none."""
    found = None
    for at, outcome in curve:
        if at <= iteration:
            found = outcome
    return found
