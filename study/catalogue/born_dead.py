"""Sections 3.4 and 3.10: are networks that collapse at once dead before their first step?"""

from core.config import RunConfig
from searchspaces.axes import Axis
from study.definition import Contrast, Study
from study.profiles import usual_profiles

STUDY = Study(
    name="born_dead",
    question="Does another initialisation of the last block alone keep networks from collapsing?",
    reference="none",
    base=RunConfig(width=2, init_block="expansive.0"),
    axes=(
        Axis("width", (2, 1)),
        Axis("init", ("torch", "he", "asymmetric", "sign_flip")),
    ),
    screening=(
        Axis("width", (1, 2, 4)),
        Axis("init", ("torch", "he", "xavier", "asymmetric", "sign_flip")),
        Axis("init_block", ("all", "expansive.0")),
        Axis("input_scale", ("z-score", "unit")),
        Axis("padding", ("same", "valid")),
        Axis("batch_norm", ("none", "all")),
    ),
    seeds=10,
    profiles=usual_profiles(),
    columns=("test_loss_avg", "test_loss_min", "iou", "first_escape"),
    contrasts=tuple(
        Contrast(
            f"Does {name} of the last block save the {width}-Unet's seeds that collapse?",
            {"width": width, "init": init},
            {"width": width, "init": "torch"},
        )
        for width in (2, 1)
        for init, name in (
            ("he", "He's initialisation"),
            ("asymmetric", "an asymmetric initialisation"),
            ("sign_flip", "flipping signs"),
        )
    ),
    note="All other blocks have PyTorch's default initialisation. `study screen born_dead` counts "
    "untrained networks that answer a constant, by the thousand and without training.",
)
