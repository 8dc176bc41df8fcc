"""A finished trainer as the ledger's row and curve."""

import hashlib
import json
import os
import platform
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

import torch

from core.config import NUMERICS_REVISION, RunConfig
from core.evaluate import Evaluation
from core.trainer import Trainer
from core.unet import parameter_count
from results.outcomes import (
    FELL,
    SEGMENTS_IOU,
    constant_detail,
    first_escape,
    has_relapsed,
    outcome_at,
)
from results.windows import Windows, reported_test_loss, windowed_minimum

INERT_AS_NULL = {"hard": ("temperature",), "adam": ("momentum",)}


def run_row(trainer: Trainer, windows: Windows, weights: bytes) -> dict[str, Any]:
    """The run's row; evaluates the network on every slice first."""
    config = trainer.config
    final = trainer.final_evaluation()
    outcome = trainer.outcome(final)
    curve = [(point["iteration"], point["outcome"]) for point in trainer.curve]
    trained = curve[1:]  # a random network lets dark pixels through, which is no escape
    return (
        config_columns(config)
        | paper_figures(trainer, windows)
        | {
            "outcome": outcome,
            "outcome_detail": outcome_detail(trainer, final) if outcome == "constant" else None,
            "outcome_half": outcome_at(curve, config.iterations / 2),
            "fell": outcome in FELL,
            "learned": outcome == "learned",
            "segments": outcome == "learned"
            and (final.iou_validation_threshold or 0.0) >= SEGMENTS_IOU,
            "first_escape": first_escape(trained),
            "relapsed": has_relapsed(trained),
            "test_loss_final": final.test_loss,
            "barrier": final.barrier,
            "barrier_curve": trainer.curve[0]["barrier"],
            "deviance_explained": final.deviance_explained,
            "deviance_explained_calibrated": final.deviance_explained_calibrated,
            "iou": final.iou,
            "iou_validation_threshold": final.iou_validation_threshold,
            "foreground_mean": final.foreground_mean,
            "logit_mean": final.logit_mean,
            "logit_std": final.logit_std,
            "target_mean": trainer.target_mean,
            "iterations_done": trainer.iteration,
            "train_seconds": trainer.train_seconds,
            "evaluate_seconds": trainer.evaluate_seconds,
            "started_at": datetime.fromisoformat(trainer.started_at),
            "finished_at": datetime.now(UTC),
            "weights_sha256": hashlib.sha256(weights).hexdigest(),
            "environment": json.dumps(environment(trainer.device)),
        }
    )


def config_columns(config: RunConfig) -> dict[str, Any]:
    """Identity and configuration; a field that cannot matter is null."""
    columns = config.to_dict()
    teacher = columns.pop("teacher")
    for choice in (config.objective, config.optimizer):
        for name in INERT_AS_NULL.get(choice, ()):
            columns[name] = None
    soft = config.objective == "soft" and config.teacher is not None
    return columns | {
        "class_weights": str(config.class_weights),
        "run_id": config.run_id,
        "trajectory_id": config.trajectory_id,
        "numerics_revision": NUMERICS_REVISION,
        "config": json.dumps(config.to_dict() | {"teacher": teacher}),
        "teacher_run_id": config.teacher.run_id if soft and config.teacher else None,
        "parameters": parameter_count(config.width, config.batch_norm),
    }


def paper_figures(trainer: Trainer, windows: Windows) -> dict[str, Any]:
    """The figures of section 2.3, null where the run is shorter than the window."""
    iterations = [point["iteration"] for point in trainer.curve]
    test_losses = [float("nan") if (x := p["test_loss"]) is None else x for p in trainer.curve]
    train_losses = [loss for point in trainer.curve for loss in point["train_losses"]]
    return {
        "test_loss_min": reported_test_loss(iterations, test_losses, 1),
        "test_loss_avg": reported_test_loss(iterations, test_losses, windows.beta_t),
        "train_loss_avg": windowed_minimum(train_losses, windows.alpha_t),
        "alpha_t": windows.alpha_t,
        "beta_t": windows.beta_t,
    }


def outcome_detail(trainer: Trainer, final: Evaluation) -> str:
    """Whether a constant run stands at its objective's own best constant."""
    assert final.logit_mean is not None
    config = trainer.config
    return constant_detail(
        logit=final.logit_mean,
        target_mean=trainer.target_mean,
        temperature=config.temperature if config.objective == "soft" else 1.0,
        foreground_weight=trainer.foreground_weight,
    )


def environment(device: torch.device) -> dict[str, Any]:
    """What the numbers were made with."""
    packages = ("torch", "numpy", "ray", "pyarrow", "tifffile")
    return {
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in packages},
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpu_count": os.cpu_count(),
        "torch_cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
    }
