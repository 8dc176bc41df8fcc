"""Reading results and what they say: see each function's own page.

Loaded lazily (PEP 562): workers and `--list` do not pay for pandas.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from results.errors import ConfigError as ConfigError
    from results.loading import load_curves as load_curves
    from results.loading import load_runs as load_runs
    from results.loading import load_study as load_study
    from results.loading import smoothed as smoothed
    from results.statistics.comparing.anytime import compare_anytime as compare_anytime
    from results.statistics.comparing.comparisons import compare as compare
    from results.statistics.comparing.equivalence import equivalence as equivalence
    from results.statistics.concentration import seed_concentration as seed_concentration
    from results.statistics.factors import factor_effects as factor_effects
    from results.statistics.main_effects import main_effects as main_effects
    from results.statistics.omnibus import cochran_q as cochran_q
    from results.statistics.quality import quality as quality
    from results.statistics.rates import pooled_rate as pooled_rate
    from results.statistics.rates import rates as rates
    from results.statistics.sensitivity import sensitivity as sensitivity
    from results.statistics.timing.compare_escape import compare_escape as compare_escape
    from results.statistics.timing.escape import escape_times as escape_times
    from results.statistics.timing.escape import relapses as relapses
    from results.statistics.timing.incidence import cumulative_incidence as cumulative_incidence
    from results.statistics.variance import variance_shares as variance_shares
    from results.windows import Windows as Windows

_HOMES = {
    "ConfigError": "results.errors",
    "Windows": "results.windows",
    "cochran_q": "results.statistics.omnibus",
    "compare": "results.statistics.comparing.comparisons",
    "compare_anytime": "results.statistics.comparing.anytime",
    "compare_escape": "results.statistics.timing.compare_escape",
    "cumulative_incidence": "results.statistics.timing.incidence",
    "equivalence": "results.statistics.comparing.equivalence",
    "escape_times": "results.statistics.timing.escape",
    "factor_effects": "results.statistics.factors",
    "load_curves": "results.loading",
    "load_runs": "results.loading",
    "load_study": "results.loading",
    "main_effects": "results.statistics.main_effects",
    "pooled_rate": "results.statistics.rates",
    "quality": "results.statistics.quality",
    "rates": "results.statistics.rates",
    "relapses": "results.statistics.timing.escape",
    "seed_concentration": "results.statistics.concentration",
    "sensitivity": "results.statistics.sensitivity",
    "smoothed": "results.loading",
    "variance_shares": "results.statistics.variance",
}
__all__ = [
    "ConfigError",
    "Windows",
    "cochran_q",
    "compare",
    "compare_anytime",
    "compare_escape",
    "cumulative_incidence",
    "equivalence",
    "escape_times",
    "factor_effects",
    "load_curves",
    "load_runs",
    "load_study",
    "main_effects",
    "pooled_rate",
    "quality",
    "rates",
    "relapses",
    "seed_concentration",
    "sensitivity",
    "smoothed",
    "variance_shares",
]


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'results' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
