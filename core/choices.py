"""The words among which some fields of a configuration choose."""

from typing import Literal, get_args

BatchNorm = Literal["none", "expansive", "all"]
Init = Literal["torch", "he"]
ObjectiveKind = Literal["hard", "soft", "mixed"]
SoftLoss = Literal["cross_entropy", "kl"]
Padding = Literal["same", "valid"]
Optimizer = Literal["adam", "sgd"]
Engine = Literal["torch"]

CHOICES: dict[str, tuple[str, ...]] = {
    "batch_norm": get_args(BatchNorm),
    "init": get_args(Init),
    "objective": get_args(ObjectiveKind),
    "soft_loss": get_args(SoftLoss),
    "padding": get_args(Padding),
    "optimizer": get_args(Optimizer),
    "engine": get_args(Engine),
}
"""The words of each such field."""
