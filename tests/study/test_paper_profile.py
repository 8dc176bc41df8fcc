"""Profile `paper` says what the paper says: horizons, evaluations and windows."""

from pathlib import Path

import pytest

from core.config import RunConfig
from core.data.phantom import Phantom
from core.data.sources import PhantomSource
from study.definition import SpeedClaim
from study.discovery import catalogue_names, find_study
from study.planning.short_curves import means_without_a_window
from study.planning.speed_claims import claims_too_long
from study.request import StudyRequest
from study.requesting import request_study
from study.run import main

SOURCE = PhantomSource()


def requested(name: str, profile: str = "paper", *sets: str) -> StudyRequest:
    return request_study(find_study(name), SOURCE, profile, seeds=((0, 0),), sets=sets)


def hard_runs(request: StudyRequest) -> list[RunConfig]:
    return [planned.config for planned in request.runs if planned.config.objective == "hard"]


@pytest.mark.parametrize("depth", [3, 7])
@pytest.mark.parametrize("name", catalogue_names())
def test_test_losses_are_over_every_slice_of_a_volume_of_any_depth(name: str, depth: int) -> None:
    phantom = Phantom(training_slices=12, testing_slices=depth, side=512)
    request = request_study(find_study(name), PhantomSource(phantom), "paper", seeds=((0, 0),))
    assert {config.curve_slices for config in request.distinct.values()} == {0}


def test_starts_of_table_6_are_evaluated_every_500_iterations_and_runs_every_1000() -> None:
    request = requested("sequential")
    assert {planned.config.eval_every for planned in request.runs} == {1000}
    starts = [run for planned in request.runs if (run := planned.config.start_from) is not None]
    assert {(run.iterations, run.eval_every) for run in starts} == {(10_000, 500), (20_000, 500)}
    assert request.study.profiles["paper"].windows.beta_t == 25


def test_a_dry_run_says_which_means_of_table_6_cannot_exist(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--dry-run", "--out", str(tmp_path / "out")]
    assert main(["sequential", "--profile", "paper", *out]) == 0
    assert (
        "Of 6 of 15 starts there is no mean of beta_t = 25 evaluations: they have 20 evaluations "
        "(10000 iterations, one every 500). The report has the mean over these instead"
    ) in capsys.readouterr().out
    assert (
        main(["sequential", "--profile", "paper", *out, "--set", "start_from.eval_every=400"]) == 0
    )
    assert "there is no mean" not in capsys.readouterr().out


@pytest.mark.parametrize("profile", ["smoke", "laptop", "paper"])
@pytest.mark.parametrize("name", catalogue_names())
def test_no_other_mean_of_the_catalogue_lacks_its_window(name: str, profile: str) -> None:
    short = means_without_a_window(requested(name, profile))
    assert len(short) == int((name, profile) == ("sequential", "paper"))


def test_what_the_user_sets_wins_over_the_profiles_own_of_starts_and_hard_labels() -> None:
    request = requested("sequential", "paper", "eval_every=250", "start_from.lr=0.01")
    starts = [run for planned in request.runs if (run := planned.config.start_from) is not None]
    assert {(run.eval_every, run.lr) for run in starts} == {(250, 0.01)}
    shorter = requested("temperature", "paper", "iterations=700")
    assert {planned.config.iterations for planned in shorter.runs} == {700}


@pytest.mark.parametrize(("name", "width"), [("temperature", 2), ("one_unet", 1)])
def test_hard_labels_are_trained_as_long_as_the_claims_of_speed_take(name: str, width: int) -> None:
    request = requested(name)
    (hard,) = hard_runs(request)
    soft = {planned.config.iterations for planned in request.runs} - {hard.iterations}
    assert (hard.iterations, soft) == (320_000, {50_000})
    shared = [run for run in hard_runs(requested("reruns")) if run.width == width]
    assert [run.run_id for run in shared] == [hard.run_id]


@pytest.mark.parametrize("name", catalogue_names())
def test_under_the_papers_profile_no_claim_of_speed_is_beyond_the_horizon(name: str) -> None:
    assert claims_too_long(requested(name)) == []
    claims = find_study(name).claims
    assert all(claim.slower_at for claim in claims)
    assert len(claims_too_long(requested(name, "laptop"))) == len(claims)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "temperature",
            "Section 3.5's 20x (objective=soft against objective=hard) cannot be shown: the "
            "paper's runs took about 15,000 and 300,000 iterations, these end at 1,000 and 1,000.",
        ),
        ("one_unet", "took about 21,333 and 320,000 iterations, these end at 1,000 and 1,000."),
        ("batch_norm", "took about 300,000 and 1,500,000 iterations, these end at 1,000 and 1,000"),
    ],
)
def test_a_dry_run_says_which_claims_its_horizon_cannot_show(
    name: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, "--seeds", "1", "--dry-run", "--out", str(tmp_path / "out")]) == 0
    assert said in capsys.readouterr().out


def test_figure_4_has_its_own_window_under_the_papers_profile_and_shares_runs_elsewhere() -> None:
    request = requested("batch_norm_curve")
    plans = {(p.config.iterations, p.config.eval_every, p.config.width) for p in request.runs}
    assert plans == {(3_600_000, 300, 4)}
    assert request.record().windows.beta_t == 500
    here, others = (requested(name, "laptop") for name in ("batch_norm_curve", "batch_norm"))
    assert set(here.distinct) < set(others.distinct)
    assert here.record().windows == others.record().windows


def test_a_claim_fits_where_both_sides_may_take_as_long_as_in_the_paper() -> None:
    claim = SpeedClaim("Section 3.5", 0.2, {}, {}, ratio=20.0, slower_at=300_000)
    assert claim.fits(15_000, 300_000)
    assert not claim.fits(14_999, 300_000)
    assert not claim.fits(15_000, 299_999)
    assert SpeedClaim("Section 3.6", 0.2, {}, {}, ratio=15.0).fits(1, 1)
