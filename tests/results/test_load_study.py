"""A study's cells joined to their runs, also to those that are not there yet."""

from pathlib import Path

import pandas as pd
import pytest

from results import load_study
from results.errors import ConfigError
from results.ledger.ledger import Ledger
from tests.results.examples import CURVE, run_row, study_record

NARROW, WIDE = {"width": 2}, {"width": 4}
RUNS = [(NARROW, 1, "a"), (NARROW, 2, "b"), (WIDE, 1, "c"), (WIDE, 2, "d")]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger(str(tmp_path))
    ledger.put_run(run_row("a"), CURVE, b"")
    ledger.put_run(run_row("c", width=4, alpha_t=9, beta_t=9), CURVE, b"")
    ledger.put_run(run_row("of another study", width=8), CURVE, b"")
    return ledger


def study(ledger: Ledger, request_id: str | None = None) -> pd.DataFrame:
    return load_study(ledger.storage.location, "widths", request_id)


def test_every_run_that_was_asked_for_is_a_row_in_the_order_of_the_ask(ledger: Ledger) -> None:
    ledger.put_study(study_record(RUNS))
    frame = study(ledger)
    assert frame["run_id"].tolist() == ["a", "b", "c", "d"]
    assert frame["width"].tolist() == [2, 2, 4, 4]
    assert frame["trial"].tolist() == [1, 2, 1, 2]
    assert frame["init_seed"].tolist() == [0, 1, 0, 1]
    assert set(frame["study"]) == {"widths"}
    assert set(frame["profile"]) == {"laptop"}
    assert set(frame["data_source"]) == {"phantom"}
    assert set(frame["overrides"]) == {"lr=0.1 width=2"}


def test_a_run_that_is_not_finished_has_no_outcome(ledger: Ledger) -> None:
    ledger.put_study(study_record(RUNS))
    frame = study(ledger)
    assert frame["outcome"].isna().tolist() == [False, True, False, True]
    assert frame["first_escape"].dtype == pd.Int64Dtype()
    assert str(frame["started_at"].dtype).endswith("UTC]")


def test_the_figures_are_those_of_the_windows_that_were_asked_for(ledger: Ledger) -> None:
    ledger.put_study(study_record(RUNS))
    frame = study(ledger).set_index("run_id")
    assert frame["test_loss_avg"].dropna().to_dict() == {"a": 0.25, "c": 0.375}
    assert frame["train_loss_avg"].dropna().to_dict() == {"a": 0.35, "c": 1.5}


def test_a_run_that_two_cells_share_is_a_row_in_each(ledger: Ledger) -> None:
    ledger.put_study(study_record([(NARROW, 1, "a"), (WIDE, 1, "a")]))
    frame = study(ledger)
    assert frame["width"].tolist() == [2, 4]
    assert frame["outcome"].tolist() == ["learned", "learned"]


def test_a_run_that_two_requests_share_is_one_row(ledger: Ledger) -> None:
    ledger.put_study(study_record(RUNS[:2]))
    ledger.put_study(study_record(RUNS))
    assert sorted(study(ledger)["run_id"]) == ["a", "b", "c", "d"]


def test_a_request_without_a_finished_run_joins_one_with_some(ledger: Ledger) -> None:
    ledger.put_study(study_record(RUNS[:1]))
    ledger.put_study(study_record([(NARROW, 1, "e")], profile="smoke"))
    frame = study(ledger).set_index("run_id")
    assert frame["outcome"].notna().to_dict() == {"a": True, "e": False}
    assert frame["profile"].to_dict() == {"a": "laptop", "e": "smoke"}


def test_one_way_of_asking_alone(ledger: Ledger) -> None:
    request_id = ledger.put_study(study_record(RUNS[:1]))
    ledger.put_study(study_record(RUNS, profile="smoke"))
    assert study(ledger, request_id)["run_id"].tolist() == ["a"]


def test_a_study_that_was_never_asked_for_is_named(ledger: Ledger) -> None:
    with pytest.raises(ConfigError, match="no study 'widths'"):
        study(ledger)
    ledger.put_study(study_record(RUNS))
    with pytest.raises(ConfigError, match="0123456789abcdef"):
        study(ledger, "0123456789abcdef")


def test_studies_of_one_name_with_other_axes_stand_in_no_frame_together(ledger: Ledger) -> None:
    first = ledger.put_study(study_record(RUNS[:1]))
    ledger.put_study(study_record([({"lr": 0.1}, 1, "b")], axes=["lr"]))
    with pytest.raises(ConfigError, match="different axes"):
        study(ledger)
    assert study(ledger, first)["run_id"].tolist() == ["a"]
