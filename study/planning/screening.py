"""How many of a study's untrained networks answer a constant, by forward passes alone."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.config import RunConfig
from core.data.volumes import Volumes
from results.identity import content_id
from results.ledger.layout import SCREENINGS_FOLDER
from results.ledger.storage import Storage
from searchspaces.axes import Axis
from searchspaces.grid import grid
from study.definition import Study

FIELDS = ("width", "batch_norm", "init", "init_block", "input_scale", "padding")
"""What an untrained network depends on, beside its seed and its data."""
TILES = {"same": 256, "valid": 252}
SAVE_SECONDS = 10.0
"""How much work an interruption may cost."""


@dataclass(frozen=True)
class Cell:
    """One kind of untrained network, and how many of them answered a constant."""

    values: Mapping[str, Any]
    config: RunConfig
    count: int
    total: int


def screened_cells(study: Study, axes: Sequence[Axis]) -> list[tuple[dict[str, Any], RunConfig]]:
    """Return axis values and configuration of every kind of untrained network that axes span.

    Args:
        study: its base says what no axis does.
        axes: fields other than `FIELDS` cannot matter and are left out.
    """
    own = {name: getattr(study.base, name) for name in FIELDS if name != "padding"}
    by_field = {axis.field: axis for axis in axes if axis.field in FIELDS}
    paddings = by_field.pop("padding", Axis("padding", (study.base.padding,))).values
    shown = [axis.field for axis in axes if axis.field in FIELDS]
    cells = []
    for padding in paddings:
        base = RunConfig(**own, padding=padding, tile=TILES[padding])
        for point in grid(base, [*by_field.values(), Axis("padding", (padding,))]):
            values = dict(point.values)
            cells.append(({name: values[name] for name in shown}, point.config))
    return cells


def screen(
    cells: Sequence[tuple[dict[str, Any], RunConfig]],
    volumes: Volumes,
    networks: int,
    storage: Storage,
    advance: Callable[[int], None],
) -> list[Cell]:
    """Screen networks with the init seeds 0, 1, ... of every cell; what is known is not repeated.

    Args:
        cells: of `screened_cells`.
        volumes: whose training slices they are shown.
        networks: how many of each cell.
        storage: where what was found is kept, below `ledger/screenings`.
        advance: is called with the number of networks that are known now in addition.
    """
    import torch  # only where it is needed

    from core.training.born_dead import born_dead, shown_images

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # at these widths more of them wait for each other
    found = []
    for values, config in cells:
        named = {name: getattr(config, name) for name in FIELDS}
        named |= {"data": volumes.fingerprint, "images": list(shown_images(config, volumes).shape)}
        file = f"{SCREENINGS_FOLDER}/{content_id(named)}.json"
        dead = known(storage.get(file))[:networks]
        advance(len(dead))
        saved = time.monotonic()
        for answer in born_dead(config, volumes, range(len(dead), networks)):
            dead += "1" if answer else "0"
            advance(1)
            if time.monotonic() - saved > SAVE_SECONDS or len(dead) == networks:
                storage.put(file, json.dumps(named | {"born_dead": dead}).encode())
                saved = time.monotonic()
        found.append(Cell(values, config, dead.count("1"), len(dead)))
    torch.set_num_threads(threads)
    return found


def known(content: bytes | None) -> str:
    """Return a 0 or 1 for each seed that a file knows; nothing where there is none, or it is
    damaged."""
    try:
        dead = json.loads(content or b"{}").get("born_dead", "")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return dead if isinstance(dead, str) and set(dead) <= {"0", "1"} else ""
