"""The same axes as an Optuna search space."""

from collections.abc import Sequence

import optuna

from core.config import RunConfig
from searchspaces.axes import Axis


def suggest(trial: optuna.trial.BaseTrial, base: RunConfig, axes: Sequence[Axis]) -> RunConfig:
    """The configuration that an Optuna trial suggests, one categorical parameter an axis.

    Raises:
        ConfigError: a value that the configuration does not allow.
    """
    return base.replaced(
        **{axis.field: trial.suggest_categorical(axis.field, axis.values) for axis in axes}
    )
