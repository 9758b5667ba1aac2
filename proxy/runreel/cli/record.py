"""``runreel record``: forward to the upstream and keep what was said."""

from __future__ import annotations

from pathlib import Path

import click

from runreel.cli.options import (
    config_option,
    listen_option,
    settings_from,
    start_log,
    upstream_option,
)
from runreel.errors import UsageError

EPILOG = """\
\b
Examples:
  runreel record my-test --upstream https://api.openai.com
  runreel record my-test --upstream https://api.openai.com -- pytest tests/test_runs.py
"""


@click.command(epilog=EPILOG)
@click.argument("cassette")
@upstream_option
@listen_option
@click.option("--append", is_flag=True, help="Add to the cassette instead of replacing it.")
@config_option
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def record(
    cassette: str,
    upstream: str | None,
    listen: str | None,
    append: bool,
    config_file: Path | None,
    command: tuple[str, ...],
) -> int:
    """Record what clients say to the upstream into CASSETTE, a file or a name.

    The server is ready when it prints "listening on URL"; clients use URL/v1 as their base URL.
    With "-- COMMAND" it runs the command with OPENAI_BASE_URL and the like set, and ends with it.
    """
    from runreel.cli.serve import listen_for, run  # noqa: PLC0415 - imported when it runs
    from runreel.shell import session  # noqa: PLC0415 - same
    from runreel.shell.store import resolve  # noqa: PLC0415 - same

    config = settings_from(
        config_file, upstream=upstream, listen=listen_for(listen, command)
    ).config
    if not config.upstream:
        raise UsageError(
            "record needs the real API: add --upstream URL, or set upstream in config.toml"
        )
    path = resolve(cassette, Path(config.cassettes))
    start_log(config)
    return run(
        lambda announce: session.record(
            config, path, append=append, command=command, announce=announce
        ),
        command,
    )
