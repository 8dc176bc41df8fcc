"""What would make runs fail, found before any of them is started."""

import sys
from collections.abc import Sequence

from core.data.checks import DataCheck, check
from core.data.foreground import Foreground
from core.data.sources import PHANTOM, Source, is_phantom, open_source
from core.data.volumes import VALIDATION_GAP
from core.training.memory import machine_bytes, require_memory
from results.ledger.ledger import Ledger
from study.request import StudyRequest


def source_for(
    data: str, foreground: Foreground | None, ledger: Ledger, gap: int = VALIDATION_GAP
) -> Source:
    """Open the source that `--data` names, under the id that the ledger knows it by.

    Raises:
        ConfigError: a foreground is given for the phantom.
        DataError: no such directory, or it holds neither layout, both, or a part of one.
        LedgerError: the ledger cannot be read.
    """
    known = () if data == PHANTOM else ledger.runs().column("data").unique().to_pylist()
    return open_source(data, foreground, [name for name in known if name], gap)


def require_memory_here(requests: Sequence[StudyRequest], *, on_gpu: bool) -> None:
    """Raise ConfigError where this machine has no memory for a training step of some run."""
    available = machine_bytes()
    for request in requests:
        for config in request.distinct.values():
            require_memory(config, available, on_gpu=on_gpu)


def check_data(requests: Sequence[StudyRequest], source: Source) -> DataCheck | None:
    """Look at a directory's data, and say on stderr what is suspicious; None for the phantom.

    Raises:
        DataError: what some run would refuse.
    """
    if is_phantom(source.name):
        return None
    configs = [config for request in requests for config in request.distinct.values()]
    found = check(source, {(c.curve_validation_slices, c.curve_slices) for c in configs})
    for warning in found.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return found
