"""Section 3.9: what batch normalisation does to networks that train anyway."""

from core.config import RunConfig
from searchspaces.axes import BATCH_NORM, Axis
from study.definition import Contrast, PaperFigure, SpeedClaim, Study
from study.profiles import usual_profiles

STUDY = Study(
    name="batch_norm",
    question="Does batch normalisation improve the 4-, 16- and 32-Unet?",
    reference="Section 3.9",
    base=RunConfig(width=4),
    axes=(Axis("width", (4, 16, 32)), BATCH_NORM),
    seeds=3,
    profiles=usual_profiles(
        smoke={"only": {"width": (4,)}},
        laptop={
            "only": {"width": (4,)},
            "student": {"iterations": 4000},
            "phantom_student": {"iterations": 1000},
        },
        paper={"student": {"iterations": 1_600_000}},
    ),
    columns=("test_loss_avg", "test_loss_min", "test_loss_min_at", "iou"),
    paper=(
        PaperFigure({"width": 4, "batch_norm": "none"}, 1, {"test_loss_avg": 0.0930}),
        PaperFigure({"width": 4, "batch_norm": "expansive"}, 1, {"test_loss_avg": 0.0727}),
    ),
    paper_barrier=0.480,
    claims=tuple(
        SpeedClaim(
            "Section 3.9",
            None,
            {"width": 4, "batch_norm": "none"},
            {"width": 4, "batch_norm": placement},
            5.0,
            slower_at=1_500_000,
        )
        for placement in ("expansive", "all")
    ),
    contrasts=(
        Contrast(
            "Does batch norm after every convolution change how often networks learn?",
            {"batch_norm": "all"},
            {"batch_norm": "none"},
            event="learned",
        ),
    ),
    note="The paper's text puts batch norm into the expansive part, its parameter counts after "
    "every convolution. Figure 4, which has windows of its own, is the study batch_norm_curve. "
    "Profile laptop runs the 4-Unet; --only width=16,32 the others.",
)
