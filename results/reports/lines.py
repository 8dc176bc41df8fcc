"""What is said of a study's runs, line by line."""

import pandas as pd

from results.ledger.ledger import Ledger
from results.ledger.study_record import StudyRecord
from results.outcomes import was_given_up
from results.reports.rows import Row
from results.statistics.cells import is_missing, teacher_seeds
from results.statistics.random_factors import several
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
    grey = row.get("deviance_explained_grey")
    if not is_missing(grey):
        text += (
            f". The grey value of a single pixel explains {grey:.0%} of the deviance (0% is the "
            "barrier); a run that explains no more than that knows nothing of shapes"
        )
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
            "counted as collapsed there; whether they would have revived is unknown."
        )
    return lines


def teachers_of(frame: pd.DataFrame, ledger: Ledger) -> list[Row]:
    """The rows of the teachers that the frame's runs were taught by."""
    return ledger.runs(frame["teacher_run_id"].dropna().unique().tolist()).to_pylist()


def teacher_lines(frame: pd.DataFrame, ledger: Ledger) -> list[str]:
    """What all the rates are conditional on, or some, where cells have other teachers; or the
    teachers over which all of them are."""
    used = teachers_of(frame, ledger)
    seeds = dict(zip(frame["teacher_run_id"], teacher_seeds(frame), strict=True))
    if several(teacher_seeds(frame)):
        used.sort(key=lambda teacher: seeds[teacher["run_id"]] or 0)
        told = (f"seed {seeds[one['run_id']]}: {teacher_text(one)}" for one in used)
        listed = "; ".join(told)
        return [f"Rates are over {counted(len(used), 'teacher')} with the same students. {listed}."]
    which = "All" if len(used) == 1 else "Some"
    return [
        f"{which} rates are conditional on this teacher: {text}."
        for text in map(teacher_text, used)
    ]


def teacher_text(teacher: Row) -> str:
    """A teacher, what became of it, and how well it segments."""
    tuned = teacher["iou_validation_threshold"]
    above = "where p > 0.5" if tuned is None else "above the threshold tuned on validation slices"
    return (
        f"{teacher['run_id']}, a {teacher['width']}-Unet, {teacher['outcome']}, test loss "
        f"{teacher['test_loss_final']:.3f} and IoU "
        f"{teacher['iou'] if tuned is None else tuned:.2f} ({above}) on every test slice"
    )
