"""What can go wrong and a user can mend: errors, and the warning about damaged files."""


class StudyError(Exception):
    """Base of all errors raised for a user: one clear line, no traceback needed."""


class ConfigError(StudyError, ValueError):
    """A value of a configuration, a study or the command line breaks a rule.

    Example:
        >>> from results import Windows
        >>> try:
        ...     Windows(beta_t=0)
        ... except ConfigError as error:
        ...     print(error)
        beta_t 0: must be at least 1
    """


class DataError(StudyError, ValueError):
    """The images or annotations cannot be used."""


class LedgerError(StudyError):
    """A file of the ledger is damaged, or its place cannot be used."""


class StorageError(LedgerError):
    """The place itself fails (disk full, no permission, gone): the machine is at fault, not what
    was to be stored."""


class NewerSchemaError(LedgerError):
    """A newer version of this program wrote the file, which may be undamaged."""


class LedgerWarning(UserWarning):
    """A file of the ledger was skipped or left alone; the message names it and says why."""
