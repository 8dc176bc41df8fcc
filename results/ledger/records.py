"""JSON objects of the ledger: attempts, and studies as they were asked, with their cells."""

import json
from collections.abc import Mapping
from typing import Any

from results.errors import LedgerError
from results.ledger.json_values import is_scalar, is_whole
from results.ledger.questions import require_questions

PLANNED = ("study", "profile", "data_source", "overrides", "trial", "run_id")
"""What a run of a study is called, so no axis can be."""


def json_object(content: bytes) -> dict[str, Any]:
    """The object that a file holds.

    Raises:
        LedgerError: it holds none.
    """
    try:
        value = json.loads(content)
        json.dumps(value, ensure_ascii=False).encode()  # half a character is no text
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise LedgerError(f"not JSON ({reason})") from error
    if not isinstance(value, dict):
        raise LedgerError("not a JSON object")
    return value


def require_request(record: dict[str, Any]) -> None:
    """Check that this is a study as it was asked, as far as loading it needs.

    Raises:
        LedgerError: naming what is missing or wrong.
    """
    for name in ("study", "profile", "data_source"):
        require(isinstance(record.get(name), str), f"'{name}' is no text")
    for name in ("overrides", "axes"):
        values = record.get(name)
        texts = isinstance(values, list) and all(isinstance(value, str) for value in values)
        require(texts, f"'{name}' is no list of texts")
    axes = record["axes"]
    require(len(set(axes)) == len(axes), "an axis is named twice")
    require(not set(axes) & set(PLANNED), "an axis has the name of something else")
    require(is_windows(record.get("windows")), "'windows' are no alpha_t and beta_t")
    runs = record.get("runs")
    require(isinstance(runs, list) and bool(runs), "'runs' is no list of runs")
    for run in record["runs"]:
        require(is_planned_run(run, axes), "one of its 'runs' is no run with a value for each axis")
    require(is_until_width(record.get("until_width")), "'until_width' has no number of cells")
    parents = record.get("parents", [])
    require(isinstance(parents, list) and all(map(is_parent, parents)), "'parents' are no runs")
    require_questions(record, axes)


def is_windows(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"alpha_t", "beta_t"}
        and all(is_whole(size) and size > 0 for size in value.values())
    )


def is_until_width(value: Any) -> bool:
    """Whether this is what a sequential ask has of it, or nothing."""
    return value is None or (
        isinstance(value, dict) and is_whole(value.get("cells")) and value["cells"] > 0
    )


def is_planned_run(run: Any, axes: list[str]) -> bool:
    return (
        isinstance(run, dict)
        and isinstance(run.get("run_id"), str)
        and all(is_whole(run.get(name)) for name in ("trial", "init_seed", "data_seed"))
        and isinstance(run.get("cell"), dict)
        and set(run["cell"]) == set(axes)
        and all(is_scalar(value) for value in run["cell"].values())
    )


def is_parent(run: Any) -> bool:
    return isinstance(run, dict) and all(isinstance(run.get(k), str) for k in ("run_id", "kind"))


def require(condition: bool, problem: str) -> None:
    if not condition:
        raise LedgerError(f"not a study as it was asked: {problem}")


def cell_text(values: Mapping[str, Any]) -> str:
    """`temperature=5 batch_norm=all`; an axis that cannot matter is left out."""
    return " ".join(
        f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in values.items()
        if value is not None
    )
