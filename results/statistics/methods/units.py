"""Units that runs share, of several kinds, and the variance of a mean that is clustered by them.

An init seed, a data seed and a teacher's seed are drawn anew when an experiment is repeated. Runs
that share one are not independent, whatever else differs between them.
"""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from jaxtyping import Float, Int

from results.statistics.methods.crossed_units import codes

Units = Mapping[str, Int[np.ndarray, " values"]]
"""By its kind, the unit of each value, numbered from 0 on."""


def clustering_units(kinds: Mapping[str, Sequence[Hashable]]) -> Units:
    """Return the kinds of units that a mean is clustered by.

    A kind with a single unit is fixed: what is found holds for that unit. A kind whose units lie
    each within one unit of another kind says nothing beyond that one: with seeds 0/0, 1/1, ... the
    data seed is the init seed. Where every kind has a single unit the first one is returned.

    Args:
        kinds: the unit of each value, by kind; what comes first is kept of two that are the same.
    """
    found = {kind: codes(units) for kind, units in kinds.items()}
    varied = {kind: units for kind, units in found.items() if number(units) > 1}
    kept = dict(varied)
    for kind, units in reversed(varied.items()):
        if any(_within(units, other) for name, other in kept.items() if name != kind):
            del kept[kind]
    return kept or dict(list(found.items())[:1])


def number(units: Int[np.ndarray, " values"]) -> int:
    """Count distinct units."""
    return int(units.max(initial=-1)) + 1


def _within(units: np.ndarray, others: np.ndarray) -> bool:
    """Tell whether each unit lies within one of the other kind."""
    return len(np.unique(np.stack([units, others]), axis=1).T) == number(units)


def variance_of_mean(
    values: Float[np.ndarray, " values"], units: Units
) -> list[tuple[float, float]]:
    """Estimate the variance of a mean that clustering by each kind of units alone would give, and
    its degrees of freedom; their sum is the variance.

    With one kind that is the usual variance of a mean of clusters. With several the sum counts what
    a single value varies by once too often, which keeps tests at their level where a kind has few
    units (Cameron, Gelbach and Miller 2011, section 2, subtract it).
    """
    residuals = values - values.mean()
    parts = []
    for each in units.values():
        sums = np.bincount(each, weights=residuals)
        free = len(sums) - 1
        scale = len(sums) / free if free else 1.0
        parts.append((float(np.square(sums).sum()) * scale / len(values) ** 2, float(free)))
    return parts
