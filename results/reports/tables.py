"""The tables of a report."""

import math

import pandas as pd

from results.ledger.study_record import Equivalence, StudyRecord
from results.outcomes import LEARNED_DEVIANCE
from results.reports.anytime import anytime_tables
from results.reports.contrast_tables import contrasts_table, strata_table, with_intervals
from results.reports.main_effects import main_effects_table
from results.reports.paper_tables import paper_table, settings_table
from results.reports.phrases import INTERVAL_NAMES, regression_phrase
from results.reports.quality_table import quality_table
from results.reports.report import RUN_IDS, Table
from results.reports.shares_tables import shares_tables
from results.reports.units_phrase import units_phrase
from results.statistics.cells import axes_of, by_cell, finished
from results.statistics.comparing.compared import Compared
from results.statistics.comparing.strata import strata
from results.statistics.factors import factor_effects
from results.statistics.methods.holm import holm
from results.statistics.random_factors import KINDS, unit_counts, units_of
from results.statistics.rates import (
    COUNTS_ONLY,
    CROSSED,
    MINIMUM_SEEDS,
    PLANNED,
    SEQUENCE,
)
from results.statistics.sensitivity import MEASURED, sensitivity
from results.statistics.timing.compare_escape import compare_escape
from results.statistics.timing.escape import relapses
from results.statistics.timing.incidence import cumulative_incidence


def tables(
    frame: pd.DataFrame,
    record: StudyRecord,
    often: pd.DataFrame,
    escapes: pd.DataFrame,
    against: Compared,
) -> list[Table]:
    """The tables that sum runs up: how often, what changes it, when, how well, the paper.

    Args:
        frame: of `results.load_study`, for this request; as `narrowed` leaves it will do.
        record: what the ledger remembers of it (`Ledger.studies`).
        often: of `results.rates` for these runs.
        escapes: of `results.escape_times` for them.
        against: of `results.compared`.
    """
    found = [rates_table(frame, often)]
    if len(against.contrasts):
        found.append(contrasts_table(against.contrasts))
    if len(against.strata):
        found.append(strata_table(against.strata))
    found += anytime_tables(frame, against.anytime)
    found += [equivalence_table(named, pairs) for named, pairs in against.equivalences]
    if against.effects is not None and len(against.effects):
        found.append(main_effects_table(against.effects, record))
    if len(finished(frame)):
        found += [escape_table(escapes), *escape_contrasts_table(frame, record, escapes)]
        found += [
            *sensitivity_table(frame),
            quality_table(frame),
            *factors_table(frame, record),
            *shares_tables(frame, against.teachers),
        ]
    if against.paper:
        found.append(paper_table(frame, against.paper))
    if len(against.settings):
        found.append(settings_table(against.settings))
    return found


def rates_table(frame: pd.DataFrame, table: pd.DataFrame) -> Table:
    """How often runs collapsed and learned, a row a cell and horizon, as `results.rates` has it."""
    axes = axes_of(frame)
    methods = sorted({str(method) for method in table["method"]} - {COUNTS_ONLY})
    fell = [name for name in table if str(name).startswith("fell")]
    known = unit_counts(units_of(finished(frame)))
    table = table.drop(
        columns=[f"{kind.replace(' ', '_')}s" for kind in KINDS if kind not in known]
    )
    units = [name for name in ("seeds", "data_seeds", "teachers") if name in table]
    first = [*axes, "at", *units, *fell]
    table = pd.DataFrame(table[[*first, *(name for name in table if name not in first)]])
    note = (
        f"Intervals (95%): {', '.join(INTERVAL_NAMES.get(method, method) for method in methods)}."
        if methods
        else f"Counts only: below {MINIMUM_SEEDS} seeds there is no rate; `study plan` says how "
        "many to add."
    )
    if set(methods) & set(CROSSED.values()):
        note += f" Clustered by {units_phrase(known)}."
    if {SEQUENCE, PLANNED} & set(methods):
        note += " Outcomes decided how many seeds there are: all intervals hold together with 95%."
    return Table(
        "rates",
        "How often, at half the horizon and at the horizon",
        table,
        note,
        (*axes, "at"),
        detail="full",
    )


def equivalence_table(named: Equivalence, pairs: pd.DataFrame) -> Table:
    """Every pair of an axis's values."""
    ids = [a + b for a, b in zip(pairs["run_ids_first"], pairs["run_ids_second"], strict=True)]
    table = pairs.drop(columns=["run_ids_first", "run_ids_second"]).assign(**{RUN_IDS: ids})
    table = with_intervals(table)
    return Table(
        f"equivalence_{named.event}_{named.axis}",
        f"{named.question} Within ±{named.margin:g}",
        table,
        "Difference: rate of the second less that of the first, with 90% interval; a pair is "
        "equivalent where that lies inside the margin (two one-sided tests at 5%), different where "
        "p holm is below 0.05, and inconclusive otherwise, which shows neither.",
        ("first", "second", "stratum"),
        instead=alike(pairs),
    )


