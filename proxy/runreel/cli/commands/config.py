"""``runreel config``: the settings in force and where each comes from."""

from __future__ import annotations

import json
from functools import reduce
from pathlib import Path

import click

from runreel.cli.options import config_option, json_option, settings_from
from runreel.cli.terminal import table
from runreel.config import SETTINGS, Settings, Size


@click.group(
    invoke_without_command=True,
    epilog="Example: runreel config --json",
)
@config_option
@json_option
@click.pass_context
def config(ctx: click.Context, config_file: Path | None, as_json: bool) -> None:
    """Print every setting in force, and where it comes from."""
    ctx.obj = config_file
    if ctx.invoked_subcommand is None:
        settings = settings_from(config_file)
        click.echo(_as_json(settings) if as_json else _as_table(settings))


@config.command(epilog="Example: runreel config check")
@click.pass_obj
@config_option
def check(outer: Path | None, config_file: Path | None) -> None:
    """Say whether the settings are fine, or list every mistake."""
    settings_from(config_file or outer)
    click.echo("The settings are fine.")


def _values(settings: Settings) -> dict[str, object]:
    return {
        setting.name: reduce(getattr, setting.path, settings.config)
        for setting in SETTINGS.values()
    }


def _as_json(settings: Settings) -> str:
    document = {
        name: {"value": _plain(value), "origin": settings.origins[name]}
        for name, value in _values(settings).items()
    }
    return json.dumps(document, indent=2)


def _plain(value: object) -> object:
    """The value as it would stand in a file, but for sizes: programs count in bytes."""
    if isinstance(value, tuple | bool | float | Size):
        return value
    return str(value)


def _as_table(settings: Settings) -> str:
    rows = [
        (name, _toml(value), settings.origins[name]) for name, value in _values(settings).items()
    ]
    return table(rows, ("SETTING", "VALUE", "FROM"))


def _toml(value: object) -> str:
    """The value as a file writes it."""
    if isinstance(value, tuple | bool | float):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(str(value), ensure_ascii=False)
