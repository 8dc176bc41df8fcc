"""Several teachers with the same students: rates, comparisons, shares, and what the report says."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import results
from results.ledger.ledger import Ledger
from results.ledger.study_record import read_study_record
from results.reports.every_run import runs_table
from results.reports.figures.grid import grid_figure
from results.statistics.methods.clustered import effective_wilson
from results.statistics.methods.crossed_units import crossed_interval
from results.statistics.methods.seed_shares import shares_of
from results.statistics.seeds import seeds_of
from study.report import main as report
from tests.results.examples import CURVE, run_row, study_json
from tests.results.statistics.test_variance import crossed_runs

CONTRAST = {"question": "?", "cell": {"objective": "soft"}, "against": {"objective": "hard"}}


def taught(
    fell: Callable[[int, int], bool], seeds: int = 12, teachers: Sequence[int] = (0, 1)
) -> pd.DataFrame:
    """Cell `soft`, each seed with each teacher, and cell `hard`, where seeds 0 to 3 collapsed."""
    runs = [
        ("soft", seed, teacher, fell(seed, teacher))
        for teacher in teachers
        for seed in range(seeds)
    ]
    runs += [("hard", seed, None, seed < 4) for seed in range(seeds)]
    frame = pd.DataFrame(
        [
            {
                "objective": objective,
                "run_id": f"{objective}-{seed}-{teacher}",
                "init_seed": seed,
                "data_seed": seed,
                "teacher_seed": teacher,
                "outcome": "constant" if collapsed else "learned",
                "outcome_half": "constant" if collapsed else "learned",
            }
            for objective, seed, teacher, collapsed in runs
        ]
    ).astype({"teacher_seed": "Int64"})
    frame.attrs["axes"] = ["objective"]
    return frame


def test_a_rate_over_teachers_says_over_how_many_and_is_clustered_by_both() -> None:
    table = results.rates(taught(lambda seed, teacher: seed < 3 + 3 * teacher)).query("at == 'H'")
    soft, hard = table.to_dict("records")
    assert (soft["seeds"], soft["teachers"], soft["runs"]) == (12, 2, 24)
    assert (hard["seeds"], hard["teachers"], hard["runs"]) == (12, 0, 12)
    assert (soft["method"], hard["method"]) == ("two_way_wilson", "wilson")
    flags = [seed < 3 + 3 * teacher for teacher in (0, 1) for seed in range(12)]
    units = [*range(12), *range(12)], [0] * 12 + [1] * 12
    assert (soft["fell_low"], soft["fell_high"]) == crossed_interval(flags, units[0], [units[1]])
    by_seed = effective_wilson(shares_of(flags, units[0]))
    assert soft["fell_low"] < by_seed.low
    assert by_seed.high < soft["fell_high"]


def test_one_teacher_changes_no_interval() -> None:
    frame = taught(lambda seed, _: seed < 5, teachers=(0,))
    with_teacher = results.rates(frame)
    without = results.rates(frame.drop(columns="teacher_seed"))
    columns = ["fell_low", "fell_high", "method", "seeds", "runs"]
    assert with_teacher[columns].equals(without[columns])


def test_cells_with_teachers_are_paired_teacher_by_teacher() -> None:
    """One side's temperature 1, the other's 5: a pair shares seeds and teacher."""
    first = taught(lambda seed, teacher: (seed + teacher) % 2 == 0).query("objective == 'soft'")
    frame = pd.concat(
        [first.assign(temperature=1.0), first.assign(temperature=5.0, run_id=first["run_id"] + "b")]
    )
    frame.attrs["axes"] = ["temperature"]
    sides = {"cell": {"temperature": 5.0}, "against": {"temperature": 1.0}}
    (row,) = results.compare(frame, [{"question": "?", **sides}]).to_dict("records")
    assert (row["pairs"], row["only_cell"], row["only_against"]) == (24, 0, 0)
    assert row["design"] == "paired, clustered"


def test_a_run_without_a_teacher_stands_against_each_teachers() -> None:
    frame = taught(lambda seed, teacher: seed < 4 and teacher == 1)
    (row,) = results.compare(frame, [CONTRAST]).to_dict("records")
    assert (row["pairs"], row["seeds"], row["left_out"]) == (24, 12, 0)
    assert (row["both"], row["only_against"], row["only_cell"]) == (4, 4, 0)
    assert row["discordant"] == 4  # seeds, for the teachers of one seed are no pairs of their own


def test_shares_of_the_teacher_are_those_of_any_crossed_table() -> None:
    table = np.random.default_rng(3).random((8, 5))
    frame = crossed_runs(table)
    expected = results.variance_shares(frame, column="iou")
    of_teachers = frame.rename(columns={"data_seed": "teacher_seed"})
    of_teachers["data_seed"] = of_teachers["init_seed"]
    found = results.variance_shares(of_teachers, ["width"], column="iou", crossing="teacher")
    names = {"initialisation": "student", "data_order": "teacher", "interaction": "interaction"}
    for name, own in names.items():
        for end in ("", "_low", "_high"):
            assert found[own + end].tolist() == expected[name + end].tolist()
    assert found["p_teacher"].tolist() == expected["p_data_order"].tolist()
    assert found["teachers"].tolist() == [5, 5]
    few = of_teachers.loc[of_teachers["teacher_seed"] < 4]
    few.attrs["axes"] = ["width"]
    few = results.variance_shares(few, column="iou", crossing="teacher")
    assert few[["teacher_low", "teacher_high", "student_low"]].isna().to_numpy().all()
    assert few["teacher"].notna().to_numpy().all()


def test_an_unknown_crossing_is_refused() -> None:
    with pytest.raises(results.ConfigError, match="crossing 'mood': there are data_order, teacher"):
        results.variance_shares(taught(lambda *_: True), crossing="mood")  # pyright: ignore[reportArgumentType]


def test_a_seed_collapses_everywhere_only_with_every_teacher() -> None:
    seeds = seeds_of(taught(lambda seed, teacher: seed == 0 or (seed == 1 and teacher == 1)))
    assert seeds.always == [0]
    assert seeds.sometimes == [1, 2, 3]


def ledger_of(out: Path, fell: Callable[[int, int], bool], teachers: Sequence[int]) -> Ledger:
    """Ten seeds with each of these teachers."""
    ledger = Ledger(str(out))
    runs = []
    for teacher in teachers:
        ledger.put_run(run_row(f"t{teacher}", width=4, test_loss_final=0.1, iou=0.7), CURVE, b"")
        for seed in range(10):
            run_id = f"s{seed}-{teacher}"
            outcome = "constant" if fell(seed, teacher) else "learned"
            row = run_row(run_id, init_seed=seed, data_seed=seed, teacher_run_id=f"t{teacher}")
            ledger.put_run(
                row | {"outcome": outcome, "barrier": 0.4, "barrier_curve": 0.4}, CURVE, b""
            )
            runs.append((({"width": 2}), len(runs) + 1, run_id))
    record = study_json(runs, parents=[{"run_id": f"t{t}", "kind": "teacher"} for t in teachers])
    for number, run in enumerate(record["runs"]):
        run |= {"init_seed": number % 10, "data_seed": number % 10}
        run["teacher_seed"] = teachers[number // 10]
    ledger.put_study(read_study_record(json.dumps(record).encode()))
    return ledger


def test_the_report_says_how_many_teachers_and_how_much_is_theirs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger_of(tmp_path, lambda seed, teacher: seed < 2 + 6 * teacher, (0, 1))
    assert report(["widths", "--out", str(tmp_path), "--full"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "clustered by seed and by teacher: 2 teachers, fewer than 5, which say little" in told
    assert "How much is the teacher?" in told
    assert "10 students x 2 teachers" in told
    assert "fewer than 5 teachers allow no interval; permutation test p = " in told
    assert "Rates are over 2 teachers with the same students. seed 0: t0, a 4-Unet" in told
    assert "CCLLLLLLLL / CCCCCCCCLL" in told


def test_one_teacher_is_no_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger_of(tmp_path, lambda seed, _: seed < 2, (0,))
    assert report(["widths", "--out", str(tmp_path), "--full"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "How much is the teacher?" not in told
    assert "All rates are conditional on this teacher: t0" in told


def test_every_run_and_the_grid_tell_teachers_apart(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, lambda seed, teacher: seed < 2 + 6 * teacher, (0, 1))
    frame = results.load_study(str(tmp_path), "widths")
    (record,) = ledger.studies("widths").values()
    assert runs_table(frame, record).frame["teacher_seed"].tolist() == [0] * 10 + [1] * 10
    ticks = [t.get_text() for t in grid_figure(frame, ["width"]).axes[0].get_xticklabels()]
    assert ticks[:2] == ["0 T0", "1 T0"]
    assert ticks[-1] == "9 T1"


def test_a_request_with_one_teacher_and_one_with_two_stand_in_one_frame(tmp_path: Path) -> None:
    """The runs that both requested are the first teacher's, and are there once."""
    ledger = ledger_of(tmp_path, lambda seed, _: seed < 2, (0, 1))
    (record,) = ledger.studies("widths").values()
    payload = record.to_json()
    payload["runs"] = [
        {name: value for name, value in run.items() if name != "teacher_seed"}
        for run in payload["runs"][:10]
    ]
    ledger.put_study(read_study_record(json.dumps(payload).encode()))
    frame = results.load_study(str(tmp_path), "widths")
    assert sorted(frame["teacher_seed"]) == [0] * 10 + [1] * 10


def test_the_report_says_that_an_interval_is_clustered_by_few_data_seeds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten init seeds, each with three data seeds."""
    ledger = ledger_of(tmp_path, lambda seed, teacher: seed < 2 + 2 * teacher, (0, 1, 2))
    (record,) = ledger.studies("widths").values()
    payload = record.to_json()
    for number, run in enumerate(payload["runs"]):
        run |= {"data_seed": number // 10}
        del run["teacher_seed"]
    ledger.put_study(read_study_record(json.dumps(payload).encode()))
    assert report(["widths", "--out", str(tmp_path), "--full"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert (
        "clustered by seed and by data seed: 3 data seeds, fewer than 5, which say little" in told
    )
