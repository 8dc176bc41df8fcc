"""Runs counted by seed: what intervals of a rate start from where several runs share a seed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from results.errors import ConfigError
from results.statistics.methods.intervals import Interval

ClusterMethod = Literal["effective_wilson", "design_effect", "percentile", "bca"]


@dataclass(frozen=True)
class Shares:
    """How many runs each seed has, and to how many of them something happened."""

    happened: tuple[int, ...]
    runs: tuple[int, ...]

    @property
    def count(self) -> int:
        return sum(self.happened)

    @property
    def total(self) -> int:
        return sum(self.runs)

    @property
    def effective(self) -> float:
        """The effective number of seeds, which have r runs each: (sum r)^2 / sum r^2 (Kish 1965),
        the number of runs over the largest design effect."""
        return self.total**2 / sum(n * n for n in self.runs) if self.total else 0.0


@dataclass(frozen=True)
class ClusteredInterval:
    """Low and high end (NaN without runs), and how they were found."""

    low: float
    high: float
    method: ClusterMethod

    @property
    def ends(self) -> Interval:
        return self.low, self.high


def shares_of(happened: Iterable[bool], init_seeds: Iterable[int]) -> Shares:
    """Count runs by seed, in the order of the seeds.

    Raises:
        ConfigError: not as many of one as of the other, or not whether it happened.
    """
    flags, seeds = list(happened), list(init_seeds)
    if len(flags) != len(seeds):
        raise ConfigError(f"init_seeds: there are {len(seeds)} for {len(flags)} runs")
    unknown = [flag for flag in flags if not isinstance(flag, bool | np.bool_)]
    if unknown:
        raise ConfigError(
            f"happened: holds {unknown[0]!r}, not True or False; leave out runs without an outcome"
        )
    by_seed: dict[int, list[bool]] = {}
    for flag, seed in zip(flags, seeds, strict=True):
        by_seed.setdefault(seed, []).append(bool(flag))
    counted = [by_seed[seed] for seed in sorted(by_seed)]
    return Shares(tuple(map(sum, counted)), tuple(map(len, counted)))
