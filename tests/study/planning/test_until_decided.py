"""Seeds are added to the cells of contrasts until these are decided."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data.sources import PhantomSource
from results import compare_anytime, load_study, rates
from results.ledger.ledger import Ledger
from results.ledger.study_record import UntilDecided
from results.statistics.methods.confidence_sequences import confidence_sequence
from results.statistics.methods.decision_seeds import decision_seeds
from results.statistics.methods.e_values import e_value
from study.discovery import find_study
from study.planning.sampling import sample
from study.planning.stop_rule import Until
from study.planning.until_decided import UntilClear
from study.request import StudyRequest
from study.requesting import request_study
from study.run import main
from study.status import main as status
from tests.results.examples import put_compacted, run_row
from tests.study.planning.test_until import FELL, FIGURES, seeds_by_cell
from tests.study.running import write_study

SLOW, MIDDLE, FAST = 1e-4, 1e-3, 1e-2
AXIS = 'Axis("lr", (1e-4, 1e-3, 1e-2))'
ONE = 'Contrast("Does slow save?", {"lr": 1e-4}, {"lr": 1e-2})'
TWO = f'{ONE}, Contrast("Does middle save?", {{"lr": 1e-3}}, {{"lr": 1e-2}})'
SAME = 'Equivalence("All the same?", "lr", 0.2)'


def study_file(folder: Path, contrasts: str = ONE, equivalences: str = "") -> Path:
    path = write_study(folder, axes=AXIS)
    asked = f"seeds=2,\n    contrasts=({contrasts},),"
    if equivalences:
        asked += f"\n    equivalences=({equivalences},),"
    text = path.read_text().replace("seeds=2,", asked)
    imports = "from results.ledger.study_record import Contrast, Equivalence\n"
    path.write_text(imports + text)
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def request_of(file: Path, until: Until) -> StudyRequest:
    return request_study(find_study(str(file)), PhantomSource(), "smoke", seeds=until.pairs)


def put_rows(out: Path, file: Path, outcomes: Mapping[float, str], most: int = 60) -> None:
    """Rows of these learning rates: F fell, L learned; a dot has none."""
    rows = []
    for planned in request_of(file, Until(None, most)).runs:
        seed = planned.config.init_seed
        letter = outcomes[planned.cell["lr"]][seed]
        if letter != ".":
            changes = FIGURES | (FELL if letter == "F" else {})
            rows.append(run_row(planned.config.run_id, init_seed=seed, data_seed=seed, **changes))
    put_compacted(Ledger(str(out)), rows)


def command(file: Path, out: Path, *more: str) -> int:
    options = ("--until-decided", "--max-seeds", "60", "--profile", "smoke", "--out", str(out))
    return main([str(file), *options, *more])


def sizes_of(file: Path, out: Path, most: int) -> dict[Any, int]:
    """How many seeds each learning rate gets, without a report at the end."""
    until, ledger = Until(None, most), Ledger(str(out))
    final, _ = sample(
        UntilClear(request_of(file, until), until, ledger), lambda request: True, lambda line: None
    )
    return Counter(run.cell["lr"] for run in final.runs)


def test_it_ends_where_the_contrast_is_decided_and_the_ledger_says_how(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Seven seeds that differ: with 2, 7, 12, ... seeds and every second one differing it is 17."""
    file = study_file(tmp_path)
    put_rows(out, file, {SLOW: "L" * 60, MIDDLE: "L" * 60, FAST: "FL" * 30})
    assert command(file, out) == 0
    said = capsys.readouterr().out
    frame = load_study(str(out), "disturbed")
    sizes = {lr: len(seeds) for lr, seeds in seeds_by_cell(frame).items()}
    assert sizes == {SLOW: 17, MIDDLE: 2, FAST: 17}
    (record,) = Ledger(str(out)).studies("disturbed").values()
    rule = UntilDecided(max_seeds=60, first=2, step=5, cells=3, alpha=0.05)
    assert (record.until_decided, record.until_width) == (rule, None)
    (row,) = compare_anytime(frame, record.contrasts).to_dict("records")
    assert (row["against_more"], row["verdict"]) == (9, "different")
    assert 1 / e_value(0, 6) > 0.05 > 1 / e_value(0, 9)

    assert said.count("Does slow save? ") >= 4
    assert "goes on" in said
    assert "12 seeds, lr=0.0001 more often in 0, lr=0.01 in 6, anytime p = 0.069: goes on" in said
    assert f"anytime p = {1 / e_value(0, 9):.2g}: different" in said
    at_horizon = rates(frame).query("at == 'H'")
    held = [(row["fell_low"], row["fell_high"]) for _, row in at_horizon.iterrows()]
    assert held[0] == confidence_sequence(0, 17, 0.05 / 3)


