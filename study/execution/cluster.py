"""A Ray cluster for the time of a command, and how many trials it takes."""

import contextlib
import logging
import os
from collections.abc import Iterator
from functools import partial
from typing import Any

os.environ.setdefault("TUNE_DISABLE_AUTO_CALLBACK_LOGGERS", "1")
os.environ.setdefault("TUNE_DISABLE_SIGINT_HANDLER", "1")
os.environ.setdefault("RAY_AIR_NEW_OUTPUT", "0")
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")

import ray

from results.errors import ConfigError
from study.execution.training_options import Resources


def slots_of(resources: Resources) -> int:
    """How many trials the running cluster takes at once.

    Raises:
        ConfigError: not even one.
    """
    have = ray.cluster_resources()
    limits = []
    for kind, each in (("CPU", resources.cpus), ("GPU", resources.gpus)):
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


def started(address: str, dashboard: bool) -> Any:
    """Ray's context. A local cluster is tried twice: on a machine that is busy Ray's own processes
    may be too slow for each other.

    Raises:
        ConfigError: no cluster there, or none that starts.
    """
    local = address == "local"
    init = partial(
        ray.init,
        address=address,
        include_dashboard=dashboard if local else None,
        log_to_driver=False,
        configure_logging=True,
        logging_level=logging.ERROR,
    )
    try:
        return init()
    except Exception as error:  # a raylet that is too late raises a bare Exception
        ray.shutdown()
        if not local:
            reason = first_line(error)
            raise ConfigError(f"--address {address}: no Ray cluster there ({reason})") from error
    try:
        return init()
    except Exception as error:
        ray.shutdown()
        raise ConfigError(
            f"--address local: Ray does not start ({first_line(error)}); if this machine is busy, "
            "start again later, nothing is lost"
        ) from error


def first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


@contextlib.contextmanager
def cluster(address: str, dashboard: bool) -> Iterator[str | None]:
    """A Ray cluster for the time of a command. Yields the dashboard's address, if it has one.

    Raises:
        ConfigError: no cluster there, or none that starts.
        KeyboardInterrupt: it was stopped while it started.
    """
    try:
        context = started(address, dashboard)
    except SystemExit as stop:  # Ray's own handler of SIGTERM, until ours are installed again
        ray.shutdown()
        raise KeyboardInterrupt from stop
    # A worker that dies is a line of the progress display, not a traceback of Tune's.
    logging.getLogger("ray").setLevel(logging.CRITICAL)
    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)
    try:
        yield context.dashboard_url or None
    finally:
        ray.shutdown()