def alike(pairs: pd.DataFrame) -> str:
    """One sentence for pairs that all have the same verdict and differ in nothing to tell."""
    verdicts = set(pairs["verdict"])
    if len(pairs) < 2 or len(verdicts) != 1:
        return ""
    return f"All {len(pairs)} pairs are {verdicts.pop()}."


def escape_table(escapes: pd.DataFrame) -> Table:
    """How many had ever escaped by the horizon, half of them when, and how many relapsed."""
    axes = axes_of(escapes)
    incidence = cumulative_incidence(escapes)
    curves = by_cell(incidence, axes)
    rows = {cell: curve.iloc[-1] for cell, curve in curves.items()}
    medians = {
        cell: curve.loc[curve["incidence"] >= 0.5, "iteration"].min()
        for cell, curve in curves.items()
    }
    again = {cell: runs.iloc[0] for cell, runs in by_cell(relapses(escapes), axes).items()}
    of_cells = by_cell(escapes, axes)
    learned = {
        cell: int(runs.loc[runs["event"] == "escaped", "learned_at_end"].to_numpy(bool).sum())
        for cell, runs in of_cells.items()
    }
    ids = {cell: tuple(runs["run_id"]) for cell, runs in of_cells.items()}
    table = pd.DataFrame(
        [
            dict(zip(axes, cell, strict=True))
            | {
                "runs": int(row["runs"]),
                "unknown": int(row["unknown"]),
                "escaped_share": row["incidence"],
                "escaped_share_low": row["low"],
                "escaped_share_high": row["high"],
                "by_iteration": int(row["iteration"]),
                "half_escaped_by": medians[cell],
                "escaped": int(again[cell]["escaped"]),
                "of_them_learned_at_end": learned[cell],
                "of_them_fell_again": int(again[cell]["fell_again"]),
                "of_them_fallen_at_end": int(again[cell]["fallen_at_end"]),
                RUN_IDS: ids[cell],
            }
            for cell, row in rows.items()
        ]
    )
    return Table(
        "escape",
        "When runs first learn (escape), divergence competing",
        table,
        "Aalen-Johansen, 95% intervals from ten seeds on; an escape is known to the interval "
        "between two evaluations. A run may escape, collapse again, and learn or not in the end: "
        "what happened later is counted of those that escaped.",
        tuple(axes),
    )


def escape_contrasts_table(
    frame: pd.DataFrame, record: StudyRecord, escapes: pd.DataFrame
) -> list[Table]:
    """Whether the sides of each contrast escape alike; nothing without a contrast."""
    rows = []
    for contrast in record.contrasts:
        for stratum in strata(frame, contrast.cell, contrast.against):
            found = compare_escape(escapes, *stratum.values)
            rows.append(
                {
                    "question": contrast.question,
                    "stratum": str(stratum),
                    "seeds": min(found.seeds),
                    "paired": found.paired,
                    "difference": found.difference,
                    "area": found.area,
                    "p_value": found.p_value,
                    "p_holm": math.nan,
                    "exact": found.exact,
                    "horizon": found.horizon,
                }
            )
    if not rows:
        return []
    table = pd.DataFrame(rows).assign(p_holm=holm([row["p_value"] for row in rows]))
    return [
        Table(
            "escape_contrasts",
            "Do the sides of a contrast escape alike?",
            table,
            "difference: mean over the horizon of the cell's share that has escaped less the "
            "other's; area: of its absolute value. p of a permutation of the runs within seeds; "
            "p holm: corrected for all rows, and what a claim rests on.",
            ("question", "stratum"),
            detail="full",
        )
    ]


def sensitivity_table(frame: pd.DataFrame) -> list[Table]:
    """Counts of outcomes if learning began elsewhere; nothing where nothing was measured."""
    if not set(MEASURED) <= set(frame):
        return []
    table = sensitivity(frame)
    return [
        Table(
            "sensitivity",
            "Outcomes if learning began at another share of the deviance",
            table,
            f"Learned: D cal is at least the threshold, which is {LEARNED_DEVIANCE:g} everywhere "
            "else; collapsed: constant, or flat below it; uninformative: neither.",
            (*axes_of(frame), "threshold"),
            detail="full",
        )
    ]


def factors_table(frame: pd.DataFrame, record: StudyRecord) -> list[Table]:
    """The regression over all factors, or why there is none; nothing where there is one factor."""
    axes = axes_of(frame)
    if sum(len(set(frame[axis].dropna())) > 1 for axis in axes) < 2:
        return []
    known = [tuple(pair) for pair in record.interactions]
    effects = factor_effects(frame, axes, interactions=[(pair[0], pair[1]) for pair in known])
    title = "What raises or lowers the odds of collapse"
    if effects.attrs["reason"]:
        return [Table("factors", title, effects, regression_phrase(effects.attrs))]
    reference = ", ".join(f"{axis}={value}" for axis, value in effects.attrs["reference"].items())
    return [
        Table(
            "factors",
            title,
            effects,
            f"Logistic regression clustered by seed, against {reference}; firth: penalised, where "
            "some setting always or never falls. No interval where fewer than four seeds decide.",
            ("term",),
        )
    ]
