"""The ledger as typed pandas frames."""

from collections.abc import Iterable
from os import PathLike

import pandas as pd

from results.added_seeds import sequential_attributes
from results.errors import ConfigError
from results.fitting_windows import FITTING, OVER, with_fitting_windows
from results.judging import curves_judged_anew, judged_anew
from results.ledger.existing import existing_ledger, no_study, requests_of
from results.ledger.ledger import Ledger
from results.ledger.schema import CURVES, PER_STEP
from results.ledger.study_record import StudyRecord
from results.outcomes import was_given_up
from results.windows import WINDOWED, Windows, reported_figures

INTEGERS_WITH_NULL = (
    "first_escape",
    "dead_at",
    "revived_at",
    "outcome_rules",
    "test_loss_min_at",
    "test_loss_peak_at",
)


def load_runs(out: str | PathLike[str] = "outputs", windows: Windows | None = None) -> pd.DataFrame:
    """Every finished run, one row each, sorted by start.

    Args:
        out: what was given as `--out`.
        windows: recompute `test_loss_avg` and `train_loss_avg` for these alpha_t and beta_t from
            the curves; by default they are as recorded, with `alpha_t` and `beta_t` beside them.

    Returns:
        Frame of shape (runs, columns of `results.ledger.schema.RUNS`). Losses in nats in the
        paper's convention (twice the negative log-likelihood), times in seconds. A figure that
        cannot be measured (a window longer than the run, the loss of a diverged run) is NaN.

    Raises:
        ConfigError: no ledger there.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from results.examples import example_ledger
        >>> with TemporaryDirectory() as folder:
        ...     runs = load_runs(example_ledger(folder))
        >>> runs[["run_id", "outcome"]].values.tolist()[:2]
        [['all-0-0', 'learned'], ['all-1-1', 'constant']]
    """
    if windows is not None and not isinstance(windows, Windows):
        raise ConfigError(f"windows {windows!r}: must be results.Windows(alpha_t, beta_t)")
    ledger = existing_ledger(out, "out")
    frame = _runs_frame(ledger)
    return with_windows(frame, ledger, windows) if windows else frame


def load_curves(
    out: str | PathLike[str] = "outputs",
    run_ids: Iterable[str] | None = None,
    *,
    train_losses: bool = False,
) -> pd.DataFrame:
    """Every evaluation, one row each, sorted by run and iteration.

    Args:
        out: what was given as `--out`.
        run_ids: only these runs.
        train_losses: include the lists with a value for every single step, which are large.

    Returns:
        Frame of shape (evaluations, columns of `results.ledger.schema.CURVES`).

    Raises:
        ConfigError: no ledger there.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from results.examples import example_ledger
        >>> with TemporaryDirectory() as folder:
        ...     curves = load_curves(example_ledger(folder), ["none-0-0"])
        >>> curves[["iteration", "test_loss"]].values.tolist()
        [[0.0, 0.5], [100.0, 0.25], [200.0, 0.25], [300.0, 0.25]]
    """
    if isinstance(run_ids, str):
        raise ConfigError(f"run_ids '{run_ids}': is one id; pass a list of them")
    return curves_frame(existing_ledger(out, "out"), run_ids, train_losses=train_losses)


def smoothed(curves: pd.DataFrame, beta_t: int) -> pd.DataFrame:
    """Curves with `test_loss_smoothed`, the mean of the last `beta_t` test losses (Figure 4).

    Args:
        curves: of `load_curves`, in order of iteration within each run.
        beta_t: evaluations a mean is over; the first beta_t - 1 of a run have none (NaN), and
            neither has iteration 0, which is no evaluation of a trained network.

    Example:
        >>> from results.examples import example_curves, example_study
        >>> curves = smoothed(example_curves(example_study(seeds=1)), beta_t=2)
        >>> curves["test_loss_smoothed"].tolist()[:4]
        [nan, nan, 0.25, 0.25]
    """
    if beta_t < 1:
        raise ConfigError(f"beta_t {beta_t}: must be at least 1")
    trained = curves["test_loss"].where(curves["iteration"] > 0)
    means = trained.groupby(curves["run_id"]).rolling(beta_t).mean().droplevel(0)
    return curves.assign(test_loss_smoothed=means)


