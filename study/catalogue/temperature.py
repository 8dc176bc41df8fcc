"""Table 2: one run for each temperature, as a sweep would have it."""

from core.config import RunConfig
from searchspaces.axes import Axis
from study.definition import Contrast, PaperFigure, SpeedClaim, Study
from study.profiles import usual_profiles

TABLE_2 = {
    1.0: (0.111, 15_000),
    2.0: (0.480, 15_000),
    4.0: (0.104, 50_000),
    5.0: (0.610, 50_000),
    7.0: (0.481, 9000),
    10.0: (0.480, 14_000),
    15.0: (0.480, 14_500),
    20.0: (0.134, 48_800),
}

STUDY = Study(
    name="temperature",
    question="Which temperature distils the 2-Unet best, and is that an answer at all?",
    reference="Table 2, section 3.4; speed: section 3.5",
    base=RunConfig(width=2, objective="soft", teacher=RunConfig(width=4, init="he")),
    axes=(
        Axis("objective", ("soft", "hard")),
        Axis("temperature", (0.1, 0.25, 0.5, *TABLE_2)),
    ),
    seeds=3,
    profiles=usual_profiles(paper={"hard": {"iterations": 320_000}}),  # as `reruns` has them
    columns=("test_loss_min", "test_loss_min_at", "test_loss_avg", "iou"),
    paper=tuple(
        PaperFigure(
            {"objective": "soft", "temperature": temperature},
            1,
            {"test_loss_min": loss, "test_loss_min_at": at},
        )
        for temperature, (loss, at) in TABLE_2.items()
    ),
    paper_barrier=0.480,
    claims=(
        SpeedClaim(
            "Section 3.5",
            0.223,  # the highest loss that Table 4 counts as trained
            {"objective": "soft"},
            {"objective": "hard"},
            20.0,
            slower_at=300_000,
        ),
    ),
    contrasts=(
        Contrast(
            "Does T = 20 save the seeds that collapse at T = 1?",
            {"objective": "soft", "temperature": 20.0},
            {"objective": "soft", "temperature": 1.0},
        ),
    ),
    note="In the paper T = 0.1, 0.25 and 0.5 diverged.",
)
