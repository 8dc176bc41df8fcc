"""A study as it is asked: bound to data, profile and seeds, with every run's configuration."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.config import RunConfig
from core.data import Source, require_tile_fits
from results.errors import ConfigError
from searchspaces.grid import grid
from study.arguments import overrides, restrict
from study.definition import Study


@dataclass(frozen=True)
class PlannedRun:
    """One run of a cell; trials count from 1 in the order of the seeds."""

    cell: dict[str, Any]
    trial: int
    config: RunConfig


@dataclass(frozen=True)
class Ask:
    """All runs of a study in a certain setting. Runs of different cells may be the same run."""

    study: Study
    profile: str
    data_source: str
    overrides: tuple[str, ...]
    runs: tuple[PlannedRun, ...]

    def generations(self) -> list[list[RunConfig]]:
        """Distinct runs, teachers before their students, each once."""
        by_depth: dict[int, dict[str, RunConfig]] = {}
        for planned in self.runs:
            lineage = ancestors(planned.config)
            for depth, config in enumerate(lineage):
                by_depth.setdefault(depth, {})[config.run_id] = config
        return [list(by_depth[depth].values()) for depth in sorted(by_depth)]

    def record(self) -> dict[str, Any]:
        """The JSON that the ledger remembers."""
        return {
            "study": self.study.name,
            "question": self.study.question,
            "reference": self.study.reference,
            "profile": self.profile,
            "data_source": self.data_source,
            "overrides": list(self.overrides),
            "windows": asdict(self.study.profiles[self.profile].windows),
            "axes": [axis.field for axis in self.study.axes],
            "paper_barrier": self.study.paper_barrier,
            "paper": [asdict(figure) for figure in self.study.paper],
            "runs": [
                {
                    "cell": planned.cell,
                    "trial": planned.trial,
                    "run_id": planned.config.run_id,
                    "init_seed": planned.config.init_seed,
                    "data_seed": planned.config.data_seed,
                }
                for planned in self.runs
            ],
        }


def ancestors(config: RunConfig) -> list[RunConfig]:
    """The run's teachers from the first on, and the run itself last."""
    if config.objective == "hard" or config.teacher is None:
        return [config]
    return [*ancestors(config.teacher), config]


def ask(
    study: Study,
    source: Source,
    profile: str,
    *,
    seeds: Sequence[tuple[int, int]] | None = None,
    only: Sequence[str] = (),
    sets: Sequence[str] = (),
) -> Ask:
    """Bind a study to its data and settings.

    Raises:
        ConfigError: an unknown profile, field or value.
        DataError: the data cannot be identified, or a tile is larger than its slices.
    """
    if profile not in study.profiles:
        raise ConfigError(f"--profile {profile}: {study.name} has {', '.join(study.profiles)}")
    settings = study.profiles[profile]
    student_changes, teacher_changes = overrides(sets, study.axes)
    on_phantom = source.name == "phantom"
    fingerprint = source.fingerprint
    teacher = study.base.teacher
    if teacher is not None:
        teacher = teacher.replaced(
            **{**settings.teacher, **(settings.phantom_teacher if on_phantom else {})}
            | teacher_changes,
            data=fingerprint,
        )
    elif teacher_changes:
        raise ConfigError(f"--set teacher.*: the study {study.name} has no teacher")
    base = study.base.replaced(
        **{**settings.student, **(settings.phantom_student if on_phantom else {})}
        | student_changes,
        data=fingerprint,
        teacher=teacher,
    )
    pairs = tuple(seeds) if seeds else tuple((seed, seed) for seed in range(study.seeds))
    runs = tuple(
        PlannedRun(dict(cell.values), trial, cell.config.replaced(init_seed=init, data_seed=data))
        for cell in grid(base, restrict(study.axes, only))
        for trial, (init, data) in enumerate(pairs, start=1)
    )
    shape = source.slice_shape()
    for planned in runs:
        for config in ancestors(planned.config):
            require_tile_fits(config.tile, shape)
    return Ask(study, profile, source.name, tuple(sorted(sets)), runs)
