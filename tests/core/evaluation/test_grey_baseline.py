"""What a pixel's grey value alone says, against a logistic regression on all pixels."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from core.data.sources import Volumes
from core.evaluation.grey_baseline import fitted_deviance
from results.outcomes import constant_loss
from tests.core.builders import squares_volumes


def naive(volumes: Volumes) -> float:
    x, y = (
        stack.ravel().astype(float) for stack in (volumes.training.images, volumes.training.masks)
    )
    x = (x - volumes.mean) / volumes.std
    fit = minimize(
        lambda b: np.logaddexp(0, b[0] * x + b[1]).mean() - (y * (b[0] * x + b[1])).mean(), [0, 0]
    )
    x = (volumes.testing.images.ravel().astype(float) - volumes.mean) / volumes.std
    y, z = volumes.testing.masks.ravel(), fit.x[0] * x + fit.x[1]
    loss = 2 * (np.logaddexp(0, z) - y * z).mean()
    return 1 - loss / constant_loss(float(y.mean()))


@pytest.mark.parametrize("contrast", [40.0, -40.0, 15.0, 0.0])
def test_it_is_the_logistic_regression_of_the_annotation_on_grey(contrast: float) -> None:
    volumes = squares_volumes(contrast)
    assert fitted_deviance(volumes) == pytest.approx(naive(volumes), abs=1e-4)


def test_other_types_of_grey_values_say_the_same() -> None:
    volumes = squares_volumes(40.0)
    wide = replace(
        volumes,
        **{
            name: replace(stack, images=stack.images.astype(np.float32) * 3.5 - 7)
            for name in ("training", "validation", "testing")
            if (stack := getattr(volumes, name))
        },
    )
    assert fitted_deviance(wide) == pytest.approx(fitted_deviance(volumes), abs=1e-6)


def test_contrast_says_much_and_its_absence_nothing() -> None:
    assert fitted_deviance(squares_volumes(80.0)) > 0.9
    assert abs(fitted_deviance(squares_volumes(0.0))) < 0.01
