"""What computes the networks of runs: one interface, whatever the device."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from core.evaluation.evaluate import Evaluation
from core.objective import LossValues
from core.training.trainer import Trainer


@dataclass(frozen=True)
class Step:
    """What a training step left of one run."""

    values: LossValues
    only_head_bias: bool
    """Whether every gradient but the head bias's was exactly zero."""


class Engine(ABC):
    """Computes the networks of the trainers that it was made for.

    Every method takes some of these trainers, all at a point where it makes sense, and answers in
    their order. What it computes of one does not depend on the others.
    """

    @abstractmethod
    def step(self, trainers: Sequence[Trainer]) -> list[Step]:
        """Make each one's next step."""

    @abstractmethod
    def measure(self, trainers: Sequence[Trainer]) -> list[Evaluation]:
        """Measure each on the slices of the curve, which all of them share."""

    @abstractmethod
    def gradient_norms(self, trainers: Sequence[Trainer]) -> list[list[float | None]]:
        """Measure the gradients on the tiles that come next; the networks stay as they are."""

    @abstractmethod
    def measure_whole(self, trainers: Sequence[Trainer]) -> list[Evaluation]:
        """Measure each on all slices."""

    @abstractmethod
    def collect(self, trainers: Sequence[Trainer]) -> None:
        """Put the state of networks and optimisers into their trainers."""
