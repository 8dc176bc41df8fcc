"""The command `python -m scripts.large_ledger`: how long reading thousands of runs takes.

The runs are made up, in a ledger of their own: 100 seeds in every cell of one study, 100
evaluations each. Reported, never asserted.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import numpy as np
import pyarrow as pa

from core.config import RunConfig
from results.command_line import DONE, json_option, program
from results.identity import canonical_json
from results.ledger.layout import CURVES_FOLDER, RUNS_FOLDER, compacted_name
from results.ledger.ledger import Ledger
from results.ledger.schema import CURVES, RUNS
from results.ledger.shards import table_to_bytes, to_bytes
from results.ledger.study_record import Contrast, Equivalence, RequestedRun, StudyRecord
from results.loading import load_curves, load_study
from results.option_types import COUNT_FROM_ONE
from results.outcomes import FELL
from results.reports.building import build_report
from results.windows import Windows
from scripts.places import place

EXAMPLE = """example:
  python -m scripts.large_ledger --runs 10000
      a minute or two
"""
STUDY = "made_up"
SEEDS = 100
EVALUATIONS = 100
STEPS_EACH = 20
"""Training losses between two evaluations."""
N_T = 20
"""Iterations between two evaluations."""
RUNS_PER_SHARD = 1000
"""How many runs one shard holds, as `results.compact` makes them."""
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)


def made_up_rows(runs: int, generator: np.random.Generator) -> list[dict[str, Any]]:
    """Rows in which a seed's luck is shared between its cells."""
    luck = generator.normal(size=SEEDS)
    rows = []
    for index in range(runs):
        cell, seed = divmod(index, SEEDS)
        config = RunConfig(
            width=1 + cell % 5, lr=1e-3 / (1 + cell // 5), data="made-up"
        ).with_seeds(seed, seed)
        z = luck[seed] + 0.3 * (cell % 5) + 0.5 * generator.normal()
        outcome = "constant" if z < 0 else "flat" if z < 0.2 else "learned"
        rows.append(
            {
                "run_id": config.run_id,
                "trajectory_id": config.trajectory_id,
                "numerics_revision": 1,
                "identity": canonical_json(config.bound_identity()),
                "data": config.data,
                "width": config.width,
                "lr": config.lr,
                "objective": config.objective,
                "iterations": N_T * EVALUATIONS,
                "iterations_done": N_T * EVALUATIONS,
                "eval_every": N_T,
                "init_seed": seed,
                "data_seed": seed,
                "outcome": outcome,
                "outcome_half": outcome if z < 1 else "flat",
                "fell": outcome in FELL,
                "learned": outcome == "learned",
                "first_escape": N_T * int(100 / (1 + z)) if outcome == "learned" else None,
                "relapsed": False,
                "test_loss_min": 0.4 - 0.1 * max(z, 0),
                "test_loss_avg": 0.4 - 0.1 * max(z, 0),
                "test_loss_final": 0.4 - 0.1 * max(z, 0),
                "iou": max(0.0, min(1.0, 0.2 * z)),
                "barrier": 0.415,
                "barrier_curve": 0.43,
                "alpha_t": 20,
                "beta_t": 5,
                "train_seconds": 30.0,
                "evaluate_seconds": 3.0,
                "started_at": BEGIN + timedelta(seconds=index),
                "finished_at": BEGIN + timedelta(seconds=index + 33),
            }
        )
    return rows


def made_up_curves(rows: Sequence[dict[str, Any]], generator: np.random.Generator) -> pa.Table:
    """`EVALUATIONS` rows a run."""
    iterations = N_T * np.arange(1, EVALUATIONS + 1)
    count = len(rows) * EVALUATIONS
    escapes = np.array([row["first_escape"] or np.inf for row in rows])
    learned = (iterations[None, :] >= escapes[:, None]).ravel()
    fallen = np.repeat([row["outcome"] if row["fell"] else "flat" for row in rows], EVALUATIONS)
    offsets = pa.array(np.arange(count + 1) * STEPS_EACH, pa.int32())
    steps = pa.array(generator.random(count * STEPS_EACH, dtype=np.float32))
    columns = {
        "run_id": np.repeat([row["run_id"] for row in rows], EVALUATIONS),
        "iteration": np.tile(iterations, len(rows)),
        "train_loss": generator.random(count),
        "train_losses": pa.ListArray.from_arrays(offsets, steps),
        "validation_loss": generator.random(count),
        "test_loss": np.where(learned, 0.2, 0.43) + 0.01 * generator.random(count),
        "barrier": np.full(count, 0.43),
        "iou": 0.5 * learned,
        "logit_std": 1.0 * learned,
        "outcome": np.where(learned, "learned", fallen),
    }
    arrays = [
        pa.array(columns[field.name]).cast(field.type)
        if field.name in columns
        else pa.nulls(count, field.type)
        for field in CURVES
    ]
    return pa.Table.from_arrays(arrays, schema=CURVES)


def make(out: str, runs: int) -> None:
    """Write the ledger, compacted as `results.compact` leaves it."""
    ledger, generator = Ledger(out), np.random.default_rng(0)
    rows = made_up_rows(runs, generator)
    for start in range(0, runs, RUNS_PER_SHARD):
        part = rows[start : start + RUNS_PER_SHARD]
        for folder, content in (
            (CURVES_FOLDER, table_to_bytes(made_up_curves(part, generator))),
            (RUNS_FOLDER, to_bytes(part, RUNS)),
        ):
            ledger.storage.put(compacted_name(folder, content), content)
    ledger.put_study(
        StudyRecord(
            study=STUDY,
            question="How long does reading take?",
            reference="none: these runs are made up",
            profile="laptop",
            data_source="made up",
            overrides=(),
            windows=Windows(alpha_t=20, beta_t=5),
            axes=("width", "lr"),
            columns=("test_loss_avg", "iou"),
            contrasts=(Contrast("Do wider ones collapse less?", {"width": 5}, {"width": 1}),),
            equivalences=(Equivalence("Is it all the same?", "width", margin=0.2),),
            runs=tuple(
                RequestedRun(
                    cell={"width": row["width"], "lr": row["lr"]},
                    trial=row["init_seed"] + 1,
                    run_id=row["run_id"],
                    init_seed=row["init_seed"],
                    data_seed=row["data_seed"],
                )
                for row in rows
            ),
        )
    )


def timed(seconds: dict[str, float], name: str, work: Callable[[], Any]) -> Any:
    begun, begun_cpu = time.perf_counter(), time.process_time()
    result = work()
    seconds[name] = time.perf_counter() - begun
    seconds[f"{name}, CPU"] = time.process_time() - begun_cpu
    return result


def measure(out: str) -> dict[str, float]:
    """Seconds that each part takes."""
    seconds: dict[str, float] = {}
    frame = timed(seconds, "load_study", lambda: load_study(out, STUDY))
    curves = timed(seconds, "load_curves", lambda: load_curves(out, frame["run_id"]))
    ledger = Ledger(out)
    (request,) = ledger.studies(STUDY).values()
    timed(seconds, "all statistics", lambda: build_report(frame, request, curves, ledger))
    return seconds


@program(
    "scripts.large_ledger",
    "Measure how long reading and judging thousands of made-up runs takes.",
    EXAMPLE,
)
@click.option(
    "--runs", type=COUNT_FROM_ONE, default=10_000, metavar="N", help="how many (default: 10000)"
)
@click.option("--out", metavar="DIR", help="keep the ledger there (default: a temporary directory)")
@json_option
def main(runs: int, out: str | None, as_json: bool) -> int:
    """Make the ledger, measure and print."""
    with place(out) as folder:
        make(folder, runs)
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        seconds = measure(folder)
    report = {"runs": runs, "evaluations": EVALUATIONS, "bytes": size, "seconds": seconds}
    if as_json:
        print(json.dumps(report))
        return DONE
    print(f"{runs} runs x {EVALUATIONS} evaluations, {size / 1e6:.0f} MB")
    for name, took in seconds.items():
        print(f"{name:<24} {took:6.2f} s")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
