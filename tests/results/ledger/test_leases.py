"""At most one living owner a run; owners that are gone lose their leases, whatever clocks say."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.ledger import leases as module
from results.ledger.leases import Lease, Leases, Owner
from results.ledger.storage import Storage
from tests.results.processes import finish, start


@pytest.fixture
def leases(tmp_path: Path) -> Leases:
    return Leases(Storage(str(tmp_path)))


def alive(leases: Leases, study: str = "a") -> Owner:
    return leases.beat(Owner.here(study))


def process_that_has_ended() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_a_lease_has_one_owner_until_it_is_released(leases: Leases) -> None:
    first, second = alive(leases), alive(leases, "b")
    assert leases.acquire("run", first.token) is None
    assert leases.acquire("run", first.token) is None
    assert leases.acquire("run", second.token) == first
    leases.release("run", second.token)  # not its own
    assert leases.holder("run") == first
    leases.release("run", first.token)
    assert leases.acquire("run", second.token) is None


def test_what_an_owner_says_of_its_progress_is_listed(leases: Leases) -> None:
    owner = alive(leases)
    leases.acquire("run", owner.token)
    assert leases.progress(Lease("run", owner.token, 30, 100))
    ((lease, holder),) = leases.held()
    assert (lease.run_id, lease.iteration, lease.iterations) == ("run", 30, 100)
    assert holder == owner


def test_a_lease_that_was_taken_over_is_known_to_be_lost(leases: Leases) -> None:
    late, quick = alive(leases), alive(leases, "b")
    leases.acquire("run", late.token)
    leases.retire(late.token)  # as if it had been silent for too long
    assert leases.acquire("run", quick.token) is None
    assert not leases.progress(Lease("run", late.token, 30, 100))
    assert leases.holder("run") == quick


def test_an_owner_whose_process_has_ended_holds_nothing(leases: Leases) -> None:
    gone = replace(Owner.here("a"), pid=process_that_has_ended())
    leases.beat(gone)
    leases.acquire("run", gone.token)
    assert leases.holder("run") is None
    assert leases.held() == []
    assert leases.acquire("run", alive(leases).token) is None


def test_an_owner_elsewhere_expires_by_the_clock_of_whoever_watches(
    leases: Leases, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = leases.beat(replace(Owner.here("a"), machine="another", pid=1))
    leases.acquire("run", away.token)
    leases.bury()
    assert leases.holder("run") == away
    monkeypatch.setattr(module, "EXPIRY_SECONDS", 0.0)
    away = leases.beat(away)
    monkeypatch.setattr(module, "EXPIRY_SECONDS", 1e9)
    leases.bury()  # its beat has changed: it lives
    assert leases.holder("run") == away
    monkeypatch.setattr(module, "EXPIRY_SECONDS", 0.0)
    leases.bury()
    assert leases.holder("run") is None
    assert leases.owners() == []


def test_a_retired_owner_leaves_nothing_behind(leases: Leases, tmp_path: Path) -> None:
    owner, other = alive(leases), alive(leases, "b")
    leases.acquire("mine", owner.token)
    leases.acquire("theirs", other.token)
    leases.retire(owner.token)
    assert [path.name for path in (tmp_path / "leases").glob("*.json")] == ["theirs.json"]


def acquire_many(location: str, token: str, names: list[str], won: str) -> None:
    leases = Leases(Storage(location))
    mine = [name for name in names if leases.acquire(name, token) is None]
    Path(won).write_text(json.dumps(mine))


def test_of_processes_that_want_the_same_runs_each_gets_others(tmp_path: Path) -> None:
    leases = Leases(Storage(str(tmp_path)))
    names = [f"run{k}" for k in range(30)]
    processes = []
    for index in range(3):
        token = alive(leases, str(index)).token
        arguments = (str(tmp_path), token, names, str(tmp_path / f"won-{index}"))
        processes.append(start(acquire_many, *arguments))
    for process in processes:
        finish(process)
    won = [json.loads((tmp_path / f"won-{index}").read_text()) for index in range(3)]
    assert sorted(name for mine in won for name in mine) == sorted(names)


@settings(max_examples=50)
@given(content=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_a_lease_that_is_no_lease_binds_nobody(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("damaged")
    leases = Leases(Storage(str(root)))
    owner = alive(leases)
    (root / "leases/run.json").write_bytes(content)
    (root / "leases/owners/x.json").write_bytes(content)
    assert leases.acquire("run", owner.token) is None
    assert [o.token for o in leases.owners()] == [owner.token]


@pytest.mark.parametrize("token", ["../../etc/passwd", "/etc/passwd", "", "a\0b", "x" * 500])
def test_a_token_cannot_name_a_file_elsewhere(leases: Leases, tmp_path: Path, token: str) -> None:
    alive(leases)
    lease = {"run_id": "run", "token": token, "iteration": 0, "iterations": 0, "at": ""}
    (tmp_path / "leases/run.json").write_text(json.dumps(lease))
    assert leases.holder("run") is None
    assert leases.held() == []


def test_this_process_is_not_gone() -> None:
    assert not Owner.here("a").is_gone()
    assert Owner.here("a").pid == os.getpid()
