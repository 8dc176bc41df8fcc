"""Everything that can go wrong and that a user can mend."""


class StudyError(Exception):
    """Base of all errors raised for a user: one clear line, no traceback needed."""


class ConfigError(StudyError, ValueError):
    """A value of a configuration, a study or the command line breaks a rule."""


class DataError(StudyError, ValueError):
    """The images or annotations cannot be used."""


class LedgerError(StudyError):
    """The output location cannot be read or written."""


class StorageError(LedgerError):
    """The place itself fails (disk full, no permission, gone): a fault of the machine, not of what
    was to be stored."""


class NewerSchemaError(LedgerError):
    """A newer version of this program wrote the file, which may be undamaged."""


class LedgerWarning(UserWarning):
    """A file of the ledger was skipped or left alone; the message names it and says why."""
