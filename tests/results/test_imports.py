"""Asking and reading start at once: heavy packages are imported only where they are used."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module",
    [
        "results",
        "results.ledger.ledger",
        "results.check",
        "results.compact",
        "results.merge",
        "study.run",
        "core.config",
    ],
)
def test_importing_it_imports_no_heavy_package(module: str) -> None:
    code = (
        f"import {module}, sys; print([m for m in ('torch', 'ray', 'pandas') if m in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_the_loaders_come_with_their_first_use() -> None:
    code = "import results, sys; results.load_runs; print('pandas' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "True"
