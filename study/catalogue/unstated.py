"""Table 4 again: under which of the settings that the paper does not state are its counts likely?

In stages, all declared here before the first run:

1. `study screen unstated`: untrained networks of every kind, by forward passes alone.
2. `study run unstated --seeds 20`: twelve settings, three widths. Each setting has the likelihood
   of the paper's counts; one is excluded below 1/32 of the best one's.
3. The three best and the default on fresh seeds, ten times as long, with and without class weights:
   `--only` with these values, `--seeds 100-119 --set iterations=20000` and
   `--axis class_weights=none,inverse_frequency`.

Held out, and looked at only for what stage 3 leaves: Table 3 (15 of 21 collapse), Table 5 (5 of 5),
where failed runs stand (0.480 or 1.38), and Table 6.
"""

from core.config import RunConfig
from searchspaces.axes import Axis
from study.catalogue.reruns import TABLE_4
from study.catalogue.width import TABLE_1
from study.definition import PaperFigure, Study
from study.profiles import usual_profiles

SAME, VALID = {"padding": "same", "tile": 256}, {"padding": "valid", "tile": 428}
"""Tiles of which about as many pixels are answered: 256 and 244 a side."""
OPTIMISERS = (
    {"optimizer": "adam", "lr": 1e-3},
    {"optimizer": "sgd", "lr": 1e-3},
    {"optimizer": "sgd", "lr": 1e-2},
)

STUDY = Study(
    name="unstated",
    question="Under which settings that the paper leaves unsaid are its counts likely?",
    reference="Table 4, section 3.5",
    base=RunConfig(),
    axes=(
        Axis("input_scale", ("z-score", "unit")),
        Axis("padding", ("same", "valid")),
        Axis("tile", (256, 428)),
        Axis("optimizer", ("adam", "sgd")),
        Axis("lr", (1e-3, 1e-2)),
        Axis("width", (4, 2, 1)),
    ),
    combinations=tuple(padding | one for padding in (SAME, VALID) for one in OPTIMISERS),
    screening=(
        Axis("input_scale", ("z-score", "unit", "symmetric", "none")),
        Axis("padding", ("same", "valid")),
        Axis("init", ("torch", "he", "xavier")),
        Axis("width", (4, 2, 1)),
    ),
    seeds=20,
    profiles=usual_profiles(
        smoke={"instead": {"tile": {256: 64, 428: 252}}},
        laptop={"instead": {"tile": {256: 128, 428: 316}}},
        paper={"student": {"iterations": 320_000}},
    ),
    columns=("test_loss_avg", "test_loss_min", "iou", "first_escape"),
    paper=(
        PaperFigure({"width": 4}, 1, {"test_loss_avg": TABLE_1[4][0]}),
        *(
            PaperFigure({"width": width}, trial, {"test_loss_avg": loss})
            for width, losses in TABLE_4.items()
            for trial, loss in enumerate(losses, start=1)
        ),
    ),
    paper_barrier=0.480,
    note="The text of section 3.5 says that three of ten 2-Unets train; its Table 4 shows four "
    "losses below the barrier, which is what is counted here. What is not excluded is a set of "
    "settings, never the setting: they were chosen knowing the counts.",
)
