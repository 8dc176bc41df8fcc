"""The command `python -m scripts.coverage`: how often the project's intervals hold the truth.

Outcomes are simulated from known rates, with seeds of their own; what is counted is how often an
interval holds the rate it is for.
"""

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import click
import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from scipy.special import expit
from scipy.stats import norm as normal

from results.command_line import DONE, json_option, program
from results.statistics.factors import factor_effects
from results.statistics.methods.clustered import BootstrapKind, resampled_ends
from results.statistics.methods.confidence_sequences import confidence_sequence
from results.statistics.methods.crossed_units import crossed_interval
from results.statistics.methods.intervals import Interval, proportion_interval
from results.statistics.methods.paired import tango_interval
from scripts.clustered_coverage import clustered_rows

EXAMPLE = """example:
  python -m scripts.coverage
      some minutes on one core; --quick is ten times faster and less exact
"""
CONFIDENCE = 0.95
SEEDS = (10, 20, 40)
RATES = (0.05, 0.1, 0.2, 0.3, 0.5)
DEPENDENCES = (0.0, 0.5, 1.0)
"""Probability that a seed does the same in all of its cells."""
PAIRS = ((0.2, 0.2, 0.0), (0.5, 0.2, 0.0), (0.5, 0.2, 0.6), (0.5, 0.5, 0.6), (0.9, 0.3, 0.6))
"""Rates of both sides, and how often both are decided by the same number."""
TEACHERS = ((20, 2), (20, 3), (20, 5), (40, 10))
"""Numbers of seeds and of teachers."""
PARTS_OF_VARIANCE = ((0.5, 0.0), (0.6, 0.1), (0.6, 0.2), (0.4, 0.4))
"""Shares of the variance that are the seed's and the teacher's."""
PEEKED = 100
EFFECTS = (0.0, -1.5, -4.0)
"""Log odds ratios of a setting that does nothing, something, and almost everything."""
REGRESSION_SEEDS = 40

Row = dict[str, Any]
wilson = lru_cache(None)(proportion_interval)
tango = lru_cache(None)(tango_interval)
sequence = lru_cache(None)(confidence_sequence)


def row(what: str, case: str, lows: np.ndarray, highs: np.ndarray, truth: float, seeds: int) -> Row:
    """Coverage and mean width of simulated intervals."""
    covered = (lows <= truth) & (truth <= highs)
    return {
        "interval": what,
        "case": case,
        "seeds": seeds,
        "coverage": float(covered.mean()),
        "width": float((highs - lows).mean()),
    }


def ends_of(found: Sequence[Interval]) -> tuple[np.ndarray, np.ndarray]:
    lows, highs = np.array(found).T
    return lows, highs


def wilson_ends(counts: np.ndarray, total: float) -> tuple[np.ndarray, np.ndarray]:
    return ends_of([wilson(count, total) for count in counts.tolist()])


def cells_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Wilson's interval of one cell."""
    rows = []
    for seeds in SEEDS:
        for rate in RATES:
            counts = rng.binomial(seeds, rate, simulations)
            ends = wilson_ends(counts, seeds)
            rows.append(row("Wilson, one cell", f"rate {rate:g}", *ends, rate, seeds))
    return rows


def fallen(
    seeds: int, cells: int, rate: float, shared: float, simulations: int, rng: np.random.Generator
) -> np.ndarray:
    """(simulations, seeds): of how many of its cells each seed fell in."""
    own = rng.random((simulations, cells, seeds)) < rate
    same = rng.random((simulations, 1, seeds)) < shared
    return np.where(same, own[:, :1], own).sum(axis=1)


