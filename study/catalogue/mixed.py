"""Table 5: soft and hard labels together."""

from core.config import RunConfig
from searchspaces.axes import Axis
from study.definition import Equivalence, PaperFigure, Study
from study.profiles import usual_profiles

TABLE_5 = {
    2.0: (0.490, 0.480, 0.268, 0.167),
    5.0: (0.505, 0.481, 0.267, 0.239),
    10.0: (0.506, 0.480, 0.268, 0.305),
    15.0: (0.507, 0.479, 0.270, 0.326),
    20.0: (0.507, 0.480, 0.271, 0.334),
}
COLUMNS = ("test_loss_avg", "test_loss_min", "train_loss_hard", "train_loss_soft")

STUDY = Study(
    name="mixed",
    question="Do hard labels beside the soft ones keep the 2-Unet from collapsing?",
    reference="Table 5, section 3.7",
    base=RunConfig(width=2, objective="mixed", teacher=RunConfig(width=4, init="he")),
    axes=(Axis("temperature", tuple(TABLE_5)),),
    seeds=3,
    profiles=usual_profiles(),
    columns=(
        *COLUMNS,
        "train_loss_soft_kl",
        "train_loss_hard_excess",
        "train_loss_soft_excess",
        "iou",
    ),
    paper=tuple(
        PaperFigure({"temperature": temperature}, 1, dict(zip(COLUMNS, figures, strict=True)))
        for temperature, figures in TABLE_5.items()
    ),
    paper_barrier=0.480,
    equivalences=(
        Equivalence("Is collapse independent of the temperature?", "temperature", margin=0.2),
    ),
    note="Windows of training losses lie below the barrier by chance alone: where hard exc. is "
    "about 0, the run learned no more than a constant. T^2 x cross-entropy grows like T^2; the "
    "paper's soft losses level off with T, as T^2 x KL does.",
)
