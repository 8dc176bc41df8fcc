"""The command `study`: all programs under one name, each loaded only when it is called."""

import importlib
import sys
from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem

from results.command_line import CONTEXT, run
from results.text import closest
from study.execution.version import version_text

PROGRAMS = {
    "run": ("study.run", "train what is missing of a study and print its answer"),
    "plan": ("study.plan", "say how many seeds a question needs, and how long they take"),
    "screen": ("study.screen", "say how many of a study's untrained networks are born dead"),
    "status": ("study.status", "say what is done, running, failed and missing"),
    "report": ("study.report", "say what a study's runs say: answers, tables, figures"),
    "predict": ("core.predict", "apply a finished run's network to images"),
    "check": ("results.check", "verify a ledger and quarantine what is damaged"),
    "merge": ("results.merge", "take the runs of several ledgers into one"),
    "compact": ("results.compact", "join a ledger's files, so that thousands load fast"),
}
"""Each with the module it is in and what the help says of it."""
EXAMPLES = """
Example: study run temperature_seeds --dry-run
Tab completion: put  eval "$(_STUDY_COMPLETE=bash_source study)"  into ~/.bashrc
  (zsh: zsh_source, ~/.zshrc; fish: _STUDY_COMPLETE=fish_source study | source)
"""


class Programs(click.Group):
    """A group that imports a program's module only to run or complete it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(PROGRAMS)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            ctx.fail(f"name a command: {', '.join(PROGRAMS)}")
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in PROGRAMS:
            return None
        return importlib.import_module(PROGRAMS[cmd_name][0]).main

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in PROGRAMS and not name.startswith("-") and not ctx.resilient_parsing:
            raise click.NoSuchCommand(name, possibilities=closest(name, PROGRAMS), ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, said) for name, (_, said) in PROGRAMS.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(EXAMPLES)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        known = PROGRAMS.items()
        named = [CompletionItem(n, help=s) for n, (_, s) in known if n.startswith(incomplete)]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]


def print_version(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        print(version_text())
        context.exit()


GROUP = Programs(
    "study",
    help="How often does a training setting collapse? Multi-seed studies of U-Nets.",
    subcommand_metavar="COMMAND ...",
    options_metavar="",
    no_args_is_help=False,
    invoke_without_command=False,
    context_settings=CONTEXT,
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=print_version,
            help="say which version this is, and its commit",
        )
    ],
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command `study`; its exit status."""
    return run(GROUP, arguments, "study")


if __name__ == "__main__":
    sys.exit(main())
