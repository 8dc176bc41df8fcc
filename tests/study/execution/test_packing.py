"""Packs hold every run once, and only runs that fit together."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import RunConfig
from study.execution.packing import QUEUE, pack_key, packs_of

VALUES: dict[str, list[Any]] = {
    "engine": ["torch", "lanes"],
    "width": [1, 2],
    "temperature": [1.0, 5.0],
    "lr": [1e-3, 1e-2],
    "iterations": [10, 20],
    "stop_dead": [False, True],
    "objective": ["hard", "soft"],
}
RUNS = st.builds(
    lambda seed, **values: RunConfig(
        data="d",
        teacher=RunConfig(data="d", width=4) if values["objective"] == "soft" else None,
        **values,
    ).with_seeds(seed, seed),
    seed=st.integers(0, 20),
    **{name: st.sampled_from(values) for name, values in VALUES.items()},
)


@settings(max_examples=40, deadline=None)
@given(
    runs=st.lists(RUNS, max_size=40, unique_by=lambda run: run.run_id),
    lanes=st.integers(1, 16),
    slots=st.integers(1, 4),
)
def test_every_run_is_in_one_pack_of_its_kind(
    runs: list[RunConfig], lanes: int, slots: int
) -> None:
    packs = packs_of(runs, lanes, slots)
    packed = [config.run_id for pack in packs for config in pack.runs]
    assert sorted(packed) == sorted(config.run_id for config in runs)
    for pack in packs:
        assert len({pack_key(config) for config in pack.runs}) == 1
        seeds = [config.data_seed for config in pack.runs]
        assert seeds == sorted(seeds)
        if pack.runs[0].engine == "torch":
            assert (len(pack.runs), pack.together) == (1, 1)
        else:
            assert pack.together == lanes
            alike = [config for config in runs if pack_key(config) == pack_key(pack.runs[0])]
            queued = any(config.stop_dead for config in alike)
            assert len(pack.runs) <= lanes * (QUEUE if queued else 1)


def test_runs_of_one_seed_are_side_by_side_whatever_their_temperature() -> None:
    teacher = RunConfig(data="d", width=4)
    base = RunConfig(data="d", engine="lanes", objective="soft", teacher=teacher)
    cells = [base.replaced(temperature=t).with_seeds(s, s) for t in (1.0, 2.0) for s in range(4)]
    packs = packs_of(cells, lanes=4, slots=2)
    assert [[run.data_seed for run in pack.runs] for pack in packs] == [[0, 0, 1, 1], [2, 2, 3, 3]]


def test_dead_runs_leave_their_lane_to_runs_that_wait() -> None:
    base = RunConfig(data="d", engine="lanes", stop_dead=True)
    packs = packs_of([base.with_seeds(s, s) for s in range(40)], lanes=4, slots=2)
    assert [len(pack.runs) for pack in packs] == [16, 16, 8]


def test_what_comes_first_is_begun_first() -> None:
    base = RunConfig(data="d")
    runs = [base.replaced(engine="lanes"), base, base.replaced(engine="lanes", width=1)]
    assert [pack.runs[0] for pack in packs_of(runs, 4, 1)] == runs
