"""``runreel record``: forward to the upstream and keep what was said."""

from __future__ import annotations

from pathlib import Path

import click

from runreel.cli.options import (
    config_option,
    keep_on_failure_option,
    listen_option,
    loop_option,
    read_settings,
    record_errors_option,
    upstream_option,
)

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
@record_errors_option
@keep_on_failure_option
@loop_option
@config_option
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def record(
    cassette: str,
    upstream: str | None,
    listen: str | None,
    append: bool,
    record_errors: bool | None,
    keep_on_failure: bool,
    loop: str | None,
    config_file: Path | None,
    command: tuple[str, ...],
) -> int:
    """Record what clients say to the upstream into CASSETTE, a file or a name.

    An old cassette stays until the new one is whole. Given a folder (cassettes/), it records
    sessions by name: URL/@NAME/v1 into NAME.cassette there.

    The server is ready when it prints "listening on URL"; clients use URL/v1 as their base URL.
    With "-- COMMAND" it runs the command with OPENAI_BASE_URL and the like set, and ends with it.
    """
    from runreel.cli.serving_options import choose_listen_address, serve_cassette  # noqa: PLC0415 - imported when it runs

    config = read_settings(
        config_file,
        mode="record",
        upstream=upstream,
        listen=choose_listen_address(listen, command),
        loop=loop,
        record_errors=record_errors,
    ).config
    return serve_cassette(config, cassette, command, append=append, keep_on_failure=keep_on_failure)
