"""Seeds that were added once outcomes were known: by a rule, or by hand with one request after
another."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from results.ledger.study_record import StudyRecord, UntilWidth


def sequential_attributes(frame: pd.DataFrame, records: Sequence[StudyRecord]) -> dict[str, Any]:
    """Return what `load_study` notes of a frame of these requests where outcomes decided how many
    seeds cells have; nothing where they did not.

    Each cell of the frame has an interval, so the error is split over them all, whichever request
    is theirs. Intervals that are calibrated for the looks of one request say nothing of others.
    """
    rules = [record.rule for record in records if record.rule]
    if not rules:
        return {}
    cells = frame[["profile", "data_source", "overrides", *frame.attrs["axes"]]].drop_duplicates()
    noted: dict[str, Any] = {"sequential_cells": max(len(cells), *(rule.cells for rule in rules))}
    if len(records) == 1 and isinstance(rules[0], UntilWidth):
        rule = rules[0]
        looks = {"width": rule.width, "first": rule.first, "step": rule.step}
        looks |= {"most": rule.max_seeds, "level": rule.level}
        if None not in looks.values():
            noted["planned_looks"] = looks
    return noted


def looked_at(record: StudyRecord, every: Iterable[StudyRecord]) -> list[int]:
    """Return the numbers of seeds with which a request's cells were looked at, its own last; it
    alone where no other request in the same setting has another number of seeds in any of them.

    Each request printed its answer, so whoever gave the next one knew it. Of requests whose cells
    have different numbers of seeds it is the largest.

    Args:
        record: the request.
        every: all requests for the study, this one included.
    """
    own = seeds_by_cell(record)
    number = max(map(len, own.values()))
    earlier = set()
    for other in every:
        theirs = seeds_by_cell(other) if other.setting == record.setting else {}
        shared = [cell for cell in theirs if own.get(cell, set()) & theirs[cell]]
        if any(theirs[cell] != own[cell] for cell in shared):
            earlier.add(max(len(theirs[cell]) for cell in shared))
    return [*sorted(earlier - {number}), number]


def seeds_by_cell(record: StudyRecord) -> dict[tuple[Any, ...], set[int]]:
    """Return the init seeds of each cell, by its values in the order of their axes' names."""
    seeds: dict[tuple[Any, ...], set[int]] = {}
    for run in record.runs:
        cell = tuple(run.cell[axis] for axis in sorted(record.axes))
        seeds.setdefault(cell, set()).add(run.init_seed)
    return seeds
