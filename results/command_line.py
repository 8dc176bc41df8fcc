"""What every command shares: help with examples, a mistake told in one line, the exit status."""

import shlex
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import click

from results.errors import ConfigError, LedgerWarning, StudyError
from results.option_types import PLACE
from results.sigterm import sigterm_as_interrupt
from results.streams import discard_output, is_full, make_printable
from results.text import closest, did_you_mean, printable

DONE, FOUND, USAGE, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 130, 141
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
TYPED = "what the user typed"
"""Key in the context's `meta`."""


class Program(click.Command):
    """A command that runs as `python -m MODULE`, and under a name of its own below `study`.

    Calling it runs it and returns its exit status. `program` describes the arguments; settings are
    those of `click.Command`.
    """

    def __init__(
        self,
        *args: Any,
        module: str,
        examples: str,
        interrupted: str,
        headings: Mapping[str, str],
        **settings: Any,
    ) -> None:
        super().__init__(*args, context_settings=CONTEXT, **settings)
        self.module, self.examples, self.interrupted = module, examples, interrupted
        self.headings = headings

    def __call__(self, arguments: Sequence[str] | None = None) -> int:
        return run(self, arguments, f"python -m {self.module}")

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        typed = shlex.join(args)
        try:
            context = super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:  # some come without: then the help of this very program
            error.ctx = error.ctx or click.Context(self, parent, info_name)
            raise
        context.meta[TYPED] = f"{context.command_path} {typed}".rstrip()
        return context

    def invoke(self, ctx: click.Context) -> int:
        body = super().invoke
        said = self.interrupted.replace("{command}", ctx.meta[TYPED])
        return exit_status(lambda: body(ctx), said)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        heading, sections = "Options", dict[str, list[tuple[str, str]]]()
        for parameter in self.get_params(ctx):
            heading = self.headings.get(parameter.name or "", heading)
            said = parameter.get_help_record(ctx)
            if said is not None and isinstance(parameter, click.Option):
                sections.setdefault(heading, []).append(said)
        for heading, lines in sections.items():
            with formatter.section(heading):
                formatter.write_dl(lines)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        here = self.examples.replace(f"python -m {self.module}", ctx.command_path)
        formatter.write(f"\n{here}")


def program(
    module: str,
    description: str,
    examples: str,
    *,
    interrupted: str = "nothing was changed",
    headings: Mapping[str, str] = MappingProxyType({}),
) -> Callable[[Callable[..., int]], Program]:
    """Make a `Program` of a function that takes its parameters and returns an exit status.

    Args:
        module: what follows `python -m`.
        description: one sentence.
        examples: shown below the options, with the name under which the user called it.
        interrupted: what is said after Ctrl-C; `{command}` is what the user typed.
        headings: in the help, by the name of the option that follows.
    """
    return click.command(
        cls=Program,
        module=module,
        help=description,
        examples=examples,
        interrupted=interrupted,
        headings=headings,
    )


def with_parameters(
    *parameters: Callable[[Callable[..., int]], Callable[..., int]],
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """One decorator for several options and arguments, in the order of the help."""

    def decorate(function: Callable[..., int]) -> Callable[..., int]:
        for parameter in reversed(parameters):
            function = parameter(function)
        return function

    return decorate


out_option = click.option(
    "--out",
    type=PLACE,
    default="outputs",
    metavar="DIR|URI",
    help="where results are (default: outputs)",
)
json_option = click.option("--json", "as_json", is_flag=True, help="machine-readable output")


def typed_command() -> str:
    """The running command as the user typed it."""
    return click.get_current_context().meta[TYPED]


def sibling(module: str) -> str:
    """Another program as the user would type it beside the running one.

    Args:
        module: what follows `python -m`, as `study.report`.
    """
    context = click.get_current_context(silent=True)
    running = context.command_path if context else "study"
    name = module.rpartition(".")[2]
    if running.startswith("python -m study "):
        return f"python -m study {name}"
    return f"python -m {module}" if running.startswith("python -m") else f"study {name}"


def run(command: click.Command, arguments: Sequence[str] | None, prog: str) -> int:
    """Parse the arguments and run the command.

    Args:
        command: a program, or a group of them.
        arguments: what follows its name; None for those of this process.
        prog: its name, as it is told to the user.

    Returns:
        Its exit status: 2 for wrong usage and where its output cannot be written, which is one
        line on stderr; 141 where the reader of its output has gone.
    """
    given = None if arguments is None else list(arguments)
    make_printable()
    try:
        status = command.main(given, prog, standalone_mode=False) or DONE
        sys.stdout.flush()
        return status
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else prog
        print(f"error: {printable(mistake(error))}; see {path} --help", file=sys.stderr)
        return USAGE
    except click.Abort:  # Ctrl-C while the program was still being imported
        print("\ninterrupted; nothing was begun, the same command starts over", file=sys.stderr)
        return INTERRUPTED
    except (BrokenPipeError, SystemExit) as error:
        if isinstance(error, SystemExit) and error.code != 1:  # click and rich leave a pipe with 1
            raise
        discard_output()
        return BROKEN_PIPE
    except OSError as error:
        if not is_full():
            raise
        discard_output()
        print(
            f"error: standard output: cannot be written ({error.strerror}); make room there, or "
            "send it elsewhere",
            file=sys.stderr,
        )
        return USAGE


def mistake(error: click.UsageError) -> str:
    """What was typed wrongly and the rule it breaks, without a full stop."""
    if isinstance(error, click.NoSuchOption):
        return f"no option '{error.option_name}'{did_you_mean(options_like(error))}"
    if isinstance(error, click.NoSuchCommand):
        return f"no command '{error.command_name}'{did_you_mean(error.possibilities or ())}"
    if isinstance(error, click.MissingParameter) and error.param is not None:
        return f"{name_of(error.param)} is missing"
    if isinstance(error, click.BadParameter) and error.param is not None:
        return f"{name_of(error.param)} {error.message.rstrip('.')}"
    message = error.format_message().rstrip(".")
    return message[:1].lower() + message[1:]


def options_like(error: click.NoSuchOption) -> list[str]:
    """The option that may be meant: its letters are alike, not only its dashes."""
    known = error.ctx.command.get_params(error.ctx) if error.ctx else []
    named = [name.lstrip("-") for one in known for name in (*one.opts, *one.secondary_opts)]
    return [f"--{word}" for word in closest(error.option_name.lstrip("-"), named) if len(word) > 1]


def name_of(parameter: click.Parameter) -> str:
    """An option as it is typed, an argument as the help names it."""
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return parameter.human_readable_name


def require_given(**texts: str | None) -> None:
    """Raise ConfigError, which names the option, where a text is empty; None is the default."""
    for name, text in texts.items():
        if text == "":
            raise ConfigError(f"--{name}: is empty; leave it out for the default")


def exit_status(command: Callable[[], int], interrupted: str) -> int:
    """The command's exit status. Errors a user can mend are one line on stderr.

    Args:
        command: does it all.
        interrupted: what to say after Ctrl-C or SIGTERM.
    """
    with warnings.catch_warnings(), sigterm_as_interrupt():
        warnings.simplefilter("always", LedgerWarning)
        warnings.showwarning = lambda message, *_, **__: print(
            f"warning: {printable(str(message))}", file=sys.stderr
        )
        try:
            return command()
        except StudyError as error:
            print(f"error: {printable(str(error))}", file=sys.stderr)
            return USAGE
        except KeyboardInterrupt:
            print(f"\ninterrupted; {interrupted}", file=sys.stderr)
            return INTERRUPTED
