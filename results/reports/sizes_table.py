"""How small the networks of a study are, beside what the paper says of it."""

import pandas as pd

from results.ledger.study_record import StudyRecord
from results.reports.report import RUN_IDS, Table
from results.statistics.cells import axes_of, by_cell, finished
from results.text import cell_text


def sizes_table(frame: pd.DataFrame, record: StudyRecord) -> list[Table]:
    """Parameters of each cell's network, absolute and as a share of the 64-Unet's; nothing where
    the paper says no compression, or where nothing is finished.

    Args:
        frame: of `results.load_study`, with `parameters` and `compression`.
        record: what the ledger remembers of it (`Ledger.studies`).
    """
    axes = axes_of(frame)
    said = {
        tuple(figure.cell.get(axis) for axis in axes): figure.figures["compression"]
        for figure in record.paper
        if "compression" in figure.figures
    }
    if not said or finished(frame).empty:
        return []
    rows, differing = [], []
    for cell, runs in by_cell(finished(frame), axes).items():
        named = dict(zip(axes, cell, strict=True))
        parameters, ours = (runs[name].iloc[0] for name in ("parameters", "compression"))
        paper = said.get(cell)
        rows.append(
            named
            | {
                "parameters": parameters,
                "percent": 100 / ours,
                "compression": ours,
                "paper_percent": None if paper is None else 100 / paper,
                "paper_compression": paper,
                RUN_IDS: tuple(runs["run_id"]),
            }
        )
        if paper is not None and round(ours / paper, 1) != 1:
            differing.append(f"{ours / paper:.1f} times too large ({cell_text(named)})")
    note = (
        "%: share of the parameters that the 64-Unet with the same batch norm has. Parameters are "
        "counted, not measured: no run can change them."
    )
    if differing:
        note += (
            f" As shares of parameters the paper's percentages are {', '.join(differing)}: they "
            "are of something else, or wrong."
        )
    table = pd.DataFrame(rows)
    for name in ("paper_percent", "paper_compression"):
        table[name] = table[name].astype(float)
    return [Table("sizes", "How small: beside the paper's percentages", table, note, tuple(axes))]
