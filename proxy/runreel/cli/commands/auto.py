"""``runreel auto``: replay recorded requests and record new ones, or use any other mode."""

from __future__ import annotations

from pathlib import Path

import click

from runreel.cli.options import (
    OptionValue,
    add_log_options,
    complete_cassette,
    complete_command,
    complete_setting,
    config_option,
    cors_option,
    env_option,
    keep_on_failure_option,
    listen_option,
    loop_option,
    on_miss_option,
    on_unplayed_option,
    on_unused_option,
    order_option,
    patterns_option,
    record_errors_option,
    serve_option,
    speed_option,
    strict_option,
    upstream_option,
    volatile_option,
)
from runreel.cli.quick_imports import import_quickly

EPILOG = """\
\b
Modes, with their names in VCR:
  auto, new_episodes  replay recorded requests, and record new ones
  replay, none        replay only, without network access
  record, all         record a new cassette
  once                auto if there is no cassette yet, else replay
  passthrough         forward without recording

\b
Examples:
  runreel auto my-test --upstream https://api.openai.com -- pytest tests/test_runs.py
  runreel auto my-test --upstream https://api.openai.com --mode once -- pytest
"""


@click.command(epilog=EPILOG)
@click.argument("cassette", shell_complete=complete_cassette)
@click.option(
    "--mode", metavar="MODE", shell_complete=complete_setting, help="Use another mode; see below."
)
@upstream_option
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
@record_errors_option
@keep_on_failure_option
@loop_option
@add_log_options
@config_option
@click.argument("command", nargs=-1, type=click.UNPROCESSED, shell_complete=complete_command)
def auto(
    cassette: str,
    keep_on_failure: bool,
    config_file: Path | None,
    command: tuple[str, ...],
    **settings: OptionValue,
) -> int:
    """Replay requests that CASSETTE contains; forward and record all others.

    CASSETTE is a file or a name. If it is a folder (cassettes/), each session has a cassette of its
    own: URL/@NAME/v1 uses NAME.cassette there. Newly recorded exchanges are replayed from the next
    session on. With "-- COMMAND", it runs the command with OPENAI_BASE_URL and similar variables
    set, and stops when the command ends.
    """
    with import_quickly():
        from runreel.cli.serving_options import (  # noqa: PLC0415 - imported only to run it
            read_serving_settings,
            serve_cassette,
        )

    config = read_serving_settings(config_file, command, **settings)
    return serve_cassette(config, cassette, command, keep_on_failure=keep_on_failure)
