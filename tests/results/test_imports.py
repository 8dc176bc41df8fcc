"""Requesting and reading start at once: heavy packages are imported only where they are used."""

import json
import subprocess
import sys

MODULES = (
    "results",
    "results.ledger.ledger",
    "results.check",
    "results.compact",
    "results.merge",
    "study.run",
    "core.config",
)
HEAVY = ("torch", "ray", "pandas")
CODE = f"""
import importlib, json, sys
found = {{}}
for module in {MODULES}:
    importlib.import_module(module)
    found[module] = [name for name in {HEAVY} if name in sys.modules]
import results
used = results.load_runs
found["results.load_runs"] = [name for name in {HEAVY} if name in sys.modules]
print(json.dumps(found))
"""


def test_heavy_packages_come_with_the_first_use_of_what_needs_them() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True
    )
    light = {module: [] for module in MODULES}
    assert json.loads(answer.stdout) == light | {"results.load_runs": ["pandas"]}
