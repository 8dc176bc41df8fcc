"""Variance shares of crossed seeds."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.stats import f_oneway
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from results.errors import ConfigError
from results.statistics.methods.variance_components import estimates, weighted_components
from results.statistics.variance import CROSSINGS, variance_shares
from scripts.coverage.draws import crossed_outcomes, shares_of_rate

SOURCES = CROSSINGS["data_order"].sources


def crossed_runs(table: np.ndarray, width: int = 2) -> pd.DataFrame:
    """A run for each pair of init and data seed; learned where the figure is above 0.5."""
    rows, columns = table.shape
    init, data = np.meshgrid(range(rows), range(columns), indexing="ij")
    frame = pd.DataFrame(
        {
            "width": width,
            "run_id": [f"{width}-{i}-{j}" for i, j in zip(init.flat, data.flat, strict=True)],
            "init_seed": init.ravel(),
            "data_seed": data.ravel(),
            "iou": table.ravel(),
            "outcome": np.where(table.ravel() > 0.5, "learned", "flat"),
        }
    )
    frame.attrs["axes"] = ["width"]
    return frame


def record(found: pd.DataFrame, index: int = 0) -> dict[str, Any]:
    return found.to_dict("records")[index]


def shares(row: dict[str, Any]) -> list[float]:
    return [row[name] for name in SOURCES]


def simulated(shape: tuple[int, int], parts: tuple[float, float, float], seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    first, second, rest = np.sqrt(parts)
    return (
        first * rng.normal(size=(shape[0], 1))
        + second * rng.normal(size=(1, shape[1]))
        + rest * rng.normal(size=shape)
    )


def test_components_are_those_of_the_analysis_of_variance() -> None:
    table = simulated((7, 5), (1, 0.5, 1), 0)
    frame = crossed_runs(table)
    anova = anova_lm(ols("iou ~ C(init_seed) + C(data_seed)", frame).fit())
    squares = anova["mean_sq"]
    rest = squares["Residual"]
    expected = [
        (squares["C(init_seed)"] - rest) / 5,
        (squares["C(data_seed)"] - rest) / 7,
        rest,
    ]
    np.testing.assert_allclose(estimates(table, 0).components, expected, rtol=1e-9)
    row = record(variance_shares(frame, column="iou"), 0)
    positive = np.maximum(expected, 0)
    np.testing.assert_allclose(shares(row), positive / positive.sum(), rtol=1e-9)


def test_repeated_seeds_leave_the_components_unbiased() -> None:
    """Means over simulated tables against the truth, by the standard error of the mean."""
    truth = (1.0, 0.5, 2.0)
    weights = np.array([[3.0, 1, 0, 1, 0]]), np.array([[2.0, 0, 1, 1]])
    found = np.array(
        [weighted_components(simulated((5, 4), truth, k), *weights)[0] for k in range(4000)]
    )
    error = found.std(axis=0) / math.sqrt(len(found))
    assert (np.abs(found.mean(axis=0) - truth) < 4 * error).all()


@settings(max_examples=20)
@given(arrays(float, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=5),
              elements=st.sampled_from([0.0, 1.0])), st.integers(0, 2**32 - 1))  # fmt: skip
def test_order_does_not_matter_and_exchanging_the_seeds_exchanges_their_shares(
    table: np.ndarray, seed: int
) -> None:
    frame = crossed_runs(table)
    found = variance_shares(frame)
    shuffled = variance_shares(frame.sample(frac=1, random_state=seed))
    pd.testing.assert_frame_equal(shuffled, found)
    other = record(variance_shares(crossed_runs(table.T)), 0)
    row = record(found)
    assert other["data_order"] == pytest.approx(row["initialisation"], nan_ok=True)
    assert other["interaction"] == pytest.approx(row["interaction"], nan_ok=True)
    if np.isfinite(row["interaction"]):
        assert sum(shares(row)) == pytest.approx(1)


def test_the_initialisation_decides_alone() -> None:
    table = np.repeat([[1.0], [0.0], [1.0], [0.0], [0.0], [1.0]], 5, axis=1)
    row = record(variance_shares(crossed_runs(table)), 0)
    assert shares(row) == pytest.approx([1, 0, 0])
    assert (row["p_initialisation"], row["p_data_order"]) == (0.001, 1.0)


def test_the_permutation_p_is_near_that_of_the_f_test() -> None:
    """With one effect and normal noise, permutations and F tests nearly agree."""
    table = simulated((6, 12), (0.15, 0, 1), 5)
    found = record(variance_shares(crossed_runs(table), column="iou"), 0)
    expected = f_oneway(*table).pvalue
    error = math.sqrt(expected * (1 - expected) / 999)
    assert abs(found["p_initialisation"] - expected) < 4 * error + 0.02


def test_seeds_that_lack_runs_are_left_out_and_counted() -> None:
    frame = crossed_runs(simulated((4, 4), (1, 1, 1), 1))
    row = record(variance_shares(frame.iloc[:-2], column="iou"), 0)
    assert (row["init_seeds"], row["data_seeds"], row["runs"], row["left_out"]) == (3, 4, 12, 2)
    frame.loc[frame["data_seed"] == 2, "iou"] = np.nan
    row = record(variance_shares(frame, column="iou"), 0)
    assert (row["init_seeds"], row["data_seeds"], row["left_out"]) == (4, 3, 4)


def test_too_little_or_all_alike_has_a_reason() -> None:
    for table, reason in (
        (np.ones((1, 4)), "too few seeds"),
        (np.ones((3, 3)), "no variance"),
    ):
        found = variance_shares(crossed_runs(table))
        assert record(found)["reason"] == reason
        assert found[[*SOURCES, "p_initialisation"]].isna().to_numpy().all()
    paired = crossed_runs(np.ones((3, 3))).query("init_seed == data_seed")
    assert "" not in variance_shares(paired, ["width"])["reason"].tolist()
    assert variance_shares(crossed_runs(np.ones((3, 3))).iloc[:0], ["width"]).empty


def test_pooled_cells_of_one_shape_are_the_mean_of_their_components() -> None:
    tables = [simulated((6, 5), (2, 0.5, 1), k) for k in range(2)]
    cells = pd.concat([crossed_runs(table, k) for k, table in enumerate(tables)])
    row = record(variance_shares(cells, ["width"], column="iou"), -1)
    assert (bool(row["pooled"]), row["runs"]) == (True, 60)
    mean = np.mean([estimates(table, 0).components for table in tables], axis=0)
    mean = np.maximum(mean, 0)
    np.testing.assert_allclose(shares(row), mean / mean.sum(), rtol=1e-9)
    alone = variance_shares(crossed_runs(tables[0]), column="iou")
    names = [name + end for name in SOURCES for end in ("", "_low", "_high")]
    figures = alone[names].to_numpy(dtype=float)
    np.testing.assert_allclose(figures[0], figures[1])


def test_what_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match="dice"):
        variance_shares(crossed_runs(np.ones((2, 2))), column="dice")


def share_coverage(
    shape: tuple[int, int], rate: float, parts: tuple[float, float], simulations: int
) -> tuple[np.ndarray, int]:
    """How often each share's interval holds it, and among how many tables that have intervals."""
    truth, covered, shown = shares_of_rate(rate, parts), np.zeros(3), 0
    rng = np.random.default_rng(4)
    for _ in range(simulations):
        learned = crossed_outcomes(*shape, rate, parts, rng)
        row = record(variance_shares(crossed_runs(learned.astype(float))), 0)
        if row["reason"]:
            continue
        shown += 1
        covered += [
            row[f"{name}_low"] <= share <= row[f"{name}_high"]
            for name, share in zip(SOURCES, truth, strict=True)
        ]
    return covered / shown, shown


