"""Every field of a run's configuration, as `--set` takes it: values, default and meaning."""

import ast
import inspect
import json
import re
from dataclasses import asdict, dataclass, fields

from core.config import CHOICES, PARENTS, RunConfig
from study.command_line.arguments import NOT_SETTABLE

DEFAULTS = RunConfig()
KINDS = {bool: "true|false", int: "whole number", float: "number"}
NAMED_OR_NUMBER = {"class_weights": "none|inverse_frequency|number"}


@dataclass(frozen=True)
class FieldText:
    """One field, in words."""

    name: str
    values: str
    default: str
    meaning: str


def field_texts() -> list[FieldText]:
    """The fields that a user can set, in the order of the configuration."""
    meanings = documented(RunConfig)
    return [
        FieldText(
            field.name,
            values_of(field.name),
            default_of(field.name),
            meanings.get(field.name, ""),
        )
        for field in fields(RunConfig)
        if field.name not in NOT_SETTABLE
    ]


def values_of(name: str) -> str:
    """The values a field takes, in a word or two."""
    if name in NAMED_OR_NUMBER:
        return NAMED_OR_NUMBER[name]
    return "|".join(CHOICES.get(name, ())) or KINDS[type(getattr(DEFAULTS, name))]


def default_of(name: str) -> str:
    value = getattr(DEFAULTS, name)
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def documented(kind: type) -> dict[str, str]:
    """The first sentence of the text below each field of a class.

    Python keeps no docstrings of fields, so they are read from the source.
    """
    body = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(str(said))):
                found[name] = first_sentence(" ".join(said.split()))
    return found


def first_sentence(text: str) -> str:
    return re.split(r"\.(?: (?=[A-Z])|$)", text)[0]


def print_fields(*, as_json: bool) -> None:
    """Print a line for each field."""
    found = field_texts()
    if as_json:
        print(json.dumps([asdict(field) for field in found]))
        return
    widths = [max(len(getattr(f, name)) for f in found) for name in ("name", "values", "default")]
    for field in found:
        columns = zip((field.name, field.values, field.default), widths, strict=True)
        print("  ".join((*(text.ljust(width) for text, width in columns), field.meaning)))
    print(
        f"--set FIELD=VALUE changes one of them in every run; {' and '.join(PARENTS)} have the "
        "same fields, as in --set teacher.width=8"
    )
