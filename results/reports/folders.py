"""Names of the folders that hold the files of reports in several settings."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath

from results.ledger.study_record import StudyRecord

LONGEST = 80
"""Characters of a name; of longer ones the end is the request's id."""
ID_DIGITS = 6


def folders_of(records: Mapping[str, StudyRecord]) -> dict[str, str]:
    """Name a folder for each of these requests, in settings that differ: profile, data and `--set`,
    and the axes where those differ; a digit or letter of the id only where two would be alike.

    Args:
        records: of one study, by the request's id; one has no folder of its own.

    Returns:
        The folder by the request's id, empty of a single request.
    """
    if len(records) < 2:
        return dict.fromkeys(records, "")
    apart = len({(frozenset(one.axes), one.design) for one in records.values()}) > 1
    names = {request_id: name_of(one, with_axes=apart) for request_id, one in records.items()}
    again = Counter(name.casefold() for name in names.values())  # some file systems know no case
    return {
        request_id: name
        if again[name.casefold()] == 1 and len(name) <= LONGEST
        else f"{name[:LONGEST]}_{request_id[:ID_DIGITS]}"
        for request_id, name in names.items()
    }


def name_of(record: StudyRecord, *, with_axes: bool) -> str:
    """`laptop_phantom_lr=0.5`: of letters that any file system takes."""
    data = PurePosixPath(record.data_source.rstrip("/")).name
    axes = ["-x-".join(record.axes), *([record.design] if record.design else [])]
    parts = [record.profile, data, *record.overrides, *(axes if with_axes else [])]
    slug = "_".join(re.sub(r"[^A-Za-z0-9.=+-]+", "-", part).strip("-.") for part in parts if part)
    return slug or "setting"
