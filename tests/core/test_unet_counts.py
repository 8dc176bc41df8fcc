from pathlib import Path

import pytest
import torch

from core.config import BatchNorm
from core.unet import KUNet, parameter_count
from study.catalogue.width import STUDY as WIDTHS

PLACEMENTS: tuple[BatchNorm, ...] = ("none", "expansive", "all")


def conv(inputs: int, outputs: int, side: int) -> int:
    return inputs * outputs * side * side + outputs


def naive_count(width: int, batch_norm: BatchNorm) -> int:
    """Layer by layer, as one would with pencil and paper."""
    count = 0
    inputs = 1
    for level in range(5):
        channels = width * 2**level
        count += conv(inputs, channels, 3) + conv(channels, channels, 3)
        count += 2 * 2 * channels if batch_norm == "all" else 0
        inputs = channels
    for level in (3, 2, 1, 0):
        channels = width * 2**level
        count += conv(2 * channels, channels, 2)
        count += conv(2 * channels, channels, 3) + conv(channels, channels, 3)
        count += 2 * 2 * channels if batch_norm != "none" else 0
    return count + conv(width, 2, 1)


def built_count(width: int, batch_norm: BatchNorm) -> int:
    with torch.device("meta"):
        network = KUNet(width, batch_norm)
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


@pytest.mark.parametrize(
    ("width", "batch_norm", "count"),
    [
        (64, "all", 31_042_434),
        (2, "all", 30_902),
        (64, "none", 31_030_658),
        (2, "none", 30_534),
    ],
)
def test_the_papers_counts(width: int, batch_norm: BatchNorm, count: int) -> None:
    assert built_count(width, batch_norm) == count
    assert parameter_count(width, batch_norm) == count


@pytest.mark.parametrize("batch_norm", PLACEMENTS)
def test_closed_form_counts_what_is_built(batch_norm: BatchNorm) -> None:
    for width in (*range(1, 9), 16, 32, 64, 128):  # all three are quadratic in the width
        built = built_count(width, batch_norm)
        assert parameter_count(width, batch_norm) == built == naive_count(width, batch_norm)


def test_the_study_of_widths_says_the_true_shares_beside_the_papers() -> None:
    """Section 4 says "just 1%" of 31,042,434 and 30,902, sections 3.1 and 3.6 7% and below 0.5%."""
    whole = parameter_count(64, "all")
    for width, share, times in (
        (4, "0.39%", "254x"),
        (2, "0.0995%", "1,004.5x"),
        (1, "0.025%", "3,940x"),
    ):
        parameters = parameter_count(width, "all")
        digits = len(share.rstrip("%").partition(".")[2])
        assert f"{100 * parameters / whole:.{digits}f}%" == share
        assert f"{whole / parameters:,.{1 if '.' in times else 0}f}x" == times
        assert share in WIDTHS.note
        assert times in WIDTHS.note
    assert f"{parameter_count(2, 'all'):,} of the 64-Unet's {whole:,} parameters" in WIDTHS.note
    assert "0.0995%" in (Path(__file__).parents[2] / "README.md").read_text()
