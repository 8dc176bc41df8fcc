"""What is said of a study's runs, line by line."""

from collections import Counter
from dataclasses import replace

import pandas as pd

from results.ledger.ledger import Ledger
from results.ledger.study_record import StudyRecord
from results.outcomes import was_given_up
from results.reports.rows import Row, is_text
from results.statistics.cells import is_missing
from results.statistics.rates import MINIMUM_SEEDS, pooled_rate
from results.text import counted


def losses_line(record: StudyRecord) -> str:
    """What the losses in a table of runs are, and how far they compare with the paper's."""
    text = (
        "Losses are of the test curve, in nats, both channels added; minima of it are optimistic, "
        "being chosen on the test set."
    )
    if record.paper:
        text += " The paper's are chosen likewise, and its trials had other seeds."
    return text


def setting_line(frame: pd.DataFrame, record: StudyRecord) -> str:
    """What the answer is an answer for."""
    horizons = sorted({int(h) for h in frame["iterations"].dropna()})
    text = f"Profile {record.profile}, data {record.data_source}"
    if horizons:
        text += f", horizon H = {', '.join(map(str, horizons))} iterations"
    if record.overrides:
        text += f", {' '.join(record.overrides)}"
    if record.profile == "smoke":
        text += ". So short a horizon shows that a study runs; its outcomes answer nothing"
    return text + "."


def barrier_line(row: Row, record: StudyRecord) -> str:
    """The loss of the best constant, computed from the pixels in use."""
    text = (
        f"Barrier (loss of the best constant): {row['barrier_curve']:.3f} on the slices of the "
        f"curve, {row['barrier']:.3f} on every test slice"
    )
    if record.paper_barrier is not None:
        text += f"; the paper's: {record.paper_barrier:.3f}"
    return text + "."


def dead_lines(done: list[Row]) -> list[str]:
    """How many finished runs were dead, revived, and given up; nothing where none was dead."""
    lines = []
    dead = [row for row in done if not is_missing(row.get("dead_at"))]
    if dead:
        revived = sum(not is_missing(row["revived_at"]) for row in dead)
        lines.append(
            f"Dead (constant, and only the head's bias had a gradient for 1,000 steps or an "
            f"evaluation interval): {len(dead)} of {len(done)} runs; {revived} of them revived."
        )
    given_up = [row for row in done if was_given_up(row)]
    if given_up:
        lines.append(
            f"{len(given_up)} of them were given up (--stop-dead) before their horizon and are "
            "counted as fallen there; whether they would have revived is unknown."
        )
    return lines


def pooled_line(rows: list[Row], *, sequential: bool = False) -> str:
    """Over all cells, clustered by seed; a seed with a run missing, or that some cells were not
    asked for, is in no count of seeds. No interval where outcomes decided on the number of seeds.
    """
    done = [row for row in rows if is_text(row["outcome"])]
    fell = pooled_rate([bool(row["fell"]) for row in done], [row["init_seed"] for row in done])
    incomplete = {row["init_seed"] for row in rows if not is_text(row["outcome"])}
    runs = Counter(row["init_seed"] for row in rows)
    partial = {seed for seed, count in runs.items() if count < max(runs.values())} - incomplete
    by_seed: dict[int, set[bool]] = {}
    for row in done:
        if row["init_seed"] not in incomplete | partial:
            by_seed.setdefault(row["init_seed"], set()).add(bool(row["fell"]))
    always = sum(kinds == {True} for kinds in by_seed.values())
    never = sum(kinds == {False} for kinds in by_seed.values())
    text = f"All cells: {replace(fell, interval=None) if sequential else fell} runs fell. "
    if by_seed:
        text += (
            f"Of {len(by_seed)} seeds {always} fell in every cell, {never} in none, "
            f"{len(by_seed) - always - never} in some. "
        )
    if incomplete:
        seeds = counted(len(incomplete), "seed")
        text += f"Missing: {counted(len(rows) - len(done), 'run')} of {seeds}. "
    if partial:
        text += f"Asked for in some cells only: {counted(len(partial), 'seed')}. "
    if sequential:
        return text + "Outcomes decided how many seeds a cell has: no interval over all cells."
    return (text + "Runs that share a seed are not independent: ") + (
        "the interval is clustered by seed."
        if fell.interval
        else f"a rate has no interval below {MINIMUM_SEEDS} seeds."
    )


def teachers_of(frame: pd.DataFrame, ledger: Ledger) -> list[Row]:
    """The rows of the teachers that the frame's runs were taught by."""
    return ledger.runs(frame["teacher_run_id"].dropna().unique().tolist()).to_pylist()


def teacher_line(teacher: Row) -> str:
    """What all the rates are conditional on."""
    return (
        f"All rates are conditional on this teacher: {teacher['run_id']}, a "
        f"{teacher['width']}-Unet, {teacher['outcome']}, test loss "
        f"{teacher['test_loss_final']:.3f} and IoU {teacher['iou']:.2f} on every test slice."
    )
