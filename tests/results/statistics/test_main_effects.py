"""Main effects of two-level factorials, seed by seed."""

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, norm

from results import main_effects
from results.errors import ConfigError
from results.statistics.methods.holm import holm
from results.statistics.methods.paired import sign_flip_p
from searchspaces.fractions import Fraction

LEVELS = {"width": (4, 1), "norm": ("none", "all"), "lr": (0.1, 0.01), "soft": (0.5, 1.0)}
HALF = Fraction.of("2^(4-1)", LEVELS).points
WHOLE = tuple(dict(zip(LEVELS, cell, strict=True)) for cell in product(*LEVELS.values()))
Fell = Callable[[Mapping[str, Any], int], bool]


def frame_of(points: tuple[dict[str, Any], ...], seeds: int, fell: Fell) -> pd.DataFrame:
    """Runs of these cells; the first value of each axis in the frame may be its high level."""
    rows = [
        {**cell, "init_seed": seed, "data_seed": seed, "outcome": "flat" if dead else "learned"}
        for cell in points
        for seed in range(seeds)
        for dead in [fell(cell, seed)]
    ]
    frame = pd.DataFrame(rows)
    frame = frame.assign(outcome_half=frame["outcome"], run_id=frame.index.astype(str))
    frame.attrs |= {"axes": list(LEVELS), "levels": LEVELS}
    return frame


def by_effect(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["effect"]: dict(row) for row in table.to_dict("records")}


def drawn(rng: np.random.Generator) -> Fell:
    return lambda cell, seed: bool(rng.random() < 0.4)


def test_an_effect_is_the_mean_over_seeds_of_high_less_low() -> None:
    frame = frame_of(HALF, 9, drawn(np.random.default_rng(1)))
    table = main_effects(frame)
    fell = (frame["outcome"] == "flat").to_numpy()
    seeds_of = frame["init_seed"].to_numpy()
    for name, (low, high) in LEVELS.items():
        row, values = by_effect(table)[name], frame[name].to_numpy()
        of_seeds = [
            int(fell[(seeds_of == seed) & (values == high)].sum())
            - int(fell[(seeds_of == seed) & (values == low)].sum())
            for seed in range(9)
        ]
        assert row["difference"] == pytest.approx(sum(of_seeds) / 9 / 4)
        assert row["rate_level"] == pytest.approx(fell[values == high].mean())
        assert row["rate_reference"] == pytest.approx(fell[values == low].mean())
        assert row["p_value"] == sign_flip_p(of_seeds)
        shown = [value if name == "norm" else f"{value:g}" for value in (high, low)]
        assert [row["level"], row["reference"]] == shown
    assert table["p_holm"].tolist() == holm(table["p_value"].tolist())


def test_with_one_factor_it_is_mcnemars_test() -> None:
    fell = {("none", seed): seed < 8 for seed in range(12)} | {("all", 9): True}
    points = ({"norm": "none"}, {"norm": "all"})
    frame = frame_of(points, 12, lambda cell, seed: fell.get((cell["norm"], seed), False))
    (row,) = main_effects(frame, ["norm"]).to_dict("records")
    assert row["p_value"] == pytest.approx(binomtest(1, 9).pvalue)
    assert row["difference"] == pytest.approx(-7 / 12)


def test_levels_without_a_study_are_in_the_order_of_the_frame() -> None:
    frame = frame_of(WHOLE, 8, lambda cell, seed: cell["norm"] == "all")
    frame.attrs = {"axes": list(LEVELS)}
    row = by_effect(main_effects(frame))["norm"]
    assert (row["level"], row["difference"], row["verdict"]) == ("all", 1.0, "different")


def test_an_interaction_is_half_the_difference_of_the_effects() -> None:
    both: Fell = lambda cell, seed: cell["norm"] == "all" and cell["lr"] == 0.01  # noqa: E731
    frame = frame_of(WHOLE, 8, both)
    table = main_effects(frame, interactions=[("norm", "lr"), ("width", "soft")])
    found = table.set_index("effect")["difference"].to_dict()
    assert found == {
        "width": 0, "norm": 0.5, "lr": 0.5, "soft": 0, "norm x lr": 0.5, "width x soft": 0
    }  # fmt: skip
    assert set(table["aliased"]) == {""}


def test_what_is_aliased_is_said_and_tested_once() -> None:
    frame = frame_of(HALF, 8, drawn(np.random.default_rng(2)))
    table = main_effects(frame, interactions=[("norm", "lr"), ("width", "soft")])
    rows = by_effect(table)
    last = rows["width x soft"]
    assert (last["verdict"], last["aliased"]) == ("aliased", "norm x lr")
    assert rows["norm x lr"]["verdict"] != "aliased"
    assert all(np.isnan(last[name]) for name in ("low", "high", "p_value", "p_holm"))
    assert table["p_holm"][:5].tolist() == holm(table["p_value"][:5].tolist())
    third = Fraction.of("2^(3-1)", {name: LEVELS[name] for name in ("width", "norm", "lr")}).points
    frame = frame_of(third, 8, drawn(np.random.default_rng(3)))
    table = main_effects(frame, ["width", "norm", "lr"], interactions=[("width", "norm")])
    assert table["aliased"].tolist()[0] == "norm x lr"
    assert table["verdict"].tolist()[3] == "aliased"
    assert table.attrs["relation"].resolution == 3


