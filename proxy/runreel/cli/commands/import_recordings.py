"""``runreel import``: make cassettes from the recordings of other tools."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from runreel.cli.options import config_option, json_option, read_settings, upstream_option
from runreel.cli.terminal import ProgressLine, escape_controls, escape_line, print_json
from runreel.config import Config
from runreel.core.interop.foreign import ForeignRecording, is_below
from runreel.core.record.seal import Sealer
from runreel.core.redact.vault import MAX_VALUES_OF_CASSETTE, Vault
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument
from runreel.dialects import build_finder
from runreel.errors import RunreelError, UsageError
from runreel.pytest_plugin.names import build_test_name, make_segment
from runreel.shell.process.redaction import build_redactor
from runreel.shell.store.foreign_file import SUFFIXES, find_suffix, read_foreign_file
from runreel.shell.store.import_file import ImportResult, choose_upstreams, import_recording
from runreel.shell.store.names import DEFAULT_SESSION, SUFFIX

EPILOG = """\
\b
Examples:
  runreel import page.har --upstream https://api.openai.com
  runreel import tests/cassettes --beside    a suite of pytest-recording: beside its files
  runreel import old/*.yaml --to cassettes/old

Files are HAR files (.har), and cassettes of VCR: vcrpy, pytest-recording, VCR for Ruby (.yaml,
.json), each also with .gz. Everything is redacted before it is written. Cassettes get the names
that runreel's pytest plugin gives to the same tests, as far as the files' names tell.

\b
Exit codes:
  0  all files were imported
  3  a file could not be imported; the others were
"""


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """The outcome for one file: results, or an error."""

    source: Path
    results: Sequence[ImportResult] = ()
    notes: Sequence[str] = ()
    """Descriptions of what was left out."""
    error: str = ""


@dataclass(frozen=True, slots=True)
class _ImportOptions:
    """The options that say what is imported, and where to."""

    folder: Path
    beside: bool
    split: bool
    force: bool

    def find_target(self, source: Path, root: Path, suffix: str) -> Path:
        """Return the cassette for a file below ``root``, which is the argument that named it."""
        relative = source.relative_to(root) if source != root else Path(source.name)
        parents = [make_segment(part) for part in relative.parts[:-1]]
        folder = source.parent if self.beside else self.folder.joinpath(*parents)
        return folder / f"{build_cassette_stem(source)}{suffix}{SUFFIX}"


@click.command("import", epilog=EPILOG)
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@upstream_option
@click.option(
    "--to",
    "folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the cassettes; default: the cassette folder of the settings.",
)
@click.option("--beside", is_flag=True, help="Write each cassette into the folder of its file.")
@click.option("--split", is_flag=True, help="Make a cassette for each host in a file.")
@click.option("--force", is_flag=True, help="Replace existing cassettes.")
@json_option
@config_option
def import_recordings(
    files: tuple[Path, ...],
    upstream: str | None,
    folder: Path | None,
    beside: bool,
    split: bool,
    force: bool,
    as_json: bool,
    config_file: Path | None,
) -> int:
    """Make a cassette from each FILE: a HAR file, or a cassette of VCR.

    A folder stands for all such files below it.
    """
    if beside and folder is not None:
        raise UsageError("--to and --beside exclude each other; choose one of them")
    config = read_settings(config_file, upstream=upstream).config
    options = _ImportOptions(folder or Path(config.cassettes), beside, split, force)
    progress = ProgressLine("importing")
    outcomes = [
        _import_one(source, root, config, options, progress)
        for root in files
        for source in _expand(root)
    ]
    progress.clear()
    if as_json:
        print_json(_build_document(outcomes))
    else:
        for outcome in outcomes:
            click.echo("\n".join(_format_outcome(outcome)))
    return 3 if any(outcome.error for outcome in outcomes) else 0


def build_cassette_stem(source: Path) -> str:
    """Return the name of the cassette for a file, without a suffix.

    ``test_a[b].yaml``, as pytest-recording names it, gets the name that runreel gives to that test.
    """
    stem = source.name[: len(source.name) - len(find_suffix(source))] or source.name
    function, bracket, parameters = stem.partition("[")
    if bracket and parameters.endswith("]"):
        return build_test_name(function, parameters=parameters[:-1])
    return make_segment(stem)


def _expand(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    files = sorted(each for each in path.rglob("*") if find_suffix(each) and each.is_file())
    if not files:
        raise UsageError(f"the folder {path} contains no files that end in {', '.join(SUFFIXES)}")
    yield from files


def _import_one(
    source: Path, root: Path, config: Config, options: _ImportOptions, progress: ProgressLine
) -> ImportOutcome:
    try:
        recording = read_foreign_file(source)
        upstreams = choose_upstreams(recording, str(config.upstream), split=options.split)
        results = [
            _import_upstream(
                recording,
                options.find_target(source, root, _build_suffix(upstream, upstreams)),
                config,
                upstream,
                progress,
                force=options.force,
            )
            for upstream in upstreams
        ]
    except RunreelError as error:
        return ImportOutcome(source, error=str(error).removeprefix(f"{source}: "))
    return ImportOutcome(source, results, recording.notes)


def _build_suffix(upstream: str, upstreams: Sequence[str]) -> str:
    """Return what tells cassettes of one file apart: their hosts, if there are several."""
    if len(upstreams) == 1:
        return ""
    return f"-{make_segment(upstream.partition('://')[2].replace(':', '-'))}"


def _import_upstream(
    recording: ForeignRecording,
    target: Path,
    config: Config,
    upstream: str,
    progress: ProgressLine,
    *,
    force: bool,
) -> ImportResult:
    if target.exists() and not force:
        raise UsageError(f"{target} exists already; --force replaces it")
    progress.begin(2 * sum(is_below(each, upstream) for each in recording.exchanges))
    redactor = build_redactor(config, Vault(max_values=MAX_VALUES_OF_CASSETTE), os.environ)
    return import_recording(
        recording,
        target,
        Sealer(redactor, build_finder(config.dialect), config.limits.max_body),
        upstream=upstream,
        session=DEFAULT_SESSION,
        now_ns=time.time_ns(),
        mode=config.cassette.file_mode,
        advance=progress.advance,
    )


def _format_outcome(outcome: ImportOutcome) -> Iterator[str]:
    source = escape_line(str(outcome.source))
    if outcome.error:
        yield f"{source}: not imported: {escape_controls(outcome.error)}"
    for result in outcome.results:
        count = f"{result.exchanges} exchange{'' if result.exchanges == 1 else 's'}"
        redacted = f", {result.replaced} values redacted" if result.replaced else ""
        cassette = escape_line(str(result.cassette))
        yield f"{source}: {count} with {result.upstream} -> {cassette}{redacted}"
    yield from (f"  {escape_line(note)}" for note in _describe_left_out(outcome))


def _describe_left_out(outcome: ImportOutcome) -> Iterator[str]:
    yield from outcome.notes
    if len(outcome.results) == 1 and outcome.results[0].left_out:
        yield f"exchanges with other hosts were left out: {outcome.results[0].left_out}"


def _build_document(outcomes: Sequence[ImportOutcome]) -> ReportDocument:
    return {
        "schema_version": SCHEMA_VERSION,
        "files": [_build_outcome_document(outcome) for outcome in outcomes],
    }


def _build_outcome_document(outcome: ImportOutcome) -> ReportDocument:
    if outcome.error:
        return {"path": str(outcome.source), "error": outcome.error}
    return {
        "path": str(outcome.source),
        "cassettes": [_build_result_document(result) for result in outcome.results],
        "notes": list(_describe_left_out(outcome)),
    }


def _build_result_document(result: ImportResult) -> ReportDocument:
    return {
        "cassette": str(result.cassette),
        "upstream": result.upstream,
        "exchanges": result.exchanges,
        "replaced": result.replaced,
    }
