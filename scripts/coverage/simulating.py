"""All parts, and how many simulations each of them takes."""

from collections.abc import Sequence

import numpy as np

from results.progress_bar import progress
from scripts.coverage import (
    cell_rates,
    clustered,
    comparisons,
    escapes,
    frames,
    many_cells,
    pooled_rates,
    speeds,
)
from scripts.coverage.rows import Part, Row

PARTS: dict[str, tuple[Part, int]] = {
    "cells": (cell_rates.fixed_rows, 1),
    "until-width": (cell_rates.until_width_rows, 1),
    "peeking": (cell_rates.peeking_rows, 1),
    "pooled": (pooled_rates.pooled_rows, 1),
    "methods": (pooled_rates.other_methods_rows, 5),
    "crossed": (pooled_rates.crossed_rows, 1),
    "three-kinds": (pooled_rates.three_kinds_rows, 2),
    "comparisons": (comparisons.fixed_rows, 2),
    "equivalence": (comparisons.equivalence_rows, 2),
    "by-hand": (comparisons.by_hand_rows, 10),
    "omnibus": (many_cells.omnibus_rows, 5),
    "main-effects": (many_cells.main_effect_rows, 5),
    "regression": (many_cells.regression_rows, 5),
    "shares": (many_cells.share_rows, 5),
    "escapes": (escapes.escape_rows, 5),
    "clustered": (clustered.clustered_rows, 5),
    "crossed-frames": (frames.crossed_rows, 5),
    "different-seeds": (frames.unshared_rows, 5),
    "until-decided": (comparisons.until_decided_rows, 2),
    "speed": (speeds.speed_rows, 2),
}
"""What each simulates, and that it takes one of so many simulations: some take long."""


def simulate(simulations: int, parts: Sequence[str] = (), seed: int = 0) -> list[Row]:
    """Simulate the parts, each with a stream of its own; all of them where none is named."""
    rows: list[Row] = []
    streams = dict(zip(PARTS, np.random.SeedSequence(seed).spawn(len(PARTS)), strict=True))
    with progress("parts") as bar:
        names = [name for name in PARTS if name in parts or not parts]
        task = bar.add_task("simulating", total=len(names))
        for name in names:
            part, fraction = PARTS[name]
            number = max(2, simulations // fraction)
            rows += part(number, np.random.default_rng(streams[name]))
            bar.advance(task)
    return rows
