"""``runreel auto``: replay what is there, record the rest; or any mode, by its name."""

from __future__ import annotations

from pathlib import Path

import click

from runreel.cli.options import (
    config_option,
    keep_on_failure_option,
    listen_option,
    loop_option,
    on_miss_option,
    on_unplayed_option,
    read_settings,
    record_errors_option,
    speed_option,
    strict_option,
    upstream_option,
)

EPILOG = """\
\b
Modes, with the names that VCR has for them:
  auto, new_episodes  replay what matches, record the rest
  replay, none        replay; the network is never used
  record, all         record a fresh cassette
  once                auto if there is no cassette, else replay
  passthrough         forward, and record nothing

\b
Examples:
  runreel auto my-test --upstream https://api.openai.com -- pytest tests/test_runs.py
  runreel auto my-test --upstream https://api.openai.com --mode once -- pytest
"""


@click.command(epilog=EPILOG)
@click.argument("cassette")
@click.option("--mode", metavar="MODE", help="Do something else instead; see below.")
@upstream_option
@listen_option
@speed_option
@strict_option
@on_miss_option
@on_unplayed_option
@record_errors_option
@keep_on_failure_option
@loop_option
@config_option
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def auto(
    cassette: str,
    mode: str | None,
    upstream: str | None,
    listen: str | None,
    speed: str | None,
    strict: bool | None,
    on_miss: str | None,
    on_unplayed: str | None,
    record_errors: bool | None,
    keep_on_failure: bool,
    loop: str | None,
    config_file: Path | None,
    command: tuple[str, ...],
) -> int:
    """Answer from CASSETTE what it holds; ask the upstream for the rest, and add that to it.

    CASSETTE is a file or a name; given a folder (cassettes/), each session by name, URL/@NAME/v1,
    has NAME.cassette there. What a session has recorded is replayed from the next one on. With
    "-- COMMAND" it runs the command with OPENAI_BASE_URL and the like set, and ends with it.
    """
    from runreel.cli.serving_options import choose_listen_address, serve_cassette  # noqa: PLC0415 - imported when it runs

    config = read_settings(
        config_file,
        mode=mode,
        upstream=upstream,
        listen=choose_listen_address(listen, command),
        loop=loop,
        record_errors=record_errors,
        replay__speed=speed,
        replay__strict=strict,
        replay__on_miss=on_miss,
        replay__on_unplayed=on_unplayed,
    ).config
    return serve_cassette(config, cassette, command, keep_on_failure=keep_on_failure)
