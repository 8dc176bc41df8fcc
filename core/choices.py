"""The words among which some fields of a configuration choose."""

from typing import Literal, get_args

BatchNorm = Literal["none", "expansive", "all"]
Init = Literal["torch", "he", "xavier", "asymmetric", "sign_flip"]
InitBlock = Literal[
    "all",
    "contracting.0",
    "contracting.1",
    "contracting.2",
    "contracting.3",
    "contracting.4",
    "expansive.3",
    "expansive.2",
    "expansive.1",
    "expansive.0",
]
InputScale = Literal["z-score", "unit", "symmetric", "none"]
ObjectiveKind = Literal["hard", "soft", "mixed"]
SoftLoss = Literal["cross_entropy", "kl"]
Mixture = Literal["shares", "sum"]
WeightsBy = Literal["target", "annotation"]
Padding = Literal["same", "valid"]
Optimizer = Literal["adam", "sgd"]
Engine = Literal["torch", "lanes"]

CHOICES: dict[str, tuple[str, ...]] = {
    "batch_norm": get_args(BatchNorm),
    "init": get_args(Init),
    "init_block": get_args(InitBlock),
    "input_scale": get_args(InputScale),
    "objective": get_args(ObjectiveKind),
    "soft_loss": get_args(SoftLoss),
    "mixture": get_args(Mixture),
    "class_weights_by": get_args(WeightsBy),
    "padding": get_args(Padding),
    "optimizer": get_args(Optimizer),
    "engine": get_args(Engine),
}
"""The words of each such field."""
