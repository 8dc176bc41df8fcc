"""A frame's column as floats."""

import numpy as np
import pandas as pd


def numbers_of(frame: pd.DataFrame, name: str) -> np.ndarray:
    """float64 of shape (rows,): truth as 0 and 1, NaN where it is missing or there is no column."""
    if name not in frame:
        return np.full(len(frame), np.nan)
    return frame[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
