"""Cochran's Q where runs share two kinds of seeds, crossed with each other."""

import math

import numpy as np

from results.statistics.methods.cochran_q import QTest, cochran_test, known


def two_way_test(table: np.ndarray, *kinds: np.ndarray) -> list[QTest]:
    """Test that columns are exchangeable, whole units of each kind being permuted in turn.

    Runs of a unit of either kind depend on each other, so the sums vary more than permuting one
    kind shows. Q is divided by how much more: the variances that the kinds and both together give
    are added up as by Cameron, Gelbach and Miller (2011, Journal of Business and Economic
    Statistics 29:238), E_1 + E_2 - E_12, of what is left when the columns' means are taken away.
    The test to believe is that with the larger p-value.

    Args:
        table: (rows, columns), a row a pair of units; a column without a value has none in any row.
        kinds: two arrays of shape (rows,): the unit of each kind, numbered from 0.

    Returns:
        A test for each kind.
    """
    rest = table - table.mean(axis=0)
    single = [squares(added(rest, units)) for units in kinds]
    if not squares(rest):
        return [cochran_test(added(table, units)) for units in kinds]
    variance = max(*single, sum(single) - squares(rest))
    return [
        cochran_test(added(table, units), inflation=variance / own if own else math.inf)
        for units, own in zip(kinds, single, strict=True)
    ]


def added(table: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Add up the rows of each unit, shape (units, columns)."""
    sums = np.zeros((int(units.max()) + 1, table.shape[1]))
    np.add.at(sums, units, table)
    return sums


def squares(table: np.ndarray) -> float:
    """Compute what permuting each row makes of the sum of squared deviations of column sums."""
    return float(sum(((known(row) - known(row).mean()) ** 2).sum() for row in table))
