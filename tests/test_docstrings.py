"""Examples in docstrings are run, and everything that users import has one."""

import doctest
import importlib
import inspect
from collections.abc import Sequence

import pytest

import results

EXPORTS: dict[str, Sequence[str]] = {
    "results": results.__all__,
    "results.examples": ("example_study", "example_curves", "example_ledger"),
    "searchspaces.axes": ("Axis",),
    "study.definition": (
        "Contrast",
        "Equivalence",
        "PaperFigure",
        "Profile",
        "SpeedClaim",
        "Study",
    ),
    "study.profiles": ("usual_profiles",),
}
"""What a module offers to users."""
NAMED = [(module, name) for module, names in EXPORTS.items() for name in names]


@pytest.mark.parametrize(("module", "name"), NAMED, ids=[f"{m}.{n}" for m, n in NAMED])
def test_its_example_says_what_it_does(module: str, name: str) -> None:
    exported = getattr(importlib.import_module(module), name)
    home = inspect.getmodule(exported)
    assert home is not None
    finder = doctest.DocTestFinder(recurse=False)
    (example,) = finder.find(exported, name, module=home)
    runner = doctest.DocTestRunner(
        optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE, verbose=False
    )
    said: list[str] = []
    result = runner.run(example, out=said.append)
    assert result.attempted > 0, f"{module}.{name} has no example"
    assert result.failed == 0, "".join(said)
