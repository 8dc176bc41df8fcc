"""Columns that the table of a study may show: heading, digits, and what they are."""

from dataclasses import dataclass

import pyarrow as pa

from results.ledger.schema import RUNS
from results.ledger.study_record import StudyRecord


@dataclass(frozen=True)
class Shown:
    """One figure of a run."""

    heading: str
    """Two short lines at most."""
    digits: int
    explanation: str = ""


COLUMNS: dict[str, Shown] = {
    "test_loss_avg": Shown("test\navg", 3, "least windowed mean of the test curve"),
    "test_loss_min": Shown("test\nmin", 3, "least test loss after iteration 0"),
    "test_loss_min_at": Shown("min\nat", 0, "iteration of that minimum"),
    "test_loss_final": Shown("test\nend", 3, "test loss at the horizon on every test slice"),
    "test_loss_peak": Shown("test\npeak", 3, "largest test loss of the curve after its start"),
    "test_loss_peak_at": Shown("peak\nat", 0, "iteration of that peak"),
    "start_test_loss_avg": Shown("start\navg", 3, "test avg of the run it started from"),
    "test_loss_avg_fitting": Shown(
        "test avg\nthat fits", 3, "the same over the longest window that fits the run"
    ),
    "test_loss_avg_over": Shown("over so\nmany", 0, "the evaluations of that window"),
    "start_test_loss_avg_fitting": Shown(
        "start avg\nthat fits", 3, "the same over the longest window that fits the start"
    ),
    "start_test_loss_avg_over": Shown("start over\nso many", 0, "the evaluations of that window"),
    "train_loss_avg": Shown("train\navg", 3, "least windowed mean of the training losses"),
    "train_loss_hard": Shown(
        "train\nhard", 3, "least windowed mean of the hard term's training losses"
    ),
    "train_loss_soft": Shown(
        "train\nsoft", 3, "the same of the soft term, which is T^2 x cross-entropy"
    ),
    "train_loss_soft_kl": Shown(
        "soft\nKL", 3, "train soft less T^2 x the entropy of the soft labels"
    ),
    "train_loss_hard_excess": Shown(
        "hard\nexc.", 3, "train hard less the loss of the best constant on the same steps"
    ),
    "train_loss_soft_excess": Shown(
        "soft\nexc.", 3, "train soft less the loss of the best constant on the same steps"
    ),
    "iou": Shown("IoU\np>0.5", 2, "test IoU of the foreground, where p > 0.5"),
    "iou_validation_threshold": Shown(
        "IoU\ntuned", 2, "test IoU above the threshold that was tuned on validation slices"
    ),
    "deviance_explained_calibrated": Shown(
        "D\ncal", 2, "deviance explained after recalibration on validation slices"
    ),
    "parameters": Shown("para-\nmeters", 0, ""),
    "compression": Shown("com-\npression", 1, "parameters of the 64-Unet over this network's"),
    "percent": Shown("%", 4, "share of the 64-Unet's parameters"),
    "first_escape": Shown("first\nescape", 0, "iteration of the first evaluation that learned"),
}
TABULAR = (pa.types.is_floating, pa.types.is_integer, pa.types.is_boolean)


def column_named(name: str) -> Shown:
    """How a column of the ledger's runs is shown; of those not named above, three digits."""
    return COLUMNS.get(name) or Shown(name.replace("_", "\n", 1).replace("_", " "), 3)


def is_tabular(name: str) -> bool:
    """Whether a table may show a column: a number of a run."""
    if name in COLUMNS:
        return True
    known = name in RUNS.names
    return known and any(is_kind(RUNS.field(name).type) for is_kind in TABULAR)


DEFAULT = ("test_loss_avg", "test_loss_min", "iou")
EXTRA = "iou_validation_threshold"
"""Shown beside the IoU at p > 0.5, which class weights and soft labels shift."""


def shown_columns(record: StudyRecord) -> tuple[str, ...]:
    """The study's columns; beside the IoU the one at the validation threshold."""
    columns = tuple(record.columns or DEFAULT)
    return (*columns, EXTRA) if "iou" in columns and EXTRA not in columns else columns


def explanations(names: tuple[str, ...]) -> str:
    """One sentence on each of the columns."""
    parts = []
    for name in names:
        column = column_named(name)
        if column.explanation:
            parts.append(f"{column.heading.replace(chr(10), ' ')}: {column.explanation}")
    return "; ".join(parts) + "."
