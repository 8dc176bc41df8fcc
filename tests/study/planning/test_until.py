"""Seeds are added to a cell until its rate is known; the ledger holds what would be trained."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.data.sources import PhantomSource
from results import load_study
from results.ledger.ledger import Ledger
from results.ledger.study_record import UntilWidth
from results.statistics.methods.confidence_sequences import confidence_sequence
from results.statistics.methods.planned_looks import calibrated_level
from results.statistics.rates import PLANNED, SEQUENCE, rates
from study.discovery import find_study
from study.planning.sampling import ALPHA, sample
from study.planning.stop_rule import Until
from study.planning.until_width import UntilNarrow
from study.request import StudyRequest
from study.requesting import request_study
from study.run import main
from tests.results.examples import put_compacted, run_row
from tests.study.command import study_run
from tests.study.running import write_study

FIGURES = {
    "barrier": 0.4,
    "barrier_curve": 0.4,
    "test_loss_final": 0.3,
    "iou": 0.5,
    "train_seconds": 2.0,
    "evaluate_seconds": 1.0,
}
FELL = {"outcome": "constant", "outcome_half": "constant", "fell": True, "learned": False}
LR = (1e-3, 1e-2)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def request_of(file: Path, until: Until) -> StudyRequest:
    return request_study(find_study(str(file)), PhantomSource(), "smoke", seeds=until.pairs)


def put_rows(out: Path, request: StudyRequest, happened: dict[float, str]) -> None:
    """A row for each seed of a learning rate: F fell, L learned; none where the text ends or says
    a dot."""
    rows = []
    for planned in request.runs:
        text = happened[planned.cell["lr"]]
        letter = text[planned.config.init_seed] if planned.config.init_seed < len(text) else "."
        if letter != ".":
            changes = FIGURES | (FELL if letter == "F" else {})
            seed = planned.config.init_seed
            rows.append(run_row(planned.config.run_id, init_seed=seed, data_seed=seed, **changes))
    put_compacted(Ledger(str(out)), rows)


def level_of(until: Until, begin: int, cells: int) -> float:
    assert until.width is not None
    return calibrated_level(until.width, begin, 5, until.max_seeds, ALPHA / cells)


def stops_at(text: str, until: Until, begin: int, cells: int, level: float | None = None) -> int:
    """Where a cell with these outcomes is done, by the rule as it is documented."""
    assert until.width is not None
    level = level or level_of(until, begin, cells)
    for seeds in [*range(begin, until.max_seeds, 5), until.max_seeds]:
        low, high = confidence_sequence(text[:seeds].count("F"), seeds, level)
        if high - low < until.width:
            return seeds
    return until.max_seeds


def command(file: Path, out: Path, *more: str) -> int:
    return main([str(file), "--profile", "smoke", "--out", str(out), *more])


def seeds_by_cell(frame: Any) -> dict[float, list[int]]:
    return {lr: sorted(rows["init_seed"]) for lr, rows in frame.groupby("lr")}


def test_each_cell_stops_where_it_is_known_and_the_request_says_so(
    study: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    until = Until(0.5, max_seeds=60)
    happened = {1e-3: "L" * 60, 1e-2: "FL" * 30}
    put_rows(out, request_of(study, until), happened)
    assert command(study, out, "--until-width", "0.5", "--max-seeds", "60") == 0
    said = capsys.readouterr().out

    frame = load_study(str(out), "disturbed")
    expected = {lr: stops_at(text, until, 2, 2) for lr, text in happened.items()}
    assert expected[1e-3] < expected[1e-2] < 60
    assert seeds_by_cell(frame) == {lr: list(range(n)) for lr, n in expected.items()}
    assert frame.attrs["sequential_cells"] == 2
    assert frame.attrs["axes"] == ["lr"]
    (record,) = Ledger(str(out)).studies("disturbed").values()
    level = level_of(until, 2, 2)
    assert level > 2 * 0.025
    assert record.until_width == UntilWidth(
        width=0.5, max_seeds=60, cells=2, alpha=0.05, first=2, step=5, level=level
    )
    table = rates(frame).query("at == 'H'")
    assert set(table["method"]) == {PLANNED}
    assert max(table["fell_high"] - table["fell_low"]) < 0.5

    assert "2 to 60 seeds in each of 2 cells" in said
    assert said.count("lr=0.01: ") > said.count("lr=0.001: ")
    assert f"lr=0.01: {(expected[1e-2] + 1) // 2} of {expected[1e-2]} collapsed" in said
    assert "no interval over all cells" in " ".join(said.split())
    assert "Missing" not in said


def test_the_same_command_again_leaves_the_ledger_as_it_is(study: Path, out: Path) -> None:
    until = Until(0.6, max_seeds=40)
    put_rows(out, request_of(study, until), {1e-3: "L" * 40, 1e-2: "FL" * 20})
    options = ("--until-width", "0.6", "--max-seeds", "40")
    assert command(study, out, *options) == 0
    before = Ledger(str(out)).studies("disturbed")
    assert command(study, out, *options) == 0
    assert Ledger(str(out)).studies("disturbed") == before


def test_other_requests_keep_their_record(study: Path) -> None:
    record = request_of(study, Until(0.5, max_seeds=3)).record()
    assert record.until_width is None
    assert "until_width" not in record.to_json()


def test_a_cell_with_a_run_that_has_no_outcome_stops_and_the_other_goes_on(
    study: Path, out: Path
) -> None:
    until = Until(0.6, max_seeds=40, begin=5)
    put_rows(out, request_of(study, until), {1e-3: "LLL.L" + "L" * 35, 1e-2: "FL" * 20})
    sampling = UntilNarrow(request_of(study, until), until, Ledger(str(out)))
    tried: list[list[float]] = []
    lines: list[str] = []

    def train(request: StudyRequest) -> bool:
        tried.append(sorted({planned.cell["lr"] for planned in request.runs}))
        return True

    final, request_id = sample(sampling, train, lines.append)
    other = stops_at("FL" * 20, until, 5, 2)
    assert tried == [[1e-3, 1e-2], *([[1e-2]] * ((other - 5 + 4) // 5))]
    assert any("lr=0.001" in line and "1 without an outcome, stops" in line for line in lines)
    assert len(final.runs) == 5 + other
    frame = load_study(str(out), "disturbed", request_id)
    assert [isinstance(outcome, str) for outcome in frame["outcome"]].count(False) == 1
    assert list(Ledger(str(out)).studies("disturbed")) == [request_id]


def test_rounds_end_where_training_says_so(study: Path, out: Path) -> None:
    until = Until(0.3, max_seeds=50)
    put_rows(out, request_of(study, until), dict.fromkeys(LR, "FL" * 25))
    sampling = UntilNarrow(request_of(study, until), until, Ledger(str(out)))
    final, _ = sample(sampling, lambda request: False, lambda line: None)
    assert len(final.runs) == 2 * 2


def test_at_the_most_seeds_it_ends_however_wide(study: Path, out: Path) -> None:
    until = Until(0.1, max_seeds=9, begin=9)
    put_rows(out, request_of(study, until), dict.fromkeys(LR, "FLFLFLFLF"))
    options = ("--until-width", "0.1", "--max-seeds", "9", "--seeds", "9")
    assert command(study, out, *options) == 0
    assert seeds_by_cell(load_study(str(out), "disturbed")) == {lr: list(range(9)) for lr in LR}


def test_a_later_request_of_fixed_seeds_is_not_sequential_by_itself(study: Path, out: Path) -> None:
    until = Until(0.6, max_seeds=40)
    put_rows(out, request_of(study, until), dict.fromkeys(LR, "FL" * 20))
    assert command(study, out, "--until-width", "0.6", "--max-seeds", "40") == 0
    assert command(study, out, "--seeds", "10") == 0
    requests = Ledger(str(out)).studies("disturbed")
    plain = next(key for key, record in requests.items() if record.until_width is None)
    assert "sequential_cells" not in load_study(str(out), "disturbed", plain).attrs
    both = load_study(str(out), "disturbed")
    assert (both.attrs["sequential_cells"], both.attrs["axes"]) == (2, ["lr"])


def test_where_another_request_came_before_it_is_the_confidence_sequence(
    study: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever adds seeds after a look has not planned it; and the rule stays what it was."""
    until = Until(0.5, max_seeds=60)
    put_rows(out, request_of(study, until), {1e-3: "L" * 60, 1e-2: "FL" * 30})
    assert command(study, out, "--seeds", "3") == 0
    options = ("--until-width", "0.5", "--max-seeds", "60")
    assert command(study, out, *options) == 0
    said = " ".join(capsys.readouterr().out.split())
    requests = Ledger(str(out)).studies("disturbed")
    assert len(requests) == 2
    again = UntilNarrow(request_of(study, until), until, Ledger(str(out)))
    assert (again.rule.level, again.looked_before) == (None, True)
    assert "a confidence sequence, as other requests for these runs came before" in said
    request_id, record = next((key, one) for key, one in requests.items() if one.until_width)
    assert record.until_width == UntilWidth(width=0.5, max_seeds=60, cells=2, alpha=0.05)
    frame = load_study(str(out), "disturbed", request_id)
    assert set(rates(frame)["method"]) == {SEQUENCE}
    sizes = [len(seeds) for seeds in seeds_by_cell(frame).values()]
    expected = [stops_at(text, until, 2, 2, 0.025) for text in ("L" * 60, "FL" * 30)]
    assert sorted(sizes) == sorted(expected)
    assert stops_at("FL" * 30, until, 2, 2) < max(expected)


