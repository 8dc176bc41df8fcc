"""Packs through a real Ray actor: one process, several runs, volumes shared without a copy."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ray
from ray import tune

from core.config import RunConfig
from core.data.sources import Volumes
from core.packed_run import Job
from core.trainable import RunPack
from results import load_runs
from results.windows import Windows

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    if ray.is_initialized():  # that of `tests.study.command`
        yield
        return
    ray.init(address="local", num_cpus=1, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


def config(volumes: Volumes, seed: int, **changes: Any) -> RunConfig:
    base = RunConfig(
        data=volumes.fingerprint, width=1, tile=32, iterations=4, eval_every=2, curve_slices=2
    )
    return base.replaced(init_seed=seed, **changes)


def cell(*pack: RunConfig) -> dict[str, Any]:
    return {"cell": {"slot": 1, "together": 1, "pack": [run.to_dict() for run in pack]}}


def start(trainable: Any, *pack: RunConfig) -> Any:
    remote: Any = ray.remote(trainable)
    return remote.remote(config=cell(*pack))


def train_to_the_end(actor: Any) -> list[dict[str, Any]]:
    reports: list[dict[str, Any]] = []
    while True:
        result: Any = ray.get(actor.train.remote())
        reports += result["runs"]
        if result["done"]:
            return reports


def test_a_pack_commits_each_of_its_runs_and_an_error_ends_only_its_own(
    cluster: None, volumes: Volumes, tmp_path: Path
) -> None:
    job = Job("packs", str(tmp_path), Windows(2, 1), threads=1, use_gpu=False)
    trainable = tune.with_parameters(RunPack, volumes=volumes, job=job)
    first, last = config(volumes, 0), config(volumes, 2)
    broken = config(volumes, 1, tile=4096)
    actor = start(trainable, first, broken, last)
    ended = [r for r in train_to_the_end(actor) if r["state"] != "running"]
    assert [r["state"] for r in ended] == ["finished", "failed", "finished"]
    assert "tile=4096 is larger than the slice" in ended[1]["reason"]
    assert set(load_runs(str(tmp_path))["run_id"]) == {first.run_id, last.run_id}
    assert len(list((tmp_path / "ledger/attempts").iterdir())) == 1


def test_a_reused_actor_gives_what_a_fresh_one_gives(
    cluster: None, volumes: Volumes, tmp_path: Path
) -> None:
    wanted, other = config(volumes, 3), config(volumes, 4)
    found = []
    for out, before in ((tmp_path / "fresh", None), (tmp_path / "reused", other)):
        job = Job("packs", str(out), Windows(2, 1), threads=1, use_gpu=False)
        trainable = tune.with_parameters(RunPack, volumes=volumes, job=job)
        actor = start(trainable, before or wanted)
        train_to_the_end(actor)
        if before is not None:
            assert ray.get(actor.reset.remote(cell(wanted)))
            train_to_the_end(actor)
        runs = load_runs(str(out)).set_index("run_id")
        found.append(runs.loc[wanted.run_id, ["weights_sha256", "test_loss_final"]].to_list())
    assert found[0] == found[1]


def test_volumes_are_shared_not_copied(cluster: None, volumes: Volumes, tmp_path: Path) -> None:
    class Probe(RunPack):
        def owns_its_volumes(self) -> list[bool]:
            stacks = (self.volumes.training, self.volumes.validation, self.volumes.testing)
            return [array.flags.owndata for s in stacks for array in (s.images, s.masks)]

    job = Job("packs", str(tmp_path), Windows(2, 1), threads=1, use_gpu=False)
    trainable = tune.with_parameters(Probe, volumes=volumes, job=job)
    actor = start(trainable, config(volumes, 0))
    assert ray.get(actor.owns_its_volumes.remote()) == [False] * 6
