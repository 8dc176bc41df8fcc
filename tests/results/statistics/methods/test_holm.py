"""Holm's correction against statsmodels."""

from typing import Any

import numpy as np
from statsmodels.stats.multitest import multipletests

from results.statistics.methods.holm import holm


def test_it_is_that_of_statsmodels() -> None:
    rng = np.random.default_rng(0)
    for size in (1, 30):
        p_values = np.round(rng.random(size) ** 3, 2).tolist()  # rounded: some are equal
        assert holm(p_values) == list(np.asarray(multipletests(p_values, method="holm")[1]))


def test_what_was_not_tested_counts_for_nothing() -> None:
    nothing = float("nan")
    found = holm([nothing, 0.03, nothing, 0.01, 0.9])
    assert np.isnan([found[0], found[2]]).all()
    assert [found[1], found[3], found[4]] == holm([0.03, 0.01, 0.9])
    assert holm([]) == []
    assert np.isnan(holm([nothing])).all()
    given: Any = np.array([0.5, 0.01])
    holm(given)
    assert given.tolist() == [0.5, 0.01]