def test_a_request_that_came_later_leaves_the_calibrated_rule(study: Path, out: Path) -> None:
    until = Until(0.6, max_seeds=40)
    put_rows(out, request_of(study, until), dict.fromkeys(LR, "FL" * 20))
    options = ("--until-width", "0.6", "--max-seeds", "40")
    assert command(study, out, *options) == 0
    ledger = Ledger(str(out))
    (record,) = ledger.studies("disturbed").values()
    more = request_study(
        find_study(str(study)), PhantomSource(), "smoke", seeds=[(k, k) for k in range(30)]
    )
    ledger.put_study(more.record())
    again = UntilNarrow(request_of(study, until), until, ledger)
    assert (again.rule, again.looked_before) == (record.until_width, False)


def test_a_request_of_an_earlier_version_goes_on_by_its_own_rule(study: Path, out: Path) -> None:
    until = Until(0.6, max_seeds=40)
    request = request_of(study, until)
    put_rows(out, request, dict.fromkeys(LR, "FL" * 20))
    rule = UntilWidth(width=0.6, max_seeds=40, cells=2, alpha=0.05)
    seeds = stops_at("FL" * 20, until, 2, 2, 0.025)
    runs = tuple(run for run in request.runs if run.config.init_seed < seeds)
    ledger = Ledger(str(out))
    request_id = ledger.put_study(replace(request, runs=runs, until_width=rule).record())
    assert command(study, out, "--until-width", "0.6", "--max-seeds", "40") == 0
    assert list(ledger.studies("disturbed")) == [request_id]


