"""What a study file says it will compare, and how a question asked remembers it."""

from dataclasses import replace
from typing import Any

import pytest

from core.config import RunConfig
from core.data.sources import PhantomSource
from results.errors import ConfigError
from searchspaces.axes import Axis
from study.definition import Contrast, Equivalence, Study
from study.discovery import catalogue_names, find_study
from study.profiles import usual_profiles
from study.requesting import request_study


def study(**fields: Any) -> Study:
    return Study(
        name="widths",
        question="?",
        reference="none",
        base=RunConfig(),
        axes=(Axis("width", (1, 2)), Axis("lr", (1e-3, 1e-4))),
        seeds=2,
        profiles=usual_profiles(smoke={"instead": {"lr": {1e-4: 1e-2}}}),
        **fields,
    )


def test_a_contrast_is_remembered_with_the_values_of_the_profile() -> None:
    contrast = Contrast("Does a small rate save them?", {"lr": 1e-4}, {"lr": 1e-3}, "learned")
    equivalence = Equivalence("Is the width nothing?", "width", 0.2)
    request = study(
        contrasts=(contrast,), equivalences=(equivalence,), interactions=(("width", "lr"),)
    )
    record = request_study(request, PhantomSource(), "smoke").record()
    assert record.contrasts == (
        Contrast("Does a small rate save them?", {"lr": 1e-2}, {"lr": 1e-3}, "learned"),
    )
    assert record.equivalences == (Equivalence("Is the width nothing?", "width", 0.2, "fell"),)
    assert record.interactions == (("width", "lr"),)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"contrasts": (Contrast("?", {"depth": 1}, {"lr": 1e-3}),)}, "'depth' is no axis"),
        ({"contrasts": (Contrast("?", {"lr": 1e-3}, {"lr": 1e-3}),)}, "with itself"),
        ({"contrasts": (Contrast("?", {"lr": 1}, {"lr": 2}, "fel"),)}, "event='fel'"),
        (
            {"contrasts": (Contrast("?", {"lr": 5e-3}, {"lr": 1e-3}),)},
            "names lr=0.005, which is none of",
        ),
        (
            {"equivalences": (Equivalence("?", "widht", 0.2),)},
            r"'widht' is no axis of the study \(did you mean 'width'\?\); its axes: width, lr",
        ),
        ({"equivalences": (Equivalence("?", "lr", 0.0),)}, "margin=0.0"),
        ({"equivalences": (Equivalence("?", "lr", 20.0),)}, "margin=20.0"),
        ({"equivalences": (Equivalence("?", "lr", 0.2, "fel"),)}, "event='fel'"),
        ({"interactions": (("lr", "depth"),)}, "'depth' is no axis"),
    ],
)
def test_what_cannot_be_compared_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        study(**fields)


@pytest.mark.parametrize("name", catalogue_names())
def test_both_sides_of_every_contrast_are_cells_of_the_study(name: str) -> None:
    request = find_study(name)
    values = {axis.field: axis.values for axis in request.axes}
    for contrast in request.contrasts:
        for side in (contrast.cell, contrast.against):
            assert all(value in values[field] for field, value in side.items())


@pytest.mark.parametrize("name", ["", "a/b", "..", "two words", "x" * 101])
def test_a_name_is_one_of_a_folder(name: str) -> None:
    with pytest.raises(ConfigError, match="a name is of letters"):
        replace(study(), name=name)


def test_an_axis_is_named_once() -> None:
    with pytest.raises(ConfigError, match="'width' is an axis twice"):
        replace(study(), axes=(Axis("width", (1, 2)), Axis("width", (4, 8))))


def test_values_that_a_profile_makes_one_are_one() -> None:
    merged = replace(study(), profiles=usual_profiles(smoke={"instead": {"lr": {1e-4: 1e-3}}}))
    assert {run.cell["lr"] for run in request_study(merged, PhantomSource(), "smoke").runs} == {
        1e-3
    }


def test_an_error_of_a_cell_names_the_study() -> None:
    wrong = replace(study(), axes=(Axis("lr", (1e-3, -1.0)),))
    with pytest.raises(ConfigError, match=r"^widths: lr=-1\.0"):
        request_study(wrong, PhantomSource(), "smoke")
