"""Add up what an evaluation wants to know of every network's answers, as the lanes hold them.

What comes out is arrays with the lanes last or first: what they mean, `core.evaluation` says.
"""

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from core.engines.lanes.kernels import Kernels
from core.engines.lanes.maps import FeatureMap, window_on

SUMS = (
    "loss",
    "calibrated_loss",
    "probability",
    "deviation",
    "squared_deviation",
    "overlap",
    "marked",
    "threshold_overlap",
    "threshold_marked",
    "unfinite",
)
"""The rows of `TestingSums.sums`, in the order of `native/measures.cpp`."""
Annotation = UInt8[np.ndarray, "height width"]


class ValidationAnswers:
    """Keeps the z of validation slices, which take as much memory as in PyTorch, and their loss.

    Args:
        kernels: of the pack.
        annotations: of all slices, 0 or 1.
    """

    def __init__(self, kernels: Kernels, annotations: UInt8[np.ndarray, "slice height width"]):
        self.kernels, self.annotations = kernels, np.ascontiguousarray(annotations)
        self.z = torch.empty(*annotations.shape, kernels.lanes, dtype=kernels.dtype)
        self.extremes = torch.full((2, kernels.lanes), torch.inf, dtype=kernels.dtype)
        self.extremes[1] = -torch.inf
        self._sums = torch.zeros(2, kernels.lanes, dtype=torch.float64)

    def add(self, index: int, first: int, logits: FeatureMap) -> None:
        """Add rows of a slice, from row `first` on; what lies beyond the slice is not looked at."""
        rows = rows_within(self.annotations[index], first, logits)
        if rows is None:
            return
        self.kernels.call(
            "gather",
            *(1, len(rows), rows.shape[1]),
            logits.window,
            rows.ctypes.data,
            self.z[index, first:].data_ptr(),
            self.extremes.data_ptr(),
            self._sums.data_ptr(),
        )()

    @property
    def loss(self) -> Float[Tensor, " lane"]:
        """The sum of the pixels' losses."""
        return self._sums[0]

    @property
    def finite(self) -> list[bool]:
        """Whether all z of a lane were finite."""
        return (self._sums[1] == 0).tolist()

    def binned(
        self, bins: int, count: int
    ) -> tuple[Int[np.ndarray, "lane bin 2"], Float[np.ndarray, "lane bin"]]:
        """Gather the pixels of `count` lanes in equal bins of z between its extremes.

        Returns:
            Each bin's pixels of background and foreground, and its sum of z above the least z.
        """
        low, high = self.extremes
        width = (high - low).double()
        scale = torch.where(width > 0, bins / width, 0.0).to(low.dtype)
        counted = torch.zeros(count, bins, 2, dtype=torch.int64)
        above = torch.zeros(count, bins, dtype=torch.float64)
        self.kernels.call(
            "histogram",
            self.annotations.size,
            self.z.data_ptr(),
            self.annotations.ctypes.data,
            low.data_ptr(),
            scale.data_ptr(),
            *(bins, count),
            counted.data_ptr(),
            above.data_ptr(),
        )()
        return counted.numpy(), above.numpy()


class TestingSums:
    """Adds up the measures of testing slices, and compares each slice's logits with the first's.

    Args:
        kernels: of the pack.
        count: networks in it.
        chosen: slope, offset and threshold of each network.
        shape: height and width of the slices, in pixels.
    """

    __test__ = False

    def __init__(
        self, kernels: Kernels, count: int, chosen: Float[Tensor, "3 lane"], shape: tuple[int, int]
    ) -> None:
        self.kernels, self.count = kernels, count
        self._chosen = torch.zeros(4, kernels.lanes, dtype=kernels.dtype)
        self._chosen[:3, :count] = chosen
        self.sums = torch.zeros(len(SUMS), kernels.lanes, dtype=torch.float64)
        memory = torch.empty(1, *shape, 2, kernels.lanes, dtype=kernels.dtype)
        self._first = FeatureMap(memory, window_on(memory, 0), *shape, 0)
        self._differs = torch.zeros(kernels.lanes, dtype=kernels.dtype)

    def add(self, index: int, first: int, logits: FeatureMap, annotation: Annotation) -> None:
        """Add rows of slice `index`, from row `first` on; what lies beyond it is not looked at."""
        rows = rows_within(annotation, first, logits)
        if rows is None:
            return
        height, width = rows.shape
        pixels = logits.pixels[:, :height, :width]
        compared = None
        if index == 0:
            self._first.memory[:, first : first + height].copy_(pixels)
            if first == 0:
                self._chosen[3] = pixels[0, 0, 0, 1] - pixels[0, 0, 0, 0]
        elif not self._differs[: self.count].all():
            compared = self._first.rows(first, height).window
        self.kernels.call(
            "measure",
            *(1, height, width),
            logits.window,
            rows.ctypes.data,
            self._chosen.data_ptr(),
            compared,
            self._differs.data_ptr(),
            self.sums.data_ptr(),
        )()

    @property
    def origin(self) -> list[float]:
        """The z of the first pixel, from which deviations are taken."""
        return self._chosen[3].tolist()

    @property
    def constant(self) -> list[bool]:
        """Whether a lane's logits were equal at every position for all slices."""
        return (self._differs == 0).tolist()


def rows_within(
    annotation: Annotation, first: int, logits: FeatureMap
) -> UInt8[np.ndarray, "rows width"] | None:
    """Return the annotation of those rows that lie in the slice, None where none do."""
    rows = annotation[first : first + logits.height]
    assert rows.shape[1] <= logits.width
    return np.ascontiguousarray(rows) if len(rows) else None
