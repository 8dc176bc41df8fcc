"""Leases say who trains which run: at most one owner each, and an owner shows that it lives.

A lease names its owner; an owner's file counts its beats. Whoever watches an owner whose count has
not changed for `EXPIRY_SECONDS` *of the watcher's own monotonic clock* removes the owner's file,
and with it all its leases: no clock is ever compared with another, so one that jumps or differs
between machines changes nothing. On the owner's machine a process that is gone is found at once.
A loss of power ends every owner on its machine, so leases need not survive it.
"""

import json
import os
import platform
import time
import uuid
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from results.identity import is_name
from results.ledger.storage import Storage

BEAT_SECONDS = 5.0
EXPIRY_SECONDS = 60.0
SETTLE_SECONDS = 1.0
"""On an object store, which has no locks: whoever wrote last before this time has the lease."""

LEASES_FOLDER = "leases"
OWNERS_FOLDER = "leases/owners"
LOCK = "leases/.lock"


@dataclass(frozen=True)
class Owner:
    """A command that trains runs."""

    token: str
    study: str
    host: str
    machine: str
    """The place where its process id means something; empty if that cannot be told."""
    pid: int
    beat: int = 0

    @classmethod
    def here(cls, study: str) -> "Owner":
        """Return this process as an owner."""
        return cls(uuid.uuid4().hex, study, platform.node(), this_machine(), os.getpid())

    def __str__(self) -> str:
        return f"{self.study} on {self.host} (process {self.pid})"

    def is_gone(self) -> bool:
        """Tell whether it is known without waiting that the process has ended."""
        if not self.machine or self.machine != this_machine():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except (OSError, OverflowError):  # another user's, or no process id at all
            return False
        return False


@dataclass(frozen=True)
class Lease:
    """A run that is being trained, and how far it is."""

    run_id: str
    token: str
    iteration: int = 0
    iterations: int = 0
    at: str = ""
    """When this was written, for people; nothing is decided by it."""


T = TypeVar("T", Owner, Lease)


def this_machine() -> str:
    """Return what tells process ids seen here from others: boot and pid namespace."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # not Linux
        return ""


@dataclass
class Leases:
    """The leases below one output location."""

    storage: Storage
    _watched: dict[str, tuple[int, float]] = field(default_factory=dict)

    def acquire(self, run_id: str, token: str) -> Owner | None:
        """Acquire the lease of a run for the owner with this token.

        Returns:
            None if the lease is this owner's now, or else the living owner that holds it.

        Raises:
            StorageError: the lease cannot be read or written.
        """
        with self.storage.alone(LOCK) as locked:
            holder = self.holder(run_id)
            if holder is not None and holder.token != token:
                return holder
            self._put(Lease(run_id, token))
            if locked:
                return None
        time.sleep(SETTLE_SECONDS)
        holder = self.holder(run_id)
        return None if holder is None or holder.token == token else holder

    def progress(self, lease: Lease) -> bool:
        """Write how far a leased run is; return False if the lease is another's by now."""
        with self.storage.alone(LOCK):
            found = self._lease(lease.run_id)
            if found is not None and found.token != lease.token:
                return False
            self._put(lease)
        return True

    def release(self, run_id: str, token: str) -> None:
        """Give a lease back; one that is another's stays."""
        with self.storage.alone(LOCK):
            if self.is_held_by(run_id, token):
                self.storage.remove(f"{LEASES_FOLDER}/{run_id}.json")

    def is_held_by(self, run_id: str, token: str) -> bool:
        """Tell whether a run's lease is this owner's."""
        lease = self._lease(run_id)
        return lease is not None and lease.token == token

    def holder(self, run_id: str) -> Owner | None:
        """Return the living owner of a run's lease."""
        lease = self._lease(run_id)
        owner = None if lease is None else self._owner(lease.token)
        return None if owner is None or owner.is_gone() else owner

    def held(self) -> list[tuple[Lease, Owner]]:
        """Return every lease that has a living owner."""
        owners = {owner.token: owner for owner in self.owners() if not owner.is_gone()}
        leases = [self._lease(run_id) for run_id in self._leased()]
        return [(lease, owners[lease.token]) for lease in leases if lease and lease.token in owners]

    def owners(self) -> list[Owner]:
        """Return every owner that has not retired, whether it lives or not."""
        files = self.storage.names(OWNERS_FOLDER, ".json")
        found = [self._owner(file.removesuffix(".json")) for file in files]
        return [owner for owner in found if owner is not None]

    def beat(self, owner: Owner) -> Owner:
        """Show that the owner lives; return it with the new count."""
        owner = replace(owner, beat=owner.beat + 1)
        content = json.dumps(asdict(owner)).encode()
        self.storage.put(f"{OWNERS_FOLDER}/{owner.token}.json", content, lasting=False)
        return owner

    def retire(self, token: str) -> None:
        """Remove an owner with all its leases."""
        self.storage.remove(f"{OWNERS_FOLDER}/{token}.json")
        for run_id in self._leased():
            self.release(run_id, token)

    def bury(self) -> None:
        """Retire owners that are gone, or whose beat this object has seen unchanged too long."""
        now = time.monotonic()
        for owner in self.owners():
            beat, since = self._watched.get(owner.token, (None, now))
            if beat != owner.beat:
                since = now
            self._watched[owner.token] = (owner.beat, since)
            if owner.is_gone() or now - since >= EXPIRY_SECONDS:
                self.retire(owner.token)

    def _leased(self) -> list[str]:
        return [f.removesuffix(".json") for f in self.storage.names(LEASES_FOLDER, ".json")]

    def _put(self, lease: Lease) -> None:
        lease = replace(lease, at=datetime.now(UTC).isoformat(timespec="seconds"))
        name = f"{LEASES_FOLDER}/{lease.run_id}.json"
        self.storage.put(name, json.dumps(asdict(lease)).encode(), lasting=False)

    def _lease(self, run_id: str) -> Lease | None:
        return self._read(Lease, LEASES_FOLDER, run_id)

    def _owner(self, token: str) -> Owner | None:
        return self._read(Owner, OWNERS_FOLDER, token)

    def _read(self, kind: type[T], folder: str, name: str) -> T | None:
        """Return None where there is no such file, and where it holds something else: such a lease
        binds nobody."""
        if not is_name(name):
            return None
        try:
            return msgspec.json.decode(self.storage.get(f"{folder}/{name}.json") or b"", type=kind)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            return None
