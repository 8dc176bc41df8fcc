"""A Ray cluster for the time of a command, and how many trials it takes."""

import contextlib
import logging
import os
import signal
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

os.environ.setdefault("TUNE_DISABLE_AUTO_CALLBACK_LOGGERS", "1")
os.environ.setdefault("TUNE_DISABLE_SIGINT_HANDLER", "1")
os.environ.setdefault("RAY_AIR_NEW_OUTPUT", "0")
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")

import ray

from results.errors import ConfigError
from study.execution.lost_cluster import last_words, leave, watching
from study.execution.training_options import Resources

PRIVATE = "private_to_one_command"
"""A resource that marks a cluster which ends with the command that has started it."""


def slots_of(resources: Resources) -> int:
    """Return how many trials the running cluster takes at once.

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
    """Return whether this process has a cluster already."""
    return ray.is_initialized()


def out_of_sight() -> contextlib.AbstractContextManager[None]:
    """Go elsewhere for a while, where this process imports nothing from the current directory.

    Ray puts the directory that it is started in first on its workers' path, and a user's own
    `results.py` there would take the place of the package of that name.
    """
    here = {"", os.getcwd()} & set(sys.path)
    return contextlib.nullcontext() if here else contextlib.chdir(os.sep)


@contextlib.contextmanager
def cluster(address: str, dashboard: bool, when_lost: str = "start again") -> Iterator[str | None]:
    """Give a Ray cluster for the time of a command. Yields the dashboard's address, if it has one.

    Args:
        address: `local` for a cluster of the command's own, else that of one to join.
        dashboard: whether a cluster of its own gets one.
        when_lost: what the user is to do where the cluster does not answer any more. The process
            ends then, with status 1.

    Raises:
        ConfigError: no cluster there, none that starts, or one that is another command's own.
        KeyboardInterrupt: it was stopped while it started.
    """
    try:
        with out_of_sight():
            context = start(dashboard) if address == "local" else join(address)
    except SystemExit as stop:  # Ray's own handler of SIGTERM, until ours are installed again
        ray.shutdown()
        raise KeyboardInterrupt from stop
    # A worker that dies is a line of the progress display, not a traceback of Tune's.
    logging.getLogger("ray").setLevel(logging.CRITICAL)
    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)
    found, node = (context.address_info[key] for key in ("gcs_address", "raylet_socket_name"))
    with contextlib.ExitStack() as until_shut_down:
        once_lost = contextlib.ExitStack()
        once_lost.callback(leave, found, when_lost)
        if address != "local":  # a cluster of the command's own is not lost before its end
            farewell = until_shut_down.enter_context(last_words(found, node, when_lost))
            once_lost.callback(farewell)
        until_shut_down.callback(ray.shutdown)
        until_shut_down.enter_context(watching(found, once_lost.close))
        yield context.dashboard_url or None


init = partial(ray.init, log_to_driver=False, configure_logging=True, logging_level=logging.ERROR)


def start(dashboard: bool) -> Any:
    """Start a cluster of the command's own; return Ray's context. It is tried twice: on a machine
    that is busy Ray's own processes may be too slow for each other.

    Raises:
        ConfigError: it does not start.
    """
    for is_last in (False, True):
        try:
            with deaf_to_sigterm():
                context = init(address="local", include_dashboard=dashboard, resources={PRIVATE: 1})
                shut_down_without_asking()
                return context
        except Exception as error:  # a raylet that is too late raises a bare Exception
            ray.shutdown()
            if is_last:
                raise ConfigError(
                    f"--address local: Ray does not start ({first_line(error)}); if this machine "
                    "is busy, start again later, nothing is lost"
                ) from error
    raise AssertionError("unreachable")


def join(address: str) -> Any:
    """Join a running cluster; return Ray's context.

    Raises:
        ConfigError: there is none, or it belongs to another command.
    """
    try:
        context: Any = init(address=address)
    except Exception as error:  # ConnectionError, RuntimeError, ValueError, by what is wrong
        ray.shutdown()
        reason = first_line(error)
        raise ConfigError(f"--address {address}: no Ray cluster there ({reason})") from error
    if PRIVATE in ray.cluster_resources():
        found = context.address_info["gcs_address"]
        ray.shutdown()
        raise ConfigError(
            f"--address {address}: the cluster at {found} belongs to another `study run` and ends "
            "with it; leave --address out for one of this command's own, or start one to share "
            "with `ray start --head`"
        )
    return context


@contextlib.contextmanager
def deaf_to_sigterm() -> Iterator[None]:
    """Let processes that are started here never see SIGTERM.

    A job scheduler, systemd, or `timeout` send it to every process of a command. Ray's must go on
    until the runs have saved their state; the command ends them then.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def shut_down_without_asking() -> None:
    """Let `ray.shutdown` kill Ray's processes at once.

    It sends each a SIGTERM first, which they do not see, and waits for a second. Where Ray keeps
    its processes elsewhere, a shutdown takes these seconds.
    """
    node = getattr(ray._private.worker, "_global_node", None)  # pyright: ignore
    for started in getattr(node, "all_processes", {}).values():
        for each in started:
            each.process.terminate = each.process.kill


def first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