def load_study(out: str | PathLike[str], name: str, request_id: str | None = None) -> pd.DataFrame:
    """A study's cells joined to their runs, one row for each cell and seed that was requested.

    Args:
        out: what was given as `--out`.
        name: the study's name.
        request_id: only one request for it; by default all, each run once for each profile, data
            set and set of overrides.

    Returns:
        Frame with `study`, `profile`, `data_source`, `overrides`, `trial`, the axes (missing where
        an axis cannot matter), `teacher_seed` (missing without a teacher), and the columns of
        `load_runs`; `test_loss_avg_fitting` and `test_loss_avg_over`, the mean over the longest
        window up to beta_t that fits the run, and its evaluations; the same three of the start with
        `start_` before them where runs start from others. A run that is not finished has no
        `outcome`. `attrs["axes"]` names the axes, `attrs["levels"]` the low and the high value of
        each factor of a fractional factorial, `attrs["sequential_cells"]` the number of cells over
        which the error is split, if outcomes decided how many seeds some have (`--until-width`
        or `--until-decided`): all of the frame. `attrs["planned_looks"]` are the arguments of
        `PlannedLooks` where the intervals of a single request were calibrated for its looks.

    Raises:
        ConfigError: no ledger there, or the study was never requested, or not in this way.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from results.examples import example_ledger
        >>> with TemporaryDirectory() as folder:
        ...     frame = load_study(example_ledger(folder), "example")
        >>> frame[["batch_norm", "trial", "outcome"]].values.tolist()[:2]
        [['none', 1, 'learned'], ['none', 2, 'constant']]
        >>> frame.attrs["axes"]
        ['batch_norm']
    """
    return study_frame(existing_ledger(out, "out"), name, request_id)


def study_frame(ledger: Ledger, name: str, request_id: str | None = None) -> pd.DataFrame:
    """`load_study` of a ledger that is open already; arguments, result and errors are the same."""
    records = requests_of(ledger, name)
    if not records:
        raise no_study(name, ledger)
    if request_id is not None:
        if request_id not in records:
            raise ConfigError(
                f"request_id '{request_id}': none of '{name}'; there are: {', '.join(records)}"
            )
        records = {request_id: records[request_id]}
    if len({frozenset(record.axes) for record in records.values()}) > 1:
        ways = "; ".join(f"{key}: {', '.join(record.axes)}" for key, record in records.items())
        raise ConfigError(
            f"study '{name}' was requested with different axes, whose cells cannot stand in one "
            f"frame; pass request_id, one of {ways}"
        )
    frames = [request_frame(ledger, record) for record in records.values()]
    joined = pd.concat(frames, ignore_index=True)
    once = ["profile", "data_source", "overrides", "run_id", *frames[0].attrs["axes"]]
    joined = joined.drop_duplicates(once, ignore_index=True)
    joined.attrs = {"axes": frames[0].attrs["axes"]}
    levels = [frame.attrs["levels"] for frame in frames if "levels" in frame.attrs]
    if levels:
        joined.attrs["levels"] = levels[-1]
    joined.attrs |= sequential_attributes(joined, list(records.values()))
    return joined


