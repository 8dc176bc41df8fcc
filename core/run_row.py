"""Turn a finished trainer into the ledger's row."""

import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from types import MappingProxyType
from typing import Any

import torch

from core.config import NUMERICS_REVISION, RunConfig
from core.engines.lanes.kernels import kernels
from core.evaluation.evaluate import Evaluation
from core.evaluation.grey_baseline import grey_baseline
from core.training.trainer import Trainer
from core.unet import parameter_count
from results.identity import canonical_json
from results.ledger.digest import sha256_of
from results.outcomes import (
    FELL,
    OUTCOME_RULES,
    SEGMENTS_IOU,
    constant_detail,
    first_escape,
    has_relapsed,
    outcome_at,
)
from results.windows import WINDOWED, Windows, reported_figures

PER_PARENT = (("teacher", "teacher_run_id"), ("start_from", "start_from_run_id"))
AT_THE_HORIZON = (
    *WINDOWED,
    "test_loss_min",
    "test_loss_min_at",
    "test_loss_final",
    "deviance_explained",
    "deviance_explained_calibrated",
)
"""The figures that a run which was stopped as dead cannot have."""


def run_row(
    trainer: Trainer,
    windows: Windows,
    weights: bytes,
    code: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Evaluate the network on every slice, and return the run's row.

    Args:
        trainer: the finished trainer.
        windows: alpha_t and beta_t of the reported figures.
        weights: the final weights, safetensors bytes.
        code: commit and state of the program, see `study.execution.version`.

    Returns:
        A value for every column of `results.ledger.schema.RUNS` but the digest, which the ledger
        adds.
    """
    config = trainer.config
    final = trainer.final_evaluation()
    outcome = trainer.outcome(final)
    curve = [(point["iteration"], point["outcome"]) for point in trainer.curve]
    trained = curve[1:]  # a random network lets dark pixels through, which is no escape
    row = (
        config_columns(config)
        | paper_figures(trainer, windows)
        | {
            "grey_mean": trainer.volumes.mean,
            "grey_std": trainer.volumes.std,
            "input_shift": trainer.volumes.shift,
            "input_divisor": trainer.volumes.divisor,
            "outcome": outcome,
            "outcome_detail": outcome_detail(trainer, final, outcome),
            "outcome_rules": OUTCOME_RULES,
            "born_dead": trainer.curve[0]["constant"],
            "outcome_half": outcome_at(curve, config.iterations / 2),
            "fell": outcome in FELL,
            "learned": outcome == "learned",
            "segments": outcome == "learned"
            and (final.iou_validation_threshold or 0.0) >= SEGMENTS_IOU,
            "first_escape": first_escape(trained),
            "relapsed": has_relapsed(trained),
            "dead_at": trainer.dead.dead_at,
            "revived_at": trainer.dead.revived_at,
            "stopped_dead": trainer.stopped_dead,
            "test_loss_final": final.test_loss,
            "barrier": final.barrier,
            "barrier_curve": trainer.curve[0]["barrier"],
            "deviance_explained": final.deviance_explained,
            "deviance_explained_calibrated": final.deviance_explained_calibrated,
            "deviance_explained_grey": grey_baseline(trainer.volumes),
            "iou": final.iou,
            "iou_validation_threshold": final.iou_validation_threshold,
            "validation_threshold": final.validation_threshold,
            "foreground_mean": final.foreground_mean,
            "logit_mean": final.logit_mean,
            "logit_std": final.logit_std,
            "target_mean": trainer.target_mean("soft" if config.objective == "soft" else "hard"),
            "soft_target_mean": trainer.target_mean("soft") if config.needs_teacher else None,
            "foreground_weight": trainer.objective.foreground_weight,
            "iterations_done": trainer.iteration,
            "train_seconds": trainer.train_seconds,
            "evaluate_seconds": trainer.evaluate_seconds,
            "wait_seconds": trainer.wait_seconds,
            "started_at": datetime.fromisoformat(trainer.started_at),
            "finished_at": datetime.now(UTC),
            "initial_weights_sha256": trainer.initial_weights_sha256,
            "first_tile_sha256": trainer.first_tile_sha256,
            "weights_sha256": sha256_of(weights),
            "environment": json.dumps(
                environment(trainer.device) | engine_facts(config.engine) | dict(code)
            ),
        }
    )
    if trainer.stopped_dead and trainer.iteration < config.iterations:
        row |= dict.fromkeys(AT_THE_HORIZON)
    return row


def config_columns(config: RunConfig) -> dict[str, Any]:
    """Return the columns of identity and configuration; a field that cannot matter is null."""
    columns = {
        name: None if name in config.inert else value for name, value in config.to_dict().items()
    }
    for name, column in PER_PARENT:
        parent = getattr(config, name) if columns.pop(name) is not None else None
        columns[column] = None if parent is None else parent.run_id
    parameters = parameter_count(config.width, config.batch_norm)
    return columns | {
        "class_weights": str(config.class_weights),
        "run_id": config.run_id,
        "trajectory_id": config.trajectory_id,
        "numerics_revision": NUMERICS_REVISION,
        "identity": canonical_json(config.bound_identity()),
        "config": json.dumps(config.to_dict()),
        "parameters": parameters,
        "compression": parameter_count(64, config.batch_norm) / parameters,
    }


def paper_figures(trainer: Trainer, windows: Windows) -> dict[str, Any]:
    """Return the figures of section 2.3; they are null where the run is shorter than the window."""
    trained = [point for point in trainer.curve if point["iteration"] > 0]
    measured = [(p["test_loss"], p["iteration"]) for p in trained if p["test_loss"] is not None]
    least, most = (min(measured), max(measured)) if measured else ((None, None), (None, None))
    return (
        reported_figures(
            trainer.curve,
            windows,
            trainer.config.temperature,
            trainer.objective.foreground_weight,
        )
        | {"test_loss_min_at": least[1], "test_loss_peak": most[0], "test_loss_peak_at": most[1]}
        | {"alpha_t": windows.alpha_t, "beta_t": windows.beta_t}
    )


def outcome_detail(trainer: Trainer, final: Evaluation, outcome: str) -> str | None:
    """Say whether a constant run stands at its objective's own best constant, and whether one that
    learned explains no more than the grey value of a pixel."""
    if outcome == "constant":
        assert final.logit_mean is not None
        return constant_detail(final.logit_mean, trainer.constant_terms())
    if outcome == "learned":
        assert final.deviance_explained_calibrated is not None
        if final.deviance_explained_calibrated <= grey_baseline(trainer.volumes):
            return "below_grey"
    return None


def engine_facts(engine: str) -> dict[str, Any]:
    """Name what decides an engine's last digits beside the packages."""
    return kernels().facts if engine == "lanes" else {}


def environment(device: torch.device) -> dict[str, Any]:
    """Name what the numbers were made with: packages, machine, threads, device."""
    packages = ("torch", "numpy", "ray", "pyarrow", "tifffile")
    return {
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in packages},
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpu_count": os.cpu_count(),
        "torch_cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "cudnn_deterministic": torch.backends.cudnn.deterministic,
        "cudnn_benchmark": torch.backends.cudnn.benchmark,
        "float32_matmul_precision": torch.get_float32_matmul_precision(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
    }
