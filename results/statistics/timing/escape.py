"""Time to escape from the minimum: when an evaluation first had learned, and who collapsed again.

The outcome is looked at every n_t iterations, so an escape is known to lie in (after, by], two
evaluations that follow each other. Iteration 0 is no evaluation of a trained network.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from results.outcomes import FELL
from results.statistics.cells import axes_of, axes_of_runs, by_cell, finished, require_columns
from results.statistics.numbers import numbers_of

ESCAPE_EVENTS = ("escaped", "diverged", "none")
OF_CURVES = ("run_id", "iteration", "outcome")
OF_ESCAPES = ("init_seed", "by", "event", "at_risk_to")
"""Columns by which a frame is known."""
EVALUATIONS = "evaluations"
"""The attribute of a frame of `escape_times` that holds the iterations of all evaluations."""


def escape_times(
    frame: pd.DataFrame, curves: pd.DataFrame, axes: Sequence[str] | None = None
) -> pd.DataFrame:
    """Find when each finished run escaped, diverged, or until when it had done neither.

    "escaped": an evaluation had learned; the first of them counts, whatever came before it.
    "diverged": none had, and the run ended diverged, which precludes an escape; a divergence that
    a run came back from precludes nothing.
    "none": neither, up to `at_risk_to`. A run given up as dead is at risk to its horizon.

    Args:
        frame: a frame of `load_study`.
        curves: a frame of `load_curves`; `run_id`, `iteration` and `outcome` are used.
        axes: columns that name a cell; by default those that the frame has noted.

    Returns:
        One row a finished run, each once a cell: run_id, the axes, init_seed, data_seed, `after`
        and `by` (iterations, NaN without an escape), `event`, `at_risk_to` (iterations: of a
        diverged run the first evaluation of its last unbroken divergence), `relapsed` (fell at an
        evaluation after its escape), `learned_at_end`, `fell_at_end`. A run without a readable
        curve is as its row says (`first_escape`, `relapsed`); if that is silent too, `event` is
        missing and the run is one of `attrs["unknown"]`.

    Example:
        >>> from results.examples import example_curves, example_study
        >>> frame = example_study(seeds=2)
        >>> times = escape_times(frame, example_curves(frame))
        >>> times[["run_id", "after", "by", "event"]].values.tolist()[:2]
        [['none-0-0', 0.0, 100.0, 'escaped'], ['none-1-1', nan, nan, 'none']]
    """
    names = axes_of_runs(frame, axes)
    require_columns(curves, OF_CURVES, "load_curves")
    rows = finished(frame).drop_duplicates([*names, "run_id"]).reset_index(drop=True)
    curve, evaluations = _of_curves(curves, pd.Index(rows["run_id"].unique()))
    seen = {str(name): column.to_numpy() for name, column in curve.loc[rows["run_id"]].items()}
    known = np.isfinite(seen["last"])
    recorded, again = numbers_of(rows, "first_escape"), numbers_of(rows, "relapsed")
    silent = ~known & np.isnan(recorded) & np.isnan(again)
    every = numbers_of(rows, "eval_every")
    before = np.maximum(np.ceil(recorded / every) - 1, 0) * every
    by = np.where(known, seen["by"], recorded)
    escaped = np.isfinite(by)

    ended_diverged = (rows["outcome"] == "diverged").to_numpy(dtype=bool)
    diverged = ~escaped & (ended_diverged | np.isfinite(seen["diverging_from"]))
    done, horizon = numbers_of(rows, "iterations_done"), numbers_of(rows, "iterations")
    given_up = (numbers_of(rows, "stopped_dead") == 1) & (done < horizon)
    followed = np.where(given_up, horizon, np.where(known, seen["last"], done))
    diverged_by = np.fmax(seen["last"], done)
    diverged_by = np.where(
        known & np.isfinite(seen["diverging_from"]), seen["diverging_from"], diverged_by
    )
    at_risk_to = np.where(diverged, diverged_by, followed)
    unknown = silent | (~escaped & np.isnan(at_risk_to))
    event = np.where(escaped, "escaped", np.where(diverged, "diverged", "none")).astype(object)
    event[unknown] = None
    times = rows[["run_id", *names, "init_seed", "data_seed"]].assign(
        after=np.where(known, seen["after"], before),
        by=by,
        event=event,
        at_risk_to=np.where(unknown, np.nan, at_risk_to),
        relapsed=escaped & (np.where(known, seen["relapsed"], again) == 1),
        learned_at_end=rows["outcome"] == "learned",
        fell_at_end=rows["outcome"].isin(FELL),
    )
    times.attrs = {"axes": names, "unknown": int(unknown.sum()), EVALUATIONS: evaluations}
    return times


def relapses(escapes: pd.DataFrame, axes: Sequence[str] | None = None) -> pd.DataFrame:
    """Count the runs that escaped and collapsed again.

    Args:
        escapes: a frame of `escape_times`.
        axes: columns that name a cell.

    Returns:
        One row a cell: the axes, `runs`, `unknown` of them, `seeds`, `escaped`,
        `fell_again` (ever, at an evaluation or at the end) and `fallen_at_end`.

    Example:
        >>> from results.examples import example_curves, example_study
        >>> frame = example_study()
        >>> table = relapses(escape_times(frame, example_curves(frame)))
        >>> table[["batch_norm", "runs", "escaped", "fell_again"]].values.tolist()
        [['none', 12, 4, 0], ['all', 12, 10, 0]]
    """
    require_columns(escapes, OF_ESCAPES, "escape_times")
    names = axes_of(escapes, axes)
    rows: list[dict[str, Any]] = []
    for cell, runs in by_cell(escapes, names).items():
        escaped = (runs["event"] == "escaped").to_numpy(dtype=bool)
        at_end = escaped & runs["fell_at_end"].to_numpy(dtype=bool)
        again = escaped & runs["relapsed"].to_numpy(dtype=bool)
        rows.append(
            {
                **dict(zip(names, cell, strict=True)),
                "runs": len(runs),
                "unknown": int(runs["event"].isna().to_numpy().sum()),
                "seeds": len(runs["init_seed"].unique()),
                "escaped": int(escaped.sum()),
                "fell_again": int((at_end | again).sum()),
                "fallen_at_end": int(at_end.sum()),
            }
        )
    columns = ["runs", "unknown", "seeds", "escaped", "fell_again", "fallen_at_end"]
    return pd.DataFrame(rows, columns=[*names, *columns])


def _of_curves(curves: pd.DataFrame, run_ids: pd.Index) -> tuple[pd.DataFrame, list[int]]:
    """Read off each run's curve `after`, `by`, the `last` evaluation, `diverging_from` (if it ended
    so) and `relapsed`; and the iterations of all evaluations."""
    run = run_ids.get_indexer(pd.Index(curves["run_id"]))
    iteration = curves["iteration"].to_numpy(dtype=np.int64)
    kept = (run >= 0) & (iteration > 0) & curves["outcome"].notna().to_numpy(dtype=bool)
    order = np.flatnonzero(kept)
    order = order[np.lexsort((iteration[order], run[order]))]
    run, iteration = run[order], iteration[order]
    codes, kinds = pd.factorize(curves["outcome"].to_numpy(dtype=object)[order])
    learned, diverged, fell = (
        np.isin(kinds, names)[codes] for names in (["learned"], ["diverged"], FELL)
    )

    place, number = np.arange(len(run)), len(run_ids)
    starts, first = _first(run, np.ones(len(run), dtype=bool), number)
    last = np.full(number, -1)
    last[run] = place
    escapes, escape = _first(run, learned, number)
    after_escape = place > np.where(escapes, escape, len(run))[run]
    relapsed = np.zeros(number, dtype=bool)
    relapsed[run[fell & after_escape]] = True
    sound = np.full(number, -1)
    sound[run[~diverged]] = place[~diverged]

    at = np.append(iteration, 0).astype(float)
    ended_diverged = starts & (sound < last)
    diverging = np.where(ended_diverged, np.maximum(sound + 1, first), -1)
    found = pd.DataFrame(
        {
            "after": np.where(escapes, np.where(escape > first, at[escape - 1], 0.0), np.nan),
            "by": np.where(escapes, at[escape], np.nan),
            "last": np.where(starts, at[last], np.nan),
            "diverging_from": np.where(
                ended_diverged, at[np.where(ended_diverged, diverging, -1)], np.nan
            ),
            "relapsed": relapsed.astype(float),
        },
        index=run_ids,
    )
    return found, np.unique(iteration).tolist()


def _first(run: np.ndarray, mask: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Find for each of `number` runs whether a row of it is marked, and the first such (else 0)."""
    places = np.flatnonzero(mask)
    held, index = np.unique(run[places], return_index=True)
    there, first = np.zeros(number, dtype=bool), np.zeros(number, dtype=np.int64)
    there[held], first[held] = True, places[index]
    return there, first