def test_dry_run_says_what_to_expect_and_writes_nothing(
    study: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--until-width", "0.5", "--max-seeds", "60", "--dry-run")
    assert command(study, out, *options, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["runs"] == 4
    low, high = report["until_width"]["seeds_a_cell"]
    assert 2 < low < high <= 60
    assert report["until_width"]["supposed_seeds_a_cell"] is None
    assert command(study, out, *options) == 0
    assert "on average" in capsys.readouterr().out
    assert command(study, out, "--until-width", "0.9", "--max-seeds", "1", "--dry-run") == 0
    said = capsys.readouterr().out
    assert "1 seed in each of 2 cells" in said
    assert "; on average 1 seed a cell where 5% to 50% collapse (time unknown)" in said
    assert not out.exists()


def test_what_is_there_already_says_what_to_expect(study: Path, out: Path) -> None:
    until = Until(0.5, max_seeds=60)
    request = request_of(study, until)
    put_rows(out, request, {1e-3: "L" * 60, 1e-2: "FL" * 30})
    from study.planning.pace import Pace

    outlook = UntilNarrow(request, until, Ledger(str(out))).outlook(Pace(), 2)
    stops = [stops_at("L" * 60, until, 2, 2), stops_at("FL" * 30, until, 2, 2)]
    assert outlook.supposed == pytest.approx(sum(stops) / 2)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--max-seeds", "9"], "--max-seeds 9: goes with --until-width or --until-decided"),
        (["--until-width", "0.4", "--seeds", "3x2"], "never crossed or chosen"),
        (["--until-width", "0.4", "--seeds", "0,4"], "never crossed or chosen"),
        (["--until-width", "0.4", "--seeds", "9", "--max-seeds", "8"], "more than --max-seeds 8"),
        (["--until-width", "0.4", "--max-seeds", "99999"], "more than 10000"),
    ],
)
def test_wrong_usage_is_one_line(
    options: list[str], said: str, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["width", "--out", str(out), *options]) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("width", ["0", "1", "-0.1", "nan", "wide"])
def test_a_width_is_a_share(width: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["width", f"--until-width={width}"]) == 2
    assert "--until-width" in capsys.readouterr().err


@pytest.mark.slow
def test_through_ray_it_trains_until_every_cell_is_known_and_then_nothing(tmp_path: Path) -> None:
    file, out = write_study(tmp_path), tmp_path / "out"
    options = ["--profile", "smoke", "--set", "iterations=3", "--set", "eval_every=3"]
    options += ["--until-width", "0.5", "--max-seeds", "12", "--seeds", "3", "--out", str(out)]
    first = study_run(file, *options)
    assert first.returncode == 0, first.stderr
    frame = load_study(str(out), "disturbed")
    assert all(isinstance(outcome, str) for outcome in frame["outcome"])
    for _, rows in frame.groupby("lr"):
        fell, level = list(rows["fell"]).count(True), level_of(Until(0.5, 12), 3, 2)
        low, high = confidence_sequence(fell, len(rows), level)
        assert high - low < 0.5 or len(rows) == 12
        assert sorted(rows["init_seed"]) == list(range(len(rows)))
        assert len(rows) > 3
    again = study_run(file, *options)
    assert again.returncode == 0
    assert "[1/" not in again.stdout
    assert load_study(str(out), "disturbed").equals(frame)
    assert len(Ledger(str(out)).studies("disturbed")) == 1