def test_seeds_without_an_outcome_in_some_cell_are_left_out_whole() -> None:
    frame = frame_of(HALF, 9, drawn(np.random.default_rng(4)))
    broken = frame.copy()
    broken.loc[broken.index[[0, 12]], "outcome"] = None  # of seeds 0 and 3
    found = main_effects(broken)
    assert (found.attrs["seeds"], found.attrs["left_out"]) == (7, 2)
    assert found.attrs["runs_left_out"] == 2 * 7
    rest = frame.loc[~frame["init_seed"].isin([0, 3])]
    rest.attrs = frame.attrs
    pd.testing.assert_frame_equal(found, main_effects(rest))


def test_frames_without_main_effects_have_a_reason() -> None:
    frame = frame_of(WHOLE, 3, drawn(np.random.default_rng(5)))

    def reason(part: pd.DataFrame) -> str:
        part.attrs = {"axes": list(LEVELS)}
        return main_effects(part).attrs["reason"]

    assert reason(frame.assign(outcome=None)) == "no seeds"
    assert reason(frame.loc[(frame["width"] == 4) | (frame["norm"] == "all")]) == "no design"
    same = frame.loc[(frame["width"] == 4) == (frame["norm"] == "all")]
    assert reason(same) == "no design"  # two factors are one
    assert reason(frame.iloc[:1]) == "no factors"
    assert reason(frame.iloc[:0]) == "no factors"
    with pytest.raises(ConfigError, match="no axis"):
        main_effects(frame, interactions=[("width", "momentum")])


def test_other_axes_are_averaged_over_and_further_values_left_out() -> None:
    frame = frame_of(HALF, 8, drawn(np.random.default_rng(6)))
    parts = [frame.assign(momentum=value) for value in (0.5, 0.9, 0.99)]
    joined = pd.concat(parts, ignore_index=True).assign(run_id=lambda f: f.index.astype(str))
    joined.attrs = frame.attrs | {"axes": [*LEVELS, "momentum"]}
    again = main_effects(joined)
    assert again["effect"].tolist() == list(LEVELS)
    assert again["difference"].tolist() == pytest.approx(main_effects(frame)["difference"].tolist())
    further = pd.concat([frame, frame.iloc[:3].assign(width=2)], ignore_index=True)
    further["run_id"] = further.index.astype(str)
    further.attrs = frame.attrs
    pd.testing.assert_frame_equal(main_effects(further), main_effects(frame))


def test_so_few_seeds_that_none_could_show_it_are_underpowered() -> None:
    always: Fell = lambda cell, seed: cell["norm"] == "all"  # noqa: E731
    assert set(main_effects(frame_of(HALF, 7, always))["verdict"]) == {"underpowered"}
    rows = by_effect(main_effects(frame_of(HALF, 8, always)))
    assert rows["norm"]["verdict"] == "different"
    assert rows["width"]["verdict"] == "inconclusive"


def test_crossed_data_seeds_are_a_unit_too() -> None:
    """Where data order decides everything, many init seeds say no more than the data seeds do."""
    frame = frame_of(WHOLE, 20, lambda cell, seed: False)
    parts = [frame.assign(data_seed=data) for data in range(3)]
    crossed = pd.concat(parts, ignore_index=True)
    fell = (crossed["norm"] == "all") & (crossed["data_seed"] < 2)
    crossed = crossed.assign(outcome=np.where(fell, "flat", "learned"))
    crossed = crossed.assign(run_id=crossed.index.astype(str))
    crossed.attrs = frame.attrs
    row = by_effect(main_effects(crossed))["norm"]
    assert row["difference"] == pytest.approx(2 / 3)
    assert (row["p_value"], row["verdict"]) == (0.5, "underpowered")
    assert row["low"] <= 0 <= row["high"]


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.4, 0.8])
def test_size_power_and_coverage_at_twenty_seeds(share: float) -> None:
    """The 2^(5-1) of `factorial`: one factor takes 35% to 10%; `share` is the seed's part of the
    variance that decides."""
    levels = {**LEVELS, "weights": ("none", "inverse")}
    cells = Fraction.of("2^(5-1)", levels).points
    rng = np.random.default_rng(7)
    found = {"power": 0, "family": 0, "covered": 0, "intervals": 0}
    families: list[tuple[int, bool]] = []
    times = 400
    for number in range(times):
        of_seed = rng.normal(size=20) * share**0.5

        def fell(cell: Mapping[str, Any], seed: int, of_seed: np.ndarray = of_seed) -> bool:
            rate = 0.1 if cell["norm"] == "all" else 0.35
            drawn = of_seed[seed] + (1 - share) ** 0.5 * rng.normal()
            return bool(drawn < norm.ppf(rate))

        frame = frame_of(cells, 20, fell)
        frame.attrs = {"axes": list(levels), "levels": levels}
        for effect, row in by_effect(main_effects(frame)).items():
            different = row["verdict"] == "different"
            found["power"] += different and effect == "norm"
            families.append((number, different and effect != "norm"))
            truth = -0.25 if effect == "norm" else 0.0
            found["covered"] += row["low"] <= truth <= row["high"]
            found["intervals"] += 1
    found["family"] = len({number for number, wrong in families if wrong})
    print(share, found)
    assert found["power"] >= 0.93 * times
    assert found["family"] <= (0.05 + 2 * (0.05 * 0.95 / times) ** 0.5) * times
    assert found["covered"] >= 0.93 * found["intervals"]
