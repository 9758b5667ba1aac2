"""``runreel record``: forward requests to the upstream, and record the exchanges."""

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
    env_option,
    keep_on_failure_option,
    listen_option,
    loop_option,
    on_unused_option,
    record_errors_option,
    serve_option,
    upstream_option,
)
from runreel.cli.quick_imports import import_quickly

EPILOG = """\
\b
Examples:
  runreel record my-test --upstream https://api.openai.com
  runreel record my-test --upstream https://api.openai.com -- pytest tests/test_runs.py
"""


@click.command(epilog=EPILOG)
@click.argument("cassette", shell_complete=complete_cassette)
@upstream_option
@listen_option
@click.option(
    "--append", is_flag=True, help="Add to the existing cassette instead of replacing it."
)
@record_errors_option
@on_unused_option
@env_option
@cors_option
@serve_option
@keep_on_failure_option
@loop_option
@add_log_options
@config_option
@click.argument("command", nargs=-1, type=click.UNPROCESSED, shell_complete=complete_command)
def record(
    cassette: str,
    append: bool,
    keep_on_failure: bool,
    config_file: Path | None,
    command: tuple[str, ...],
    **settings: OptionValue,
) -> int:
    """Forward requests to the upstream, and record all exchanges in CASSETTE, a file or a name.

    An existing cassette is replaced when the new one is complete. If CASSETTE is a folder
    (cassettes/), each session is recorded in a file of its own: URL/@NAME/v1 in NAME.cassette
    there.

    The server is ready when it prints "listening on URL"; clients use URL/v1 as their base URL.
    With "-- COMMAND", it runs the command with OPENAI_BASE_URL and similar variables set, and stops
    when the command ends.
    """
    with import_quickly():
        from runreel.cli.serving_options import (  # noqa: PLC0415 - imported only to run it
            read_serving_settings,
            serve_cassette,
        )

    config = read_serving_settings(config_file, command, mode="record", **settings)
    return serve_cassette(config, cassette, command, append=append, keep_on_failure=keep_on_failure)
