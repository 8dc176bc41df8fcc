"""The interval over all cells, as `results.pooled_rate` prints it."""

from functools import lru_cache

import numpy as np

import results
from results.statistics.methods.intervals import Interval, proportion_interval
from results.statistics.methods.seed_shares import ClusterMethod
from scripts.coverage.draws import crossed_draw, fallen, latent, mixed
from scripts.coverage.rows import Row, coverage_row

SEEDS = (10, 20, 40)
DEPENDENCES = (0.0, 0.5, 1.0)
"""Probability that a seed does the same in all of its cells."""
CROSSINGS = ((10, 3), (20, 3), (10, 5), (20, 5), (20, 2), (40, 10))
"""Numbers of init seeds and of what they are crossed with (data seeds, or teachers)."""
PARTS = ((0.5, 0.0), (0.6, 0.1), (0.6, 0.2), (0.4, 0.4), (0.1, 0.8))
"""Shares of the variance that are the init seed's and the other's."""


def interval_of(fell: np.ndarray, method: ClusterMethod = "design_effect") -> Interval:
    """The interval of (seeds, cells)."""
    return interval_of_counts(tuple(sorted(fell.sum(axis=1).tolist())), fell.shape[1], method)


@lru_cache(None)
def interval_of_counts(counts: tuple[int, ...], cells: int, method: ClusterMethod) -> Interval:
    """The interval of seeds that fell in so many of their cells: which seeds, and which cells, does
    not matter."""
    flags = (np.arange(cells) < np.array(counts)[:, None]).ravel().tolist()
    seeds = np.repeat(np.arange(len(counts)), cells).tolist()
    rate = results.pooled_rate(flags, seeds, method=method)
    assert rate.interval is not None
    return rate.interval


def pooled_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Cells with the same seeds, which decide more or less of it."""
    rows = []
    for seeds in SEEDS:
        for cells in (3, 7, 20):
            shape = (simulations, seeds, cells)
            for rate in (0.05, 0.1, 0.5):
                drawn = {
                    f"shared {shared:g}": mixed(shape, rate, shared, rng)
                    for shared in (*DEPENDENCES, 0.8)
                }
                drawn |= {f"latent {p:g}": latent(shape, rate, p, rng) for p in (0.9,)}
                for how, fell in drawn.items():
                    case = f"{cells} cells, {how}, rate {rate:g}"
                    ends = [interval_of(one) for one in fell]
                    rows.append(coverage_row("rate over cells", case, seeds, ends, rate))
    return rows


def other_methods_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """The other methods of `results.pooled_rate`, seven cells; and what nothing prints: Wilson over
    cells x seeds, as if all runs were independent."""
    methods: tuple[ClusterMethod, ...] = ("effective_wilson", "percentile", "bca")
    rows = []
    for shared in DEPENDENCES:
        for rate in (0.05, 0.2, 0.5):
            case = f"7 cells, shared {shared:g}, rate {rate:g}"
            fell = mixed((simulations, 20, 7), rate, shared, rng)
            for method in methods:
                ends = [interval_of(one, method) for one in fell]
                rows.append(coverage_row(f"rate over cells, {method}", case, 20, ends, rate))
            counts = fallen(3, 7, rate, shared, simulations, rng).sum(axis=1).tolist()
            ends = [proportion_interval(count, 21) for count in counts]
            rows.append(coverage_row("WRONG: Wilson over cells x seeds", case, 3, ends, rate))
    return rows


def crossed_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Init seeds crossed with data seeds or teachers (`--seeds 20x3`, `--teacher-seeds 3`)."""
    rows = []
    for seeds, others in CROSSINGS:
        init, data = (axis.ravel().tolist() for axis in np.indices((seeds, others)))
        for parts in PARTS:
            for rate in (0.1, 0.3, 0.5):
                ends = []
                for _ in range(simulations):
                    fell = crossed_draw((seeds, others), rate, parts, rng).ravel().tolist()
                    ends.append(results.pooled_rate(fell, init, data_seeds=data).interval)
                case = f"x {others}, {parts[0]:.0%} and {parts[1]:.0%} of variance, rate {rate:g}"
                what = f"rate, crossed with {others}"
                rows.append(coverage_row(what, case, seeds, ends, rate))
    return rows


def three_kinds_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Init seeds, data seeds and teachers, all crossed."""
    rows = []
    for sizes in ((10, 3, 3), (20, 5, 5)):
        init, data, teachers = (axis.ravel().tolist() for axis in np.indices(sizes))
        for parts in ((0.5, 0.0, 0.0), (0.3, 0.2, 0.2), (0.2, 0.3, 0.3)):
            for rate in (0.1, 0.3):
                ends = []
                for _ in range(simulations):
                    fell = crossed_draw(sizes, rate, parts, rng).ravel().tolist()
                    found = results.pooled_rate(fell, init, data_seeds=data, teachers=teachers)
                    ends.append(found.interval)
                told = ", ".join(f"{part:.0%}" for part in parts)
                case = f"{'x'.join(map(str, sizes))}, {told} of variance, rate {rate:g}"
                rows.append(coverage_row("rate, three kinds crossed", case, sizes[0], ends, rate))
    return rows
