"""A report first says whether the cell matters and whether the seed does."""

import io

import pandas as pd
import pytest
from rich.console import Console

from results import cochran_q, seed_concentration
from results.reports.formats.text import print_answers
from results.reports.headline import headline
from results.reports.how_often import how_often
from tests.results.statistics.contrasted import Fell, crossed, frame_of, same
from tests.results.statistics.test_omnibus import PUBLISHED, published

NO_CURVES = pd.DataFrame()
FALLEN, FINE = [True] * 7 + [False], [False] * 8


def told(frame: pd.DataFrame) -> dict[str, str]:
    return {answer.question: answer.sentence for answer in headline(frame)}


def two(first: Fell, second: Fell) -> pd.DataFrame:
    return frame_of([({"norm": "none"}, first), ({"norm": "all"}, second)])


def test_the_published_study_in_two_sentences() -> None:
    assert told(published()) == {
        "Does temperature matter?": "Not shown: p = 1, Cochran's Q permuted within seeds; 2 of 10 "
        "seeds collapsed in some of 7 cells and not in others, which allow no p below 0.57.",
        "Does the seed matter?": "Yes: p = 0.0046, outcomes permuted among the seeds of each cell; "
        "the seeds' counts vary 3.2 times as much as by chance.",
    }


def test_few_seeds_that_show_something_at_once_are_said_to_be_too_few_for_one_effect() -> None:
    """Three seeds over eight cells: the first always collapses, the others never."""
    always = same([True, False, False])
    found = told(frame_of([({"lr": lr}, always) for lr in range(8)]))
    clause = (
        "; this looks at all cells at once, where a single contrast or main effect takes 6 seeds "
        "or more."
    )
    assert found["Does the seed matter?"].startswith("Yes: p = ")
    assert found["Does the seed matter?"].endswith(clause)
    assert "at once" not in found["Does lr matter?"]
    levels = [same([lr < 2] * 3) for lr in range(8)]
    found = told(frame_of([({"lr": lr}, fell) for lr, fell in enumerate(levels)]))
    assert found["Does lr matter?"].startswith("Yes: p = ")
    assert clause.rstrip(".") in found["Does lr matter?"]
    six = told(frame_of([({"lr": lr}, same([True] * 2 + [False] * 4)) for lr in range(8)]))
    assert six["Does the seed matter?"].startswith("Yes: p = ")
    assert "at once" not in six["Does the seed matter?"]


def test_extremes_that_nobody_asked_for_are_not_told() -> None:
    frame = published()
    sentence = how_often(frame, NO_CURVES).sentence + " ".join(told(frame).values())
    assert "5 of 70 runs collapsed" in sentence
    assert "ewest" not in sentence
    assert "most collapsed" not in sentence


def test_verdicts_come_first_and_only_the_description_is_explained_in_brief() -> None:
    frame = published()
    console = Console(width=400, record=True, file=io.StringIO())
    print_answers([*headline(frame), how_often(frame, NO_CURVES)], console, "brief")
    lines = [line.strip() for line in console.export_text().splitlines() if line.strip()]
    assert lines[0].startswith("not shown: Does temperature matter? p = 1")
    assert lines[1].startswith("yes: Does the seed matter? p = 0.0046")
    assert lines[2].startswith("5 of 70 runs collapsed (")
    assert lines[3].startswith("Of 10 seeds, collapsed: 8 in no cell, 2 (seeds 1, 2) in some")


def test_one_cell_has_no_such_question() -> None:
    assert told(frame_of([({"width": 2}, same([True, False]))])) == {}


def test_one_cell_with_crossed_seeds_tells_initialisation_from_data_order() -> None:
    found = told(frame_of([({"width": 2}, crossed([[seed < 4] * 4 for seed in range(8)]))]))
    assert list(found) == ["Does the init seed matter?", "Does the data seed matter?"]
    assert found["Does the init seed matter?"].startswith("Yes: p = ")
    assert "after Holm's correction for 2" in found["Does the init seed matter?"]
    assert found["Does the data seed matter?"].endswith("; all of a cell ended alike.")


@pytest.mark.parametrize(
    ("fell", "clause"),
    [
        ([True] * 2, "2 of 2 seeds collapsed in some of 2 cells and not in others, and at least 6"),
        ([False] * 9, "none of 9 seeds collapsed in some of 2 cells and not in others, and at"),
    ],
)
def test_few_seeds_are_said_to_show_nothing(fell: list[bool], clause: str) -> None:
    sentence = told(two(same(fell), same([False] * len(fell))))["Does norm matter?"]
    assert sentence.startswith("Not shown: p = ")
    assert clause in sentence
    enough = told(two(same([True] * 6), same([False] * 6)))["Does norm matter?"]
    assert enough.startswith("Yes: p = 0.031")
    assert "at least" not in enough


def test_several_axes_are_told_together_and_then_each() -> None:
    cells = [
        ({"norm": norm, "labels": labels}, same(FALLEN if norm == "none" else FINE))
        for norm in ("none", "all")
        for labels in ("soft", "hard")
    ]
    sentence = told(frame_of(cells))["Does any of norm and labels matter?"]
    assert sentence.startswith("Yes: p = 2.1e-05, Cochran's Q permuted within seeds; 7 of 8")
    assert sentence.endswith(
        "by axis after Holm's correction for 2: norm p = 0.031 and labels p = 1."
    )


def test_crossed_seeds_name_the_kind_that_was_permuted() -> None:
    frame = two(crossed([[True] * 3] * 8), crossed([[False] * 3] * 8))
    sentence = told(frame)["Does norm matter?"]
    assert sentence.startswith("Not shown: p = 0.25, Cochran's Q permuted within data seeds; 3 of")
    assert "at least 6 must before p can be below 0.05" in sentence
    assert "Permuting whole data seeds has the larger p" in sentence


def test_what_could_not_be_asked_says_why() -> None:
    apart = told(two(same([True, False]), same([True, False], start=2)))
    why = "Not asked: no seed has comparable runs in two cells."
    assert apart == {"Does norm matter?": why, "Does the seed matter?": why}
    alone = told(two(same([True]), same([False])))
    assert alone["Does the seed matter?"] == "Not asked: there is one seed."


def test_several_teachers_and_runs_without_their_like_are_named() -> None:
    frame = two(same([True, False, False]), same([False, False, False]))
    both = [frame.assign(teacher_seed=k, run_id=frame["run_id"] + f" T{k}") for k in (0, 1)]
    joined = pd.concat(both, ignore_index=True).iloc[1:]
    joined.attrs["axes"] = ["norm"]
    sentence = told(joined)["Does norm matter?"]
    assert "This holds for these 2 teachers. 1 run left out that no other cell matches" in sentence


def test_the_readme_has_the_two_p_values_of_the_published_study() -> None:
    readme = (PUBLISHED.parents[2] / "README.md").read_text()
    seed = seed_concentration(published()).iloc[0]["p_value"]
    cell = cochran_q(published()).iloc[0]["p_value"]
    assert (
        f"the seed matters (p = {seed:.3f}), the temperature is not shown to (p = {cell:g})"
        in readme
    )
