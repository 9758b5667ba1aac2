"""``runreel replay``: answer from a cassette, without network access."""

from __future__ import annotations

from pathlib import Path

import click

from runreel.cli.options import (
    OptionValue,
    add_log_options,
    complete_cassette,
    complete_command,
    config_option,
    cors_option,
    end_with_stdin_option,
    env_option,
    fd_option,
    keep_alive_option,
    listen_option,
    loop_option,
    on_miss_option,
    on_unplayed_option,
    on_unused_option,
    order_option,
    patterns_option,
    serve_option,
    speed_option,
    strict_option,
    volatile_option,
    workers_option,
)
from runreel.cli.quick_imports import import_quickly

EPILOG = """\
\b
Examples:
  runreel replay cassettes/demo.cassette
  runreel replay my-test --speed recorded
  runreel replay my-test -- pytest tests/test_runs.py
  runreel replay cassettes/ --workers 4
"""


@click.command(epilog=EPILOG)
@click.argument("cassette", shell_complete=complete_cassette)
@listen_option
@speed_option
@strict_option
@order_option
@volatile_option
@patterns_option
@on_miss_option
@on_unplayed_option
@on_unused_option
@env_option
@cors_option
@serve_option
@end_with_stdin_option
@fd_option
@keep_alive_option
@loop_option
@add_log_options
@workers_option
@config_option
@click.argument("command", nargs=-1, type=click.UNPROCESSED, shell_complete=complete_command)
def replay(
    cassette: str,
    end_with_stdin: bool,
    fd: int | None,
    keep_alive: bool,
    config_file: Path | None,
    command: tuple[str, ...],
    **settings: OptionValue,
) -> int:
    """Answer from CASSETTE, a file or a name, with the same status, headers and bytes each time.

    If CASSETTE is a folder (cassettes/), each session has a cassette of its own: URL/@NAME/v1 is
    answered from NAME.cassette there.

    The server is ready when it prints "listening on URL"; it needs no key and never connects to an
    upstream. With "-- COMMAND", it runs the command with OPENAI_BASE_URL and similar variables set,
    and stops when the command ends.
    """
    with import_quickly():
        from runreel.cli.serving_options import (  # noqa: PLC0415 - imported only to run it
            read_serving_settings,
            serve_cassette,
        )

    config = read_serving_settings(config_file, command, mode="replay", **settings)
    return serve_cassette(
        config,
        cassette,
        command,
        end_with_stdin=end_with_stdin,
        fd=fd,
        keep_alive=keep_alive,
        workers=config.workers,
    )
