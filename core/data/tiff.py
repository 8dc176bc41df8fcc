"""Multi-page TIFF stacks, with every defect reported as one line."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import tifffile
from jaxtyping import Shaped

from core.data.limits import require_plausible
from core.data.presence import unreadable
from results.errors import DataError

EXPANSION = 2**16
"""One byte of a file becomes no more bytes than these, in any usual compression."""


class Complaints(logging.Handler):
    """Collects what tifffile only logs, a corrupted page list among it."""

    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def opened(path: Path) -> Iterator[tifffile.TiffFile]:
    """Open a TIFF file; its errors, and what it only logs, become one DataError."""
    complaints = Complaints()
    logger = logging.getLogger("tifffile")
    propagated, logger.propagate = logger.propagate, False
    logger.addHandler(complaints)
    try:
        with tifffile.TiffFile(path) as file:
            yield file
        if complaints.lines:
            raise ValueError(complaints.lines[0])
    except DataError:
        raise
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError) as error:
        raise unreadable(path, error) from error
    except Exception as error:  # decoders raise whatever they like on damaged input
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        named = path.suffix.lower() in (".tif", ".tiff")
        png = "" if named else "; a PNG file is read too, if its name ends with .png"
        raise DataError(f"{path}: damaged or not a TIFF file ({reason}){png}") from error
    finally:
        logger.removeHandler(complaints)
        logger.propagate = propagated


def read_stack(path: Path) -> Shaped[np.ndarray, "slice height width"]:
    """Read a whole stack; it may be compressed or BigTIFF.

    A file whose 0 is shown as white (photometric MinIsWhite) is refused, images and masks alike:
    for some who save one the values count (ImageJ's inverted lookup tables, boolean arrays of
    tifffile), for others what is shown, and the file does not tell.

    Raises:
        DataError: damaged or truncated file, not one stack of grey slices, or 0 shown as white.
    """
    with opened(path) as file:
        if not file.series:
            raise ValueError("it has no pages")
        if len(file.series) != 1:
            shapes = ", ".join(str(series.shape) for series in file.series[:3])
            raise DataError(f"{path}: its pages differ in shape or type ({shapes}); need one stack")
        shape = file.series[0].shape
        if len(shape) == 2:
            shape = (1, *shape)
        require_grey(path, file)
        if len(shape) != 3 or file.pages.first.samplesperpixel != 1:
            raise DataError(
                f"{path}: shape {shape}, {file.pages.first.samplesperpixel} values a pixel; need "
                "slices x height x width with one grey value a pixel (photometric minisblack)"
            )
        require_zero_is_black(path, file)
        require_plausible(path, shape[1], shape[2], file.series[0].nbytes, EXPANSION)
        return np.ascontiguousarray(file.asarray().reshape(shape))


def require_grey(path: Path, file: tifffile.TiffFile) -> None:
    """Raise DataError where the pages, which are alike, are tagged as colour."""
    page = file.pages.first
    if page.photometric != tifffile.PHOTOMETRIC.RGB or page.samplesperpixel == 1:
        return
    needed = "slices with one grey value a pixel are needed"
    if page.planarconfig == tifffile.PLANARCONFIG.SEPARATE:
        raise DataError(
            f"{path}: an RGB image, whose {page.samplesperpixel} colours are planes one after the "
            f"other; {needed}. If these are slices of a stack that was saved as RGB: in Python "
            "tifffile.imwrite(path, tifffile.imread(path), photometric='minisblack')"
        )
    raise DataError(
        f"{path}: an RGB image, {page.samplesperpixel} values a pixel; {needed}: in ImageJ by "
        "Image > Type > 8-bit"
    )


def require_zero_is_black(path: Path, file: tifffile.TiffFile) -> None:
    """Raise DataError where 0 is white in the pages, which are alike."""
    if file.pages.first.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
        raise DataError(
            f"{path}: shows 0 as white (photometric MinIsWhite), so whether larger values are "
            "brighter is unclear; save it with 0 as black: in ImageJ by Image > "
            "Lookup Tables > Invert LUT, and by Edit > Invert too if it is to look as before, "
            "in Python with tifffile.imwrite(..., photometric='minisblack')"
        )
