"""Which finished run is meant: by the beginning of its id, or by its study, cell and seed."""

import re
from contextlib import suppress
from typing import Any

from results.errors import ConfigError
from results.ledger.ledger import Ledger
from results.text import cell_text

SHOWN = 4
"""A message names no more runs than these."""


def finished_run(ledger: Ledger, text: str) -> dict[str, Any]:
    """Find the row of the run that is named.

    Args:
        ledger: where the run is.
        text: the beginning of its id, at least four digits, or `STUDY:FIELD=VALUE,...` with axes of
            the study and `seed`, `init_seed`, `data_seed` or `teacher_seed`.

    Raises:
        ConfigError: no finished run is named so, or several are.
    """
    found = runs_of_cell(ledger, text) if ":" in text else runs_by_id(ledger, text)
    rows = ledger.runs(list(found)).to_pylist()
    distinct = {row["run_id"]: row for row in rows}
    where = f"in --out {ledger.storage.location}"
    if not distinct:
        known = "" if ":" in text else f", which has {len(ledger.runs())} runs"
        raise ConfigError(f"run '{text}': no such finished run {where}{known}; see study status")
    if len(distinct) > 1:
        shown = "; ".join(
            f"{run_id} {found[run_id]}".strip() for run_id in sorted(distinct)[:SHOWN]
        )
        raise ConfigError(
            f"run '{text}': {len(distinct)} runs {where} are named so ({shown}"
            f"{'; ...' if len(distinct) > SHOWN else ''}); give more of the id, or more fields"
        )
    return next(iter(distinct.values()))


def runs_by_id(ledger: Ledger, beginning: str) -> dict[str, str]:
    """Find the ids that begin so."""
    if not re.fullmatch(r"[0-9a-f]{4,16}", beginning):
        raise ConfigError(
            f"run '{beginning}': no id; give 4-16 hex digits, or STUDY:FIELD=VALUE,...,seed=N"
        )
    known = ledger.runs().column("run_id").to_pylist()
    return {run_id: "" for run_id in known if run_id.startswith(beginning)}


def runs_of_cell(ledger: Ledger, text: str) -> dict[str, str]:
    """Find a study's runs with these axis values and seeds: ids, each with its cell and setting."""
    study, _, fields = text.partition(":")
    if study not in ledger.study_names():
        known = ", ".join(ledger.study_names()) or "none"
        raise ConfigError(
            f"run '{text}': no study '{study}' in --out {ledger.storage.location}; found: {known}"
        )
    wanted: dict[str, str] = {}
    for part in filter(None, fields.split(",")):
        name, equals, value = part.partition("=")
        if not equals:
            raise ConfigError(
                f"run '{text}': '{part}' is no FIELD=VALUE; write temperature=5,seed=1"
            )
        wanted |= {"init_seed": value, "data_seed": value} if name == "seed" else {name: value}
    found = {}
    for record in ledger.studies(study).values():
        unknown = wanted.keys() - {*record.axes, "init_seed", "data_seed", "teacher_seed"}
        if unknown:
            raise ConfigError(
                f"run '{text}': {study} has no axis '{min(unknown)}'; it has "
                f"{', '.join(record.axes)} and seed"
            )
        for run in record.runs:
            seeds = {"init_seed": run.init_seed, "data_seed": run.data_seed}
            if run.teacher_seed is not None:
                seeds["teacher_seed"] = run.teacher_seed
            if all(is_value({**run.cell, **seeds}.get(n), v) for n, v in wanted.items()):
                found[run.run_id] = (
                    f"({cell_text({**run.cell, **seeds})}, profile {record.profile}, "
                    f"{record.data_source})"
                )
    return found


def is_value(value: Any, text: str) -> bool:
    """Tell whether a text means a value: 5 and 5.0 are one number, true and True one truth."""
    if isinstance(value, bool):
        return str(value).lower() == text.lower()
    if isinstance(value, int | float):
        with suppress(ValueError):
            return float(text) == value
        return False
    return value is not None and str(value) == text
