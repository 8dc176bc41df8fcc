"""Outcomes drawn from known rates, and frames of them as `results.load_study` returns them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import owens_t
from scipy.stats import norm as normal


def fallen(
    seeds: int, cells: int, rate: float, shared: float, simulations: int, rng: np.random.Generator
) -> np.ndarray:
    """(simulations, seeds): of how many of its cells each seed fell in."""
    return mixed((simulations, seeds, cells), rate, shared, rng).sum(axis=2)


def mixed(
    shape: tuple[int, int, int], rate: float, shared: float, rng: np.random.Generator
) -> np.ndarray:
    """(simulations, seeds, cells): whether it fell; with probability `shared` a seed does the same
    in all of its cells."""
    own = rng.random(shape) < rate
    same = rng.random((*shape[:2], 1)) < shared
    return np.where(same, own[..., :1], own)


def latent(
    shape: tuple[int, int, int], rate: float, part: float, rng: np.random.Generator
) -> np.ndarray:
    """(simulations, seeds, cells): the same where a normal variable decides, of which the seed has
    this part of the variance and the run the rest."""
    seed, run = rng.normal(size=(*shape[:2], 1)), rng.normal(size=shape)
    return part**0.5 * seed + (1 - part) ** 0.5 * run < normal.ppf(rate)


def crossed_outcomes(
    seeds: int, others: int, rate: float, parts: tuple[float, float], rng: np.random.Generator
) -> np.ndarray:
    """(seeds, others): whether a sum of normal variables, of the seed, of the other unit (data
    seed, teacher) and of the run, with these shares of the variance (the rest is the run's), is
    below the rate's quantile."""
    return crossed_draw((seeds, others), rate, parts, rng)


def crossed_draw(
    sizes: tuple[int, ...], rate: float, parts: Sequence[float], rng: np.random.Generator
) -> np.ndarray:
    """`sizes`: the same with a variable for each kind of units."""
    total = (1 - sum(parts)) ** 0.5 * rng.normal(size=sizes)
    for axis, part in enumerate(parts):
        shape = [size if k == axis else 1 for k, size in enumerate(sizes)]
        total = total + part**0.5 * rng.normal(size=shape)
    return total < normal.ppf(rate)


def shares_of_rate(rate: float, parts: tuple[float, float]) -> list[float]:
    """The true shares of variance of such outcomes: seeds, others, rest (Owen 1956)."""
    below = normal.ppf(rate)
    both = [rate - 2 * owens_t(below, ((1 - part) / (1 + part)) ** 0.5) for part in parts]
    found = [max(float(value - rate**2), 0.0) / (rate * (1 - rate)) for value in both]
    return [*found, 1 - sum(found)]


def study_frame(
    cells: Sequence[Mapping[str, Any]], fell: np.ndarray, first_seeds: Sequence[int] = ()
) -> pd.DataFrame:
    """Make a frame of runs.

    Args:
        cells: the axis values of each.
        fell: (cells, init seeds), or (cells, init seeds, data seeds) where they are crossed.
        first_seeds: the first init seed of each cell; by default 0, so that they share seeds.
    """
    crossed = fell.ndim == 3
    where = np.argwhere(np.ones_like(fell, dtype=bool))
    offsets = np.asarray(first_seeds if len(first_seeds) else [0] * len(cells))
    init = where[:, 1] + offsets[where[:, 0]]
    outcome = np.where(fell.ravel(), "flat", "learned")
    columns: dict[str, Any] = {
        name: [cells[k][name] for k in where[:, 0]] for name in (cells[0] if cells else ())
    }
    columns |= {
        "profile": "simulated",
        "data_source": "simulated",
        "overrides": "",
        "trial": np.arange(len(where)) % fell[0].size + 1,
        "run_id": np.arange(len(where)).astype(str),
        "init_seed": init,
        "data_seed": where[:, 2] if crossed else init,
        "outcome": outcome,
        "outcome_half": outcome,
        "fell": fell.ravel(),
        "learned": ~fell.ravel(),
    }
    frame = pd.DataFrame(columns)
    frame.attrs["axes"] = list(cells[0])
    return frame
