"""The usual three profiles: how long and how large, from seconds to the paper's own scale."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from results.windows import Windows
from study.definition import Profile

SMOKE = Profile(
    student={"iterations": 12, "tile": 64, "eval_every": 3, "curve_slices": 2},
    teacher={"iterations": 300, "tile": 64, "eval_every": 150, "curve_slices": 2},
    windows=Windows(alpha_t=6, beta_t=2),
)
"""A run takes seconds: this shows that a study works, and answers nothing."""

LAPTOP = Profile(
    student={"iterations": 2000, "tile": 128, "eval_every": 125},
    teacher={"iterations": 6000, "tile": 256, "eval_every": 500},
    windows=Windows(alpha_t=500, beta_t=5),
    phantom_student={"iterations": 1000, "eval_every": 50},
    phantom_teacher={"iterations": 1500, "tile": 128, "eval_every": 150},
)

PAPER = Profile(
    student={"iterations": 50_000, "tile": 256, "eval_every": 500, "curve_slices": 0},
    teacher={"iterations": 300_000, "tile": 256, "eval_every": 500, "curve_slices": 0},
    windows=Windows(alpha_t=5000, beta_t=25),
)
"""The iterations and windows of the paper, for a GPU. Test losses are over every slice of the test
volume (section 2.3). Where the paper states no horizon, it is 50,000, the longest of Table 2."""


def usual_profiles(
    *,
    smoke: Mapping[str, Any] | None = None,
    laptop: Mapping[str, Any] | None = None,
    paper: Mapping[str, Any] | None = None,
) -> dict[str, Profile]:
    """Return the three profiles with some changes.

    Args:
        smoke: changes of `SMOKE`: fields of a `Profile`; `student` and `teacher` are merged.
        laptop: changes of `LAPTOP`.
        paper: changes of `PAPER`.

    Example:
        >>> longer = usual_profiles(laptop={"student": {"iterations": 4000}})["laptop"]
        >>> longer.student["iterations"], longer.student["tile"]
        (4000, 128)
    """
    usual = {"smoke": (SMOKE, smoke), "laptop": (LAPTOP, laptop), "paper": (PAPER, paper)}
    return {name: changed(profile, changes or {}) for name, (profile, changes) in usual.items()}


def changed(profile: Profile, changes: Mapping[str, Any]) -> Profile:
    """Return the profile with these fields changed; mappings are merged."""
    merged = {
        name: {**getattr(profile, name), **value} if isinstance(value, Mapping) else value
        for name, value in changes.items()
    }
    return replace(profile, **merged)
