"""Figures as files: the same figure is the same bytes."""

import io

from matplotlib.figure import Figure

from results.ledger.storage import Storage
from results.reports.figures.style import styled

METADATA = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}


@styled
def image(figure: Figure, kind: str) -> bytes:
    """The figure as `png` (200 dpi) or `svg` (text as text, no date)."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, metadata=METADATA[kind])
    return buffer.getvalue()


def write_figure(storage: Storage, name: str, figure: Figure) -> list[str]:
    """Store it as PNG and SVG; where they lie.

    Args:
        storage: where to.
        name: without a suffix.
        figure: drawn.
    """
    paths = []
    for kind in METADATA:
        file = f"{name}.{kind}"
        storage.put(file, image(figure, kind))
        paths.append(storage.path(file))
    return paths
