"""A small, valid data directory of real TIFF files, to be spoilt one file at a time."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from core.data.sources import DirectorySource
from results.errors import DataError
from tests.core.builders import squares

TRAINING, TESTING = squares(20, 1, 80.0), squares(3, 2, 80.0)


def write(directory: Path, **options: Any) -> DirectorySource:
    source = DirectorySource(directory)
    for stem, stack in (("training", TRAINING), ("testing", TESTING)):
        replace(source, stem, stack.images, **options)
        replace(source, f"{stem}_groundtruth", stack.masks * 255, **options)
    return source


def replace(source: DirectorySource, stem: str, stack: np.ndarray, **options: Any) -> None:
    settings: dict[str, Any] = {"photometric": "minisblack"} | options
    tifffile.imwrite(source.directory / f"{stem}.tif", stack, **settings)


def the_complaint(source: DirectorySource) -> str:
    """The one line that loading this source ends with."""
    with pytest.raises(DataError) as error:
        source.load()
    message = str(error.value)
    assert "\n" not in message
    return message
