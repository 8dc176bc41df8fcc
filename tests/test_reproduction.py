"""What docs/reproduction says of its recorded tables follows from these, from masks and seeds."""

import os
import re
from collections import Counter
from collections.abc import Sized
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.config import RunConfig
from core.data.sources import Volumes, open_source
from core.data.volumes import VALIDATION_GAP as GAP
from core.training.trainer import Trainer
from results import compare, main_effects
from study.catalogue.rescue import STUDY as RESCUE

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs/reproduction"
PAGE = (FOLDER / "README.md").read_text()
ROW = re.compile(r"^\| (\w+) \| (\d+) of (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+)", re.MULTILINE)
"""Study, collapsed, runs, constant, flat, dead, born dead."""
EPFL = os.environ.get("STUDY_EPFL")
needs_epfl = pytest.mark.skipif(EPFL is None, reason="STUDY_EPFL names no EPFL directory")


def letters(text: str) -> Counter[str]:
    """How often each outcome stands in the grids of seeds of a recorded table, or in its column of
    letters, a letter a seed."""
    if "Which seeds fall (" not in text:
        cells = text.partition("By cell, at the horizon")[2].partition("Outcomes: ")[0]
        return Counter("".join(re.findall(r" ([CfuLD]{10})$", cells, re.MULTILINE)))
    grids = text.partition("Which seeds fall (")[2].partition("All cells:")[0]
    lines = [line for line in grids.splitlines()[1:] if "seed" not in line]
    return Counter(word for line in lines for word in line.split() if word in tuple("CfuLD"))


def test_kinds_of_collapse_are_counted_as_the_recorded_tables_have_them() -> None:
    rows = {study: list(map(int, numbers)) for study, *numbers in ROW.findall(PAGE)}
    assert set(rows) == {path.stem for path in FOLDER.glob("*.txt")}
    for study, (collapsed, runs, constant, flat, dead, born_dead) in rows.items():
        text = (FOLDER / f"{study}.txt").read_text()
        found = letters(text)
        assert (found["C"], found["f"], found.total()) == (constant, flat, runs), study
        assert constant + flat == collapsed
        assert born_dead <= collapsed
        said = re.search(r"evaluation interval\):\s+(\d+) of (\d+) runs; 0 of them revived", text)
        assert (int(said[1]) if said else 0) == dead, study


def loss_of_the_best_constant(foreground: float) -> float:
    """In nats, both channels added (section 2.3 of the paper)."""
    q = foreground
    return -2 * (q * np.log(q) + (1 - q) * np.log(1 - q))


@pytest.fixture(scope="module")
def volumes() -> Volumes:
    return open_source(str(EPFL)).load()


@needs_epfl
def test_each_barrier_is_that_of_the_masks_it_is_said_of(volumes: Volumes) -> None:
    _, curve = volumes.curve(2, RunConfig().curve_slices)
    for stack, slices in ((curve, "seven test slices"), (volumes.testing, "83 test slices")):
        fraction = stack.foreground_fraction
        line = next(line for line in PAGE.splitlines() if line.startswith(f"| the {slices}"))
        assert f"| {fraction:.2%} | {loss_of_the_best_constant(fraction):.4f} |" in line
    assert f"{loss_of_the_best_constant(0.0531):.4f}" == "0.4151"
    assert "| 5.31% | 0.4151 |" in PAGE
    depth, chosen = len(volumes.testing.images), RunConfig().curve_slices
    named = ", ".join(str(k * depth // chosen) for k in range(chosen))
    assert f"({named})" in PAGE


@needs_epfl
def test_the_gap_before_validation_is_as_wide_as_said(volumes: Volumes) -> None:
    assert f"The {count(volumes.validation.images)} validation slices follow the 70" in PAGE
    assert len(volumes.training.images) == 70
    assert f"with {count(range(GAP))} left out between them, which is {10 * GAP} nm" in PAGE
    method = (ROOT / "docs/method.md").read_text()
    assert f"are {5 * GAP} nm of the EPFL volumes ({10 * GAP} nm of every second slice)" in method
    # A mitochondrion reaches across: most of what is foreground before the gap is so behind it.
    before, behind = volumes.training.masks[-1] == 1, volumes.validation.masks[0] == 1
    assert (before & behind).sum() / before.sum() > 0.5


def count(things: Sized) -> str:
    return {5: "five", 8: "eight"}[len(things)]


@needs_epfl
@pytest.mark.slow
@pytest.mark.parametrize(("width", "seeds"), [(1, [0, 2, 5, 8, 9]), (2, [10, 15])])
def test_the_seeds_that_are_said_to_be_born_dead_are(
    width: int, seeds: list[int], volumes: Volumes
) -> None:
    data = volumes.fingerprint
    runs = [
        RunConfig(data=data, width=width, init_seed=seed, data_seed=seed, tile=128, iterations=1)
        for seed in range(10 * width)
    ]
    points = [next(iter(Trainer(run, volumes).evaluations())) for run in runs]
    assert [seed for seed, point in enumerate(points) if point["constant"]] == seeds


def rescued() -> pd.DataFrame:
    """The recorded outcomes of `rescue`, a row a run: the grid is in two blocks of seeds."""
    grid = (FOLDER / "rescue.txt").read_text()
    grid = grid.partition("Which seeds fall (")[2].partition("All cells:")[0]
    axes = ["objective", "batch_norm", "class_weights"]
    rows, seeds = [], []
    for line in grid.splitlines()[1:]:
        words = line.split()
        if words and words[-1].isdigit():
            seeds = [int(word) for word in words if word.isdigit()]
        elif words and words[-1] in "CfuLD" and len(words) == len(axes) + len(seeds):
            cell = dict(zip(axes, words, strict=False))
            for seed, letter in zip(seeds, words[len(axes) :], strict=True):
                outcome = "flat" if letter in "Cf" else "learned"
                rows.append(cell | {"init_seed": seed, "data_seed": seed, "outcome": outcome})
    frame = pd.DataFrame(rows)
    frame = frame.assign(outcome_half=frame["outcome"], run_id=frame.index.astype(str))
    frame.attrs["axes"] = axes
    return frame


def test_what_is_said_of_rescue_is_what_its_recorded_runs_say_today() -> None:
    frame = rescued()
    assert len(frame) == 160
    contrast = compare(frame, RESCUE.contrasts).iloc[0]
    low, high = contrast["low"], contrast["high"]
    said = f"(-25%, 95%: {low:.0%} to {high:.0%}; p = {contrast['p_value']:.2f}, "
    assert said + f"{contrast['p_holm']:.2f} after the correction for three contrasts)" in PAGE
    (effect,) = main_effects(frame).query("effect == 'batch_norm'").to_dict("records")
    said = f"{effect['rate_level']:.0%} against {effect['rate_reference']:.0%} collapse "
    said += f"(p = {effect['p_value']:.3f}, {effect['p_holm']:.3f} after the correction for three"
    assert said in PAGE
