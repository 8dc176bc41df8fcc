"""Every experiment of the paper is a named study, with the paper's own figures."""

from pathlib import Path

import pytest

from core.data.sources import PhantomSource
from results.ledger.schema import RUNS
from results.reports.columns import COLUMNS
from study.discovery import catalogue_names, find_study
from study.request import lineage
from study.requesting import request_study
from study.run import main

NAMES = (
    "batch_norm",
    "batch_norm_curve",
    "born_dead",
    "factorial",
    "mixed",
    "one_unet",
    "reruns",
    "rescue",
    "sequential",
    "temperature",
    "temperature_seeds",
    "unstated",
    "width",
)
NOT_IN_THE_PAPER = ["born_dead", "factorial"]
SOURCE = PhantomSource()


def test_all_are_listed_with_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert tuple(catalogue_names()) == NAMES
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(NAMES)
    assert [line.split()[0] for line in lines if not line.endswith(")")] == NOT_IN_THE_PAPER


@pytest.mark.parametrize("profile", ["smoke", "laptop", "paper"])
@pytest.mark.parametrize("name", NAMES)
def test_every_study_can_be_asked_in_every_profile(name: str, profile: str) -> None:
    study = find_study(name)
    request = request_study(study, SOURCE, profile, seeds=((0, 0), (1, 1)))
    assert study.name == name
    assert len(request.runs) >= 2
    assert all(column in COLUMNS for column in study.columns)
    known = {*RUNS.names, "start_test_loss_avg"}
    assert set(study.columns) <= known
    for figure in study.paper:
        assert set(figure.figures) <= set(study.columns)


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_of_the_paper_has_its_cell(name: str) -> None:
    study = find_study(name)
    only = [f"{axis.field}={','.join(map(str, axis.values))}" for axis in study.axes]
    for profile in ("laptop", "paper"):
        instead = study.profiles[profile].instead
        request = request_study(
            study,
            SOURCE,
            profile,
            only=[text for text in only if text.split("=")[0] not in instead],
            full=bool(study.design),
        )
        cells = [planned.cell for planned in request.runs]
        for figure in request.record().paper:
            matching = [c for c in cells if all(c[k] == v for k, v in figure.cell.items())]
            assert matching, figure


@pytest.mark.parametrize("name", NAMES)
def test_seeds_are_paired_in_every_cell_and_teachers_are_shared(name: str) -> None:
    request = request_study(find_study(name), SOURCE, "smoke", seeds=((0, 0), (1, 1)))
    teachers = set()
    for planned in request.runs:
        for run in lineage(planned.config)[:-1]:
            if run.needs_teacher:  # a start has its student's seeds
                assert run.init_seed == planned.config.init_seed
                assert run.data_seed == planned.config.data_seed
            else:
                teachers.add(run.run_id)
        assert planned.config.init_seed == planned.trial - 1
    alone = ("batch_norm", "batch_norm_curve", "born_dead", "reruns", "unstated", "width")
    assert len(teachers) == (0 if name in alone else 1)


def test_the_starts_of_table_6_come_between_teacher_and_students() -> None:
    request = request_study(find_study("sequential"), SOURCE, "laptop", seeds=((0, 0),))
    teacher, *later = request.generations()
    starts = [run for generation in later for run in generation if run.start_from is None]
    students = [run for generation in later for run in generation if run.start_from is not None]
    assert (len(teacher), len(starts), len(students)) == (1, 5, 5)
    assert {(s.temperature, s.iterations) for s in starts} == {
        (5.0, 1000), (5.0, 2000), (10.0, 2000), (20.0, 1000), (20.0, 2000)
    }  # fmt: skip
    assert {(s.objective, s.width) for s in students} == {("hard", 1)}
    assert all(s.teacher is not None and s.teacher == teacher[0] for s in starts)


def test_a_shorter_start_of_table_6_keeps_its_state_and_the_longer_one_comes_after() -> None:
    request = request_study(find_study("sequential"), SOURCE, "laptop", seeds=((0, 0),))
    order = {run.run_id: at for at, runs in enumerate(request.generations()) for run in runs}
    runs = request.distinct
    kept = [runs[run_id] for run_id in request.kept_states()]
    assert {(run.temperature, run.iterations) for run in kept} == {(5.0, 1000), (20.0, 1000)}
    for short in kept:
        longer = [r for r in runs.values() if r.curve_id == short.curve_id and r != short]
        assert [run.iterations for run in longer] == [2000]
        assert order[short.run_id] < order[longer[0].run_id]
    for run_id, run in runs.items():
        assert all(order[parent.run_id] < order[run_id] for parent in run.parents)


def test_the_full_grid_has_each_run_once() -> None:
    seeds = [(seed, seed) for seed in range(10)]
    request = request_study(find_study("factorial"), SOURCE, "laptop", seeds=seeds, full=True)
    ids = [planned.config.run_id for planned in request.runs]
    assert len(ids) == len(set(ids)) == 5 * (1 + 2 * 5) * 3 * 2 * 10


def test_printed_tables_add_up() -> None:
    """Column sums of the paper's tables, added by hand."""

    def total(name: str, column: str) -> float:
        return round(sum(f.figures.get(column, 0.0) for f in find_study(name).paper), 4)

    assert total("width", "test_loss_avg") == 2.2252
    assert total("width", "test_loss_min_at") == 1_608_000
    assert total("temperature", "test_loss_min") == 2.88
    assert total("reruns", "test_loss_avg") == 22.4
    assert total("mixed", "test_loss_avg") == 2.515
    assert total("mixed", "train_loss_soft") == 1.371
    assert total("sequential", "test_loss_avg") == 3.063


def test_a_profile_restricts_an_axis_unless_the_user_asks(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = ["--dry-run", "--out", str(tmp_path / "out")]
    assert main(["width", *out]) == 0
    assert "width: 15 runs" in capsys.readouterr().out
    assert main(["width", *out, "--only", "width=128,64,32"]) == 0
    assert "width: 9 runs" in capsys.readouterr().out
    assert main(["sequential", *out, "--only", "start_from.iterations=10000"]) == 2
    assert "1000, 2000" in capsys.readouterr().err
    assert main(["sequential", *out, "--set", "start_from.lr=0.01", "--only",
                 "start_from.temperature=10"]) == 0  # fmt: skip
    assert "sequential: 7 runs" in capsys.readouterr().out
    assert main(["sequential", *out, "--only", "start_from.temperature=10", "--only",
                 "start_from.iterations=1000"]) == 2  # fmt: skip
    assert "no cell of sequential" in capsys.readouterr().err
    assert main(["reruns", *out, "--set", "start_from.lr=0.01"]) == 2
    assert "reruns has no start_from" in capsys.readouterr().err
