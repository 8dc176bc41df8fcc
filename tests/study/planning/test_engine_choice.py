"""The engine: lanes where they pay, what a ledger holds goes on, and what cannot be is said."""

from pathlib import Path
from typing import Any

import pytest

from core.data.phantom import Phantom
from core.data.sources import PhantomSource
from results.errors import ConfigError
from results.ledger.ledger import Ledger
from study.discovery import find_study
from study.planning.engine_choice import WIDEST, EngineChoice
from study.request import StudyRequest
from study.requesting import request_study
from tests.results.examples import CURVE, run_row

SOURCE = PhantomSource(Phantom(training_slices=12, testing_slices=3, side=64))


def requested(name: str, **more: Any) -> StudyRequest:
    return request_study(find_study(name), SOURCE, "smoke", seeds=[(0, 0), (1, 1)], **more)


def engines(request: StudyRequest) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for run in request.runs:
        found.setdefault(run.config.width, set()).add(run.config.engine)
    return found


def test_small_networks_get_lanes_and_their_teachers_pytorch(tmp_path: Path) -> None:
    request = requested("temperature_seeds")
    chosen = EngineChoice().apply(request, Ledger(str(tmp_path)))
    assert engines(chosen) == {2: {"lanes"}}
    assert {run.config.teacher.engine for run in chosen.runs if run.config.teacher} == {"torch"}
    widths = EngineChoice().apply(requested("width"), Ledger(str(tmp_path)))
    assert engines(widths) == {
        width: {"lanes" if width <= WIDEST else "torch"} for width in engines(widths)
    }
    assert len(engines(widths)) > 2


def test_a_start_is_computed_as_what_starts_from_it(tmp_path: Path) -> None:
    chosen = EngineChoice().apply(requested("sequential"), Ledger(str(tmp_path)))
    starts = [run.config.start_from for run in chosen.runs if run.config.start_from]
    assert starts
    assert {start.engine for start in starts} == {"lanes"}


@pytest.mark.parametrize("choice", [EngineChoice("torch"), EngineChoice(on_gpu=True)])
def test_pytorch_where_it_is_chosen_or_on_a_gpu(tmp_path: Path, choice: EngineChoice) -> None:
    request = requested("reruns")
    assert choice.apply(request, Ledger(str(tmp_path))) is request


def test_what_the_ledger_holds_by_pytorch_goes_on(tmp_path: Path) -> None:
    ledger, request = Ledger(str(tmp_path)), requested("reruns")
    for run in request.runs[:2]:
        ledger.put_run(run_row(run.config.run_id), CURVE, b"")
    assert EngineChoice().apply(request, ledger) is request
    lanes = EngineChoice("lanes").apply(request, ledger)
    assert engines(lanes) == {2: {"lanes"}, 1: {"lanes"}}
    for run in lanes.runs[:2]:
        ledger.put_run(run_row(run.config.run_id), CURVE, b"")
    assert EngineChoice().apply(request, ledger).runs == lanes.runs


def test_without_a_compiler_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    request, ledger = requested("reruns"), Ledger(str(tmp_path))
    chosen = EngineChoice().apply(request, ledger)
    assert chosen.runs == request.runs
    assert "no-such-compiler" in chosen.notes[-1]
    with pytest.raises(ConfigError, match="--engine lanes: compiler 'no-such-compiler'"):
        EngineChoice("lanes").apply(request, ledger)


def test_what_lanes_began_is_not_begun_anew_without_a_compiler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, ledger = requested("reruns"), Ledger(str(tmp_path))
    lanes = EngineChoice("lanes").apply(request, ledger)
    ledger.put_run(run_row(lanes.runs[0].config.run_id), CURVE, b"")
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(ConfigError, match=r"1 run of reruns in --out .* --engine torch begins"):
        EngineChoice().apply(request, ledger)
    assert EngineChoice("torch").apply(request, ledger) is request
    for run in lanes.runs:
        ledger.put_run(run_row(run.config.run_id), CURVE, b"")
    assert EngineChoice().apply(request, ledger).runs == lanes.runs  # to be read, not trained


def test_lanes_on_a_gpu_and_a_second_choice_are_refused(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    with pytest.raises(ConfigError, match="computes on CPUs"):
        EngineChoice("lanes", on_gpu=True).apply(requested("reruns"), ledger)
    fixed = requested("reruns", sets=["engine=torch"])
    assert EngineChoice().apply(fixed, ledger) is fixed
    with pytest.raises(ConfigError, match="set already"):
        EngineChoice("lanes").apply(fixed, ledger)


def test_what_does_not_fit_into_memory_stays_with_pytorch(tmp_path: Path) -> None:
    request = requested("reruns")
    crowded = EngineChoice(slots=10**9).apply(request, Ledger(str(tmp_path)))
    assert crowded.runs == request.runs
