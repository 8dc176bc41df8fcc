"""How large voxels are, as far as image files say it: what programs such as Fiji take a scale from.

A TIFF file has up to three places for it: the tags XResolution, YResolution and ResolutionUnit
(TIFF 6.0, section 8), the description that ImageJ writes (unit, spacing, origin), and OME-XML
(PhysicalSizeX, ...). A PNG has its pHYs chunk.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import tifffile

from core.data import png, tiff
from core.data.presence import is_folder
from core.data.slices import SliceFolder

Rational = tuple[int, int]
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 282, 283, 296
NO_UNIT, INCH, CENTIMETRE = 1, 2, 3
LARGEST = 2**32 - 1
"""Numerators and denominators in a TIFF file are unsigned and have 32 bits."""
DESCRIBED = (
    *("unit", "yunit", "zunit", "spacing", "xorigin", "yorigin", "zorigin"),
    *("finterval", "fps", "tunit"),
)
"""What is kept of ImageJ's description."""
METRE = 0.0254
"""PNG stores pixels a metre, Pillow gives pixels an inch, which is so many metres."""


@dataclass(frozen=True)
class VoxelSize:
    """What a file says of its voxels; by default nothing."""

    resolution: tuple[Rational, Rational] | None = None
    """Pixels a unit along x and y."""
    resolution_unit: int = NO_UNIT
    """The unit's number in a TIFF file: none, inch or centimetre."""
    described: tuple[tuple[str, str | int | float], ...] = ()
    """Names and values of ImageJ's description, `spacing` (of slices, in `unit`) among them."""
    axis: str = "Z"
    """What the slices are: Z depth, T time, C channels."""


def voxel_size(path: Path) -> VoxelSize:
    """Read how large the voxels of an image are: a TIFF file, a PNG, or a folder of slices.

    Of a folder it is what all files say; nothing where two say different things.

    Raises:
        DataError: a file cannot be read.
    """
    if is_folder(path):
        first, *others = map(voxel_size, SliceFolder.of(path).files)
        return first if all(other == first for other in others) else VoxelSize()
    return of_png(path) if path.suffix.lower() == ".png" else of_tiff(path)


def of_png(path: Path) -> VoxelSize:
    with png.opened(path) as image:
        pixels = [round(per_inch / METRE) for per_inch in image.info.get("dpi", ())]
    if len(pixels) != 2 or min(pixels) < 1:
        return VoxelSize()
    return VoxelSize(((pixels[0], 100), (pixels[1], 100)), CENTIMETRE)


def of_tiff(path: Path) -> VoxelSize:
    with tiff.opened(path) as file:
        axes = file.series[0].axes
        axis = axes[0] if len(axes) == 3 and axes[0] in "ZTC" else "Z"
        if file.is_ome and file.ome_metadata:
            return of_ome(file.ome_metadata, axis)
        found = dict(file.imagej_metadata or {}) if file.is_imagej else {}
        described = tuple((name, found[name]) for name in DESCRIBED if name in found)
        tags = file.pages.first.tags
        x, y = (rational(tags.valueof(code)) for code in (X_RESOLUTION, Y_RESOLUTION))
        unit = tags.valueof(RESOLUTION_UNIT, NO_UNIT)
    if not (x and y):
        return VoxelSize(described=described, axis=axis)
    known = unit in (INCH, CENTIMETRE)
    return VoxelSize((x, y), int(unit) if known else NO_UNIT, described, axis)


def of_ome(xml: str, axis: str) -> VoxelSize:
    """Read OME-XML, whose sizes are units a pixel; micrometres where it names no unit."""
    image = tifffile.xml2dict(xml).get("OME", {}).get("Image", {})
    pixels: Mapping[str, Any] = (image[0] if isinstance(image, list) else image).get("Pixels", {})
    sizes = {side: pixels.get(f"PhysicalSize{side}") for side in "XYZ"}
    units = {side: str(pixels.get(f"PhysicalSize{side}Unit", "µm")) for side in "XYZ"}
    x, y = pixels_a_unit(sizes["X"]), pixels_a_unit(sizes["Y"])
    if not (x and y) or units["X"] != units["Y"]:
        return VoxelSize(axis=axis)
    described: list[tuple[str, str | int | float]] = [("unit", units["X"])]
    if units["Z"] == units["X"] and isinstance(depth := sizes["Z"], int | float) and depth > 0:
        described.append(("spacing", float(depth)))
    return VoxelSize((x, y), described=tuple(described), axis=axis)


def pixels_a_unit(size: object) -> Rational | None:
    """Invert a size; None where it is none, or too large or small for a TIFF file."""
    if not isinstance(size, int | float) or not LARGEST > size > 1 / LARGEST:
        return None
    inverse = (1 / Fraction(str(size))).limit_denominator(2**16)
    return rational((inverse.numerator, inverse.denominator))


def rational(value: object) -> Rational | None:
    """Return a tag's value if it is a rational above 0."""
    match value:
        case (int(above), int(below)) if 0 < above <= LARGEST and 0 < below <= LARGEST:
            return above, below
    return None
