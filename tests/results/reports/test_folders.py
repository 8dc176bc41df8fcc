"""Folders are named after settings: readable, distinct, and of letters that file systems take."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.reports.folders import ID_DIGITS, LONGEST, folders_of
from tests.results.examples import study_record

RECORD = study_record([({"width": 2}, 1, "a")], profile="smoke", overrides=[])


def test_a_single_setting_has_no_folder() -> None:
    assert folders_of({"1": RECORD}) == {"1": ""}


def test_they_say_profile_data_sets_and_axes_that_differ() -> None:
    records = {
        "1": replace(RECORD, profile="laptop", data_source="/data/my cells/epfl/"),
        "2": replace(RECORD, overrides=("lr=0.5", "teacher.width=8")),
        "3": study_record(
            [({"optimizer": "sgd", "width": 2}, 1, "a")],
            axes=["optimizer", "width"],
            profile="smoke",
            overrides=[],
        ),
    }
    assert folders_of(records) == {
        "1": "laptop_epfl_width",
        "2": "smoke_phantom_lr=0.5_teacher.width=8_width",
        "3": "smoke_phantom_optimizer-x-width",
    }


@pytest.mark.parametrize("data", ["/elsewhere/epfl", "/data/EPFL"])
def test_two_that_would_be_alike_end_in_their_ids(data: str) -> None:
    here, there = replace(RECORD, data_source="/data/epfl"), replace(RECORD, data_source=data)
    one, other = folders_of({"0123456789": here, "9876543210": there}).values()
    assert one == "smoke_epfl_012345"
    assert other.endswith("_987654")


@given(st.lists(st.tuples(st.text(max_size=200), st.text()), min_size=2, max_size=5))
def test_whatever_they_hold_they_are_distinct_names_of_folders(parts: list) -> None:
    records = {
        f"{number:016x}"[::-1]: replace(RECORD, data_source=data, overrides=(text,))
        for number, (data, text) in enumerate(parts)
    }
    names = list(folders_of(records).values())
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert name
        assert len(name) <= LONGEST + 1 + ID_DIGITS
        assert set(name) <= set(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.=+-_"
        )
        assert name[0] not in ".-"
