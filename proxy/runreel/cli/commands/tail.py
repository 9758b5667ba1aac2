"""``runreel tail``: follow a running proxy."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click

from runreel.cli.options import config_option, read_settings
from runreel.cli.selection import filter_option
from runreel.cli.tail.client import Note, ProxyAddress, TailClient
from runreel.cli.tail.exchange import build_call
from runreel.cli.tail.lines import (
    format_begin,
    format_end,
    format_event_lines,
    iter_json_lines,
)
from runreel.cli.terminal import print_error
from runreel.core.dialect import DialectFinder
from runreel.core.filter.nodes import Filter
from runreel.core.filter.parser import parse_filter
from runreel.dialects import build_finder

TOKEN_VARIABLE = "RUNREEL_TOKEN"  # noqa: S105 - the name of a variable

EPILOG = """\
\b
Examples:
  runreel tail                                 the proxy at the address of the settings
  runreel tail http://127.0.0.1:7357
  runreel tail http://127.0.0.1:7357/@my-test  one session
  runreel tail --events -f 'op:runs.*'         with the events of each stream
  runreel tail --json | jq .outcome

A call is shown when it begins, by method and operation alone. Path, model, tokens and events come
with its end, once it is redacted and stored. A filter needs those, so with one only ends are shown.
RUNREEL_TOKEN is sent to the proxy, which asks for it if other machines can reach it.

\b
Exit codes:
  0  the proxy has ended, or Ctrl-C
  3  it cannot be reached, or the connection is lost
"""


class TailView(NamedTuple):
    """The calls to print, and their form."""

    call_filter: Filter
    session: str
    find_dialect: DialectFinder
    events: bool
    as_json: bool


@click.command(epilog=EPILOG)
@click.argument("url", required=False)
@click.option("--events", is_flag=True, help="Print the events of each answer as well.")
@filter_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document a line.")
@config_option
def tail(
    url: str | None, events: bool, filter_text: str, as_json: bool, config_file: Path | None
) -> int:
    """Follow a running proxy: a line for each call that begins, and one for its end.

    URL is that of the proxy, or a client's base URL; default: the address in the settings.
    """
    call_filter = parse_filter(filter_text)
    config = read_settings(config_file).config
    address = ProxyAddress.parse(url or str(config.listen))
    client = TailClient(address, os.environ.get(TOKEN_VARIABLE, ""))
    find_dialect = build_finder(config.dialect)
    view = TailView(call_filter, address.session, find_dialect, events=events, as_json=as_json)
    try:
        for note in client.iter_notes():
            for line in _iter_lines(note, client, view):
                click.echo(line)
    except KeyboardInterrupt:
        return 0
    return 0


def _iter_lines(note: Note, client: TailClient, view: TailView) -> Iterator[str]:
    fields = note.fields
    if note.kind == "missed":
        yield from _report_missed(fields, view)
    elif view.session and fields.get("session") != view.session:
        return
    elif note.kind == "begin" and not view.call_filter.text:
        is_json = view.as_json
        yield json.dumps({"type": "begin", **fields}) if is_json else format_begin(fields)
    elif note.kind == "end":
        yield from _iter_end_lines(fields, client, view)


def _report_missed(fields: Mapping[str, Any], view: TailView) -> Iterator[str]:
    if view.as_json:
        yield json.dumps({"type": "missed", **fields})
    else:
        print_error([f"{fields.get('notes')} lines are missing: the proxy was faster than this"])


def _iter_end_lines(fields: Mapping[str, Any], client: TailClient, view: TailView) -> Iterator[str]:
    number = fields.get("exchange")
    document = None
    if isinstance(number, int):
        document = client.read_exchange(str(fields.get("session")), number)
    call = build_call(fields, document, view.find_dialect)
    if not view.call_filter.matches(call):
        return
    if view.as_json:
        yield from iter_json_lines(fields, document, with_events=view.events)
        return
    yield format_end(fields, call, is_stored=document is not None)
    if view.events:
        yield from format_event_lines(call)
