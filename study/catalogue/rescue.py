"""Section 3.10: batch norm and class weights, alone and together, against the minimum."""

from core.config import RunConfig
from searchspaces.axes import CLASS_WEIGHTS, Axis
from study.definition import Contrast, PaperFigure, SpeedClaim, Study
from study.profiles import usual_profiles

BOTH = {"batch_norm": "all", "class_weights": "inverse_frequency"}

STUDY = Study(
    name="rescue",
    question="Do batch norm and class weights save the 2-Unet's seeds that collapse?",
    reference="Section 3.10",
    base=RunConfig(
        width=2,
        objective="soft",
        temperature=5.0,
        class_weights_by="annotation",
        teacher=RunConfig(width=4, init="he", batch_norm="all"),
    ),
    axes=(Axis("objective", ("soft", "mixed")), Axis("batch_norm", ("none", "all")), CLASS_WEIGHTS),
    seeds=3,
    profiles=usual_profiles(
        smoke={"teacher": {"iterations": 700}}, paper={"student": {"iterations": 155_000}}
    ),
    columns=("test_loss_avg", "iou", "deviance_explained_calibrated", "first_escape"),
    paper=(
        PaperFigure({"objective": "soft"} | BOTH, None, {"test_loss_avg": 0.134, "iou": 0.752}),
        PaperFigure({"objective": "mixed"} | BOTH, None, {"test_loss_avg": 0.135, "iou": 0.759}),
    ),
    paper_barrier=0.480,
    claims=(
        SpeedClaim(
            "Section 3.10",
            0.135,
            {"objective": "mixed"} | BOTH,
            {"objective": "soft"} | BOTH,
            1.5,
            slower_at=155_000,
        ),
    ),
    contrasts=(
        Contrast(
            "Does batch norm save the seeds that collapse?",
            {"batch_norm": "all", "class_weights": "none"},
            {"batch_norm": "none", "class_weights": "none"},
        ),
        Contrast(
            "Do class weights save the seeds that collapse?",
            {"batch_norm": "none", "class_weights": "inverse_frequency"},
            {"batch_norm": "none", "class_weights": "none"},
        ),
        Contrast(
            "Do both together save the seeds that collapse?",
            BOTH,
            {"batch_norm": "none", "class_weights": "none"},
        ),
    ),
    note="Class weights multiply the whole loss of the pixels that the annotation calls "
    "foreground, as in Ronneberger et al., whom the paper follows; --set class_weights_by=target "
    "multiplies the teacher's foreground term instead, which shifts every logit by T ln w (at T = "
    "5 and w = 16 by 14). Soft labels shift what p > 0.5 means: D cal and IoU tuned are after "
    "recalibration on validation slices. Teacher and student have batch norm in the paper; here "
    "all cells share the one teacher that has it.",
)
