"""A synthetic electron-microscopy stack, made in seconds with no download.

Not a model of tissue: a stand-in with the properties that matter to a segmentation network. The
background is textured; membranes and vesicles are dark and must be told from mitochondria; the
mitochondria-like bodies continue through the slices and fill 5 to 6 per cent of each volume.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt8

from results.errors import DataError

GENERATOR_VERSION = 1
"""Bumped whenever the same arguments give other voxels."""

ATTEMPTS = 5000
FOREGROUND_RANGE = (0.053, 0.057)

Voxels = Float[np.ndarray, "slice height width"]


@dataclass(frozen=True)
class Phantom:
    """Arguments of the generator; equal arguments give equal voxels.

    Attributes:
        training_slices, testing_slices: depth of the two volumes.
        side: height and width of a slice, in pixels.
        seed: of both volumes; they share no voxel.
    """

    training_slices: int = 60
    testing_slices: int = 24
    side: int = 256
    seed: int = 0

    @property
    def fingerprint(self) -> str:
        return (
            f"phantom-{GENERATOR_VERSION}-{self.training_slices}-{self.testing_slices}"
            f"-{self.side}-{self.seed}"
        )

    def volume(
        self, which: int
    ) -> tuple[UInt8[np.ndarray, "slice height width"], UInt8[np.ndarray, "slice height width"]]:
        """Grey values and annotation (0 or 1) of the training (0) or the testing (1) volume."""
        depth = self.testing_slices if which else self.training_slices
        rng = np.random.default_rng((self.seed, which))
        shape = (depth, self.side, self.side)
        grey = 150.0 + 14.0 * smooth_noise(rng, shape, 3.0) + 10.0 * smooth_noise(rng, shape, 14.0)
        membranes = np.abs(smooth_noise(rng, shape, 18.0)) < 0.08
        grey[membranes] = 90.0 + 10.0 * smooth_noise(rng, shape, 2.0)[membranes]
        draw_vesicles(rng, grey)
        mask = draw_mitochondria(rng, grey)
        grey = blurred(grey, (0.4, 0.8, 0.8)) + rng.normal(0.0, 9.0, shape)
        return np.clip(np.rint(grey), 0, 255).astype(np.uint8), mask.astype(np.uint8)


def smooth_noise(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> Voxels:
    """Gaussian noise of unit variance, correlated over `sigma` voxels."""
    noise = blurred(rng.standard_normal(shape), (sigma, sigma, sigma))
    return noise / noise.std()


def blurred(values: Voxels, sigmas: tuple[float, ...]) -> Voxels:
    """Periodic Gaussian blur, by its transfer function exp(-2 (pi sigma f)^2) along each axis."""
    spectrum = np.fft.rfftn(values)
    for axis, (size, sigma) in enumerate(zip(values.shape, sigmas, strict=True)):
        last = axis == values.ndim - 1
        frequency = np.fft.rfftfreq(size) if last else np.fft.fftfreq(size)
        shape = [-1 if a == axis else 1 for a in range(values.ndim)]
        spectrum *= np.exp(-2.0 * (np.pi * sigma * frequency) ** 2).reshape(shape)
    return np.fft.irfftn(spectrum, s=values.shape, axes=range(values.ndim))


def distances(
    shape: tuple[int, ...], centre: np.ndarray, reach: float
) -> tuple[tuple[slice, ...], Float[np.ndarray, "3 slice height width"]]:
    """The box within `reach` voxels of a centre, and each voxel's offset from that centre."""
    box = tuple(
        slice(max(0, int(c - reach)), min(n, int(c + reach) + 2))
        for c, n in zip(centre, shape, strict=True)
    )
    offsets = np.stack(np.meshgrid(*(np.arange(s.start, s.stop) for s in box), indexing="ij"))
    return box, offsets - centre[:, None, None, None]


def draw_vesicles(rng: np.random.Generator, grey: Voxels) -> None:
    """Clusters of small spheres with a dark rim: distractors of a mitochondrion's darkness."""
    clusters = max(1, round(grey.size / 90_000))
    for _ in range(clusters):
        middle = rng.uniform(0, grey.shape)
        for _ in range(rng.integers(15, 40)):
            centre = middle + rng.normal(0.0, (6.0, 16.0, 16.0))
            radius = rng.uniform(3.0, 5.0)
            box, offsets = distances(grey.shape, centre, radius)
            distance = np.sqrt((offsets**2).sum(axis=0))
            part = grey[box]
            part[distance < radius] = 90.0
            part[distance < radius - 1.6] = 165.0


def draw_mitochondria(rng: np.random.Generator, grey: Voxels) -> Bool[np.ndarray, "..."]:
    """Bent capsules with a dark rim and striped interior, until their share is reached."""
    mask = np.zeros(grey.shape, dtype=bool)
    low, high = FOREGROUND_RANGE
    for _ in range(ATTEMPTS):
        if mask.mean() >= low:
            return mask
        body = np.zeros_like(mask)
        radius, half_length = rng.uniform(7.0, 14.0), rng.uniform(10.0, 40.0)
        centre, axis = rng.uniform(0, grey.shape), rng.normal(0.0, (0.7, 1.0, 1.0))
        axis /= np.linalg.norm(axis)
        bend = rng.normal(0.0, 0.004, size=3)
        box, offsets = distances(grey.shape, centre, radius + half_length + 8.0)
        if min(s.stop - s.start for s in box) < 1:
            continue
        along = np.tensordot(axis, offsets, axes=1)
        across = offsets - (axis[:, None, None, None] * along)
        across = across - bend[:, None, None, None] * along**2
        beyond = np.clip(np.abs(along) - half_length, 0.0, None)
        distance = np.sqrt((across**2).sum(axis=0) + beyond**2)
        body[box] = distance < radius
        if not body.any() or (mask | body).mean() > high:
            continue
        cristae = 124.0 + 14.0 * np.sin(along * rng.uniform(0.7, 1.1) + rng.uniform(0.0, 6.3))
        interior = np.where(distance > radius - 1.8, 88.0, cristae)
        grey[box] = np.where(body[box], interior, grey[box])
        mask |= body
    raise DataError(
        f"{ATTEMPTS} attempts did not bring the foreground into {low:.1%} to {high:.1%}: a phantom "
        f"of {' x '.join(map(str, grey.shape))} voxels is too small; make it larger"
    )
