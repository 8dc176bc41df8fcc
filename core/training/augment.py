"""Flip and deform a training tile elastically, its image and its annotation alike.

Source: section 3.2; Ronneberger et al. 2015, section 3.1: random displacement vectors on a coarse
3x3 grid, drawn from a Gaussian of 10 pixels standard deviation, are interpolated bicubically.
"""

from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import Tensor
from torch.nn import functional as F

GRID = 3


@lru_cache(maxsize=8)
def spline_basis(size: int) -> Float[Tensor, "size 3"]:
    """Return the weights of three coarse knots at `size` evenly spaced positions between them.

    They belong to the cubic B-spline through the knots, mirrored at both ends, which is what
    `scipy.ndimage.map_coordinates(knots, positions, order=3, mode="mirror")` computes. The spline
    is linear in the knots, so a whole field takes two small matrix products.
    """
    # Coefficients c with (c[i-1] + 4 c[i] + c[i+1]) / 6 = knot[i] and c[-1] = c[1], c[3] = c[1].
    collocation = np.array([[4.0, 2.0, 0.0], [1.0, 4.0, 1.0], [0.0, 2.0, 4.0]]) / 6.0
    coefficients = np.linalg.inv(collocation)
    distance = np.abs(np.linspace(0.0, GRID - 1.0, size)[:, None] - np.arange(-1, GRID + 1))
    cubic = np.where(
        distance < 1.0,
        2.0 / 3.0 - distance**2 + distance**3 / 2.0,
        np.clip(2.0 - distance, 0.0, None) ** 3 / 6.0,
    )
    mirrored = cubic[:, 1:-1].copy()
    mirrored[:, 1] += cubic[:, 0] + cubic[:, -1]
    return torch.from_numpy((mirrored @ coefficients).astype(np.float32))


def displacement_field(coarse: Float[Tensor, "2 3 3"], size: int) -> Float[Tensor, "2 size size"]:
    """Interpolate the displacements (dy, dx), in pixels, of a 3x3 grid at every pixel of a tile."""
    basis = spline_basis(size)
    return basis @ coarse @ basis.T


def reflect(positions: Float[Tensor, "*shape"], side: int) -> Float[Tensor, "*shape"]:
    """Mirror positions about the first and the last pixel's centre into [0, side - 1]."""
    period = 2.0 * (side - 1)
    folded = torch.remainder(positions, period)
    return torch.minimum(folded, period - folded)


def sample_deformed(
    planes: list[Shaped[np.ndarray, "height width"]],
    top: int,
    left: int,
    field: Float[Tensor, "2 size size"],
) -> Float[Tensor, "plane size size"]:
    """Sample, bilinearly, a deformed tile whose undeformed corner is (top, left).

    Positions beyond the slice are mirrored. Only the part of the slice that is needed is
    converted to float; the values keep the units of the planes.
    """
    height, width = planes[0].shape
    size = field.shape[-1]
    along = torch.arange(size, dtype=torch.float32)
    rows = reflect(field[0] + (along[:, None] + top), height)
    columns = reflect(field[1] + (along[None, :] + left), width)
    first_row, last_row = int(rows.min()), min(int(rows.max()) + 2, height)
    first_column, last_column = int(columns.min()), min(int(columns.max()) + 2, width)
    box = np.s_[first_row:last_row, first_column:last_column]
    window = torch.from_numpy(np.stack([plane[box] for plane in planes]).astype(np.float32))
    grid = torch.stack(
        [
            (columns - first_column) * (2.0 / max(window.shape[2] - 1, 1)) - 1.0,
            (rows - first_row) * (2.0 / max(window.shape[1] - 1, 1)) - 1.0,
        ],
        dim=-1,
    )
    return F.grid_sample(
        window[None], grid[None], mode="bilinear", padding_mode="border", align_corners=True
    )[0]


def flip(
    planes: Float[Tensor, "plane size size"], vertically: bool, horizontally: bool
) -> Float[Tensor, "plane size size"]:
    """Mirror all planes alike (section 3.2)."""
    axes = [axis for axis, wanted in ((-2, vertically), (-1, horizontally)) if wanted]
    return torch.flip(planes, axes) if axes else planes
