"""The tables of a report that hold the study file's contrasts."""

import pandas as pd

from results.reports.report import RUN_IDS, Table
from results.statistics.comparing.comparisons import DETAILS

COUNTED = (
    "both, only cell, only against, neither: pairs of runs by the side on which the event "
    "happened. Difference: rate of the cell less that of the other, with 95% interval."
)


def contrasts_table(contrasts: pd.DataFrame) -> Table:
    """Every contrast of the study file, a test each."""
    return Table(
        "contrasts",
        "Does it change anything? Paired by seed, one test a contrast",
        without_details(contrasts),
        f"{COUNTED} p and interval are of one test: seeds that have one pair each, the exact "
        "unconditional one; several, the sums of whole seeds; crossed seeds or teachers, "
        "clustered by each; other seeds on each side: exact too. p holm: corrected for all "
        "contrasts, whatever their strata. different: p holm is below 0.05; inconclusive: it is "
        "not; underpowered: of so few seeds no p could be; absent: runs of these cells were not "
        "requested.",
        ("question",),
        detail="full",
    )


def strata_table(strata: pd.DataFrame) -> Table:
    """Each stratum of the contrasts that cover several."""
    untested = ["p_value", "p_holm", "verdict", "strata"]
    return Table(
        "strata",
        "The same in each stratum",
        without_details(strata.drop(columns=untested)),
        f"{COUNTED} Strata describe and are not tested: the contrast is, once over all of them. "
        "Of many intervals some miss by chance.",
        ("question", "stratum"),
        detail="full",
    )


def without_details(contrasts: pd.DataFrame) -> pd.DataFrame:
    """The columns that people look at, with the runs behind each row."""
    table = with_intervals(contrasts.drop(columns=list(DETAILS)))
    ids = [a + b for a, b in zip(table["run_ids_cell"], table["run_ids_against"], strict=True)]
    return table.drop(columns=["run_ids_cell", "run_ids_against"]).assign(**{RUN_IDS: ids})


def with_intervals(table: pd.DataFrame) -> pd.DataFrame:
    """Differences with their interval as a `Table` has them."""
    return table.rename(columns={"low": "difference_low", "high": "difference_high"})