def test_the_same_command_again_leaves_the_ledger_as_it_is(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = study_file(tmp_path)
    put_rows(out, file, {SLOW: "L" * 60, MIDDLE: "L" * 60, FAST: "FFL" * 20})
    assert command(file, out) == 0
    before = Ledger(str(out)).studies("disturbed")
    capsys.readouterr()
    assert command(file, out) == 0
    assert Ledger(str(out)).studies("disturbed") == before
    assert status(["--out", str(out)]) == 0
    assert "added by --until-decided up to 60" in capsys.readouterr().out


def test_a_command_that_was_killed_leaves_a_round_that_the_next_start_takes_away(
    tmp_path: Path, out: Path
) -> None:
    file, until = study_file(tmp_path), Until(None, 30)
    put_rows(out, file, {SLOW: "L" * 30, MIDDLE: "L" * 30, FAST: "FL" * 15}, most=30)
    ledger = Ledger(str(out))
    begun: list[str] = []

    def killed(request: StudyRequest) -> bool:
        begun.append(ledger.put_study(request.record()))
        if len(begun) == 3:
            raise KeyboardInterrupt
        return True

    with pytest.raises(KeyboardInterrupt):
        sample(UntilClear(request_of(file, until), until, ledger), killed, lambda line: None)
    assert ledger.studies("disturbed")
    assert sizes_of(file, out, 30) == {SLOW: 17, MIDDLE: 2, FAST: 17}
    (record,) = ledger.studies("disturbed").values()
    assert len(record.runs) == 17 + 17 + 2


def test_contrasts_go_on_for_themselves(tmp_path: Path, out: Path) -> None:
    """One is decided at once, the other never: its cells alone go on to the most seeds."""
    file = study_file(tmp_path, TWO)
    outcomes = {SLOW: "L" * 60, MIDDLE: "FFL" * 20, FAST: "FFFFFFFFFFFFL" + "FFL" * 15 + "FF"}
    put_rows(out, file, outcomes, most=40)
    assert sizes_of(file, out, 40) == {SLOW: 12, MIDDLE: 40, FAST: 40}


def test_within_the_margin_of_the_study_file_it_is_decided_too(tmp_path: Path, out: Path) -> None:
    alike = {SLOW: "F" * 60, MIDDLE: "F" * 60, FAST: "F" * 60}
    put_rows(out, study_file(tmp_path), alike, most=30)
    for equivalences, seeds in (("", 30), (SAME, 22)):
        assert sizes_of(study_file(tmp_path, ONE, equivalences), out, 30)[SLOW] == seeds


def test_a_contrast_with_a_run_that_has_no_outcome_stops(tmp_path: Path, out: Path) -> None:
    file, until = study_file(tmp_path, TWO), Until(None, 60)
    rows = {SLOW: "L" * 8 + "." + "L" * 51, MIDDLE: "L" * 60, FAST: "FLLL" * 15}
    put_rows(out, file, rows)
    sampling = UntilClear(request_of(file, until), until, Ledger(str(out)))
    lines: list[str] = []
    final, _ = sample(sampling, lambda request: True, lines.append)
    assert any(
        "Does slow save?" in line and "1 without an outcome, stops" in line for line in lines
    )
    sizes = Counter(run.cell["lr"] for run in final.runs)
    assert sizes[SLOW] == 12
    assert sizes[MIDDLE] == sizes[FAST] == 32


def test_dry_run_says_what_to_expect_and_writes_nothing(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = study_file(tmp_path, TWO)
    assert command(file, out, "--dry-run", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["runs"] == 6
    first, second = report["until_decided"]["seeds_a_cell"]
    seeds, power = decision_seeds(0.5, 0.2, 0.025, 60, first=2, step=5)
    assert first == pytest.approx(seeds)
    assert first < second <= 60
    assert command(file, out, "--dry-run") == 0
    said = capsys.readouterr().out
    assert "and then, disturbed: 2 to 60 seeds a cell, until 2 contrasts" in said
    assert f"{seeds:.0f} seeds a cell where 50% and 20% collapse ({power:.0%} decided)" in said
    assert not out.exists()


def test_a_study_without_contrasts_says_what_to_do(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(write_study(tmp_path), out) == 2
    said = capsys.readouterr().err
    assert "'disturbed' has no contrast to decide; add one to its file" in said
    assert said.count("\n") == 1
    assert command(study_file(tmp_path), out, "--only", "lr=0.001,0.01") == 2
    said = capsys.readouterr().err
    assert "left out, because --only leaves out lr=0.0001; request the cells of one" in said
    assert not out.exists()


def test_a_study_with_an_equivalence_alone_says_why_that_is_not_enough(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(Path("mixed"), out, "--dry-run") == 2
    assert capsys.readouterr().err == (
        "error: --until-decided: 'mixed' has no contrast to decide, and its equivalence is tested "
        "once, with seeds that were chosen beforehand; give --seeds 14 or more (`study plan mixed` "
        "says what they take), or add a contrast of two of its values to its file, which ends at "
        "equivalent too, or give --until-width 0.4\n"
    )
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--until-width", "0.4"], "--until-width and --until-decided: exclude each other"),
        (["--teacher-seeds", "2"], "not with --until-decided"),
        (["--seeds", "3x2"], "with --until-decided seeds are 0, 1, 2"),
        (["--seeds", "61"], "more than --max-seeds 60"),
    ],
)
def test_wrong_usage_is_one_line(
    options: list[str], said: str, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(Path("batch_norm"), out, *options) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(("rates", "alpha"), [((0.5, 0.2), 0.05), ((0.3, 0.3), 0.5)])
def test_the_seeds_that_are_expected_are_those_of_simulated_studies(
    rates: tuple[float, float], alpha: float
) -> None:
    rng, studies, most = np.random.default_rng(7), 3000, 43
    mine, theirs = (rng.random((studies, most)) < rate for rate in rates)
    more, fewer = (mine & ~theirs).cumsum(axis=1), (theirs & ~mine).cumsum(axis=1)
    totals, decided = [], []
    for up, down in zip(more.tolist(), fewer.tolist(), strict=True):
        looks = [*range(3, most, 5), most]
        at = (n for n in looks if e_value(up[n - 1], down[n - 1]) > 1 / alpha)
        total = next(at, None)
        totals.append(total or most)
        decided.append(total is not None)
    seeds, power = decision_seeds(*rates, alpha, most, first=3, step=5)
    assert abs(seeds - np.mean(totals)) < 4 * np.std(totals) / np.sqrt(studies)
    assert abs(power - np.mean(decided)) < 4 * np.sqrt(power * (1 - power) / studies)


def test_more_seeds_than_are_computed_are_all_supposed_to_be_needed() -> None:
    assert decision_seeds(0.5, 0.5, 1e-9, 2000)[0] == pytest.approx(2000, abs=1)
    assert decision_seeds(1.0, 0.0, 0.05, 2000) == pytest.approx((7, 1))
