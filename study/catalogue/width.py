"""Table 1: how narrow may the U-Net be?"""

from core.config import RunConfig
from searchspaces.axes import WIDTH
from study.definition import Contrast, PaperFigure, Study
from study.profiles import usual_profiles

TABLE_1 = {
    128: (0.1170, 0.0281, 63_000),
    64: (0.1021, 0.0256, 80_000),
    32: (0.0871, 0.0220, 125_000),
    16: (0.0822, 0.0220, 150_000),
    8: (0.0830, 0.0221, 280_000),
    4: (0.0974, 0.0286, 300_000),
    2: (0.8227, 0.3423, 290_000),
    1: (0.8337, 0.3438, 320_000),
}
PERCENT = {4: 7.0, 2: 1.0}
"""Of the 64-Unet's parameters, as sections 3.1 and 4 say."""

STUDY = Study(
    name="width",
    question="How narrow may the U-Net be before it fails, and how often does it fail then?",
    reference="Table 1, section 3.1",
    base=RunConfig(),
    axes=(WIDTH,),
    seeds=3,
    profiles=usual_profiles(
        smoke={"only": {"width": (4, 2, 1)}},
        laptop={"only": {"width": (16, 8, 4, 2, 1)}},
        paper={"student": {"iterations": 320_000}},
    ),
    columns=(
        "test_loss_avg",
        "train_loss_avg",
        "test_loss_min_at",
        "iou",
        "parameters",
        "compression",
    ),
    paper=tuple(
        PaperFigure(
            {"width": width},
            1,
            {"test_loss_avg": test, "train_loss_avg": train, "test_loss_min_at": at}
            | ({"compression": 100 / PERCENT[width]} if width in PERCENT else {}),
        )
        for width, (test, train, at) in TABLE_1.items()
    ),
    paper_barrier=0.480,
    contrasts=(
        Contrast(
            "Does the 2-Unet collapse more often than the 4-Unet?", {"width": 2}, {"width": 4}
        ),
        Contrast(
            "Does the 1-Unet collapse more often than the 2-Unet?", {"width": 1}, {"width": 2}
        ),
    ),
    note="The paper's percentages do not follow from its own counts, which are with batch norm "
    "after every convolution: the 2-Unet has 30,902 of the 64-Unet's 31,042,434 parameters, which "
    "is 0.0995% or 1,004.5x, not 1% and 100x; the 4-Unet has 0.39% (254x), not 7% and 13x; the "
    "1-Unet has 0.025% (3,940x), of which it says less than 0.5%. Profile laptop stops at k = 16; "
    "wider ones, which take hours on a CPU, come with --only width=128,64,32.",
)
