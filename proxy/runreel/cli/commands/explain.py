"""``runreel explain``: the exchange that answers a request, or the reasons that none does."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import click

from runreel.cli.commands.show import choose_number
from runreel.cli.options import (
    OptionValue,
    complete_cassette,
    complete_exchange,
    config_option,
    json_option,
    patterns_option,
    read_settings,
    volatile_option,
)
from runreel.cli.terminal import escape_controls, print_json
from runreel.core.explain.explanation import ReplayHit, explain_request
from runreel.core.explain.miss import Miss
from runreel.core.http.request_file import parse_request_file
from runreel.core.match.matching import Matching, learn_answers
from runreel.core.match.rules import MatchRules
from runreel.core.replay.query import build_query
from runreel.core.report.documents import SCHEMA_VERSION
from runreel.dialects import build_finder
from runreel.errors import UsageError
from runreel.model import Request
from runreel.shell.process.redaction import build_comparing_redactor
from runreel.shell.store.names import SUFFIX, resolve_argument
from runreel.shell.store.reader import CassetteReader

EPILOG = """\
\b
Examples:
  runreel explain my-test request.http
  runreel explain my-test < request.json
  runreel explain my-test other-test 4           exchange 4 of another cassette
  runreel show other-test 4 --json | runreel explain my-test
  echo '{"method": "GET", "target": "/v1/models"}' | runreel explain my-test --json

The request is HTTP/1.1 text, or JSON with method, target (or url), headers and body, an entry of a
HAR file, or what "runreel show CASSETTE N --json" prints. It is redacted before the search, and so
is all output.

\b
Exit codes:
  0  an exchange answers the request
  1  no exchange answers it
"""


@click.command(epilog=EPILOG)
@click.argument("cassette", shell_complete=complete_cassette)
@click.argument("file", required=False, shell_complete=complete_cassette)
@click.argument(
    "number",
    metavar="[N]",
    required=False,
    type=click.IntRange(min=1),
    shell_complete=complete_exchange,
)
@volatile_option
@patterns_option
@json_option
@config_option
def explain(
    cassette: str,
    file: str | None,
    number: int | None,
    as_json: bool,
    config_file: Path | None,
    **settings: OptionValue,
) -> int:
    """Show which exchange of CASSETTE answers the request in FILE, or what differs.

    Without FILE, or with "-", the request is read from standard input. With N, FILE is another
    cassette, and the request is that of its exchange N.
    """
    config = read_settings(config_file, **settings).config
    matching = Matching(build_finder(config.dialect), MatchRules.from_settings(config.match))
    redactor = build_comparing_redactor(config)
    with CassetteReader.open(resolve_argument(cassette, Path(config.cassettes))) as reader:
        reader.raise_if_damaged()
        learn_answers(matching, reader.heads, reader.read_answer_headers)
        request = _read_request(file, number, Path(config.cassettes))
        query = build_query(
            request, redactor=redactor, matching=matching, max_body=config.limits.max_body
        )
        result = explain_request(
            query,
            reader.heads,
            matching,
            order=config.order,
            redact=lambda each: build_comparing_redactor(config).redact_request(each).request,
        )
        names = str(reader.path), reader.header.upstream
    if as_json:
        print_json(_build_document(result, *names))
    else:
        click.echo(escape_controls(_format_result(result, *names)))
    return 1 if isinstance(result, Miss) else 0


def _format_result(result: ReplayHit | Miss, cassette: str, upstream: str) -> str:
    if isinstance(result, Miss):
        return result.format_message(cassette, upstream)
    return "\n".join(result.format_lines())


def _read_request(file: str | None, number: int | None, folder: Path) -> Request:
    if number is None or file is None:
        return parse_request_file(_read_request_file(file, folder))
    with CassetteReader.open(resolve_argument(file, folder)) as reader:
        number = choose_number(reader, number)
        return next(head.request for head in reader.heads if head.number == number)


def _read_request_file(file: str | None, folder: Path) -> bytes:
    if file is None or file == "-":
        return sys.stdin.buffer.read()
    try:
        data = Path(file).read_bytes()
    except OSError as error:
        if resolve_argument(file, folder).is_file():
            _raise_no_number(file)
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    if file.endswith(SUFFIX):
        _raise_no_number(file)
    return data


def _raise_no_number(file: str) -> NoReturn:
    raise UsageError(
        f"{file} is a cassette, and so it is not a request: add the number of an exchange in it"
    )


def _build_document(result: ReplayHit | Miss, cassette: str, upstream: str) -> Mapping[str, object]:
    document = (
        {"outcome": "miss", **result.to_document(cassette, upstream)}
        if isinstance(result, Miss)
        else result.to_document()
    )
    return {"schema_version": SCHEMA_VERSION, "cassette": cassette, **document}
