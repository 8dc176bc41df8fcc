"""Which runs are trained together: a Tune trial is a pack of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.config import DEFAULTS, RunConfig

MAY_DIFFER = frozenset(
    {
        *("init_seed", "data_seed", "init", "init_block", "start_from", "stop_dead"),
        *("objective", "temperature", "soft_loss", "soft_weight", "mixture", "teacher"),
        *("class_weights", "class_weights_by"),
        *("lr", "lr_half_life", "momentum", "weight_decay", "elastic_sigma", "flips"),
    }
)
"""Fields in which runs of a pack may differ: they change neither shapes nor steps nor evaluations.
A field that is not named here keeps runs apart."""
QUEUE = 4
"""A pack has so many times as many runs as are trained at once, where some may end early."""


@dataclass(frozen=True)
class PlannedPack:
    """Runs of one trial."""

    runs: tuple[RunConfig, ...]
    together: int
    """How many of them are trained at once; the next begins where one ends."""


def pack_key(config: RunConfig) -> tuple[object, ...]:
    """Return what the runs of a pack have in common: all other fields, and the teacher."""
    teacher = config.teacher.run_id if config.needs_teacher and config.teacher else None
    return (*(getattr(config, name) for name in DEFAULTS if name not in MAY_DIFFER), teacher)


def packs_of(runs: Sequence[RunConfig], lanes: int, slots: int) -> list[PlannedPack]:
    """Pack runs, those with one data seed side by side: they see the same tiles.

    Args:
        runs: in the order in which they are to begin.
        lanes: how many runs of the engine `lanes` are trained at once.
        slots: how many packs are trained at once.
    """
    groups: dict[tuple[object, ...], list[RunConfig]] = {}
    packs: list[tuple[int, PlannedPack]] = []
    place = {config.run_id: index for index, config in enumerate(runs)}
    for config in runs:
        if config.engine == "lanes":
            groups.setdefault(pack_key(config), []).append(config)
        else:
            packs.append((place[config.run_id], PlannedPack((config,), 1)))
    for group in groups.values():
        group.sort(key=lambda config: config.data_seed)
        size = lanes
        if any(config.stop_dead for config in group):
            size = min(QUEUE * lanes, max(lanes, math.ceil(len(group) / slots)))
        for start in range(0, len(group), size):
            pack = PlannedPack(tuple(group[start : start + size]), lanes)
            packs.append((min(place[config.run_id] for config in pack.runs), pack))
    return [pack for _, pack in sorted(packs, key=lambda item: item[0])]
