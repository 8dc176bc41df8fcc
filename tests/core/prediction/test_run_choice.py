"""Runs are named by the beginning of their id, or by study, cell and seed."""

from pathlib import Path

import pytest

from core.prediction.run_choice import finished_run, is_value
from results.errors import ConfigError
from results.ledger.ledger import Ledger
from tests.results.examples import put_valid_run, study_record

CELLS = [{"width": 1}, {"width": 2}]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A study of two widths and three seeds, of which the last run is missing."""
    ledger = Ledger(str(tmp_path))
    runs = []
    for number in range(6):
        cell, trial = CELLS[number // 3], number % 3 + 1
        run_id = put_valid_run(ledger, number) if number < 5 else "0123456789abcdef"
        runs.append((cell, trial, run_id))
    ledger.put_study(study_record(runs))
    return ledger


def ids(ledger: Ledger) -> list[str]:
    (record,) = ledger.studies("widths").values()
    return [run.run_id for run in record.runs]


def refusal(ledger: Ledger, text: str) -> str:
    with pytest.raises(ConfigError) as error:
        finished_run(ledger, text)
    message = str(error.value)
    assert message.startswith(f"run '{text}': ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("length", [8, 16])
def test_the_beginning_of_an_id_names_a_run(ledger: Ledger, length: int) -> None:
    for run_id in ids(ledger)[:5]:
        assert finished_run(ledger, run_id[:length])["run_id"] == run_id


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("widths:width=1,seed=0", 0),
        ("widths:seed=2,width=1.0", 2),
        ("widths:width=2,init_seed=1,data_seed=1", 4),
    ],
)
def test_study_cell_and_seed_name_a_run(ledger: Ledger, text: str, number: int) -> None:
    assert finished_run(ledger, text)["run_id"] == ids(ledger)[number]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "give 4-16 hex digits, or STUDY:FIELD=VALUE"),
        ("../x", "give 4-16 hex digits"),
        ("ffff0000ffff0000", "no such finished run"),
        ("nope:width=1", "no study 'nope'"),
        ("../ledger:width=1", "found: widths"),
        ("widths:width=2,seed=2", "no such finished run"),
        ("widths:width=3,seed=1", "no such finished run"),
        ("widths:width", "'width' is no FIELD=VALUE"),
        ("widths:lr=0.1", "widths has no axis 'lr'; it has width and seed"),
        ("widths:width=1", "3 runs"),
        ("widths:", "5 runs"),
    ],
)
def test_what_names_no_run_or_several_is_said(ledger: Ledger, text: str, said: str) -> None:
    assert said in refusal(ledger, text)


def test_several_runs_are_told_apart_in_the_message(ledger: Ledger) -> None:
    message = refusal(ledger, "widths:seed=0")
    for number, width in ((0, 1), (3, 2)):
        assert f"{ids(ledger)[number]} (width={width} init_seed=0 data_seed=0, profile" in message


@pytest.mark.parametrize(
    ("value", "text", "same"),
    [
        (5.0, "5", True),
        (5, "5.0", True),
        (1e-3, "0.001", True),
        (True, "true", True),
        (True, "1", False),
        (None, "None", False),
        ("kl", "kl", True),
        (5.0, "five", False),
    ],
)
def test_texts_mean_values(value: object, text: str, same: bool) -> None:
    assert is_value(value, text) == same
