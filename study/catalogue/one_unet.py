"""Section 3.6: distilling the 1-Unet at high temperatures, two ways of comparing."""

from core.config import RunConfig
from searchspaces.axes import SOFT_LOSS, Axis
from study.definition import Contrast, Equivalence, PaperFigure, SpeedClaim, Study
from study.profiles import usual_profiles

HIGH = {"objective": "soft", "temperature": 30.0}

STUDY = Study(
    name="one_unet",
    question="Can the 1-Unet be distilled, and does the divergence matter?",
    reference="Section 3.6",
    base=RunConfig(width=1, objective="soft", teacher=RunConfig(width=4, init="he")),
    axes=(
        Axis("objective", ("soft", "hard")),
        Axis("temperature", (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)),
        SOFT_LOSS,
    ),
    seeds=3,
    profiles=usual_profiles(
        smoke={"only": {"temperature": (1.0, 30.0)}},
        laptop={"only": {"temperature": (1.0, 5.0, 20.0, 30.0)}},
        paper={"hard": {"iterations": 320_000}},
    ),
    columns=("test_loss_avg", "test_loss_min", "iou"),
    paper=(
        PaperFigure(HIGH | {"soft_loss": "cross_entropy"}, 1, {"test_loss_min": 0.255}),
        PaperFigure(HIGH | {"soft_loss": "kl"}, 1, {"test_loss_min": 0.25}),
    ),
    paper_barrier=0.480,
    claims=(
        SpeedClaim(
            "Section 3.6",
            0.25,
            {"objective": "soft"},
            {"objective": "hard"},
            15.0,
            slower_at=320_000,  # of the 1-Unet in Table 1; section 3.6 says no iterations
        ),
    ),
    contrasts=(
        Contrast(
            "Does T = 30 let a seed learn that collapses at T = 1?",
            {"objective": "soft", "temperature": 30.0},
            {"objective": "soft", "temperature": 1.0},
        ),
    ),
    equivalences=(
        Equivalence("Does collapse not depend on the divergence?", "soft_loss", margin=0.2),
    ),
    note="The paper's figures are for temperatures above 20. Both divergences have the same "
    "gradient in the student, so equal seeds give equal runs.",
)