def test_few_units_or_few_events_have_shares_and_no_interval() -> None:
    """Four runs were 'initialisation 100% (100-100%)'."""
    four = record(variance_shares(crossed_runs(np.array([[1.0, 1.0], [0.0, 0.0]]))), -1)
    assert (four["initialisation"], four["reason"]) == (1.0, "few units")
    rare = np.zeros((10, 5))
    rare[:2] = 1.0
    of_two = record(variance_shares(crossed_runs(rare)), 0)
    assert (of_two["initialisation"], of_two["reason"]) == (pytest.approx(1.0), "few events")
    rare[2] = 1.0
    of_three = record(variance_shares(crossed_runs(rare)), 0)
    assert of_three["reason"] == ""
    for row in (four, of_two):
        assert all(math.isnan(row[f"{name}{end}"]) for name in SOURCES for end in ("_low", "_high"))
    assert of_three["initialisation_low"] < 0.9
    figures = record(variance_shares(crossed_runs(rare), column="iou"), 0)
    assert figures["reason"] == ""


def test_a_pooled_row_has_an_interval_where_a_cell_has() -> None:
    mixed = simulated((6, 6), (1, 0, 1), 0)
    rare = np.zeros((6, 6))
    rare[0, 0] = 1.0
    cells = pd.concat([crossed_runs(mixed, 1), crossed_runs(rare, 2)])
    found = variance_shares(cells, ["width"])
    assert found["reason"].tolist() == ["", "few events", ""]
    assert found["initialisation_low"].notna().tolist() == [True, False, True]
    none = variance_shares(pd.concat([crossed_runs(rare, k) for k in (1, 2)]), ["width"])
    assert none["reason"].tolist() == ["few events"] * 3


@pytest.mark.parametrize("shape", [(10, 5), (10, 10)])
def test_rare_events_of_few_seeds_are_covered(shape: tuple[int, int]) -> None:
    """By resampling alone it would be 60 to 80%."""
    covered, shown = share_coverage(shape, 0.2, (0.8, 0.0), 120)
    assert (covered >= 0.93 - 2 * (0.93 * 0.07 / shown) ** 0.5).all()


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(5, 5), (10, 5), (10, 10), (20, 10)])
@pytest.mark.parametrize("rate", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("parts", [(0.9, 0.0), (0.8, 0.15), (0.4, 0.4), (0.6, 0.2), (0.0, 0.6)])
def test_simulated_coverage_of_an_events_shares(
    shape: tuple[int, int], rate: float, parts: tuple[float, float]
) -> None:
    covered, shown = share_coverage(shape, rate, parts, 200)
    assert (covered >= 0.93 - 3 * (0.93 * 0.07 / shown) ** 0.5).all()


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(10, 10), (20, 20)])
def test_simulated_coverage_and_errors_of_the_first_kind(shape: tuple[int, int]) -> None:
    parts, simulations = (1.0, 0.3, 1.0), 150
    truth = np.array(parts) / sum(parts)
    covered, rejected = np.zeros(3), 0
    for k in range(simulations):
        row = record(variance_shares(crossed_runs(simulated(shape, parts, k)), column="iou"), 0)
        covered += [
            row[f"{name}_low"] <= share <= row[f"{name}_high"]
            for name, share in zip(SOURCES, truth, strict=True)
        ]
        null = variance_shares(crossed_runs(simulated(shape, (0, 1, 1), k)), column="iou")
        rejected += record(null)["p_initialisation"] <= 0.05
    assert (covered / simulations >= 0.93 - 2 * math.sqrt(0.07 * 0.93 / simulations)).all()
    assert rejected / simulations <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / simulations)
