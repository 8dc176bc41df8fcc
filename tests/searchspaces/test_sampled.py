"""The same axes as an Optuna search space."""

from itertools import product

import optuna
import pytest

from core.config import RunConfig
from results.errors import ConfigError
from searchspaces.axes import BATCH_NORM, CLASS_WEIGHTS, TEMPERATURE, Axis
from searchspaces.grid import grid
from searchspaces.sampled import suggest

BASE = RunConfig(data="d", objective="soft", teacher=RunConfig(data="d", width=32))
AXES = (BATCH_NORM, CLASS_WEIGHTS, Axis("temperature", TEMPERATURE.values[:3]))


@pytest.fixture(autouse=True)
def quiet() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def suggested(sampler: optuna.samplers.BaseSampler, trials: int) -> list[RunConfig]:
    study = optuna.create_study(sampler=sampler)
    return [suggest(study.ask(), BASE, AXES) for _ in range(trials)]


def test_a_grid_sampler_suggests_exactly_the_runs_of_the_grid() -> None:
    space = {axis.field: axis.values for axis in AXES}
    cells = grid(BASE, AXES)
    study = optuna.create_study(sampler=optuna.samplers.GridSampler(space, seed=0))
    found: list[str] = []

    def objective(trial: optuna.Trial) -> float:
        found.append(suggest(trial, BASE, AXES).run_id)
        return 0.0

    study.optimize(objective)
    assert len(found) == len(cells)
    assert set(found) == {cell.config.run_id for cell in cells}


def test_a_random_sampler_is_repeatable_and_stays_on_the_axes() -> None:
    first = suggested(optuna.samplers.RandomSampler(seed=1), 40)
    allowed = set(product(*(axis.values for axis in AXES)))
    assert {(c.batch_norm, c.class_weights, c.temperature) for c in first} <= allowed
    assert first == suggested(optuna.samplers.RandomSampler(seed=1), 40)
    assert first != suggested(optuna.samplers.RandomSampler(seed=2), 40)


def test_each_axis_is_one_parameter_of_the_trial() -> None:
    chosen = {"batch_norm": "all", "class_weights": "none", "temperature": 3.0}
    config = suggest(optuna.trial.FixedTrial(chosen), BASE, AXES)
    assert config == BASE.replaced(**chosen)


def test_a_value_that_is_not_allowed_is_a_config_error() -> None:
    trial = optuna.trial.FixedTrial({"width": 0})
    with pytest.raises(ConfigError, match="width=0"):
        suggest(trial, BASE, (Axis("width", (0, 2)),))
