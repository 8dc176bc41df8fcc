"""Seeds that were added once outcomes were known, as the requests in a ledger tell it."""

import json
from pathlib import Path
from typing import Any

import pytest

from results import load_study, rates
from results.added_seeds import looked_at
from results.ledger.ledger import Ledger
from results.ledger.study_record import StudyRecord, UntilDecided, UntilWidth, read_study_record
from results.statistics.methods.confidence_sequences import confidence_sequence
from results.statistics.rates import PLANNED, SEQUENCE
from tests.results.examples import CURVE, run_row, study_record

WIDTH = {"width": 0.4, "max_seeds": 100, "cells": 1, "alpha": 0.05}
LOOKS = {"first": 5, "step": 5, "level": 0.3}


def request(seeds: int, *widths: int, **changes: Any) -> StudyRecord:
    """Seeds 0, 1, ... of cells of these widths."""
    runs = [({"width": w}, k + 1, f"{w} {k}") for w in widths for k in range(seeds)]
    return study_record(runs, **{"overrides": []} | changes)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger(str(tmp_path))
    for width in (1, 2):
        for seed in range(20):
            row = run_row(f"{width} {seed}", width=width, init_seed=seed, data_seed=seed)
            ledger.put_run(row, CURVE, b"")
    return ledger


def fallen(ledger: Ledger, request_id: str | None = None) -> list[dict[Any, Any]]:
    table = rates(load_study(ledger.storage.location, "widths", request_id))
    return table.loc[table["at"] == "H"].to_dict("records")


def test_cells_of_several_requests_hold_together(ledger: Ledger) -> None:
    """Each of them alone had the whole error."""
    for width in (1, 2):
        ledger.put_study(request(20, width, until_width=WIDTH))
    frame = load_study(ledger.storage.location, "widths")
    assert frame.attrs["sequential_cells"] == 2
    for row in fallen(ledger):
        assert (row["fell_low"], row["fell_high"]) == confidence_sequence(0, 20, 0.025)


def test_cells_whose_seeds_were_fixed_count_as_they_have_sequences_too(ledger: Ledger) -> None:
    ledger.put_study(request(20, 1, until_width=WIDTH))
    ledger.put_study(request(10, 1, 2))
    assert load_study(ledger.storage.location, "widths").attrs["sequential_cells"] == 2


def test_cells_that_were_not_trained_yet_count(ledger: Ledger) -> None:
    ledger.put_study(request(20, 1, until_width=WIDTH | {"cells": 7}))
    assert load_study(ledger.storage.location, "widths").attrs["sequential_cells"] == 7


def test_an_interval_that_was_calibrated_holds_where_adding_ended(ledger: Ledger) -> None:
    """Of `fell` at the horizon, which ended it; what else is counted has the sequence."""
    request_id = ledger.put_study(request(20, 1, until_width=WIDTH | LOOKS))
    (row,) = fallen(ledger, request_id)
    assert row["method"] == PLANNED
    assert (row["fell_low"], row["fell_high"]) == confidence_sequence(0, 20, 0.3)
    assert (row["learned_low"], row["learned_high"]) == confidence_sequence(20, 20, 0.05)
    half = rates(load_study(ledger.storage.location, "widths")).iloc[0]
    assert (half["at"], half["method"]) == ("H/2", SEQUENCE)


@pytest.mark.parametrize("seeds", [5, 19])
def test_elsewhere_it_is_the_sequence(ledger: Ledger, seeds: int) -> None:
    """Five seeds are too few for the width, nineteen are no look."""
    request_id = ledger.put_study(request(seeds, 1, until_width=WIDTH | LOOKS))
    (row,) = fallen(ledger, request_id)
    assert row["method"] == SEQUENCE
    assert (row["fell_low"], row["fell_high"]) == confidence_sequence(0, seeds, 0.05)


def test_requests_together_have_the_sequence(ledger: Ledger) -> None:
    ledger.put_study(request(20, 1, until_width=WIDTH | LOOKS))
    ledger.put_study(request(10, 1))
    assert {row["method"] for row in fallen(ledger)} == {SEQUENCE}


def test_where_contrasts_decided_the_rates_have_sequences(ledger: Ledger) -> None:
    rule = {"max_seeds": 100, "first": 5, "step": 5, "cells": 2, "alpha": 0.05}
    request_id = ledger.put_study(request(20, 1, 2, until_decided=rule))
    for row in fallen(ledger, request_id):
        assert (row["fell_low"], row["fell_high"]) == confidence_sequence(0, 20, 0.025)


def test_a_record_keeps_its_id_and_says_its_rule() -> None:
    """The ids are those of the version before there were other rules."""
    fixed, sequence = request(2, 1), request(2, 1, until_width=WIDTH)
    assert (fixed.request_id, sequence.request_id) == ("03fe5fa5042b2b1f", "52d270960ecb947c")
    assert fixed.rule is None
    assert sequence.rule == UntilWidth(width=0.4, max_seeds=100, cells=1, alpha=0.05)
    calibrated = request(2, 1, until_width=WIDTH | LOOKS)
    decided = request(2, 1, until_decided={"cells": 2, "max_seeds": 9})
    assert decided.rule == UntilDecided(cells=2, max_seeds=9)
    assert len({one.request_id for one in (fixed, sequence, calibrated, decided)}) == 4

    for one in (fixed, sequence, calibrated, decided):
        assert read_study_record(json.dumps(one.to_json()).encode()) == one


def looks(mine: StudyRecord, *others: StudyRecord) -> list[int]:
    return looked_at(mine, [*others, mine])


def test_each_number_of_seeds_that_was_requested_is_a_look() -> None:
    assert looks(request(20, 1, 2), request(10, 1, 2), request(5, 1)) == [5, 10, 20]
    assert looks(request(20, 1), request(20, 1)) == [20]
    assert looks(request(10, 1), request(20, 1)) == [20, 10]


def test_other_settings_and_other_cells_are_no_looks() -> None:
    mine = request(20, 1)
    assert looks(mine, request(10, 2)) == [20]
    assert looks(mine, request(10, 1, profile="paper")) == [20]
    assert looks(mine, request(10, 1, overrides=["lr=1.0"])) == [20]
    assert looks(mine, request(10, 1, data_source="cells")) == [20]


def test_more_cells_with_the_same_seeds_are_no_look() -> None:
    assert looks(request(10, 1, 2), request(10, 1)) == [10]
