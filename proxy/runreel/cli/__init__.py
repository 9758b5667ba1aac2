"""The command line: a table of commands, each imported when it runs, and the output of errors."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import click

from runreel.cli.terminal import print_error
from runreel.errors import ConfigError, RunreelError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_GC_THRESHOLDS = (200_000, 50, 100)
"""New objects up to a collection: a command creates many that it keeps until its end."""

INTERRUPTED = 130
BROKEN_PIPE = 141


class Command(NamedTuple):
    """A command: its import path, and its line in the list of commands."""

    target: str
    """``module:function``."""
    help: str


COMMANDS: Mapping[str, Command] = {
    "record": Command(
        "runreel.cli.commands.record:record", "Forward to the upstream, and record a cassette."
    ),
    "replay": Command(
        "runreel.cli.commands.replay:replay", "Answer from a cassette, without network access."
    ),
    "auto": Command(
        "runreel.cli.commands.auto:auto", "Replay recorded requests, and record new ones."
    ),
    "demo": Command(
        "runreel.cli.commands.demo:demo", "Record, replay and compare a sample run, offline."
    ),
    "simulate": Command(
        "runreel.cli.commands.simulate:simulate", "Serve a sample upstream that needs no key."
    ),
    "ls": Command("runreel.cli.commands.ls:ls", "List cassettes, or the exchanges of one."),
    "show": Command("runreel.cli.commands.show:show", "Show one exchange, event by event."),
    "inspect": Command("runreel.cli.commands.inspect:inspect", "Show cassettes in the browser."),
    "stats": Command("runreel.cli.commands.stats:stats", "Print figures of calls."),
    "lint": Command("runreel.cli.commands.lint:lint", "Look for what will cause trouble."),
    "grep": Command("runreel.cli.commands.grep:grep", "Search what exchanges say."),
    "tail": Command("runreel.cli.commands.tail:tail", "Follow a running proxy, call by call."),
    "diff": Command(
        "runreel.cli.commands.diff:diff", "Compare two recordings: find where they part."
    ),
    "git": Command("runreel.cli.commands.git:git", "Show cassettes in git diff, refuse merges."),
    "match": Command("runreel.cli.commands.match:match", "Check the matching rules on a cassette."),
    "explain": Command(
        "runreel.cli.commands.explain:explain", "Show which exchange answers a request, and why."
    ),
    "verify": Command(
        "runreel.cli.commands.verify:verify", "Check a cassette for damage, and repair it."
    ),
    "scan": Command(
        "runreel.cli.commands.scan:scan", "Search cassettes for secrets that are still in them."
    ),
    "redact": Command(
        "runreel.cli.commands.redact:redact", "Redact cassettes again with the current rules."
    ),
    "export": Command(
        "runreel.cli.commands.export:export", "Write exchanges as curl, HAR, events or programs."
    ),
    "import": Command(
        "runreel.cli.commands.import_recordings:import_recordings",
        "Make cassettes from HAR files and VCR cassettes.",
    ),
    "mcp": Command("runreel.cli.commands.mcp:mcp", "Let a coding agent read cassettes (MCP)."),
    "rules": Command(
        "runreel.cli.commands.rules:rules", "List the redaction rules, or test them on a text."
    ),
    "config": Command(
        "runreel.cli.commands.config:config", "Print the current settings, or check them."
    ),
    "completion": Command(
        "runreel.cli.commands.completion:completion", "Print the code that completes in a shell."
    ),
}

NEXT_STEPS = """\
See it work, offline:  runreel demo
Record your own app:   runreel record NAME --upstream https://api.openai.com -- COMMAND
Replay it:             runreel replay NAME -- COMMAND"""

EPILOG = """\
\b
Exit codes:
  0  success
  1  findings: damage, secrets, differences, misses that count as failures
  2  wrong usage or configuration
  3  the operation failed: port in use, upstream not reachable, file locked

With "-- COMMAND": the exit code of COMMAND, if it is not 0.

\b
Example:
  runreel demo
"""


class LazyGroup(click.Group):
    """The commands of ``COMMANDS``; each is imported only to run it or to show its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command and return it, or None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name].target.split(":")
        command: click.Command = getattr(import_module(module), function)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands that begin like this, without importing any of them."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - needed here only

        items = [
            CompletionItem(name, help=command.help)
            for name, command in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return items or super().shell_complete(ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help) for name, command in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; raise ``UsageError`` with the most similar name if there is none."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(_describe_unknown_command(args[0]), ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; exit quietly if the output is a closed pipe (``runreel ls | head``)."""
        try:
            outcome: object = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(BROKEN_PIPE)
        return outcome


def _describe_unknown_command(name: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - for mistakes only

    nearest = get_close_matches(name, COMMANDS, n=1)
    hint = f'; did you mean "{nearest[0]}"?' if nearest else ""
    return f'there is no command "{name}"{hint}'


def _print_versions(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from importlib.metadata import version  # noqa: PLC0415 - slow, and used here only

    click.echo(f"runreel {version('runreel')}")
    click.echo(f"Python {sys.version.split()[0]}")
    for package in ("aiohttp", "msgpack"):
        click.echo(f"{package} {version(package)}")
    ctx.exit()


@click.group(
    cls=LazyGroup,
    epilog=EPILOG,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "color": True},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_versions,
    help="Print the versions of runreel, Python and the main libraries.",
)
@click.pass_context
def runreel(ctx: click.Context) -> None:
    """Record LLM runs through a reverse proxy, and replay them byte for byte."""
    if ctx.invoked_subcommand is None:
        click.echo(NEXT_STEPS)


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command line, and exit the process with its exit code."""
    gc.set_threshold(*_GC_THRESHOLDS)
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:
    """Run the command line and return its exit code: the command's result, with None as 0."""
    try:
        outcome: int | None = runreel.main(list(argv), prog_name="runreel", standalone_mode=False)
    except RunreelError as error:
        print_error(_format_error(error))
        return error.exit_code
    except click.ClickException as error:
        print_error(_format_usage_error(error))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as error:
        print_error(_format_fault(error))
        return RunreelError.exit_code
    return outcome or 0


def _format_error(error: RunreelError) -> list[str]:
    if isinstance(error, ConfigError) and len(error.problems) > 1:
        return [f"{len(error.problems)} errors in the settings", *error.problems]
    return [str(error)]


def _format_usage_error(error: click.ClickException) -> list[str]:
    context = error.ctx if isinstance(error, click.UsageError) else None
    help_line = [f"Try: {context.command_path} --help"] if context else []
    return [error.format_message(), *help_line]


def _format_fault(error: Exception) -> list[str]:
    """Describe an unexpected exception by type and location.

    Its message is left out: it may contain data from the wire.
    """
    from runreel.shell.process.logs import locate_error  # noqa: PLC0415 - structlog is slow to import

    fault = f"unexpected {type(error).__name__} at {locate_error(error)}: a bug in runreel"
    if os.environ.get("RUNREEL_TRACEBACK"):
        return [fault, *traceback.format_tb(error.__traceback__)]
    return [fault, "Set RUNREEL_TRACEBACK=1 to see the traceback"]
