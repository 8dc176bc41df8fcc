"""Which of the paper's windowed means a request's runs are too short for, said beforehand."""

from collections.abc import Iterable

from core.config import RunConfig
from results.text import counted
from study.request import StudyRequest


def means_without_a_window(request: StudyRequest) -> list[str]:
    """A sentence for the runs, and one for the runs that they start from, where some of them have
    fewer evaluations than the paper's mean is over."""
    runs = [planned.config for planned in request.runs]
    starts = [start for run in runs if (start := run.start_from) is not None]
    beta_t = request.study.profiles[request.profile].windows.beta_t
    return [*told("runs", runs, beta_t), *told("starts", starts, beta_t)]


def told(kind: str, configs: Iterable[RunConfig], beta_t: int) -> list[str]:
    """One sentence, or nothing where every curve has beta_t evaluations of a trained network."""
    distinct = {config.run_id: config for config in configs}.values()
    plans = [(-(-c.iterations // c.eval_every), c.iterations, c.eval_every) for c in distinct]
    short = [plan for plan in plans if plan[0] < beta_t]
    if not short:
        return []
    which = " or ".join(
        f"{counted(number, 'evaluation')} ({horizon} iterations, one every {every})"
        for number, horizon, every in sorted(set(short))
    )
    return [
        f"Of {len(short)} of {len(plans)} {kind} there is no mean of beta_t = {beta_t} "
        f"evaluations: they have {which}. The report has the mean over these instead, and says so."
    ]
