"""What a mean is clustered by, and its variance."""

import numpy as np
import pytest
from statsmodels.api import OLS

from results.statistics.methods.units import clustering_units, variance_of_mean

INIT = np.repeat(range(6), 4).tolist()
DATA = np.tile(range(4), 6).tolist()


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ({"init": [0, 1, 2], "data": [0, 1, 2]}, ["init"]),
        (
            {"init": [0, 0, 1, 1], "data": [0, 0, 1, 1], "teacher": [0, 1, 0, 1]},
            ["init", "teacher"],
        ),
        ({"init": INIT, "data": DATA}, ["init", "data"]),
        ({"init": INIT, "data": [0] * 24}, ["init"]),
        ({"init": INIT, "data": list(range(24))}, ["init"]),
        ({"init": [0, 1, 2, 3], "data": [0, 0, 1, 1]}, ["data"]),
        ({"init": [3, 3, 3], "data": [0, 1, 2]}, ["data"]),
        ({"init": [3], "data": [0]}, ["init"]),
    ],
)
def test_a_kind_counts_if_it_varies_beyond_the_others(
    kinds: dict[str, list[int]], expected: list[str]
) -> None:
    assert list(clustering_units(kinds)) == expected


def test_with_one_kind_it_is_the_variance_of_a_mean_of_clusters() -> None:
    values = np.random.default_rng(0).normal(size=24)
    means = values.reshape(6, 4).mean(axis=1)
    ((found, freedom),) = variance_of_mean(values, clustering_units({"init": INIT}))
    assert (found, freedom) == (pytest.approx(means.var(ddof=1) / 6), 5.0)


def test_with_two_kinds_it_is_the_sum_of_both_and_more_than_the_two_way_estimate() -> None:
    """statsmodels subtracts what a single value varies by (Cameron, Gelbach and Miller 2011)."""
    values = np.random.default_rng(1).normal(size=24)
    units = clustering_units({"init": INIT, "data": DATA})
    (of_init, init_freedom), (of_data, data_freedom) = variance_of_mean(values, units)
    assert (init_freedom, data_freedom) == (5.0, 3.0)
    groups = np.stack(list(units.values()), axis=1)
    fit = OLS(values, np.ones(24)).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    single = np.square(values - values.mean()).sum() / 24**2
    uncorrected = of_init * 5 / 6 + of_data * 3 / 4
    assert uncorrected - single == pytest.approx(float(fit.bse[0]) ** 2)


def test_a_single_unit_and_equal_values_have_no_variance() -> None:
    (part,) = variance_of_mean(np.array([0.0, 1.0]), clustering_units({"init": [1, 1]}))
    assert part == (0.0, 0.0)
    units = clustering_units({"init": INIT, "data": DATA})
    assert variance_of_mean(np.ones(24), units) == [(0.0, 5.0), (0.0, 3.0)]
