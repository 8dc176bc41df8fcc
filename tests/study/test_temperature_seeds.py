"""The study against the paper: seven temperatures, three trials, 42 figures."""

from core.data.sources import PhantomSource
from study.catalogue.temperature_seeds import STUDY
from study.requesting import request_study


def test_it_asks_for_21_students_and_one_teacher() -> None:
    request = request_study(STUDY, PhantomSource(), "laptop")
    teachers, students = request.generations()
    assert (len(teachers), len(students)) == (1, 21)
    assert {s.temperature for s in students} == {1, 2, 3, 5, 6, 10, 15}
    assert {(s.width, s.objective) for s in students} == {(2, "soft")}
    assert all(s.teacher == teachers[0] for s in students)
    assert (teachers[0].width, teachers[0].init, teachers[0].objective) == (4, "he", "hard")


def test_more_seeds_keep_every_earlier_run() -> None:
    def ids(seeds: int) -> set[str]:
        pairs = [(seed, seed) for seed in range(seeds)]
        request = request_study(STUDY, PhantomSource(), "smoke", seeds=pairs)
        return {planned.config.run_id for planned in request.runs}

    assert ids(3) < ids(5)
    assert len(ids(5) - ids(3)) == 14


def test_it_holds_the_42_figures_of_table_3() -> None:
    figures = {(f.cell["temperature"], f.trial): f.figures for f in STUDY.paper}
    assert len(figures) == len(STUDY.paper) == 21
    broke_the_barrier = {key for key, f in figures.items() if f["test_loss_min"] < 0.47}
    assert broke_the_barrier == {(1, 2), (3, 3), (5, 1), (6, 1), (10, 1), (15, 1)}
    assert all(f.figures["test_loss_min"] <= f.figures["test_loss_avg"] for f in STUDY.paper)
    # Column sums of the printed table, added by hand.
    assert round(sum(f.figures["test_loss_avg"] for f in STUDY.paper if f.trial == 1), 3) == 2.054
    assert round(sum(f.figures["test_loss_min"] for f in STUDY.paper if f.trial == 3), 3) == 3.095


def test_the_paper_profile_has_the_paper_windows() -> None:
    profile = STUDY.profiles["paper"]
    assert (profile.windows.alpha_t, profile.windows.beta_t) == (5000, 25)
    assert profile.student["eval_every"] == 500
    assert profile.teacher["iterations"] == 300_000
