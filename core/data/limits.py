"""What a file's header may declare before anything is decoded or allocated."""

from pathlib import Path

from results.errors import DataError

MAX_PIXELS = 2**31
"""No slice has more: this is far above any detector, far below what a forged header can say."""

HARMLESS = 2**26
"""So many bytes are allocated whatever the size of the file."""


def require_plausible(
    path: Path, height: int, width: int, decoded_bytes: int, expansion: int
) -> None:
    """Raise DataError where a header declares what its file cannot mean.

    Args:
        path: the file.
        height, width: of a slice, in pixels.
        decoded_bytes: declared size of everything the file holds, decompressed.
        expansion: decoded bytes a byte of the file can become at most.
    """
    if height < 1 or width < 1:
        raise DataError(f"{path}: its header declares {height} x {width} pixels; it is empty")
    if height * width > MAX_PIXELS:
        raise DataError(
            f"{path}: its header declares {height} x {width} pixels; at most 2^31 a slice are read"
        )
    size = path.stat().st_size
    if decoded_bytes > max(HARMLESS, size * expansion):
        raise DataError(
            f"{path}: its header declares {height} x {width} pixels, more than its {size} bytes "
            "can hold; the file is damaged"
        )
