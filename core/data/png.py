"""Grey PNG images, with every defect reported as one line."""

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from jaxtyping import Shaped
from PIL.PngImagePlugin import PngImageFile

from core.data.limits import require_plausible
from core.data.presence import unreadable
from results.errors import DataError

EXPANSION = 1032
"""One compressed byte becomes no more bytes than these."""
SHOWN = 8
"""A message names no more indices than these."""


@contextmanager
def opened(path: Path) -> Iterator[PngImageFile]:
    """Yield a PNG file whose header can be true; what its decoder complains of is a DataError."""
    try:
        with warnings.catch_warnings(action="error"), path.open("rb") as stream:
            image = PngImageFile(stream)
            if not image.tile:
                raise ValueError("it holds no pixels")
            bits = len(image.getbands()) * bits_of(image)
            size = image.height * image.width * bits // 8
            require_plausible(path, image.height, image.width, size, EXPANSION)
            yield image
    except DataError:
        raise
    except Exception as error:  # the decoder raises whatever it likes on damaged input
        if isinstance(error, OSError) and error.strerror:
            raise unreadable(path, error) from error
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(f"{path}: damaged or not a PNG file ({reason})") from error


def read_png(path: Path) -> Shaped[np.ndarray, "height width"]:
    """Read the grey values, uint8 or uint16, as they are shown: 1, 2 and 4 bits become 8.

    Palettes, RGB and alpha of 8 bits are read where they show greys only, opaque.

    Raises:
        DataError: a damaged, truncated or animated file, colour, or transparency.
    """
    with opened(path) as image:
        if image.is_animated:
            raise DataError(f"{path}: an animated PNG; a file must hold one slice")
        if bits_of(image) == 16 and image.mode != "I;16":
            raise DataError(
                f"{path}: 16 bits in colour or with alpha; save it as greyscale without alpha"
            )
        image.load()
        if image.mode == "I;16":
            pixels = np.asarray(image)
            if (pixels == image.info.get("transparency", -1)).any():
                raise DataError(f"{path}: partly transparent; save it as greyscale without alpha")
            return pixels.copy()
        if image.mode in ("1", "L") and not image.has_transparency_data:
            return np.array(image.convert("L"))
        indices = np.unique(np.asarray(image)).tolist() if image.mode == "P" else []
        red, green, blue, alpha = np.moveaxis(np.array(image.convert("RGBA")), -1, 0)
    if (alpha != 255).any():
        raise DataError(f"{path}: partly transparent; save it as greyscale without alpha")
    if (red == green).all() and (red == blue).all():
        return red.copy()
    if indices:
        raise coloured_palette(path, indices)
    raise DataError(f"{path}: a coloured image; save it as greyscale, 8 or 16 bits")


def coloured_palette(path: Path, indices: Sequence[int]) -> DataError:
    """Say what a file of such indices is, and what makes these its grey values."""
    shown = ", ".join(map(str, indices[:SHOWN])) + (", ..." if len(indices) > SHOWN else "")
    return DataError(
        f"{path}: a palette PNG, whose pixels are indices of colours ({shown}); one grey value a "
        "pixel is needed. To save the indices as such: in ImageJ by Image > Lookup Tables > Grays, "
        "in Python by Image.fromarray(np.array(Image.open(path))).save(path)"
    )


def bits_of(image: PngImageFile) -> int:
    """Tell how many bits one value of a pixel has in the file."""
    bits = re.search(r"\d+", str(image.tile[0].args))  # as in I;16B, L;4 or 1
    return int(bits[0]) if bits else 8
