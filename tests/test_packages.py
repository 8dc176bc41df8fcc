"""What the project says of itself: typed packages, and the Python versions that CI runs."""

import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_of_the_wheel_is_marked_as_typed(package: str):
    assert (ROOT / package / "__init__.py").is_file()
    assert (ROOT / package / "py.typed").is_file()


def test_ci_runs_the_oldest_and_the_newest_python_of_the_classifiers():
    prefix = "Programming Language :: Python :: 3."
    minors = sorted(
        int(text.removeprefix(prefix))
        for text in PROJECT["project"]["classifiers"]
        if text.startswith(prefix)
    )
    workflow = yaml.safe_load((ROOT / ".github/workflows/check.yml").read_text())
    run = workflow["jobs"]["check"]["strategy"]["matrix"]["python"]

    assert PROJECT["project"]["requires-python"] == f">=3.{minors[0]}"
    assert run == [f"3.{minors[0]}", f"3.{minors[-1]}"]


def test_the_version_is_the_one_that_is_cited():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())

    assert PROJECT["project"]["version"] == cited["version"]
    assert metadata.version("stochasticity-study") == cited["version"]
