"""``runreel replay``: answer from a cassette, without a network."""

from __future__ import annotations

from pathlib import Path

import click

from runreel.cli.options import (
    config_option,
    listen_option,
    settings_from,
    speed_option,
    start_log,
)

EPILOG = """\
\b
Examples:
  runreel replay cassettes/demo.cassette
  runreel replay my-test --speed recorded
  runreel replay my-test -- pytest tests/test_runs.py
"""


@click.command(epilog=EPILOG)
@click.argument("cassette")
@listen_option
@speed_option
@click.option("--strict", is_flag=True, default=None, help="Play each exchange once, in order.")
@config_option
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def replay(
    cassette: str,
    listen: str | None,
    speed: str | None,
    strict: bool | None,
    config_file: Path | None,
    command: tuple[str, ...],
) -> int:
    """Answer from CASSETTE, a file or a name: the same status, headers and bytes, every time.

    The server is ready when it prints "listening on URL"; it needs no key and never uses the
    network. With "-- COMMAND" it runs the command with OPENAI_BASE_URL and the like set, and ends
    with it.
    """
    from runreel.cli.serve import listen_for, run  # noqa: PLC0415 - imported when it runs
    from runreel.shell import session  # noqa: PLC0415 - same
    from runreel.shell.store import resolve  # noqa: PLC0415 - same

    config = settings_from(
        config_file,
        listen=listen_for(listen, command),
        replay__speed=speed,
        replay__strict=strict,
    ).config
    path = resolve(cassette, Path(config.cassettes))
    start_log(config)
    return run(
        lambda announce: session.replay(config, path, command=command, announce=announce), command
    )
