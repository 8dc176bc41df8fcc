"""Reading results: `load_runs`, `load_curves`, `load_study`, `smoothed`.

Loaded lazily (PEP 562): workers and `--list` do not pay for pandas.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from results.loading import load_curves as load_curves
    from results.loading import load_runs as load_runs
    from results.loading import load_study as load_study
    from results.loading import smoothed as smoothed
    from results.windows import Windows as Windows

_HOMES = {
    "load_runs": "results.loading",
    "load_curves": "results.loading",
    "load_study": "results.loading",
    "smoothed": "results.loading",
    "Windows": "results.windows",
}
__all__ = ["Windows", "load_curves", "load_runs", "load_study", "smoothed"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'results' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
