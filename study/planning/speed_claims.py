"""Which of the paper's claims of speed a horizon is too short for, said before it is trained."""

from collections.abc import Mapping
from typing import Any

from results.text import cell_text
from study.request import StudyRequest


def claims_too_long(request: StudyRequest) -> list[str]:
    """A sentence for each claim of the study file for which the paper trained longer than the runs
    of this request; nothing on a claim of which one side has no cell here."""
    told = []
    for claim in request.study.claims:
        faster, slower = (longest(request, side) for side in (claim.faster, claim.slower))
        if faster is not None and slower is not None and not claim.fits(faster, slower):
            told.append(
                f"{claim.reference}'s {claim.ratio:g}x ({cell_text(claim.faster)} against "
                f"{cell_text(claim.slower)}) cannot be shown: the paper's runs took about "
                f"{claim.faster_at:,.0f} and {claim.slower_at:,} iterations, these end at "
                f"{faster:,} and {slower:,}."
            )
    return told


def longest(request: StudyRequest, side: Mapping[str, Any]) -> int | None:
    """The iterations of the longest run of these cells; None where there is none."""
    return max(
        (
            planned.config.iterations
            for planned in request.runs
            if all(planned.cell.get(field) == value for field, value in side.items())
        ),
        default=None,
    )
