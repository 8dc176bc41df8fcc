"""The common generalisation: width x temperature x loss mix x batch norm x class weights."""

from core.config import RunConfig
from searchspaces.axes import BATCH_NORM, CLASS_WEIGHTS, SOFT_WEIGHT, Axis
from study.definition import Study
from study.profiles import usual_profiles

STUDY = Study(
    name="factorial",
    question="Which factor decides whether a small U-Net collapses, and do they act together?",
    reference="none",
    base=RunConfig(objective="mixed", teacher=RunConfig(width=4, init="he")),
    axes=(
        Axis("width", (16, 8, 4, 2, 1)),
        Axis("temperature", (1.0, 2.0, 5.0, 10.0, 20.0)),
        SOFT_WEIGHT,
        BATCH_NORM,
        CLASS_WEIGHTS,
    ),
    design="2^(5-1)",
    levels={
        "width": (4, 1),
        "temperature": (1.0, 10.0),
        "soft_weight": (0.5, 1.0),
        "batch_norm": ("none", "all"),
    },
    seeds=20,
    profiles=usual_profiles(
        smoke={
            "only": {"width": (2, 1), "temperature": (1.0, 5.0), "batch_norm": ("none",)},
        },
    ),
    columns=("test_loss_avg", "iou", "deviance_explained_calibrated"),
    interactions=(("batch_norm", "class_weights"), ("width", "batch_norm")),
    note="In the full grid a soft_weight of 0 is hard labels alone, for which no temperature "
    "matters: such cells are there once.",
)
