"""What the shell completes: names of studies, axes with their values, fields."""

from dataclasses import fields
from typing import Any

import click
from click.shell_completion import CompletionItem

from core.config import CHOICES, RunConfig
from study.discovery import catalogue_names, find_study


def complete_study(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of the catalogue, and study files."""
    names = [name for name in catalogue_names() if name.startswith(incomplete)]
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


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
    """The axes of the studies that were named before, and of `--axis`, with all their values.

    While an option still lacks its value, click leaves the studies in `context.args`.
    """
    given: Any = context.params.get("studies") or context.params.get("study") or context.args
    known = {given} if isinstance(given, str) else set(given)
    axes = [axis for name in known & set(catalogue_names()) for axis in find_study(name).axes]
    words = [f"{axis.field}={','.join(map(str, axis.values))}" for axis in axes]
    words += context.params.get("axes") or ()
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def is_flag(name: str) -> bool:
    return isinstance(getattr(RunConfig(), name, None), bool)