def request_frame(ledger: Ledger, record: StudyRecord) -> pd.DataFrame:
    """A request's cells joined to their runs, as `load_study` has them."""
    axes = list(record.axes)
    planned = pd.DataFrame(
        [
            {
                "study": record.study,
                "profile": record.profile,
                "data_source": record.data_source,
                "overrides": " ".join(record.overrides),
                "trial": run.trial,
                "run_id": run.run_id,
                "init_seed": run.init_seed,
                "data_seed": run.data_seed,
                "teacher_seed": run.teacher_seed,
                **run.cell,
            }
            for run in record.runs
        ]
    )
    runs = _windowed(ledger, planned["run_id"], record.windows)
    starts = runs["start_from_run_id"].dropna().unique().tolist()
    if starts:  # what the runs that others started from had reached
        reached = _windowed(ledger, starts, record.windows).set_index("run_id")
        reached = reached[["test_loss_avg", FITTING, OVER]].add_prefix("start_")
        runs = runs.merge(reached, how="left", left_on="start_from_run_id", right_index=True)
    runs = runs.drop(columns=[c for c in (*axes, "init_seed", "data_seed") if c in runs])
    frame = planned.merge(runs, on="run_id", how="left", validate="many_to_one")
    frame["teacher_seed"] = frame["teacher_seed"].astype("Int64")
    only_one = frame["teacher_seed"].isna() & frame["teacher_run_id"].notna()
    frame.loc[only_one, "teacher_seed"] = 0  # the only one that such a request has
    frame.attrs["axes"] = axes
    if record.levels:
        frame.attrs["levels"] = dict(record.levels)
    frame.attrs |= sequential_attributes(frame, [record])
    return frame


def curves_frame(
    ledger: Ledger, run_ids: Iterable[str] | None = None, *, train_losses: bool = False
) -> pd.DataFrame:
    """`load_curves` of a ledger that is open already; arguments and result are the same."""
    table = ledger.curves(run_ids, without=() if train_losses else PER_STEP)
    frame = table.to_pandas(use_threads=False)
    frame = frame.sort_values(["run_id", "iteration"], ignore_index=True)
    return curves_judged_anew(frame, ledger)


def with_windows(runs: pd.DataFrame, ledger: Ledger, windows: Windows) -> pd.DataFrame:
    """The frame with the paper's figures computed for these windows where they differ."""
    stale = runs[(runs["alpha_t"] != windows.alpha_t) | (runs["beta_t"] != windows.beta_t)]
    if stale.empty:
        return runs
    unused = set(CURVES.names) - {"run_id", "iteration", "test_loss", *PER_STEP}
    curves = ledger.curves(stale["run_id"], without=unused).to_pandas(use_threads=False)
    by_run = {str(run_id): curve for run_id, curve in curves.groupby("run_id")}
    computed: dict[str, dict[str, float]] = {}
    for row in pd.DataFrame(stale).to_dict("records"):
        figures = computed[row["run_id"]] = dict.fromkeys(WINDOWED, float("nan"))
        curve = by_run.get(row["run_id"])  # without a readable curve there is no figure
        if curve is not None and not was_given_up(row):
            weight = row["foreground_weight"]
            found = reported_figures(
                curve.sort_values("iteration").to_dict("records"),
                windows,
                None if pd.isna(row["temperature"]) else row["temperature"],
                1.0 if pd.isna(weight) else weight,
            )
            figures |= {k: v for k, v in found.items() if k in WINDOWED and v is not None}
    runs = runs.set_index("run_id")
    runs.loc[list(computed), ["alpha_t", "beta_t"]] = [windows.alpha_t, windows.beta_t]
    runs.loc[list(computed), list(WINDOWED)] = [list(each.values()) for each in computed.values()]
    return runs.reset_index()


def _windowed(ledger: Ledger, run_ids: Iterable[str], windows: Windows) -> pd.DataFrame:
    runs = with_windows(_runs_frame(ledger, run_ids), ledger, windows)
    return with_fitting_windows(runs, ledger, windows)


def _runs_frame(ledger: Ledger, run_ids: Iterable[str] | None = None) -> pd.DataFrame:
    frame = ledger.runs(run_ids).to_pandas(use_threads=False).drop_duplicates("run_id")
    for name in INTEGERS_WITH_NULL:
        frame[name] = frame[name].astype("Int64")
    frame = judged_anew(frame.reset_index(drop=True), ledger)
    return frame.sort_values(["started_at", "run_id"], ignore_index=True)