def pooled_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """The intervals over all cells."""
    rows = []
    for seeds in SEEDS:
        for cells in (3, 7):
            for shared in DEPENDENCES:
                for rate in (0.05, 0.2, 0.5):
                    fell = fallen(seeds, cells, rate, shared, simulations, rng)
                    case = f"{cells} cells, shared {shared:g}, rate {rate:g}"
                    effective = wilson_ends(fell.sum(axis=1) / cells, seeds)
                    rows.append(row("pooled, effective Wilson", case, *effective, rate, seeds))
                    kinds: tuple[BootstrapKind, ...] = ("percentile", "bca")
                    for kind in kinds:
                        low, high = resampled_ends(
                            fell, np.full(seeds, cells), kind, CONFIDENCE, 999, 0
                        )
                        drawn = high > low
                        lows = np.where(drawn, low, effective[0])
                        highs = np.where(drawn, high, effective[1])
                        name = f"pooled, {kind} bootstrap"
                        rows.append(row(name, case, lows, highs, rate, seeds))
    return rows


def wrong_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Wilson over cells x seeds, as if all runs were independent: three seeds, seven cells."""
    rows = []
    for shared in DEPENDENCES:
        for rate in (0.2, 0.5):
            counts = fallen(3, 7, rate, shared, simulations, rng).sum(axis=1)
            case = f"7 cells, shared {shared:g}, rate {rate:g}"
            ends = wilson_ends(counts, 21)
            rows.append(row("WRONG: Wilson over cells x seeds", case, *ends, rate, 3))
    return rows


def paired_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Tango's interval of the difference of two cells with the same seeds."""
    rows = []
    for seeds in SEEDS:
        for rate, other_rate, shared in PAIRS:
            mine = rng.random((simulations, seeds))
            own = rng.random((simulations, seeds))
            other = np.where(rng.random((simulations, seeds)) < shared, mine, own)
            first, second = mine < rate, other < other_rate
            only = ((first & ~second).sum(axis=1), (second & ~first).sum(axis=1))
            found = [tango(b, c, seeds) for b, c in zip(*(n.tolist() for n in only), strict=True)]
            case = f"{rate:g} against {other_rate:g}, shared {shared:g}"
            difference = rate - other_rate
            rows.append(row("paired difference, Tango", case, *ends_of(found), difference, seeds))
    return rows


def peeking_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Looked at after every seed: does every interval up to the last hold the rate?"""
    rows = []
    methods: tuple[tuple[str, Callable[[int, int], Interval]], ...] = (
        ("confidence sequence, peeking", lambda k, n: sequence(k, n, 1 - CONFIDENCE)),
        ("WRONG: Wilson, peeking from 10 on", lambda k, n: wilson(k, n) if n >= 10 else (0, 1)),
    )
    for rate in (0.05, 0.2, 0.5):
        counts = (rng.random((simulations, PEEKED)) < rate).cumsum(axis=1).tolist()
        for name, interval in methods:
            found = np.array(
                [[interval(k, n) for n, k in enumerate(path, 1)] for path in counts], dtype=float
            )
            lows, highs = found[..., 0].max(axis=1), found[..., 1].min(axis=1)
            line = row(name, f"rate {rate:g}", lows, highs, rate, PEEKED)
            width = found[:, -1, 1] - found[:, -1, 0]
            rows.append(line | {"width": float(width.mean())})
    return rows


def factorial(
    log_odds: Mapping[tuple[str, int], float], seeds: int, shared: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Outcomes of a factorial: a number of the seed decides, or with 1 - shared one of the run."""
    of_seed = rng.random(seeds)
    parts = []
    for (norm, width), odds in log_odds.items():
        drawn = np.where(rng.random(seeds) < shared, of_seed, rng.random(seeds))
        outcome = np.where(drawn < expit(odds), "flat", "learned")
        cell = {"norm": norm, "width": width, "init_seed": range(seeds)}
        parts.append(pd.DataFrame(cell | {"outcome": outcome, "outcome_half": outcome}))
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(run_id=frame.index.astype(str))


