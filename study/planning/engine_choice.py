"""Which engine computes the runs of a request."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.config import RunConfig
from core.engines.lanes.compiler import CompilerError, find_compiler
from core.training.memory import machine_bytes, pack_bytes
from results.errors import ConfigError
from results.ledger.ledger import Ledger
from results.text import counted
from study.command_line.selection import ENGINES
from study.request import PlannedRun, StudyRequest

AUTO, TORCH, LANES = ENGINES
WIDEST = 4
"""Up to this width a pack in lanes is faster than PyTorch by more than twice."""


@dataclass(frozen=True)
class EngineChoice:
    """What a user chose, and what decides where nothing is chosen."""

    chosen: str = AUTO
    on_gpu: bool = False
    slots: int = 1
    """How many packs are trained at once."""

    def apply(self, request: StudyRequest, ledger: Ledger) -> StudyRequest:
        """Return the request with the engine of its runs; teachers, of which there are few, stay
        with PyTorch.

        Without a choice these are the lanes on a CPU, for small networks; but a ledger that holds
        more of the request's runs by PyTorch is continued as it is.

        Raises:
            ConfigError: the choice cannot be had, or is made twice.
        """
        named = {text.partition("=")[0] for text in request.overrides}
        named |= {axis.field for axis in request.study.axes}
        if "engine" in named or any(run.config.engine != TORCH for run in request.runs):
            if self.chosen != AUTO:
                raise ConfigError(
                    f"--engine {self.chosen}: the runs' engine is set already; leave one of them "
                    "out"
                )
            return request
        if self.chosen == TORCH or (self.chosen == AUTO and self.on_gpu):
            return request
        if self.on_gpu:
            raise ConfigError(
                "--engine lanes: computes on CPUs, and trials get GPUs here; leave out one of "
                "--engine and --gpus-per-trial"
            )
        most = None if self.chosen == LANES else machine_bytes() / self.slots
        runs = tuple(replace(run, config=on_lanes(run.config, most)) for run in request.runs)
        known = ledger.finished(run.config.run_id for run in (*request.runs, *runs))
        in_pytorch, in_lanes = finished(request.runs, known), finished(runs, known)
        if self.chosen == AUTO and in_pytorch > in_lanes:
            return request
        packed = replace(request, runs=runs)
        if known.issuperset(run.config.run_id for run in runs):  # nothing is left to compute
            return packed
        try:
            find_compiler()
        except CompilerError as error:
            if self.chosen == LANES:
                raise ConfigError(f"--engine lanes: {error}") from error
            if in_lanes:
                raise ConfigError(
                    f"--engine auto: {counted(in_lanes, 'run')} of {request.study.name} in --out "
                    f"by the engine lanes, which this machine does not have ({error}); --engine "
                    "torch begins anew beside them"
                ) from error
            note = f"PyTorch trains one run after another, several times slower: {error}"
            return replace(request, notes=(*request.notes, note))
        return packed


def finished(runs: tuple[PlannedRun, ...], known: set[str]) -> int:
    """Count the runs that are among the known ones."""
    return len({run.config.run_id for run in runs} & known)


def engines_of(request: StudyRequest) -> list[str]:
    """Name the engines of a request's runs; parents aside."""
    return sorted({planned.config.engine for planned in request.runs})


def require_lanes(requests: Iterable[StudyRequest], option: str) -> None:
    """Raise ConfigError for an option of the lanes where no run is computed by them."""
    if all(engines_of(request) == [TORCH] for request in requests):
        raise ConfigError(
            f"{option}: is for the engine lanes, and PyTorch trains every run here, one a trial; "
            "leave it out"
        )


def on_lanes(config: RunConfig, most: float | None) -> RunConfig:
    """Return the run, and the one it starts from, as the lanes compute them, where that pays.

    Args:
        config: of the engine `torch`.
        most: the bytes of memory that a pack may take; None puts every run into lanes.
    """
    if config.start_from is not None:
        config = config.replaced(start_from=on_lanes(config.start_from, most))
    if most is not None and (config.width > WIDEST or pack_bytes(config) > most):
        return config
    return config.replaced(engine=LANES)
