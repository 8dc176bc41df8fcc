"""Runs of a pack, from lease to row: alone or together, stopped or not, the rows are the same."""

from pathlib import Path
from typing import Any

import pytest

from core.config import RunConfig
from core.data.sources import Volumes
from core.pack_runner import PackRunner
from core.packed_run import Job, PackedRun
from results import load_runs
from results.ledger.leases import Owner
from results.ledger.ledger import Ledger
from results.windows import Windows
from tests.core.builders import tiny_config

SAME = ["weights_sha256", "test_loss_final", "outcome", "iterations_done", "first_tile_sha256"]


def runs(volumes: Volumes, count: int = 4, **changes: Any) -> list[RunConfig]:
    base = tiny_config(volumes, engine="lanes", width=1, **changes)
    return [base.with_seeds(seed, seed) for seed in range(count)]


def runner(
    configs: list[RunConfig],
    volumes: Volumes,
    out: Path,
    together: int,
    run_class: type[PackedRun] = PackedRun,
) -> PackRunner:
    job = Job("packs", str(out), Windows(2, 1), threads=1, use_gpu=False)
    return PackRunner(configs, together, volumes, job, Ledger(str(out)), run_class)


def finish(pack: PackRunner, seconds: float = 60.0) -> list[dict[str, Any]]:
    reports: list[dict[str, Any]] = []
    while not pack.done:
        reports += pack.advance(seconds)
    return [report for report in reports if report["state"] != "running"]


def found(out: Path) -> dict[str, list[Any]]:
    rows = load_runs(str(out)).set_index("run_id")
    return {str(run_id): rows.loc[run_id, SAME].to_list() for run_id in rows.index}


@pytest.mark.parametrize("together", [2, 3, 4])
def test_rows_are_the_same_whatever_is_trained_together(
    volumes: Volumes, tmp_path: Path, together: int
) -> None:
    configs = runs(volumes)
    for number, config in enumerate(configs):
        finish(runner([config], volumes, tmp_path / "alone", 1))
        assert len(found(tmp_path / "alone")) == number + 1
    reports = finish(runner(configs, volumes, tmp_path / "packed", together))
    assert [report["state"] for report in reports] == ["finished"] * 4
    assert found(tmp_path / "packed") == found(tmp_path / "alone")


def test_a_pack_that_was_left_is_continued_in_other_packs(volumes: Volumes, tmp_path: Path) -> None:
    configs = runs(volumes)
    finish(runner(configs, volumes, tmp_path / "undisturbed", 4))
    pack = runner(configs, volumes, tmp_path / "left", 3)
    reports = pack.advance(0.0)  # one evaluation or step of three runs
    assert [(report["state"], report["iteration"]) for report in reports] == [("running", 0)] * 3
    pack.advance(0.0)
    pack.leave()
    assert not list((tmp_path / "left" / "leases").glob("*.json"))
    continued = runner(configs[::-1], volumes, tmp_path / "left", 2)
    log = tmp_path / "left" / "logs" / f"{configs[0].run_id}.log"
    finish(continued)
    assert "from iteration 1" in log.read_text()
    assert found(tmp_path / "left") == found(tmp_path / "undisturbed")


class OneBreaks(PackedRun):
    """Runs of which that of seed 1 cannot be written about."""

    def note(self, point: dict[str, Any]) -> None:
        if self.config.init_seed == 1 and point["iteration"] == 4:
            raise ArithmeticError("seed 1 breaks")
        super().note(point)


def test_an_error_while_several_are_computed_ends_only_its_own_run(
    volumes: Volumes, tmp_path: Path
) -> None:
    configs = runs(volumes)
    reports = finish(runner(configs, volumes, tmp_path, 4, OneBreaks))
    states = {report["run_id"]: report for report in reports}
    assert len(reports) == 4
    broken = states.pop(configs[1].run_id)
    assert broken["state"] == "failed"
    assert broken["reason"] == "ArithmeticError: seed 1 breaks"
    assert {report["state"] for report in states.values()} == {"finished"}
    finish(runner([configs[0]], volumes, tmp_path / "alone", 1))
    assert found(tmp_path)[configs[0].run_id] == found(tmp_path / "alone")[configs[0].run_id]
    assert len(list((tmp_path / "ledger/attempts").iterdir())) == 1


def test_runs_of_another_command_are_left_and_finished_ones_are_said(
    volumes: Volumes, tmp_path: Path
) -> None:
    configs = runs(volumes, 3)
    finish(runner(configs[:1], volumes, tmp_path, 1))
    holding = Ledger(str(tmp_path))
    pack = runner(configs, volumes, tmp_path, 3)
    leases = pack.waiting[1].leases
    other = leases.beat(Owner.here("another study"))
    leases.acquire(configs[1].run_id, other.token)
    states = {report["run_id"]: report["state"] for report in finish(pack)}
    assert states == {
        configs[0].run_id: "finished",
        configs[1].run_id: "elsewhere",
        configs[2].run_id: "finished",
    }
    assert holding.outcome(configs[1].run_id) is None
