"""Axes that a study varies and no comparison of its file names: rates, and no verdict."""

from collections.abc import Sequence

from results.ledger.study_record import StudyRecord


def uncompared_text(axes: Sequence[str]) -> list[str]:
    """What is said of such axes, before training and in reports; nothing where there is none."""
    text = (
        f"{', '.join(axes)}: no contrast of the study file compares these values, so they have "
        "rates and no verdict; a study file of your own can compare them (docs/studies.md)"
    )
    return [text] if axes else []


def uncompared_lines(record: StudyRecord) -> list[str]:
    """A sentence on the axes of several values that nothing compares, in a study that compares
    others. A regression (interactions) is over all axes."""
    if record.interactions or not (record.contrasts or record.equivalences):
        return []
    named = {named.axis for named in record.equivalences}
    named |= {axis for one in record.contrasts for axis in (*one.cell, *one.against)}
    named |= {axis for claim in record.claims for axis in (*claim.faster, *claim.slower)}
    named |= {axis for figure in record.paper for axis in figure.cell}
    axes = [
        axis
        for axis in record.axes
        if axis not in named and len({run.cell[axis] for run in record.runs} - {None}) > 1
    ]
    return [f"{text}." for text in uncompared_text(axes)]
