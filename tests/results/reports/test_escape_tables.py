"""What tables of escape count, and that their tests are corrected for each other."""

import numpy as np
import pandas as pd
import pytest

from results.reports.tables import escape_contrasts_table, escape_table
from results.statistics.methods.holm import holm
from results.statistics.timing.escape import escape_times
from tests.results.examples import study_record

ITERATIONS = (0, 100, 200)


def study(kinds: dict[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Runs and curves by cell, a letter a seed: E escaped and stayed, R escaped and collapsed
    again, L learned between the last evaluation and the end only, F flat throughout."""
    seen = {"E": "fll", "R": "flf", "L": "fff", "F": "fff"}
    words = {"f": "flat", "l": "learned"}
    runs, points = [], []
    for cell, letters in kinds.items():
        for seed, letter in enumerate(letters):
            run_id = f"{cell}-{seed}"
            end = "learned" if letter in "EL" else "flat"
            runs.append((cell, run_id, seed, seed, end, 200, 200))
            points += [
                (run_id, at, words[outcome])
                for at, outcome in zip(ITERATIONS, seen[letter], strict=True)
            ]
    names = ["norm", "run_id", "init_seed", "data_seed", "outcome", "iterations", "iterations_done"]
    frame = pd.DataFrame(runs, columns=names).assign(first_escape=np.nan, eval_every=100)
    frame.attrs["axes"] = ["norm"]
    return frame, pd.DataFrame(points, columns=["run_id", "iteration", "outcome"])


def test_who_learned_at_the_end_is_counted_of_those_that_escaped() -> None:
    """A run may learn on all slices without an evaluation of the curve that had learned."""
    table = escape_table(escape_times(*study({"none": "EERLLLF"}))).frame
    assert table["escaped"].tolist() == [3]
    assert table["of_them_learned_at_end"].tolist() == [2]
    assert table["of_them_fallen_at_end"].tolist() == [1]


def test_contrasts_of_escape_are_corrected_for_their_number() -> None:
    frame, curves = study({"none": "F" * 7, "all": "E" * 7, "half": "EF" + "F" * 5})
    contrasts = [
        {
            "question": f"Does {name} help?",
            "cell": {"norm": name},
            "against": {"norm": "none"},
            "event": "fell",
        }
        for name in ("all", "half")
    ]
    record = study_record([({"norm": "none"}, 1, "none-0")], axes=["norm"], contrasts=contrasts)
    (table,) = escape_contrasts_table(frame, record, escape_times(frame, curves))
    assert table.frame["p_value"].tolist() == [2 / 2**7, 1.0]
    assert table.frame["p_holm"].tolist() == pytest.approx(holm(table.frame["p_value"].tolist()))
    assert table.frame["p_holm"].tolist() == pytest.approx([4 / 2**7, 1.0])
    assert "p holm: corrected for all rows" in table.note
