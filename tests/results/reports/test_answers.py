"""Each question of a study file gets a sentence that says what was seen, and no more."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from results.reports.answers import answers
from results.reports.how_often import QUESTION
from results.statistics.comparing.compared import compared
from results.statistics.methods.exact_paired import exact_paired_p
from tests.results.examples import study_record

SIDES = {"cell": {"batch_norm": "all"}, "against": {"batch_norm": "none"}}
CONTRAST = {"question": "Does it save them?", **SIDES, "event": "fell"}
NO_CURVES = pd.DataFrame()


def frame_of(outcomes: dict[tuple[str, int], str]) -> pd.DataFrame:
    """Outcomes by batch norm and width, a letter a seed: F fell, L learned, . missing."""
    rows: list[dict[str, Any]] = [
        {
            "batch_norm": batch_norm,
            "width": width,
            "run_id": f"{batch_norm}{width}-{seed}",
            "init_seed": seed,
            "data_seed": seed,
            "outcome": {"F": "constant", "L": "learned", ".": np.nan}[letter],
            "outcome_half": {"F": "constant", "L": "flat", ".": np.nan}[letter],
            "fell": letter == "F",
        }
        for (batch_norm, width), letters in outcomes.items()
        for seed, letter in enumerate(letters)
    ]
    frame = pd.DataFrame(rows)
    frame.attrs["axes"] = ["batch_norm", "width"]
    return frame


def sentences(frame: pd.DataFrame, **parts: Any) -> dict[str, str]:
    run = ({"batch_norm": "none", "width": 2}, 1, "none2-0")
    record = study_record([run], axes=["batch_norm", "width"], **parts)
    found = answers(frame, record, NO_CURVES, compared(frame, record))
    return {answer.question: answer.sentence for answer in found}


def test_saved_and_lost_seeds_are_counted_and_the_difference_is_said() -> None:
    frame = frame_of({("all", 2): "L" * 9 + "F", ("none", 2): "F" * 8 + "LL"})
    told = sentences(frame, contrasts=[CONTRAST])
    assert told[QUESTION].startswith("9 of 20 runs collapsed (")
    # between two cells the contrast is the question whether the cell matters: one p-value, not two
    assert list(told) == ["Does it save them?", "Does the seed matter?", QUESTION]
    unasked = sentences(frame, contrasts=[])
    assert unasked["Does batch_norm matter?"].startswith("Yes: p = 0.039, Cochran's Q permuted")
    saved = told["Does it save them?"]
    assert saved.startswith(
        "Different: batch_norm=all minus batch_norm=none is -70 points (95%: -96 to -8), p = 0.026"
    )
    assert "saved 8 of these, and 1 of the other 2 collapsed instead" in saved
    assert exact_paired_p(1, 8, 10) == pytest.approx(0.0261, abs=1e-4)
    assert "Holm" not in saved


def test_too_few_seeds_are_underpowered() -> None:
    frame = frame_of({("all", 2): "L" * 5, ("none", 2): "F" * 5})
    told = sentences(frame, contrasts=[CONTRAST])["Does it save them?"]
    assert told.startswith("Underpowered: ")
    assert "5 seeds: the smallest possible p-value is 0.062" in told


def test_a_contrast_is_answered_once_and_its_strata_are_told_below() -> None:
    outcomes = {("all", 1): "L" * 12, ("all", 2): "L" * 12}
    outcomes |= {("none", 1): "F" * 6 + "L" * 6, ("none", 2): "F" * 4 + "L" * 8}
    frame = frame_of(outcomes)
    told = sentences(frame, contrasts=[CONTRAST])["Does it save them?"]
    assert told.startswith(
        "Different: batch_norm=all minus batch_norm=none is -42 points (95%: -69 to -4), p = "
        "0.014; one test over 2 strata. 10 of 24 pairs of runs of 12 seeds collapsed with "
        "batch_norm=none; batch_norm=all saved 10 of these, and 0 of the other 14 collapsed"
    )
    one = "width=1: -50 points (95%: -79 to -12); 6 of 12 seeds collapsed with batch_norm=none; "
    assert f" {one}batch_norm=all saved 6 of these" in told
    assert " width=2: -33 points (95%: " in told
    assert told.lower().count("different") == told.count("p = ") == 1
    assert "independent" not in told
    alone = {(norm, 1): "L" * 12 for norm in ("all", "none")}
    assert "strata" not in sentences(frame_of(alone), contrasts=[CONTRAST])["Does it save them?"]


def test_two_contrasts_of_two_strata_are_corrected_for_two() -> None:
    outcomes = {("all", k): "L" * 12 for k in (1, 2)}
    outcomes |= {("none", k): "F" * 9 + "L" * 3 for k in (1, 2)}
    back = {"question": "Does it harm?", "cell": SIDES["against"], "against": SIDES["cell"]}
    told = sentences(frame_of(outcomes), contrasts=[CONTRAST, back | {"event": "fell"}])
    assert "after Holm's correction for 2; one test over 2 strata" in told["Does it save them?"]
    assert "after Holm's correction for 2; one test over 2 strata" in told["Does it harm?"]


def test_what_does_not_allow_for_the_choice_of_seeds_says_so() -> None:
    frame = frame_of({("all", 2): "L" * 12, ("none", 2): "F" * 12})
    frame.attrs["sequential_cells"] = 2
    same = {"question": "All the same?", "axis": "batch_norm", "margin": 0.2, "event": "fell"}
    told = sentences(frame, contrasts=[CONTRAST], equivalences=[same])
    assert told["All the same?"].endswith("which this answer does not allow for.")
    assert told["Does it save them?"].startswith("Different: batch_norm=all minus batch_norm=none")
    assert "anytime p = " in told["Does it save them?"]
    assert "allow" not in told["Does it save them?"]
    assert "allow" not in told[QUESTION]
    assert "no interval over all cells" in told[QUESTION]


def test_many_strata_are_counted() -> None:
    outcomes = {("all", k): "L" * 12 for k in range(6)}
    outcomes |= {("none", k): "F" * (8 + k % 2) + "L" * (4 - k % 2) for k in range(6)}
    told = sentences(frame_of(outcomes), contrasts=[CONTRAST])["Does it save them?"]
    assert told.startswith("Different: batch_norm=all minus batch_norm=none is -71 points (95%: ")
    assert "; one test over 6 strata." in told
    assert "In single strata the rates differ by -75 to -67 points (table strata)." in told


def test_equivalence_is_held_against_the_margin_of_the_study_file() -> None:
    named = {"question": "All the same?", "axis": "width", "margin": 0.2, "event": "fell"}
    few = frame_of({("none", k): "FL" * 5 for k in (1, 2)})
    many = frame_of({("none", k): "FL" * 20 for k in (1, 2)})
    assert sentences(few, equivalences=[named])["All the same?"].startswith("Inconclusive: 0 of 1")
    assert sentences(many, equivalences=[named])["All the same?"].startswith("Equivalent: 1 of 1")


@pytest.mark.parametrize(
    ("fell", "verdict"), [("F" * 10, "surprising"), ("FL" * 5, "not surprising")]
)
def test_the_paper_s_count_is_held_against_our_rate(fell: str, verdict: str) -> None:
    losses = (0.48, 0.2, 0.21)
    paper = [
        {"cell": {"width": 2}, "trial": k, "figures": {"test_loss_avg": loss}}
        for k, loss in enumerate(losses, start=1)
    ]
    told = sentences(frame_of({("none", 2): fell}), paper=paper, paper_barrier=0.48)
    answer = told["Are the paper's counts surprising under our rates?"]
    assert "The paper saw 1 of 3 stay at its barrier" in answer
    assert answer.lower().startswith(verdict)
    extreme = int(verdict == "surprising")
    assert (
        f": their probability is below 5% in {extreme} of 1 cell, each tested by itself" in answer
    )


@pytest.mark.parametrize(
    ("fell", "losses", "said"),
    [
        ("LL", (0.48, 0.2, 0.21), "so few runs (2 a cell) can hardly disagree: here no outcome of"),
        ("LLL", (0.2,) * 10, "so few runs (3 a cell) can hardly disagree."),  # three of three would
        ("L" * 10, (0.48, 0.2, 0.21), ""),
        ("FFF", (0.2,) * 10, ""),  # they do
    ],
)
def test_agreement_of_few_runs_is_said_to_be_hardly_one(
    fell: str, losses: tuple[float, ...], said: str
) -> None:
    paper = [
        {"cell": {"width": 2}, "trial": k, "figures": {"test_loss_avg": loss}}
        for k, loss in enumerate(losses, start=1)
    ]
    told = sentences(frame_of({("none", 2): fell}), paper=paper, paper_barrier=0.48)
    answer = told["Are the paper's counts surprising under our rates?"]
    assert said in answer
    assert ("hardly" in answer) == bool(said)


def test_without_an_outcome_only_that_is_said() -> None:
    told = sentences(frame_of({("none", 2): "..."}), contrasts=[CONTRAST])
    assert told == {QUESTION: "Unknown: no run has an outcome yet."}


def test_how_runs_collapsed_is_said_and_whether_they_still_got_better() -> None:
    frame = frame_of({("none", 2): "FFL"}).assign(dead_at=[100.0, np.nan, np.nan])
    curves = pd.DataFrame(
        [
            {"run_id": f"none2-{seed}", "iteration": 100 * k, "test_loss": loss}
            for seed, losses in enumerate([(1.4, 0.4, 0.4), (1.4, 0.9, 0.8), (1.4, 0.9, 0.1)])
            for k, loss in enumerate(losses)
        ]
    )
    record = study_record(
        [({"batch_norm": "none", "width": 2}, 1, "x")], axes=["batch_norm", "width"]
    )
    (lead,) = answers(frame, record, curves, compared(frame, record))
    told = (
        "Of the 2 collapsed: 2 constant; 1 was dead: only the head's bias had a gradient; 1 had a "
        "test loss that still fell at the end"
    )
    assert lead.details[-1] == f"{told}."
    among = ", 1 of them dead or born dead, where only the answered constant improves."
    other = frame.assign(dead_at=[np.nan, 100.0, np.nan])
    (lead,) = answers(other, record, curves, compared(other, record))
    assert lead.details[-1] == f"{told}{among}"
    other = frame.assign(born_dead=pd.array([False, True, None], dtype="boolean"))
    (lead,) = answers(other, record, curves, compared(other, record))
    assert lead.details[-1].endswith(f"that still fell at the end{among}")
    born = frame.assign(born_dead=[True, False, False])
    (lead,) = answers(born, record, NO_CURVES, compared(born, record))
    assert lead.details[-1].startswith(
        "Of the 2 collapsed: 1 born dead (constant before the first step), 1 constant later; "
    )


def test_an_equivalence_says_how_few_seeds_a_cell_has() -> None:
    named = {"question": "All the same?", "axis": "width", "margin": 0.2, "event": "fell"}
    frame = frame_of({("none", 1): "FL" * 5, ("none", 2): "FLL" + "." * 7})
    told = sentences(frame, equivalences=[named])["All the same?"]
    assert told.endswith("even if all agree; the smallest cell has 3.")


def test_an_equivalence_over_strata_says_so() -> None:
    named = {"question": "All the same?", "axis": "width", "margin": 0.2, "event": "fell"}
    one = frame_of({("none", k): "FL" * 20 for k in (1, 2)})
    two = frame_of({(norm, k): "FL" * 20 for norm in ("none", "all") for k in (1, 2)})
    assert "strata" not in sentences(one, equivalences=[named])["All the same?"]
    told = sentences(two, equivalences=[named])["All the same?"]
    assert told.startswith("Equivalent: in 2 strata: 2 of 2 pairs lie within ±0.2")


def test_seeds_that_all_did_the_same_are_one_sentence() -> None:
    for letter, where in (("F", "in every cell"), ("L", "in no cell")):
        frame = frame_of({("none", k): letter * 12 for k in (1, 2)})
        assert f"All 12 seeds collapsed {where}." in sentences(frame)[QUESTION]
    mixed = frame_of({("none", 1): "FFL", ("none", 2): "FLL"})
    told = "Of 3 seeds, collapsed: 1 (seed 0) in every cell, 1 in no cell, 1 (seed 1) in some cells"
    assert told in sentences(mixed)[QUESTION]


def test_runs_that_learned_no_more_than_grey_are_counted_apart() -> None:
    details = ["below_grey", None, "elsewhere", None]
    outcomes = ["learned", "learned", "constant", "uninformative"]
    frame = frame_of({("none", 2): "LLFL"}).assign(outcome_detail=details, outcome=outcomes)
    told = sentences(frame)[QUESTION]
    assert "2 learned (1 of them explains no more than a pixel's grey value), 1 unin" in told


def test_settings_that_the_paper_leaves_unsaid_are_judged() -> None:
    cells = {("none", 2): "F" * 6 + "L" * 4, ("all", 2): "L" * 60}
    paper = [
        {"cell": {"width": 2}, "trial": k, "figures": {"test_loss_avg": loss}}
        for k, loss in enumerate([1.0] * 7 + [0.2] * 3, start=1)
    ]
    told = sentences(frame_of(cells), paper=paper, paper_barrier=0.48)
    answer = told["Under which unstated settings are the paper's counts likely?"]
    assert answer.startswith("1 of 2 not excluded: a set, not the setting")
    assert "Likeliest is batch_norm=none, with width=2: 6 of 10 (7 of 10)" in answer


def test_cells_that_were_not_asked_for_are_called_so() -> None:
    frame = frame_of({("none", 2): "FL" * 5})
    told = sentences(frame, contrasts=[CONTRAST])["Does it save them?"]
    assert told.startswith("Not asked")


def test_why_the_papers_counts_are_held_against_nothing() -> None:
    """Runs of two cells share seeds where the paper has one cell, as with an axis of one's own."""
    paper = [{"cell": {"width": 2}, "trial": 1, "figures": {"test_loss_avg": 0.5}}]
    frame = frame_of({("all", 2): "LF", ("none", 2): "FF"})
    answer = sentences(frame, paper=paper, paper_barrier=0.48)
    assert "Are the paper's counts surprising under our rates?" not in answer  # a setting each
    frame = frame_of({("all", 4): "LF", ("none", 4): "FF"})
    told = sentences(frame, paper=paper, paper_barrier=0.48)
    assert told["Are the paper's counts surprising under our rates?"] == (
        "Not asked: no cell of the paper has a run here."
    )
