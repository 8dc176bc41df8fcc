"""A made-up study to try the functions of `results` on: does batch norm save seeds?"""

import json
from datetime import UTC, datetime
from os import PathLike, fspath
from typing import Any

import pandas as pd

from results.ledger.ledger import Ledger
from results.ledger.study_record import read_study_record

HORIZON = 300
EVERY = 100
"""Iterations from one evaluation to the next."""
KEY = ("batch_norm", "init_seed", "data_seed")


def example_study(seeds: int = 12, data_seeds: int | None = None) -> pd.DataFrame:
    """Make up the runs of two cells, with the columns of `results.load_study` that statistics need.

    Two of three seeds collapse without batch norm, one of six with it.

    Args:
        seeds: init seeds of each cell.
        data_seeds: cross them with so many data seeds; by default each has a data seed of its own.

    Returns:
        One row a cell and pair of seeds; the axis is `batch_norm`.

    Example:
        >>> frame = example_study()
        >>> frame.groupby("batch_norm")["fell"].sum().to_dict()
        {'all': 2, 'none': 8}
    """
    pairs = [
        (init, data)
        for init in range(seeds)
        for data in (range(data_seeds) if data_seeds else (init,))
    ]
    frame = pd.DataFrame([run(cell, *pair) for cell in ("none", "all") for pair in pairs])
    frame.attrs["axes"] = ["batch_norm"]
    return frame


def run(batch_norm: str, init_seed: int, data_seed: int) -> dict[str, Any]:
    """One made-up run; its init seed decides what becomes of it."""
    fell = init_seed % 3 != 0 if batch_norm == "none" else init_seed % 6 == 1
    escape = EVERY * (1 + init_seed % 3)
    return {
        "batch_norm": batch_norm,
        "init_seed": init_seed,
        "data_seed": data_seed,
        "run_id": f"{batch_norm}-{init_seed}-{data_seed}",
        "outcome": "constant" if fell else "learned",
        "outcome_half": "constant" if fell else "learned" if 2 * escape <= HORIZON else "flat",
        "fell": fell,
        "learned": not fell,
        "first_escape": None if fell else escape,
        "relapsed": False,
        "iou": 0.0 if fell else 0.6 + 0.01 * init_seed,
        "iterations": HORIZON,
        "iterations_done": HORIZON,
        "eval_every": EVERY,
    }


def example_curves(frame: pd.DataFrame) -> pd.DataFrame:
    """Make up the evaluations of these runs, as `results.load_curves` has them.

    Example:
        >>> example_curves(example_study(seeds=1))["test_loss"].tolist()
        [0.5, 0.25, 0.25, 0.25, 0.5, 0.25, 0.25, 0.25]
    """
    points = [{"run_id": row["run_id"], **point} for row in rows(frame) for point in curve(row)]
    return pd.DataFrame(points)


def example_ledger(out: str | PathLike[str]) -> str:
    """Write a ledger with the study `example`, two seeds a cell, and return where it is.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     Ledger(example_ledger(folder)).study_names()
        ['example']
    """
    ledger = Ledger(fspath(out))
    found = rows(example_study(seeds=2))
    for row in found:
        at = {"started_at": datetime(2024, 5, 1, tzinfo=UTC), "alpha_t": 1, "beta_t": 1}
        losses = {"test_loss_avg": min(point["test_loss"] for point in curve(row))}
        ledger.put_run(row | at | losses, curve(row), b"weights")
    record = {
        "study": "example",
        "question": "Does batch norm save seeds?",
        "profile": "smoke",
        "data_source": "phantom",
        "overrides": [],
        "windows": {"alpha_t": 1, "beta_t": 1},
        "axes": ["batch_norm"],
        "runs": [
            {
                "cell": {"batch_norm": row["batch_norm"]},
                "trial": row["init_seed"] + 1,
                **{name: row[name] for name in ("run_id", "init_seed", "data_seed")},
            }
            for row in found
        ],
    }
    ledger.put_study(read_study_record(json.dumps(record).encode()))
    return ledger.storage.location


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The runs of `example_study` as dictionaries."""
    return [run(*key) for key in zip(*(frame[name] for name in KEY), strict=True)]


def curve(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The evaluations of a made-up run: flat, then learned; or constant throughout."""
    before = "constant" if row["fell"] else "flat"
    points = []
    for iteration in range(0, HORIZON + 1, EVERY):
        escaped = not row["fell"] and iteration >= row["first_escape"]
        outcome, loss = ("learned", 0.25) if escaped else (before, 0.5)
        points.append({"iteration": iteration, "test_loss": loss, "outcome": outcome})
    return points
