from pathlib import Path

import pytest

from results.errors import ConfigError
from study.discovery import catalogue_names, find_study

OWN_STUDY = """
from dataclasses import replace
from searchspaces.axes import Axis
from study.catalogue.temperature_seeds import STUDY as TABLE_3

STUDY = replace(
    TABLE_3, name="mine", axes=(Axis("temperature", (2.0, 4.0)),), paper=(), contrasts=()
)
"""


@pytest.mark.parametrize("name", catalogue_names())
def test_study_name_is_file_name(name: str) -> None:
    assert find_study(name).name == name


def test_an_unknown_study_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="temperature_seeds"):
        find_study("temperture_seeds")


def test_a_study_is_found_by_its_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(OWN_STUDY)
    assert find_study(str(path)).axes[0].values == (2.0, 4.0)


@pytest.mark.parametrize(
    ("content", "said"),
    [("x = 1", "holds no STUDY"), ("1 / 0", "ZeroDivisionError"), ("def", "SyntaxError")],
)
def test_a_file_without_a_study_is_one_clear_line(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "broken.py"
    path.write_text(content)
    with pytest.raises(ConfigError, match=said) as error:
        find_study(str(path))
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such study file"):
        find_study(str(tmp_path / "none.py"))
