"""Images without annotation: a TIFF stack, one PNG, or a folder of slices."""

from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from core.data.grey import narrowest
from core.data.png import read_png
from core.data.presence import is_folder
from core.data.slices import SliceFolder
from core.data.tiff import read_stack


def read_images(path: Path) -> Shaped[np.ndarray, "slice height width"]:
    """Read the grey values of all slices; those of a folder in natural order of their names.

    Args:
        path: a TIFF file, a PNG file, or a folder with a PNG or TIFF file a slice.

    Raises:
        DataError: it cannot be read, is damaged, coloured or transparent, or holds no numbers.
    """
    if is_folder(path):
        folder = SliceFolder.of(path)
        return narrowest(folder.read(), path, folder.files)
    if path.suffix.lower() == ".png":
        return narrowest(read_png(path)[None], path)
    return narrowest(read_stack(path), path)
