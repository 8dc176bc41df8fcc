"""What a TIFF stack's first page says of its slices and voxels: as ImageJ writes it, or OME-XML.

ImageJ's form is for classic TIFF only, and is what Fiji opens by itself. OME-XML is what Fiji's
Bio-Formats reads of BigTIFF (Goldberg et al. 2005).
"""

import re
from typing import Any

import numpy as np
import tifffile

from core.data.voxel_size import CENTIMETRE, INCH, VoxelSize

OME_UNITS = {
    **dict.fromkeys(("nm", "nanometer", "nanometers"), "nm"),
    **dict.fromkeys(("um", "µm", "μm", "micron", "microns", "micrometer", "micrometers"), "µm"),
    **dict.fromkeys(("mm", "millimeter", "millimeters"), "mm"),
    **dict.fromkeys(("cm", "centimeter", "centimeters"), "cm"),
    **dict.fromkeys(("m", "meter", "meters"), "m"),
    **dict.fromkeys(("in", "inch", "inches"), "in"),
    **dict.fromkeys(("å", "angstrom", "angstroms"), "Å"),
}
"""Names that ImageJ's users give to units, and OME's symbols."""


def imagej_text(shape: tuple[int, int, int], voxels: VoxelSize) -> bytes:
    """Describe slices x height x width as ImageJ does; other characters than ASCII are escaped."""
    described: dict[str, Any] = dict(voxels.described)
    text = tifffile.imagej_description(shape, axes=f"{voxels.axis}YX", **described)
    return "".join(c if c.isascii() else f"\\u{ord(c):04x}" for c in text).encode("ascii")


def ome_text(shape: tuple[int, int, int], dtype: np.dtype, voxels: VoxelSize) -> bytes:
    """Describe slices x height x width as OME-XML, with sizes if it knows their unit."""
    described = dict(voxels.described)
    by_tag = {INCH: "in", CENTIMETRE: "cm"}.get(voxels.resolution_unit, "")
    name = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), str(described.get("unit")))
    unit = OME_UNITS.get(name.lower(), by_tag)
    sizes: dict[str, float] = {}
    if unit and voxels.resolution:
        for side, (above, below) in zip("XY", voxels.resolution, strict=True):
            sizes[f"PhysicalSize{side}"] = below / above
    spacing = described.get("spacing")
    if unit and isinstance(spacing, int | float) and spacing > 0:
        sizes["PhysicalSizeZ"] = float(spacing)
    xml = tifffile.OmeXml()
    xml.addimage(
        dtype,
        shape,
        (shape[0], 1, 1, *shape[1:], 1),
        axes=f"{voxels.axis}YX",
        **sizes,
        **{f"{side}Unit": unit for side in sizes},
    )
    return xml.tostring().encode()
