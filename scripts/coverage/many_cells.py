"""What is said of several cells at once: whether cell and seed matter, main effects, odds ratios,
shares of variance."""

import math
from itertools import product

import numpy as np
import pandas as pd
from scipy.special import expit

import results
from results.statistics.main_effects import main_effects
from scripts.coverage.draws import crossed_outcomes, latent, shares_of_rate, study_frame
from scripts.coverage.rows import ALPHA, Row, alarm_row, coverage_row

EFFECTS = (0.0, -1.5, -4.0)
"""Log odds ratios of a setting that does nothing, something, and almost everything."""
REGRESSION_SEEDS = 40
CELLS = [{"cell": name} for name in "abc"]
HALF = [{"a": a, "b": b, "c": c, "d": a * b * c} for a, b, c in product((-1, 1), repeat=3)]
"""A half fraction of two to the four."""


def omnibus_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Three cells that do not matter; and seeds that do not."""
    rows = []
    for seeds in (10, 20):
        for rate, part in ((0.1, 0.0), (0.3, 0.0), (0.3, 0.8)):
            case = f"3 cells, rate {rate:g}, seed {part:.0%} of variance"
            frames = [
                study_frame(CELLS, fell.T)
                for fell in latent((simulations, seeds, 3), rate, part, rng)
            ]
            alarms = [results.cochran_q(frame)["p_value"].iloc[0] < ALPHA for frame in frames]
            rows.append(alarm_row("the cell matters", case, seeds, alarms))
            if not part:
                p_values = [results.seed_concentration(one)["p_value"].iloc[0] for one in frames]
                alarms = [p < ALPHA for p in p_values]
                rows.append(alarm_row("the seed matters", case, seeds, alarms))
    return rows


def main_effect_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """A half fraction in which the first factor alone matters."""
    rows = []
    for seeds in (10, 20):
        for low, high, shared in ((0.3, 0.3, 0.0), (0.3, 0.3, 0.6), (0.5, 0.2, 0.6)):
            case = f"{low:g} and {high:g}, shared {shared:g}"
            rates = np.array([[high if cell["a"] > 0 else low] for cell in HALF])
            ends, alarms = [], []
            for _ in range(simulations):
                fell = decided(len(HALF), seeds, shared, rng) < rates
                frame = study_frame(HALF, fell)
                frame.attrs["levels"] = dict.fromkeys("abcd", (-1, 1))
                table = main_effects(frame).set_index("effect")
                ends.append(tuple(table.loc["a", ["low", "high"]]))
                others = table.drop(index="a") if low != high else table
                alarms.append((others["verdict"] == "different").any())
            rows.append(coverage_row("main effect", case, seeds, ends, high - low))
            rows.append(alarm_row("some factor matters", case, seeds, alarms))
    return rows


def regression_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Log odds ratios of a 2 x 2 factorial. Where norm = all hardly ever falls it is Firth's
    penalised likelihood in some of them."""
    cells = [{"norm": norm, "width": width} for norm in ("none", "all") for width in (1, 2)]
    rows = []
    for effect, shared in product(EFFECTS, (0.0, 0.5, 1.0)):
        odds = [-1 + effect * (c["norm"] == "all") + 0.5 * (c["width"] == 2) for c in cells]
        found: dict[str, list[tuple[float, float]]] = {}
        for _ in range(simulations):
            terms = results.factor_effects(logistic(cells, odds, shared, rng)).set_index("term")
            if "norm=all" not in terms.index:  # no run fell: there is nothing to estimate
                continue
            low, high, method = terms.loc["norm=all", ["low", "high", "method"]]
            if low > 0:  # else no seed differs, which has no interval
                found.setdefault(str(method), []).append((math.log(low), math.log(high)))
        every = [ends for part in found.values() for ends in part]
        for method, part in found.items():
            case = f"log odds {effect:g}, shared {shared:g}, in {len(part)} of {len(every)}"
            rows.append(coverage_row(f"odds ratio, {method}", case, REGRESSION_SEEDS, part, effect))
        if every:
            case = f"log odds {effect:g}, shared {shared:g}"
            rows.append(coverage_row("odds ratio", case, REGRESSION_SEEDS, every, effect))
    return rows


def logistic(
    cells: list[dict[str, object]], odds: list[float], shared: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Outcomes of a factorial: a number of the seed decides, or with 1 - shared one of the run."""
    return study_frame(
        cells, decided(len(cells), REGRESSION_SEEDS, shared, rng) < expit(odds)[:, None]
    )


def decided(cells: int, seeds: int, shared: float, rng: np.random.Generator) -> np.ndarray:
    """(cells, seeds): the number that decides a run: of its seed, or with 1 - shared its own."""
    of_seed, of_run = rng.random(seeds), rng.random((cells, seeds))
    return np.where(rng.random((cells, seeds)) < shared, of_seed, of_run)


def share_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Shares of the variance of learning, where they have an interval."""
    rows = []
    names = ("initialisation", "data_order", "interaction")
    for sizes in ((5, 5), (10, 5), (10, 10), (20, 10)):
        for rate in (0.1, 0.3, 0.5):
            for parts in ((0.9, 0.0), (0.6, 0.2), (0.4, 0.4), (0.0, 0.6)):
                fell = [crossed_outcomes(*sizes, rate, parts, rng) for _ in range(simulations)]
                cells = [{"draw": k} for k in range(simulations)]
                found = results.variance_shares(study_frame(cells, np.array(fell)), event="fell")
                found = found.loc[~found["pooled"].astype(bool)]
                told = f"{parts[0]:.0%} and {parts[1]:.0%}"
                case = f"{sizes[0]}x{sizes[1]}, latent {told}, rate {rate:g}"
                for name, truth in zip(names, shares_of_rate(rate, parts), strict=True):
                    ends = found[[f"{name}_low", f"{name}_high"]].to_numpy(dtype=float)
                    rows.append(coverage_row("share of variance", case, sizes[0], ends, truth))
    return rows