def regression_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Log odds ratios of a 2 x 2 factorial, a fifth of the simulations, as each is a regression.
    Where norm = all hardly ever falls it is Firth's penalised likelihood in some of them."""
    rows = []
    for effect in EFFECTS:
        log_odds = {
            (norm, width): -1.0 + effect * (norm == "all") + 0.5 * (width == 2)
            for norm in ("none", "all")
            for width in (1, 2)
        }
        for shared in DEPENDENCES:
            found: dict[str, list[Interval]] = {}
            for _ in range(max(1, simulations // 5)):
                frame = factorial(log_odds, REGRESSION_SEEDS, shared, rng)
                terms = factor_effects(frame, ["norm", "width"]).set_index("term")
                if "norm=all" not in terms.index:  # no run fell: there is nothing to estimate
                    continue
                low, high, method = terms.loc["norm=all", ["low", "high", "method"]]
                if low > 0:  # else no seed differs, which has no interval
                    found.setdefault(str(method), []).append((math.log(low), math.log(high)))
            every = [ends for part in found.values() for ends in part]
            for method, part in (*found.items(), ("either", every)) if every else ():
                case = f"log odds {effect:g}, shared {shared:g}, in {len(part)} of {len(every)}"
                name = f"odds ratio, {method}"
                rows.append(row(name, case, *ends_of(part), effect, REGRESSION_SEEDS))
    return rows


def crossed_outcomes(
    seeds: int, teachers: int, rate: float, parts: tuple[float, float], rng: np.random.Generator
) -> np.ndarray:
    """(seeds, teachers): whether a sum of normal variables, of the seed, of the teacher and of the
    run, with these shares of the variance (the rest is the run's), is below the rate's quantile."""
    shares = (*parts, 1 - sum(parts))
    shapes = ((seeds, 1), (1, teachers), (seeds, teachers))
    drawn = (s**0.5 * rng.normal(size=size) for s, size in zip(shares, shapes, strict=True))
    return sum(drawn) < normal.ppf(rate)


def two_way_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """The interval of a cell whose students each have several teachers."""
    rows = []
    for seeds, teachers in TEACHERS:
        init_seeds = np.repeat(range(seeds), teachers).tolist()
        others = np.tile(range(teachers), seeds).tolist()
        for parts in PARTS_OF_VARIANCE:
            for rate in (0.1, 0.3, 0.5):
                fell = (
                    crossed_outcomes(seeds, teachers, rate, parts, rng) for _ in range(simulations)
                )
                found = [
                    crossed_interval(one.ravel().tolist(), init_seeds, [others]) for one in fell
                ]
                case = (
                    f"{teachers} teachers, seed {parts[0]:g}, teacher {parts[1]:g}, rate {rate:g}"
                )
                rows.append(row("two-way Wilson", case, *ends_of(found), rate, seeds))
    return rows


PARTS = (
    cells_rows,
    pooled_rows,
    wrong_rows,
    paired_rows,
    peeking_rows,
    regression_rows,
    two_way_rows,
    clustered_rows,
)


def simulate(simulations: int, seed: int = 0) -> list[Row]:
    """Coverages of all intervals, each part with a stream of its own."""
    console = Console(stderr=True)
    rows: list[Row] = []
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("simulating", total=len(PARTS))
        streams = np.random.SeedSequence(seed).spawn(len(PARTS))
        for part, stream in zip(PARTS, streams, strict=True):
            rows += part(simulations, np.random.default_rng(stream))
            bar.advance(task)
    return rows


def table_of(rows: Sequence[Row]) -> Table:
    table = Table()
    for heading in ("interval", "case", "seeds", "coverage", "mean width"):
        table.add_column(heading, justify="left" if heading in ("interval", "case") else "right")
    for one in rows:
        figures = f"{one['coverage']:.3f}", f"{one['width']:.3f}"
        table.add_row(one["interval"], one["case"], str(one["seeds"]), *figures)
    return table


@program(
    "scripts.coverage",
    "Simulate how often the intervals hold the rate they are for (95% is meant).",
    EXAMPLE,
)
@click.option("--quick", is_flag=True, help="200 simulations instead of 1000")
@json_option
def main(quick: bool, as_json: bool) -> int:
    """Simulate and print."""
    simulations = 200 if quick else 1000
    rows = simulate(simulations)
    if as_json:
        print(json.dumps({"simulations": simulations, "rows": rows}))
        return DONE
    console = Console()
    console.print(table_of(rows))
    error = (CONFIDENCE * (1 - CONFIDENCE) / simulations) ** 0.5
    console.print(f"{simulations} simulations a row; standard error of a coverage {error:.3f}")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
