"""What the shell completes: names of studies and profiles, axes with their values, fields."""

from dataclasses import fields
from typing import Any

import click
from click.shell_completion import CompletionItem

from core.config import CHOICES, RunConfig
from results.errors import StudyError
from results.ledger.ledger import Ledger
from study.discovery import catalogue_names, find_study
from study.profiles import usual_profiles


def complete_study(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of the catalogue, and study files."""
    names = [name for name in catalogue_names() if name.startswith(incomplete)]
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


def complete_profile(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The usual profiles, and those of the studies that were named before."""
    own = [name for each in studies_in(context) for name in find_study(each).profiles]
    known = dict.fromkeys([*usual_profiles(), *own])
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]


def complete_requested(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of the studies in the ledger that `--out` names."""
    try:
        known = Ledger(context.params.get("out") or "outputs").study_names()
    except StudyError:  # there is nothing to say it to
        return []
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]


def complete_field(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Fields of a configuration, and the values of those that have a list of them."""
    name, equals, _ = incomplete.partition("=")
    known = [field.name for field in fields(RunConfig)]
    values = CHOICES.get(name, ("true", "false") if is_flag(name) else ()) if equals else ()
    words = [f"{name}={value}" for value in values] if equals else [f"{each}=" for each in known]
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def complete_axis(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Fields of a configuration, and all values of those that have a list of them."""
    name, equals, _ = incomplete.partition("=")
    if not equals:
        return complete_field(context, parameter, incomplete)
    whole = f"{name}={','.join(CHOICES.get(name, ()))}"
    return [CompletionItem(whole)] if whole.startswith(incomplete) and name in CHOICES else []


def complete_only(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The axes of the studies that were named before, and of `--axis`, with all their values."""
    axes = [axis for name in studies_in(context) for axis in find_study(name).axes]
    words = [f"{axis.field}={','.join(map(str, axis.values))}" for axis in axes]
    words += context.params.get("axes") or ()
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def studies_in(context: click.Context) -> set[str]:
    """The studies of the catalogue that were named before.

    While an option still lacks its value, click leaves them in `context.args`.
    """
    given: Any = context.params.get("studies") or context.params.get("study") or context.args
    return ({given} if isinstance(given, str) else set(given)) & set(catalogue_names())


def is_flag(name: str) -> bool:
    return isinstance(getattr(RunConfig(), name, None), bool)
