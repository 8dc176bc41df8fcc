"""`--set` of a field that cannot matter is refused, as `--axis` is: the runs would be the same."""

from pathlib import Path

import pytest

from core.data.sources import PhantomSource
from results.errors import ConfigError
from study.discovery import find_study
from study.request import StudyRequest
from study.requesting import request_study
from study.run import main


def asked(study: str, *sets: str, only: tuple[str, ...] = ()) -> StudyRequest:
    source = PhantomSource()
    return request_study(find_study(study), source, "smoke", seeds=((0, 0),), sets=sets, only=only)


@pytest.mark.parametrize(
    ("study", "sets", "needs"),
    [
        ("temperature_seeds", ["momentum=0.9"], "momentum needs optimizer='sgd'"),
        ("reruns", ["temperature=3"], "temperature needs objective='soft' or 'mixed'"),
        ("reruns", ["soft_weight=1"], "soft_weight needs objective='mixed'"),
        (
            "temperature_seeds",
            ["init_block=expansive.0"],
            "init_block needs an init other than 'torch'",
        ),
        ("temperature_seeds", ["teacher.temperature=3"], "temperature needs objective="),
        (
            "temperature_seeds",
            ["optimizer=sgd", "momentum=0.9", "soft_weight=0.3"],
            "soft_weight needs",
        ),
        # The start's temperature is an axis, and the runs themselves have hard labels.
        ("sequential", ["temperature=3"], "temperature needs objective='soft' or 'mixed'"),
    ],
)
def test_a_field_that_cannot_matter_is_refused_with_what_it_needs(
    study: str, sets: list[str], needs: str
) -> None:
    field = sets[-1].partition("=")[0]
    with pytest.raises(ConfigError, match="changes no run") as caught:
        asked(study, *sets)
    assert needs in str(caught.value)
    assert f"{study}: --set {field}=" in str(caught.value)
    assert str(caught.value).endswith("; leave it out")


@pytest.mark.parametrize(
    ("study", "sets"),
    [
        ("temperature_seeds", ["momentum=0.9", "optimizer=sgd"]),
        ("temperature_seeds", ["lr=0.001"]),  # its default: it could have another value
        ("temperature_seeds", ["teacher.optimizer=sgd", "teacher.momentum=0.5"]),
        ("reruns", ["init=he", "init_block=expansive.0"]),
        ("sequential", ["init=he"]),  # of the start: the run itself has its weights
        ("sequential", ["soft_loss=kl"]),
        ("rescue", ["soft_weight=0.3"]),  # of some cells only
        ("mixed", ["soft_weight=1"]),  # soft labels then, in which a share is nothing
    ],
)
def test_a_field_that_can_matter_somewhere_is_set(study: str, sets: list[str]) -> None:
    assert asked(study, *sets).overrides == tuple(sorted(sets))


def test_it_may_matter_in_cells_that_are_not_asked_for() -> None:
    """As an axis may: the same options go with every part of a study."""
    soft = asked("rescue", "soft_weight=0.3", only=("objective=soft",))
    assert {planned.config.objective for planned in soft.runs} == {"soft"}


def test_the_command_refuses_it_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["reruns", "--set", "momentum=0.9", "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert said == (
        "error: reruns: --set momentum=0.9: changes no run: momentum needs optimizer='sgd'; leave "
        "it out\n"
    )
    assert not out.exists()
