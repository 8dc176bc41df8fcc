"""Odds ratios of a factorial: clustered, separated, aliased, or not there."""

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.special import ndtri as norm_quantile
from scipy.stats import t as student_t
from statsmodels.genmod.families import Binomial as BinomialFamily
from statsmodels.genmod.generalized_linear_model import GLM

from results.errors import ConfigError
from results.statistics.factors import (
    MINIMUM_SEEDS_FOR_REGRESSION,
    NONE_APPLIES,
    factor_effects,
    factor_of,
)
from results.statistics.methods.clustered_logit import binomial_of, clustered_logit
from results.statistics.methods.design_matrix import design_matrix
from results.statistics.methods.firth import separated

AXES = ["batch_norm", "width"]


def factorial(seeds: int = 60, simulation: int = 0, effect: float = 1.0) -> pd.DataFrame:
    """Two widths with and without batch norm; seeds differ, and batch norm helps."""
    rng = np.random.default_rng(simulation)
    strength = rng.normal(size=seeds)
    rows = [
        (norm, width, seed, rng.random() < expit(strength[seed] + effect * (norm == "none")))
        for norm, width in product(["none", "all"], [1, 2, 4])
        for seed in range(seeds)
    ]
    frame = pd.DataFrame(rows, columns=["batch_norm", "width", "init_seed", "fell"])
    frame["outcome"] = np.where(frame["fell"], "flat", "learned")
    frame["run_id"] = [f"run {number}" for number in range(len(frame))]
    frame.attrs["axes"] = AXES
    return frame


def test_it_is_a_clustered_regression() -> None:
    frame = factorial()
    found = factor_effects(frame).set_index("term")
    assert found.index.tolist() == ["batch_norm=all", "width=2", "width=4"]
    indicators = [frame["batch_norm"] == "all", frame["width"] == 2, frame["width"] == 4]
    design = np.column_stack([np.ones(len(frame)), *indicators]).astype(float)
    model = GLM(frame["fell"].to_numpy(float), design, family=BinomialFamily())
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": frame["init_seed"].to_numpy()})
    np.testing.assert_allclose(found["odds_ratio"], np.exp(fit.params[1:]), rtol=1e-6)
    half = (np.log(found["high"]) - np.log(found["low"])) / 2
    np.testing.assert_allclose(half, quantiles(frame, design, fit.params) * fit.bse[1:], rtol=1e-4)
    assert set(found["method"]) == {"logit"}
    assert found.loc["width=2", ["seeds", "runs"]].tolist() == [60, 120]


def quantiles(frame: pd.DataFrame, design: np.ndarray, estimates: np.ndarray) -> np.ndarray:
    """Student's t at 97.5%, its degrees of freedom from each seed's score one after the other."""
    p = expit(design @ estimates)
    bread = np.linalg.inv(design.T @ np.diag(p * (1 - p)) @ design)
    parts = []
    for seed in range(60):
        rows = (frame["init_seed"] == seed).to_numpy()
        parts.append((bread @ design[rows].T @ (frame["fell"].to_numpy(float) - p)[rows]) ** 2)
    total, squares = np.sum(parts, axis=0), np.sum(np.square(parts), axis=0)
    return student_t.ppf(0.975, total**2 / squares - 1)[1:]


def test_terms_that_few_seeds_decide_have_no_interval() -> None:
    """Three of 60 seeds collapse in some cells only; the sandwich would see 59 degrees."""
    frame = factorial().assign(fell=False)
    for seed, cells in enumerate([[("none", 1), ("all", 2)], [("none", 4)], [("all", 4)]]):
        for norm, width in cells:
            one = (frame["batch_norm"] == norm) & (frame["width"] == width)
            frame.loc[one & (frame["init_seed"] == seed), "fell"] = True
    frame["outcome"] = np.where(frame["fell"], "flat", "learned")
    found = factor_effects(frame, AXES).set_index("term")
    assert set(found["method"]) == {"logit"}
    assert np.isfinite(found["odds_ratio"].to_numpy(float)).all()
    assert np.isnan(found[["low", "high", "p_value"]].to_numpy(float)).all()


@pytest.mark.slow
def test_simulated_size_with_rare_collapse_and_strong_seeds() -> None:
    """40 seeds, 2 x 3 cells, rate 5%, 80% of the latent variance the seed's: with 39 degrees of
    freedom it was 6.1%, in 2 x 2 x 2 cells 7.1% and in sixteen 8.9%."""
    rng, simulations, level = np.random.default_rng(5), 200, 0.05
    frame, rejected = factorial(40), 0
    design = design_matrix([factor_of(frame, axis) for axis in AXES])
    seeds = frame["init_seed"].to_numpy()
    for _ in range(simulations):
        strong = rng.normal(size=40)[seeds] * np.sqrt(0.8)
        fell = strong + rng.normal(size=len(frame)) * np.sqrt(0.2) < norm_quantile(0.05)
        if not separated(binomial_of(design.columns, fell)).any():
            found = clustered_logit(design.columns, fell, seeds, 0.95)
            rejected += bool(found[1, 3] <= level)
    assert rejected / simulations <= level + 2 * math.sqrt(level * (1 - level) / simulations)


