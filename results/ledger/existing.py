"""A ledger is opened that must be there: a wrong path is an error, not a ledger without runs."""

import os
from os import PathLike, fspath

from results.errors import ConfigError
from results.ledger.ledger import Ledger
from results.ledger.study_record import StudyRecord
from results.text import closest, did_you_mean

LEDGER_FOLDER = "ledger"
NEXT = "name the directory or URI that `study run` was given as --out"


def existing_ledger(out: str | PathLike[str], option: str) -> Ledger:
    """Open the ledger at that location.

    Args:
        out: what was given as `--out`.
        option: the option or argument it is given as here, for errors.

    Raises:
        ConfigError: there is no ledger.
    """
    ledger = existing_place(fspath(out), option)
    require_ledger(ledger, option)
    return ledger


def require_ledger(ledger: Ledger, option: str) -> None:
    """Raise ConfigError, which names the option, where there is no ledger."""
    if not ledger.storage.has_folder(LEDGER_FOLDER):
        raise ConfigError(
            f"{option} {ledger.storage.location}: no ledger there (no folder '{LEDGER_FOLDER}'); "
            f"{NEXT}"
        )


def existing_place(out: str, option: str) -> Ledger:
    """Open the ledger of a directory that is there, if an empty one; arguments as above.

    Raises:
        ConfigError: there is no such directory, a file of that name, or other things than a ledger.
    """
    if not out:
        raise ConfigError(f"{option}: is empty; {NEXT}")
    ledger = Ledger(out)
    if "://" not in out and not ledger.storage.has_folder(""):
        found = "is a file, not a directory" if os.path.lexists(out) else "no such directory"
        raise ConfigError(f"{option} {out}: {found}; {NEXT}")
    if ledger.storage.names("", "") or ledger.storage.folders(""):
        require_ledger(ledger, option)
    return ledger


def requests_of(ledger: Ledger, name: str) -> dict[str, StudyRecord]:
    """Return every request for a study by its id; none of a name that no study there has."""
    return ledger.studies(name) if name in ledger.study_names() else {}


def no_study(name: str, ledger: Ledger) -> ConfigError:
    """Return the error for a study that a ledger lacks; it names those that it has."""
    known = ledger.study_names()
    return ConfigError(
        f"no study '{name}' in {ledger.storage.location}{did_you_mean(closest(name, known))}; "
        f"found: {', '.join(known) or 'none'}"
    )
