"""A small ledger's rows, curves and questions."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from results.identity import canonical_json, content_id
from results.ledger.digest import sha256_of
from results.ledger.layout import CURVES_FOLDER, RUNS_FOLDER, compacted_name
from results.ledger.ledger import Ledger
from results.ledger.schema import CURVES, RUNS
from results.ledger.shards import to_bytes
from results.ledger.study_record import StudyRecord, read_study_record
from results.upkeep.validation import PNG

Row = dict[str, Any]


def run_row(run_id: str, **changes: Any) -> Row:
    """A finished run of width 2 that learned."""
    return {
        "run_id": run_id,
        "trajectory_id": f"t-{run_id}",
        "numerics_revision": 1,
        "data": "d",
        "width": 2,
        "objective": "soft",
        "temperature": 5.0,
        "class_weights": "none",
        "iterations": 300,
        "flips": True,
        "init_seed": 0,
        "data_seed": 0,
        "outcome": "learned",
        "outcome_half": "flat",
        "fell": False,
        "learned": True,
        "segments": True,
        "first_escape": 200,
        "relapsed": False,
        "test_loss_min": 0.2,
        "test_loss_avg": 0.25,
        "train_loss_avg": 0.35,
        "alpha_t": 2,
        "beta_t": 2,
        "iterations_done": 300,
        "started_at": datetime(2024, 5, 1, 12, tzinfo=UTC),
        "finished_at": datetime(2024, 5, 1, 13, tzinfo=UTC),
    } | changes


def curve_rows(test_losses: Sequence[float], train_losses: Sequence[Sequence[float]]) -> list[Row]:
    """Evaluations every 100 iterations from 0 on; the training losses before each of them."""
    return [
        {
            "iteration": 100 * k,
            "test_loss": test_losses[k],
            "train_losses": list(train_losses[k]),
            "finite": True,
            "constant": False,
            "outcome": "flat",
        }
        for k in range(len(test_losses))
    ]


CURVE = curve_rows([0.125, 1.0, 0.5, 0.25], [[], [4.0, 2.0], [1.0], [3.0]])


def put_compacted(ledger: Ledger, rows: Sequence[Row]) -> None:
    """Commit runs of this curve as `results.compact` leaves them: in one shard, read at once."""
    points = [{**point, "run_id": row["run_id"]} for row in rows for point in CURVE]
    for folder, content in (
        (CURVES_FOLDER, to_bytes(points, CURVES)),
        (RUNS_FOLDER, to_bytes(rows, RUNS)),
    ):
        ledger.storage.put(compacted_name(folder, content), content)


def valid_run(seed: int, **changes: Any) -> Row:
    """A row of which everything can be verified; its weights are `weights_of(row)`."""
    identity = {"width": 2, "init_seed": seed, "numerics_revision": 1}
    row = run_row(content_id(identity), identity=canonical_json(identity), init_seed=seed)
    return row | {"weights_sha256": sha256_of(weights_of(row))} | changes


def weights_of(row: Row) -> bytes:
    return f"the weights of {row['run_id']}".encode()


def put_valid_run(ledger: Ledger, seed: int, **changes: Any) -> str:
    """Commit such a run with curve, weights and picture; its id."""
    row = valid_run(seed, **changes)
    ledger.put_run(row, CURVE, weights_of(row), PNG + b"a picture")
    return row["run_id"]


def study_record(runs: Sequence[tuple[Mapping[str, Any], int, str]], **changes: Any) -> StudyRecord:
    """The record of a study `widths`: (cell, trial, run_id), seeds being trial - 1."""
    return read_study_record(json.dumps(study_json(runs, **changes)).encode())


def study_json(runs: Sequence[tuple[Mapping[str, Any], int, str]], **changes: Any) -> Row:
    """The same as the JSON object that the ledger keeps."""
    return {
        "study": "widths",
        "profile": "laptop",
        "data_source": "phantom",
        "overrides": ["lr=0.1", "width=2"],
        "windows": {"alpha_t": 2, "beta_t": 2},
        "axes": ["width"],
        "runs": [
            {
                "cell": dict(cell),
                "trial": trial,
                "run_id": run_id,
                "init_seed": trial - 1,
                "data_seed": trial - 1,
            }
            for cell, trial, run_id in runs
        ],
    } | changes
