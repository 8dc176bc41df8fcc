"""A frame's column as floats."""

import numpy as np
import pandas as pd

from results.errors import ConfigError


def numbers_of(frame: pd.DataFrame, name: str) -> np.ndarray:
    """Return a column as float64 of shape (rows,): truth is 0 and 1, what is missing is NaN.

    Raises:
        ConfigError: the column holds something that is no number.
    """
    if name not in frame:
        return np.full(len(frame), np.nan)
    try:
        return frame[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        held = next(value for value in frame[name].dropna() if not isinstance(value, int | float))
        raise ConfigError(f"column '{name}': holds {held!r}, which is no number") from None
