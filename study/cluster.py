"""A Ray cluster for the time of a command, and what one trial takes of it."""

import contextlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass

os.environ.setdefault("TUNE_DISABLE_AUTO_CALLBACK_LOGGERS", "1")
os.environ.setdefault("TUNE_DISABLE_SIGINT_HANDLER", "1")
os.environ.setdefault("RAY_AIR_NEW_OUTPUT", "0")
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")

import ray

from results.errors import ConfigError


@dataclass(frozen=True)
class Resources:
    """What one trial takes, in CPUs and GPUs; fractions share a device."""

    cpus: float = 1.0
    gpus: float = 0.0

    @property
    def threads(self) -> int:
        return max(1, int(self.cpus))

    def slots(self) -> int:
        """How many trials the running cluster takes at once.

        Raises:
            ConfigError: not even one.
        """
        have = ray.cluster_resources()
        limits = []
        for kind, each in (("CPU", self.cpus), ("GPU", self.gpus)):
            if each <= 0:
                continue
            available = have.get(kind, 0.0)
            if each > available:
                option = f"--{kind.lower()}s-per-trial"
                raise ConfigError(f"{option} {each:g}: the cluster has {available:g} {kind}s")
            limits.append(int(available / each + 1e-9))
        return min(limits)


def is_running() -> bool:
    """Whether this process has a cluster already."""
    return ray.is_initialized()


@contextlib.contextmanager
def cluster(address: str, dashboard: bool) -> Iterator[str | None]:
    """A Ray cluster for the time of a command. Yields the dashboard's address, if it has one."""
    local = address == "local"
    try:
        context = ray.init(
            address=address,
            include_dashboard=dashboard if local else None,
            log_to_driver=False,
            configure_logging=True,
            logging_level=logging.ERROR,
        )
    except (ConnectionError, ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ConfigError(f"--address {address}: no Ray cluster there ({reason})") from error
    # A worker that dies is a line of the progress display, not a traceback of Tune's.
    logging.getLogger("ray").setLevel(logging.CRITICAL)
    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)
    try:
        yield context.dashboard_url or None
    finally:
        ray.shutdown()
