"""``runreel config``: the current settings, and the origin of each."""

from __future__ import annotations

import json
from functools import reduce
from pathlib import Path

import click

from runreel.cli.options import config_option, json_option, read_settings
from runreel.cli.terminal import format_table
from runreel.config import SETTINGS, Count, EffectiveConfig, Size


@click.group(
    invoke_without_command=True,
    epilog="Example: runreel config --json",
)
@config_option
@json_option
@click.pass_context
def config(ctx: click.Context, config_file: Path | None, as_json: bool) -> None:
    """Print all current settings, and the origin of each."""
    ctx.obj = config_file
    if ctx.invoked_subcommand is None:
        settings = read_settings(config_file)
        click.echo(_format_json(settings) if as_json else _format_table(settings))


@config.command("check", epilog="Example: runreel config check")
@click.pass_obj
@config_option
def check_settings(outer: Path | None, config_file: Path | None) -> None:
    """Check the settings, and list every error."""
    read_settings(config_file or outer)
    click.echo("The settings are valid.")


def _collect_values(settings: EffectiveConfig) -> dict[str, object]:
    return {
        setting.name: reduce(getattr, setting.path, settings.config)
        for setting in SETTINGS.values()
    }


def _format_json(settings: EffectiveConfig) -> str:
    document = {
        name: {"value": _to_json_value(value), "origin": settings.origins[name]}
        for name, value in _collect_values(settings).items()
    }
    return json.dumps(document, indent=2)


def _to_json_value(value: object) -> object:
    """Return the value as a settings file has it, except that a size is a number of bytes."""
    if isinstance(value, tuple | bool | float | Count | Size):
        return value
    return str(value)


def _format_table(settings: EffectiveConfig) -> str:
    rows = [
        (name, _format_toml(value), settings.origins[name])
        for name, value in _collect_values(settings).items()
    ]
    return format_table(rows, ("SETTING", "VALUE", "FROM"))


def _format_toml(value: object) -> str:
    """Return the value in TOML syntax."""
    if isinstance(value, tuple | bool | float | Count):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(str(value), ensure_ascii=False)
