"""What a report says of main effects, of a fraction and of a full two-level factorial."""

from typing import Any

import numpy as np
import pandas as pd

from results.reports.answers import answers
from results.reports.main_effects import QUESTION, main_effects_table
from results.statistics.comparing.compared import compared, effects_of
from searchspaces.fractions import Fraction
from tests.results.examples import study_record

LEVELS: dict[str, tuple[Any, Any]] = {
    "batch_norm": ("none", "all"),
    "lr": (0.1, 0.01),
    "width": (4, 1),
    "flips": (True, False),
}
HALF = Fraction.of("2^(4-1)", LEVELS)
THREE = ("batch_norm", "lr", "width")
THIRD = Fraction.of("2^(3-1)", {name: LEVELS[name] for name in THREE})
NO_CURVES = pd.DataFrame()


def told(fraction: Fraction, seeds: int = 10, broken: int = 0, **parts: Any) -> tuple[str, Any]:
    """Answer and table of a study in which every seed collapses without batch norm at lr 0.1, and
    the seed 0 everywhere; the last `broken` seeds have a run without an outcome."""
    rows = [
        {
            **point,
            "init_seed": seed,
            "data_seed": seed,
            "outcome": "constant" if fell else "learned",
            "outcome_half": "flat",
        }
        for point in fraction.points
        for seed in range(seeds)
        for fell in [seed == 0 or (point["batch_norm"] == "none" and point["lr"] == 0.1)]
    ]
    frame = pd.DataFrame(rows)
    frame = frame.assign(run_id=frame.index.astype(str), fell=frame["outcome"] == "constant")
    frame.loc[frame.index[seeds - broken : seeds], ["outcome", "outcome_half"]] = np.nan
    axes = list(fraction.levels)
    frame.attrs |= {"axes": axes, "levels": dict(fraction.levels)}
    levels = {name: list(two) for name, two in fraction.levels.items()}
    record = study_record(
        [(fraction.points[0], 1, "0")], axes=axes, design=fraction.design, levels=levels, **parts
    )
    found = answers(frame, record, NO_CURVES, compared(frame, record))
    (sentence,) = [one.sentence for one in found if one.question == QUESTION]
    effects = effects_of(frame, record)
    assert effects is not None
    return sentence, main_effects_table(effects, record)


def test_a_biologist_reads_which_factor_does_what() -> None:
    sentence, table = told(HALF)
    assert sentence.startswith(
        "Batch_norm and lr: 10 seeds; 2^(4-1), resolution IV: main effects are clear of two-factor "
        "interactions, which are aliased with each other."
    )
    assert (
        "batch_norm=all instead of none, over all settings of the others: 10% of the runs "
        "collapsed, not 55%, -45 points (95%: " in sentence
    )
    assert "after Holm's correction for 4)" in sentence
    assert "Not shown of width (0; 95%: -" in sentence
    assert "Left out" not in sentence
    assert table.frame["effect"].tolist() == list(LEVELS)
    assert table.note.startswith("2^(4-1), resolution IV")


def test_effects_that_no_run_tells_apart_are_named() -> None:
    sentence, table = told(THIRD, interactions=[("batch_norm", "lr")])
    assert "resolution III: main effects are aliased with two-factor interactions" in sentence
    assert "; no run tells it from lr x width" in sentence
    assert table.frame["verdict"].tolist()[3] == "aliased"
    assert "batch_norm x lr" not in sentence.partition("Not shown of")[2]


def test_what_is_left_out_is_said() -> None:
    sentence, _ = told(HALF, broken=1)
    assert "Left out is 1 seed without an outcome in every cell, with 7 finished runs." in sentence
    assert "9 seeds" in sentence
    sentence, _ = told(HALF, broken=10)
    assert sentence == "Unknown: no seed has an outcome in every cell yet."


def test_few_seeds_show_nothing_and_it_is_said() -> None:
    sentence, _ = told(HALF, seeds=3)
    assert sentence.startswith("Underpowered: 3 seeds;")
    assert sentence.endswith("So few seeds could show no effect, even if all of them agreed.")


def test_a_full_two_level_factorial_has_them_too_and_other_grids_have_none() -> None:
    frame = pd.DataFrame(
        [
            {"batch_norm": norm, "width": width, "init_seed": seed, "data_seed": seed,
             "outcome": "constant" if norm == "none" else "learned", "outcome_half": "flat"}
            for norm in ("none", "all") for width in (1, 2, 4) for seed in range(8)
        ]
    )  # fmt: skip
    frame = frame.assign(run_id=frame.index.astype(str), fell=frame["outcome"] == "constant")
    frame.attrs["axes"] = ["batch_norm", "width"]
    record = study_record(
        [({"batch_norm": "none", "width": 2}, 1, "0")], axes=["batch_norm", "width"]
    )
    assert effects_of(frame, record) is None
    two = frame.loc[frame["width"] < 4]
    two.attrs = frame.attrs
    effects = effects_of(two, record)
    assert effects is not None
    assert effects["effect"].tolist() == ["batch_norm", "width"]
    assert main_effects_table(effects, record).note.startswith(
        "4 cells, all cells of the grid: nothing is aliased. Difference"
    )