def test_the_order_of_rows_after_the_first_does_not_matter() -> None:
    frame = factorial()
    frame.attrs["axes"] = AXES
    shuffled = pd.concat([frame.iloc[[0]], frame.iloc[1:].sample(frac=1, random_state=3)])
    found = factor_effects(shuffled, AXES).set_index("term").sort_index()
    expected = factor_effects(frame).set_index("term").sort_index()
    pd.testing.assert_frame_equal(found, expected, rtol=1e-8)


def test_below_forty_seeds_there_is_a_reason_instead() -> None:
    found = factor_effects(factorial(MINIMUM_SEEDS_FOR_REGRESSION - 1))
    assert found.empty
    assert found.attrs["reason"] == "too few seeds"
    assert found.attrs["seeds"] == 39
    assert not factor_effects(factorial(MINIMUM_SEEDS_FOR_REGRESSION)).empty


def test_nothing_to_explain_has_a_reason_too() -> None:
    frame = factorial()
    assert factor_effects(frame, event="diverged").attrs["reason"] == "never"
    assert factor_effects(frame.assign(outcome="flat"), AXES).attrs["reason"] == "always"
    one = frame.loc[(frame["width"] == 1) & (frame["batch_norm"] == "all")]
    assert factor_effects(one, AXES).attrs["reason"] == "one level"
    assert factor_effects(frame.iloc[:0], AXES).empty
    assert factor_effects(frame.assign(outcome=None), AXES).empty


def test_a_setting_that_never_falls_has_a_finite_odds_ratio() -> None:
    frame = factorial()
    frame.loc[frame["batch_norm"] == "all", "outcome"] = "learned"
    found = factor_effects(frame, AXES).set_index("term")
    assert set(found["method"]) == {"firth"}
    row = found.loc["batch_norm=all"]
    assert 0 < row["odds_ratio"] < row["high"] < 0.1
    assert row["low"] < row["odds_ratio"]
    assert row["p_value"] < 1e-6
    assert np.isfinite(found.loc["width=2"].drop("method").astype(float)).all()


def test_seeds_that_do_the_same_with_a_setting_as_without_it_have_no_interval() -> None:
    frame = factorial()
    same = frame["width"].replace(2, 1).astype(str) + frame["batch_norm"]
    first = frame.assign(same=same).groupby(["same", "init_seed"])["outcome"].transform("first")
    found = factor_effects(frame.assign(outcome=first)).set_index("term")
    assert found.loc["width=2", "odds_ratio"] == pytest.approx(1)
    assert found.loc["width=2", ["low", "high", "p_value"]].isna().all()
    assert found.drop("width=2").notna().all(axis=None)


def test_repeating_every_run_of_a_seed_proves_no_more_of_a_separated_setting() -> None:
    frame = factorial()
    frame.loc[frame["batch_norm"] == "all", "outcome"] = "learned"
    once = factor_effects(frame, AXES).set_index("term").loc["batch_norm=all"]
    copies = [frame.assign(run_id=frame["run_id"] + f" {copy}") for copy in range(5)]
    many = factor_effects(pd.concat(copies), AXES).set_index("term").loc["batch_norm=all"]
    assert math.log(many["high"]) > math.log(once["high"]) - 0.5 * abs(math.log(once["high"]))
    assert many["p_value"] > once["p_value"] / 100


def test_an_axis_that_cannot_matter_is_a_level_and_what_follows_is_dropped() -> None:
    frame = factorial()
    soft = frame["batch_norm"] == "none"
    frame = frame.assign(objective=np.where(soft, "soft", "hard"))
    frame["temperature"] = np.where(soft, frame["width"].to_numpy(float), np.nan)
    design = design_matrix([factor_of(frame, axis) for axis in ("objective", "temperature")])
    assert design.terms == ("intercept", "objective=hard", "temperature=2", "temperature=4")
    assert design.aliased == (f"temperature={NONE_APPLIES}",)
    found = factor_effects(frame, ["objective", "temperature"])
    assert found.attrs["reference"] == {"objective": "soft", "temperature": "1"}
    assert found.attrs["aliased"] == [f"temperature={NONE_APPLIES}"]
    assert np.linalg.matrix_rank(design.columns) == design.columns.shape[1]


def test_interactions_are_ratios_of_odds_ratios() -> None:
    frame = factorial()
    found = factor_effects(frame, interactions=[("batch_norm", "width")]).set_index("term")

    def odds(norm: str, width: int) -> float:
        cell = frame.loc[(frame["batch_norm"] == norm) & (frame["width"] == width)]
        fell = float(np.mean(cell["fell"].to_numpy(float)))
        return fell / (1 - fell)

    ratio = (odds("all", 4) / odds("all", 1)) / (odds("none", 4) / odds("none", 1))
    assert found.loc["batch_norm=all x width=4", "odds_ratio"] == pytest.approx(ratio, rel=1e-6)
    with pytest.raises(ConfigError, match="depth"):
        factor_effects(frame, interactions=[("batch_norm", "depth")])


@pytest.mark.slow
def test_simulated_errors_of_the_first_kind() -> None:
    """Batch norm without an effect, seeds that differ."""
    simulations, level = 150, 0.05
    p_values = [
        factor_effects(factorial(40, k, 0.0)).set_index("term").loc["batch_norm=all", "p_value"]
        for k in range(simulations)
    ]
    rejected = np.mean(np.array(p_values, dtype=float) <= level)
    assert rejected <= level + 3 * math.sqrt(level * (1 - level) / simulations)
