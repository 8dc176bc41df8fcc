"""Does the seed matter? Whether collapse is concentrated on few seeds, cells being permuted."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from results.statistics.blocks import Runs, codes, runs_of, times_before
from results.statistics.cells import At
from results.statistics.methods.cochran_q import cochran_test
from results.statistics.methods.holm import holm

ConcentrationReason = Literal["", "one seed", "one run a seed"]
"""Why there is no test: nothing to compare, or no seed with runs in two cells."""
COLUMNS = (
    "unit",
    "units",
    "blocks",
    "informative",
    "runs",
    "ratio",
    "p_value",
    "p_holm",
    "minimum_p",
    "exact",
    "reason",
    "run_ids",
)


def seed_concentration(
    frame: pd.DataFrame,
    axes: Sequence[str] | None = None,
    event: str = "fell",
    at: At = "H",
) -> pd.DataFrame:
    """Test whether an event happens to some seeds more often than to others.

    The statistic is the variance of the seeds' counts over all cells; by chance the outcomes of
    each cell could stand at any of its seeds, so they are permuted within each cell (and teacher):
    the test of `cochran_q` with the parts of seeds and cells exchanged. Rates may differ from cell
    to cell. Where init and data seeds are crossed each kind is tested within the units of the
    other: a kind matters if another one of it, all else being equal, ends otherwise.

    Args:
        frame: a frame of `load_study`; runs without an outcome are left out.
        axes: columns that name a cell; by default the study's.
        event: one of `results.outcomes.EVENTS`.
        at: "H/2" or "H".

    Returns:
        One row, or two where seeds are crossed: `unit` ("init_seed", which is the seed of
        everything where they are not, or "data_seed"), `units` of them, `blocks` within which they
        were permuted, of which `informative` have runs that ended otherwise than others; `runs`;
        `ratio`, the variance of the counts in multiples of what chance gives; `p_value`, `p_holm`
        (over the rows), `minimum_p` (the smallest p-value that such blocks allow), `exact`;
        `reason`: why there is no test (a `ConcentrationReason`), its numbers being NaN.

    Raises:
        ConfigError: no such column, event or horizon.

    Example:
        >>> from results.examples import example_study
        >>> found = seed_concentration(example_study()).round(3)
        >>> found[["unit", "units", "blocks", "ratio", "p_value"]].values.tolist()
        [['init_seed', 12, 2, 1.308, 0.424]]
    """
    runs = runs_of(frame, axes, event, at)
    cells = codes(runs.cells, runs.teachers)
    rows = [_row("init_seed", runs, runs.init_seeds, codes(cells, runs.data_seeds))]
    if runs.crossed:
        rows.append(_row("data_seed", runs, runs.data_seeds, codes(cells, runs.init_seeds)))
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    return found.assign(p_holm=holm(found["p_value"].tolist()))


def _row(unit: str, runs: Runs, seeds: np.ndarray, within: np.ndarray) -> dict[str, Any]:
    """Test one kind of seeds; several runs of one in a block are of as many blocks."""
    blocks = codes(within, times_before(seeds, within))
    units = len(np.unique(seeds))
    row: dict[str, Any] = {"unit": unit, "units": units, "blocks": 0, "informative": 0, "runs": 0}
    row |= dict.fromkeys(("ratio", "p_value", "minimum_p"), np.nan) | {"exact": False}
    row |= {"reason": "one seed" if units < 2 else "one run a seed", "run_ids": ()}
    if units < 2:
        return row
    table = np.full((int(blocks.max()) + 1, int(seeds.max()) + 1), np.nan)
    table[blocks, seeds] = runs.happened
    table = table[(~np.isnan(table)).sum(axis=1) > 1]
    if not ((~np.isnan(table)).sum(axis=0) > 1).any():
        return row
    found = cochran_test(table)
    return row | {
        "blocks": len(table),
        "informative": found.informative,
        "runs": int((~np.isnan(table)).sum()),
        "ratio": found.ratio,
        "p_value": found.p_value,
        "minimum_p": found.minimum_p,
        "exact": found.exact,
        "reason": "",
        "run_ids": tuple(runs.frame["run_id"]),
    }
