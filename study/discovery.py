"""Finding studies: by name in the catalogue, or by the path of a file."""

import importlib
import importlib.util
import json
import os
import pkgutil
import re
import sys
from dataclasses import fields
from pathlib import Path
from traceback import extract_tb

import study.catalogue
from core.config import RunConfig, unknown_field
from results.errors import ConfigError, StudyError
from results.text import closest, did_you_mean, titled
from study import definition
from study.definition import Study

UNEXPECTED = re.compile(r"(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'")
"""What Python says of a field that a class does not have."""
MISSING = re.compile(r"(\w+)\.__init__\(\) missing .* arguments?: (.+)")
"""What Python says of fields that are not given."""


def catalogue_names() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(study.catalogue.__path__))


def find_study(name: str) -> Study:
    """The study of that name, or the one in that file.

    Raises:
        ConfigError: no such study or file, or the file holds no STUDY.
    """
    if name.endswith(".py"):
        return _from_file(Path(name))
    known = catalogue_names()
    if name not in known:
        raise ConfigError(
            f"no study '{name}'{did_you_mean(closest(name, known))}; known: {', '.join(known)}; or "
            "give a file.py"
        )
    return importlib.import_module(f"study.catalogue.{name}").STUDY


def _from_file(path: Path) -> Study:
    if not os.path.isfile(path):
        found = "is a directory, not a study file" if os.path.isdir(path) else "no such study file"
        raise ConfigError(f"{path}: {found}; give its path, or a name of --list")
    spec = importlib.util.spec_from_file_location(f"study_file_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # a user's file may fail in any way
        lines = [at.lineno for at in extract_tb(error.__traceback__) if at.filename == spec.origin]
        where = f", line {lines[-1]}" if lines else ""
        raise ConfigError(f"{path}{where}: {reason(error)}") from error
    found = getattr(module, "STUDY", None)
    if not isinstance(found, Study):
        raise ConfigError(f"{path}: holds no STUDY = Study(...)")
    if found.name in catalogue_names():
        raise ConfigError(f"{path}: '{found.name}' is a study of --list; give it another name")
    return found


def reason(error: BaseException) -> str:
    """What is wrong with a study file; a misspelt field is named with the one that is meant."""
    if isinstance(error, StudyError):
        return str(error)
    if lacking := MISSING.match(str(error)):
        return f"{lacking[1]} lacks {lacking[2]}; docs/studies.md has an example with all of it"
    found = UNEXPECTED.match(str(error))
    kind = vars(definition).get(found[1]) if found else None
    if found is None or kind is None:
        return f"{type(error).__name__}: {error}"
    known = [field.name for field in fields(kind)]
    listed = (
        f"known: {', '.join(known)}" if kind is not RunConfig else "`study run --fields` lists all"
    )
    return f"{found[1]}: {unknown_field(found[2], known)}; {listed}"


def print_studies(*, as_json: bool) -> None:
    """Print a line for each study of the catalogue, with its question."""
    found = [find_study(name) for name in catalogue_names()]
    if as_json:
        fields = ("name", "question", "reference", "seeds")
        print(json.dumps([{f: getattr(each, f) for f in fields} for each in found]))
        return
    for each in found:
        print(f"{each.name:<20} {titled(each.question, each.reference)}")
