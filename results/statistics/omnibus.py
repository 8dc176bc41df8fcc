"""Does the cell matter at all? Cochran's Q, permuted within seeds."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from results.statistics.blocks import Runs, block_table, codes, runs_of
from results.statistics.cells import At
from results.statistics.methods.cochran_q import cochran_test
from results.statistics.methods.holm import holm
from results.statistics.methods.two_way_q import two_way_test

OmnibusReason = Literal["", "one cell", "no pair"]
"""Why there is no test: nothing to compare, or no seed that has runs of two of the cells."""
COLUMNS = (
    "axis",
    "compared",
    "unit",
    "units",
    "informative",
    "runs",
    "left_out",
    "q",
    "df",
    "p_value",
    "p_holm",
    "minimum_p",
    "exact",
    "reason",
    "run_ids",
)


def cochran_q(
    frame: pd.DataFrame,
    axes: Sequence[str] | None = None,
    event: str = "fell",
    at: At = "H",
) -> pd.DataFrame:
    """Test whether an event is equally frequent in all cells, and by axis where several vary.

    Cochran's Q (1950) with its distribution by permutation: a seed's outcomes change places among
    its cells, all at once, so that runs of a seed may depend on each other as they like. Exact
    where the arrangements are few or can be added up row by row, else of 9,999 draws. An axis is
    tested within strata of the others: a seed's outcomes at a value are added up over the strata.

    Where init and data seeds are crossed, whole init seeds are permuted and whole data seeds, and
    the larger p-value counts, Q being divided by the variance that either kind of seed and both
    together give its sums (Cameron, Gelbach and Miller 2011). Several teachers are not permuted:
    what is found holds for these.

    Args:
        frame: a frame of `load_study`; runs without an outcome are left out.
        axes: columns that name a cell; by default the study's.
        event: one of `results.outcomes.EVENTS`.
        at: "H/2" or "H".

    Returns:
        First a row for all cells, `axis` being empty; where one axis varies that is its own row,
        and where several do there is one for each after it. `compared`: how many cells or values;
        `unit` ("init_seed" or "data_seed"): what was permuted as a whole, `units` of them, of which
        `informative` ended in one cell otherwise than in another; `runs` in the test and
        `left_out` (without their like in another cell); `q`, `df` (its mean by chance), `p_value`,
        `p_holm` (over the axes), `minimum_p` (the smallest p-value that so many informative units
        allow), `exact`; `reason`: why there is no test (an `OmnibusReason`), its numbers being NaN.

    Raises:
        ConfigError: no such column, event or horizon.

    Example:
        >>> from results.examples import example_study
        >>> found = cochran_q(example_study()).round(3)
        >>> found[["axis", "units", "informative", "q", "p_value"]].values.tolist()
        [['batch_norm', 12, 6, 6.0, 0.031]]
    """
    runs = runs_of(frame, axes, event, at)
    varied = [axis for axis in runs.axes if len(set(runs.frame[axis].dropna())) > 1]
    rows = [_row(runs, varied[0] if len(varied) == 1 else "", runs.cells, runs.cells * 0)]
    if len(varied) > 1:
        rows += [_axis_row(runs, axis) for axis in varied]
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    found["p_holm"] = found["p_value"]
    found.loc[1:, "p_holm"] = holm(found.loc[1:, "p_value"].tolist())
    return found


def _axis_row(runs: Runs, axis: str) -> dict[str, Any]:
    """Test an axis; runs in which it cannot matter are in no stratum."""
    others = [runs.frame[name] for name in runs.axes if name != axis]
    applies = ~runs.frame[axis].isna().to_numpy(dtype=bool)
    return _row(runs, axis, codes(runs.frame[axis]), codes(*others), applies)


def _row(
    runs: Runs,
    axis: str,
    treatments: np.ndarray,
    strata: np.ndarray,
    applies: np.ndarray | None = None,
) -> dict[str, Any]:
    """Test treatments within strata."""
    there = np.ones(len(treatments), dtype=bool) if applies is None else applies
    compared = len(np.unique(treatments[there]))
    row: dict[str, Any] = {"axis": axis, "compared": compared, "unit": "init_seed"}
    row |= dict.fromkeys(("units", "informative", "runs"), 0) | {"run_ids": ()}
    row |= dict.fromkeys(("q", "df", "p_value", "minimum_p"), np.nan) | {"exact": False}
    row |= {"left_out": len(there), "reason": "one cell" if compared < 2 else "no pair"}
    if compared < 2:
        return row
    found, kept = _tested(runs, np.flatnonzero(there), treatments, codes(strata, runs.teachers))
    if found is None:
        return row
    ids = runs.frame["run_id"].to_numpy()[kept]
    return (
        row | found | {"runs": len(ids), "left_out": len(there) - len(ids), "run_ids": tuple(ids)}
    )


def _tested(
    runs: Runs, chosen: np.ndarray, treatments: np.ndarray, within: np.ndarray
) -> tuple[dict[str, Any] | None, np.ndarray]:
    """Permute init seeds, or both kinds where they are crossed; and tell which runs were in it."""
    init, data = runs.init_seeds[chosen], runs.data_seeds[chosen]
    units = codes(init, data)
    table = block_table(
        runs.happened[chosen],
        units,
        codes(treatments[chosen]),
        codes(within[chosen]),
        alike=np.zeros_like(units) if runs.crossed else None,
    )
    there = np.unique(units[table.kept])
    if not len(there):
        return None, chosen[:0]
    sums, first = table.sums[there], [int(np.argmax(units == unit)) for unit in there]
    tests = {"init_seed": cochran_test(sums)}
    if runs.crossed:
        sums = sums[:, ~np.isnan(sums[0])]
        kinds = [codes(seeds[first]) for seeds in (init, data)]
        both = two_way_test(sums, *kinds)
        tests = {
            name: test
            for name, test, units in zip(("init_seed", "data_seed"), both, kinds, strict=True)
            if units.any()
        }
    unit, test = max(tests.items(), key=lambda item: item[1].p_value)
    seeds = (data if unit == "data_seed" else init)[table.kept]
    return {
        "unit": unit,
        "units": len(np.unique(seeds)),
        "informative": test.informative,
        "q": test.q,
        "df": test.df,
        "p_value": test.p_value,
        "minimum_p": max(each.minimum_p for each in tests.values()),
        "exact": test.exact,
        "reason": "",
    }, chosen[table.kept]
