"""Table 3: does the temperature decide whether distillation succeeds, or does the seed?"""

from core.config import RunConfig
from searchspaces.axes import TEMPERATURE
from study.definition import Contrast, Equivalence, PaperFigure, Study
from study.profiles import usual_profiles

STUDY = Study(
    name="temperature_seeds",
    question="Is it the temperature or the seed that decides whether the 2-Unet collapses?",
    reference="Table 3, sections 3.4 and 3.5",
    base=RunConfig(width=2, objective="soft", teacher=RunConfig(width=4, init="he")),
    axes=(TEMPERATURE,),
    seeds=3,
    profiles=usual_profiles(),
    columns=("test_loss_avg", "test_loss_min", "iou"),
    paper=(
        PaperFigure({"temperature": 1.0}, 1, {"test_loss_avg": 0.481, "test_loss_min": 0.480}),
        PaperFigure({"temperature": 1.0}, 2, {"test_loss_avg": 0.212, "test_loss_min": 0.210}),
        PaperFigure({"temperature": 1.0}, 3, {"test_loss_avg": 0.483, "test_loss_min": 0.480}),
        PaperFigure({"temperature": 2.0}, 1, {"test_loss_avg": 0.488, "test_loss_min": 0.480}),
        PaperFigure({"temperature": 2.0}, 2, {"test_loss_avg": 0.488, "test_loss_min": 0.480}),
        PaperFigure({"temperature": 2.0}, 3, {"test_loss_avg": 0.485, "test_loss_min": 0.480}),
        PaperFigure({"temperature": 3.0}, 1, {"test_loss_avg": 0.482, "test_loss_min": 0.480}),
        PaperFigure({"temperature": 3.0}, 2, {"test_loss_avg": 0.482, "test_loss_min": 0.480}),
        PaperFigure({"temperature": 3.0}, 3, {"test_loss_avg": 0.223, "test_loss_min": 0.215}),
        PaperFigure({"temperature": 5.0}, 1, {"test_loss_avg": 0.123, "test_loss_min": 0.097}),
        PaperFigure({"temperature": 5.0}, 2, {"test_loss_avg": 0.482, "test_loss_min": 0.480}),
        PaperFigure({"temperature": 5.0}, 3, {"test_loss_avg": 0.489, "test_loss_min": 0.480}),
        PaperFigure({"temperature": 6.0}, 1, {"test_loss_avg": 0.151, "test_loss_min": 0.126}),
        PaperFigure({"temperature": 6.0}, 2, {"test_loss_avg": 0.525, "test_loss_min": 0.496}),
        PaperFigure({"temperature": 6.0}, 3, {"test_loss_avg": 0.482, "test_loss_min": 0.480}),
        PaperFigure({"temperature": 10.0}, 1, {"test_loss_avg": 0.120, "test_loss_min": 0.093}),
        PaperFigure({"temperature": 10.0}, 2, {"test_loss_avg": 0.482, "test_loss_min": 0.480}),
        PaperFigure({"temperature": 10.0}, 3, {"test_loss_avg": 0.482, "test_loss_min": 0.480}),
        PaperFigure({"temperature": 15.0}, 1, {"test_loss_avg": 0.209, "test_loss_min": 0.201}),
        PaperFigure({"temperature": 15.0}, 2, {"test_loss_avg": 0.482, "test_loss_min": 0.480}),
        PaperFigure({"temperature": 15.0}, 3, {"test_loss_avg": 0.491, "test_loss_min": 0.480}),
    ),
    paper_barrier=0.480,
    contrasts=(
        Contrast(
            "Does T = 10, the paper's best, save the seeds that collapse at T = 1?",
            {"temperature": 10.0},
            {"temperature": 1.0},
        ),
    ),
    equivalences=(
        Equivalence("Is collapse independent of the temperature?", "temperature", margin=0.2),
        Equivalence(
            "Is success independent of the temperature?", "temperature", margin=0.2, event="learned"
        ),
    ),
)
