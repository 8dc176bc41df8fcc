"""What `results.compare`, `compare_anytime` and `equivalence` say of two cells with the same seeds,
after a fixed number of seeds and after adding them by hand."""

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

import results
from scripts.coverage.draws import study_frame
from scripts.coverage.rows import ALPHA, Row, alarm_row, coverage_row

SEEDS = (10, 20, 40)
PAIRS = ((0.05, 0.05, 0.0), (0.2, 0.2, 0.0), (0.5, 0.5, 0.6))
PAIRS += ((0.5, 0.2, 0.0), (0.5, 0.2, 0.6), (0.9, 0.3, 0.6), (0.25, 0.05, 0.6))
"""Rates of both sides, and how often both are decided by the same number."""
DECIDING = tuple(range(5, 101, 5))
"""Seeds at which `--until-decided` looks."""
LOOKS = tuple(range(10, 101, 10))
"""Seeds at which somebody looks who adds them by hand."""
MARGIN = 0.2
CONTRAST = {"question": "?", "cell": {"cell": "a"}, "against": {"cell": "b"}}
Counts = tuple[int, int, int, int]
"""Seeds that fell in both cells, in the first only, in the second only, in neither."""


def frame_of(counts: Counts) -> pd.DataFrame:
    """A frame of seeds with these ends."""
    both, first, second, neither = counts
    fell = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [both, first, second, neither], axis=0)
    return study_frame([{"cell": "a"}, {"cell": "b"}], fell.T.astype(bool))


@lru_cache(None)
def compared(counts: Counts) -> dict[str, Any]:
    """The row of `results.compare`."""
    return results.compare(frame_of(counts), [CONTRAST]).to_dict("records")[0]


@lru_cache(None)
def compared_anytime(counts: Counts) -> dict[str, Any]:
    """The row of `results.compare_anytime`."""
    return results.compare_anytime(frame_of(counts), [CONTRAST]).to_dict("records")[0]


@lru_cache(None)
def decided(counts: Counts) -> dict[str, Any]:
    """The row of `results.compare_anytime`, as `--until-decided` asks it."""
    within = {"axis": "cell", "margin": MARGIN}
    return results.compare_anytime(frame_of(counts), [CONTRAST], [within]).to_dict("records")[0]


@lru_cache(None)
def called_equivalent(counts: Counts) -> bool:
    """Whether `results.equivalence` says so."""
    return results.equivalence(frame_of(counts), "cell", MARGIN)["verdict"].iloc[0] == "equivalent"


def counts_of(first: np.ndarray, second: np.ndarray) -> list[Counts]:
    """Counts of (simulations, seeds)."""
    kinds = (first & second, first & ~second, ~first & second, ~first & ~second)
    return [
        (int(a), int(b), int(c), int(d))
        for a, b, c, d in zip(*(kind.sum(axis=1) for kind in kinds), strict=True)
    ]


def drawn(
    seeds: int, pair: tuple[float, float, float], simulations: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """(simulations, seeds) of both cells."""
    rate, other_rate, shared = pair
    mine, own = rng.random((2, simulations, seeds))
    other = np.where(rng.random((simulations, seeds)) < shared, mine, own)
    return mine < rate, other < other_rate


def fixed_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Intervals of differences, and how often cells are called different that are not."""
    rows = []
    for seeds in SEEDS:
        for pair in PAIRS:
            case = f"{pair[0]:g} against {pair[1]:g}, shared {pair[2]:g}"
            found = [compared(one) for one in counts_of(*drawn(seeds, pair, simulations, rng))]
            ends = [(row["low"], row["high"]) for row in found]
            truth = pair[0] - pair[1]
            rows.append(coverage_row("difference of two cells", case, seeds, ends, truth))
            if pair[0] == pair[1]:
                alarms = [row["verdict"] == "different" for row in found]
                rows.append(alarm_row("two cells differ", case, seeds, alarms))
    return rows


def equivalence_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """How often cells are called equivalent that differ by the margin."""
    rows = []
    for seeds in SEEDS:
        for pair in ((MARGIN, 0.0, 0.0), (0.3, 0.1, 1.0), (0.6, 0.4, 0.6)):
            found = [called_equivalent(c) for c in counts_of(*drawn(seeds, pair, simulations, rng))]
            case = f"{pair[0]:g} against {pair[1]:g}, shared {pair[2]:g}, margin {MARGIN:g}"
            rows.append(alarm_row("two cells are equivalent", case, seeds, found))
    return rows


def by_hand_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Ten seeds are added again and again until the cells are called different, which they are
    not."""
    rows = []
    for rate, _, shared in PAIRS[1:3]:
        first, second = drawn(LOOKS[-1], (rate, rate, shared), simulations, rng)
        looks = [counts_of(first[:, :n], second[:, :n]) for n in LOOKS]
        case = f"rate {rate:g}, shared {shared:g}, after {LOOKS[0]}, {LOOKS[1]}, ... {LOOKS[-1]}"
        paths = list(zip(*looks, strict=True))
        fixed = [any(compared(c)["p_value"] < ALPHA for c in path) for path in paths]
        rows.append(alarm_row("WRONG: p below 5%, added by hand", case, LOOKS[-1], fixed))
        found = [[compared_anytime(c) for c in path] for path in paths]
        alarms = [any(row["verdict"] == "different" for row in path) for path in found]
        rows.append(alarm_row("two cells differ, e-value, added by hand", case, LOOKS[-1], alarms))
        ends = [
            (max(row["low"] for row in path), min(row["high"] for row in path)) for path in found
        ]
        what = "difference of two cells, added by hand"
        rows.append(coverage_row(what, case, LOOKS[-1], ends, 0.0))
    return rows


def until_decided_rows(simulations: int, rng: np.random.Generator) -> list[Row]:
    """Seeds are added until the cells are called different or equivalent (`--until-decided`)."""
    rows = []
    for pair in (
        (0.3, 0.3, 0.0),
        (0.5, 0.5, 0.6),
        (0.3, 0.1, 1.0),
        (0.6, 0.4, 0.6),
        (0.5, 0.2, 0.0),
    ):
        drew = drawn(DECIDING[-1], pair, simulations, rng)
        looks = [counts_of(*(side[:, :n] for side in drew)) for n in DECIDING]
        found = []
        for path in zip(*looks, strict=True):
            rows_seen = (decided(counts) for counts in path)
            last = decided(path[-1])
            found.append(next((row for row in rows_seen if row["verdict"] != "inconclusive"), last))
        case = f"{pair[0]:g} against {pair[1]:g}, shared {pair[2]:g}, after 5, 10, ... 100"
        difference = pair[0] - pair[1]
        what = "difference of two cells, --until-decided"
        ends = [(row["low"], row["high"]) for row in found]
        rows.append(coverage_row(what, case, DECIDING[-1], ends, difference))
        wrong = "equivalent" if difference else "different"
        if not difference or abs(difference) >= MARGIN - 1e-9:
            verb = "are equivalent" if difference else "differ"
            alarms = [row["verdict"] == wrong for row in found]
            rows.append(alarm_row(f"two cells {verb}, --until-decided", case, DECIDING[-1], alarms))
    return rows
