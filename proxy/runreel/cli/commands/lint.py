"""``runreel lint``: what will cause trouble in a recording."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias

import click

from runreel.cli.cassette_files import expand_paths
from runreel.cli.findings.lint_output import (
    RatedFinding,
    build_lint_document,
    build_lint_sarif,
    format_annotation,
    format_finding,
)
from runreel.cli.options import complete_cassette, config_option, read_settings
from runreel.cli.selection import build_selector, filter_option
from runreel.cli.terminal import ProgressLine, escape_controls, print_error, print_json
from runreel.config import Config
from runreel.core.dialect import DialectFinder
from runreel.core.lint.checks import CHECKS, RANKS, Severity
from runreel.core.lint.exchange_checks import LintContext
from runreel.core.lint.findings import LintFinding
from runreel.core.match.matching import Matching
from runreel.core.match.rules import MatchRules
from runreel.core.record.seal import Sealer
from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.finders.detector import TooManyFoundError
from runreel.core.redact.redactor import Redactor
from runreel.core.redact.vault import MAX_VALUES_OF_CASSETTE, Vault
from runreel.dialects import build_finder
from runreel.errors import ConfigError, RunreelError
from runreel.model import Exchange, ExchangeHead, Request
from runreel.shell.process.redaction import build_redaction_rules
from runreel.shell.store.lint_file import Selects, lint_cassette

EPILOG = """\
\b
Examples:
  runreel lint                       all cassettes of the cassette folder
  runreel lint my-test --fail-on error
  runreel lint cassettes --format github    annotations in GitHub Actions
  runreel lint cassettes --format sarif     for code scanning

docs/lint.md describes the checks. [lint] in the settings switches them off, and makes their
findings errors.

\b
Exit codes:
  0  no finding that --fail-on counts
  1  a finding
  3  a file is damaged, or cannot be read
"""

_Linter: TypeAlias = Callable[[Path], Iterator[LintFinding]]
_FORMATS = ("text", "json", "sarif", "github")


@click.command(epilog=EPILOG)
@click.argument("paths", metavar="[PATH]...", nargs=-1, shell_complete=complete_cassette)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="Output format; SARIF is version 2.1.0, github prints annotations.",
)
@click.option("--json", "output_format", flag_value="json", help="The same as --format json.")
@click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    default=Severity.WARNING.value,
    show_default=True,
    help="Exit with 1 from this severity on.",
)
@filter_option
@config_option
def lint(
    paths: tuple[str, ...],
    output_format: str,
    fail_on: str,
    filter_text: str,
    config_file: Path | None,
) -> int:
    """Look for what will cause trouble in cassettes.

    PATH is a cassette's file or name, or a folder; default: the cassette folder.
    """
    config = read_settings(config_file).config
    _check_settings(config)
    folder = Path(config.cassettes)
    files = expand_paths(paths or (f"{folder}/",), folder, "check")
    errors: dict[Path, str] = {}
    find_dialect = build_finder(config.dialect)
    selects = build_selector(filter_text, find_dialect)
    progress = ProgressLine("checking")
    lint_one = _build_linter(config, selects, find_dialect, progress)
    lazy_findings = _iter_findings(files, config, lint_one, errors)
    findings = _print(_clear_before_each(lazy_findings, progress), output_format, errors)
    if errors:
        return 3
    limit = RANKS[Severity(fail_on)]
    return 1 if any(RANKS[rated.severity] <= limit for rated in findings) else 0


def _check_settings(config: Config) -> None:
    """Raise ``ConfigError`` for checks in the settings that do not exist."""
    problems = []
    for setting, codes in (("off", config.lint.off), ("errors", config.lint.errors)):
        for code in codes:
            if code not in CHECKS:
                nearest = get_close_matches(code, CHECKS, n=1)
                hint = f'; did you mean "{nearest[0]}"?' if nearest else ""
                problems.append(f"lint.{setting}: there is no check {code!a}{hint}")
    if problems:
        raise ConfigError(tuple(problems))


def _clear_before_each(
    findings: Iterator[RatedFinding], progress: ProgressLine
) -> Iterator[RatedFinding]:
    for finding in findings:
        progress.clear()
        yield finding
    progress.clear()


def _iter_findings(
    files: Sequence[Path], config: Config, lint_one: _Linter, errors: dict[Path, str]
) -> Iterator[RatedFinding]:
    """Yield the findings, cassette by cassette; note the errors of those that cannot be read."""
    for path in files:
        try:
            for finding in lint_one(path):
                if finding.code not in config.lint.off:
                    yield RatedFinding(path, _rate(finding, config), finding)
        except RunreelError as error:
            errors[path] = str(error).removeprefix(f"{path}: ")


def _build_linter(
    config: Config, selects: Selects, find_dialect: DialectFinder, progress: ProgressLine
) -> _Linter:
    context = LintContext(
        upstream="",
        volatile=config.match.volatile,
        rewrites_bodies=config.rewrite_bodies,
        max_age_days=config.lint.max_age,
        now_ns=time.time_ns(),
    )

    rules = build_redaction_rules(config)

    def lint_one(path: Path) -> Iterator[LintFinding]:
        vault = Vault(max_values=MAX_VALUES_OF_CASSETTE, refuses_excess=False)
        redactor = Redactor(rules, vault)
        sealer = Sealer(redactor, find_dialect, config.limits.max_body)
        return lint_cassette(
            path,
            context,
            Matching(find_dialect, MatchRules.from_settings(config.match)),
            redact=lambda head: _redact(head, rules, redactor),
            is_outdated=lambda exchange: _is_outdated(exchange, rules, sealer),
            find_dialect=find_dialect,
            selects=selects,
            progress=progress,
        )

    return lint_one


def _redact(head: ExchangeHead, rules: Rules, redactor: Redactor) -> Request:
    """Return a request redacted by the rules in force, which some were when they were recorded."""
    if head.ruleset == rules.digest:
        return head.request
    return redactor.redact_request(head.request).request


def _is_outdated(exchange: Exchange, rules: Rules, sealer: Sealer) -> bool:
    """Return whether the rules in force would replace more of an exchange than is replaced."""
    try:
        return exchange.head.ruleset != rules.digest and sealer.has_new_data(exchange)
    except TooManyFoundError:
        return True


def _rate(finding: LintFinding, config: Config) -> Severity:
    is_raised = finding.code in config.lint.errors
    return Severity.ERROR if is_raised else CHECKS[finding.code].severity


def _print(
    findings: Iterator[RatedFinding], output_format: str, errors: dict[Path, str]
) -> list[RatedFinding]:
    """Print the findings, in text as soon as they are there; return them."""
    printed = []
    for rated in findings:
        printed.append(rated)
        if output_format == "text":
            click.echo("\n".join(format_finding(rated)))
        elif output_format == "github":
            click.echo(escape_controls(format_annotation(rated)))
    if output_format in ("text", "github"):
        for path, error in errors.items():
            print_error([f"{path}: {error}"])
        if output_format == "text":
            click.echo(_format_summary(printed), err=True)
    else:
        build = build_lint_document if output_format == "json" else build_lint_sarif
        print_json(build(printed, errors))
    return printed


def _format_summary(findings: Sequence[RatedFinding]) -> str:
    counts = dict.fromkeys(Severity, 0)
    for rated in findings:
        counts[rated.severity] += 1
    named = [f"{count} {severity}{'' if count == 1 else 's'}" for severity, count in counts.items()]
    return ", ".join(named) if findings else "no findings"
