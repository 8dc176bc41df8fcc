"""A ledger is opened that must be there: a wrong path is an error, not a ledger without runs."""

from os import PathLike, fspath

from results.errors import ConfigError
from results.ledger.ledger import Ledger
from results.text import closest, did_you_mean


def existing_ledger(out: str | PathLike[str], option: str) -> Ledger:
    """Open the ledger at that location.

    Args:
        out: what was given as `--out`.
        option: the option or argument it is given as here, for errors.

    Raises:
        ConfigError: there is no ledger.
    """
    out = fspath(out)
    if not out:
        raise ConfigError(f"{option}: is empty; name the directory or URI that was given as --out")
    ledger = Ledger(out)
    if not ledger.storage.has_folder("ledger"):
        raise ConfigError(
            f"{option} {out}: no ledger there (it has no folder 'ledger'); name the directory or "
            "URI that was given as --out"
        )
    return ledger


def no_study(name: str, ledger: Ledger) -> ConfigError:
    """Return the error for a study that a ledger lacks; it names those that it has."""
    known = ledger.study_names()
    return ConfigError(
        f"no study '{name}' in {ledger.storage.location}{did_you_mean(closest(name, known))}; "
        f"found: {', '.join(known) or 'none'}"
    )
