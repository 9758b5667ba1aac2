"""The exchanges that a command is about: those of cassettes, as far as a filter selects them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cache, cached_property
from pathlib import Path

import click

from runreel.cli.terminal import ProgressLine, print_error
from runreel.core.cassette.damage_report import format_damage
from runreel.core.dialect import DialectFinder
from runreel.core.filter.nodes import Filter
from runreel.core.filter.parser import parse_filter
from runreel.core.trace.build import build_trace
from runreel.core.trace.model import Trace, TraceRun
from runreel.core.trace.runs import group_runs
from runreel.errors import CorruptCassetteError, RunreelError
from runreel.model import Exchange, ExchangeHead
from runreel.shell.store.reader import CassetteReader

filter_option = click.option(
    "--filter",
    "-f",
    "filter_text",
    metavar="FILTER",
    default="",
    help="Take only these exchanges, e.g. 'op:runs.* status:>=400' (docs/filter.md).",
)


class SelectedExchange:
    """An exchange of a cassette; its answer and its trace are read when they are first needed."""

    is_miss = False

    def __init__(self, head: ExchangeHead, runs: RunIndex) -> None:
        self.reader = runs.reader
        self.head = head
        self._runs = runs

    @cached_property
    def exchange(self) -> Exchange:
        """The whole exchange. Raises ``CorruptCassetteError`` if its answer is damaged."""
        return self.reader.read_exchange(self.head.number)

    @cached_property
    def trace(self) -> Trace:
        """Its trace, whose blocks have no pieces; raises as ``exchange`` does."""
        dialect = self._runs.find_dialect(self.head.request)
        return build_trace(self.exchange, dialect, places=False)

    def build_brief_trace(self) -> Trace:
        """Return its trace, perhaps without the conversation; raises as ``exchange`` does."""
        if "trace" in vars(self):  # a filter has asked for it
            return self.trace
        dialect = self._runs.find_dialect(self.head.request)
        return build_trace(self.exchange, dialect, places=False, conversation=False)

    def build_located_trace(self) -> Trace:
        """Return its trace with the pieces of all blocks; raises as ``exchange`` does."""
        return build_trace(self.exchange, self._runs.find_dialect(self.head.request))

    @property
    def facts(self) -> Trace:
        """The trace; raises as ``exchange`` does."""
        return self.trace

    @property
    def upstream(self) -> str:
        """Base URL of the API that was recorded; may be empty."""
        return self.reader.header.upstream

    @property
    def run_ids(self) -> Sequence[str]:
        """The ids of the runs that it belongs to."""
        return self._runs.find_ids(self.head.number)


class RunIndex:
    """The runs of a cassette, which are sought when they are first asked for."""

    def __init__(self, reader: CassetteReader, find_dialect: DialectFinder) -> None:
        self.reader = reader
        self.find_dialect = find_dialect

    @cached_property
    def runs(self) -> Sequence[TraceRun]:
        """All runs. Exchanges with a damaged answer belong to none."""
        return group_runs(filter(None, map(self._build_trace, self.reader.heads)))

    def find_ids(self, number: int) -> Sequence[str]:
        """Return the ids of the runs that an exchange belongs to."""
        return self._ids.get(number, ())

    @cached_property
    def _ids(self) -> Mapping[int, Sequence[str]]:
        ids: dict[int, list[str]] = {}
        for run in self.runs:
            for number in run.numbers:
                ids.setdefault(number, []).append(run.id)
        return ids

    def _build_trace(self, head: ExchangeHead) -> Trace | None:
        """Return a trace without its texts, which would take much memory; None if damaged."""
        try:
            trace = SelectedExchange(head, self).trace
        except CorruptCassetteError:
            return None
        return trace._replace(events=(), blocks=(), conversation=())


def build_selector(
    filter_text: str, find_dialect: DialectFinder
) -> Callable[[CassetteReader, ExchangeHead], bool]:
    """Return a function that says whether a filter selects an exchange; raise ``FilterError``."""
    parsed = parse_filter(filter_text)

    @cache
    def get_runs(reader: CassetteReader) -> RunIndex:
        return RunIndex(reader, find_dialect)

    return lambda reader, head: parsed.matches(SelectedExchange(head, get_runs(reader)))


class Selection:
    """The selected exchanges of several cassettes, and the errors that came up while reading."""

    def __init__(
        self, paths: Sequence[Path], filter_text: str, find_dialect: DialectFinder
    ) -> None:
        """Parse the filter. Raises ``FilterError`` if that is not possible."""
        self.progress = ProgressLine("reading")
        """Must be cleared before anything is printed."""
        self._paths = paths
        self._find_dialect = find_dialect
        self._filter: Filter = parse_filter(filter_text)
        self.error_count = 0
        """Number of cassettes and exchanges that could not be read; each error is printed."""

    def iter_exchanges(self) -> Iterator[SelectedExchange]:
        """Yield the exchanges, cassette by cassette; print what cannot be read."""
        for path in self._paths:
            with ExitStack() as exit_stack:
                reader = self._open(path, exit_stack)
                if reader is not None:
                    yield from self._iter_cassette(reader)

    def iter_readable(self) -> Iterator[SelectedExchange]:
        """Yield the exchanges whose answers can be read; print the errors of the others."""
        for selected in self.iter_exchanges():
            if self._can_read(selected):
                yield selected

    def _can_read(self, selected: SelectedExchange) -> bool:
        try:
            return selected.exchange is not None
        except CorruptCassetteError as error:
            self._report(str(error).splitlines())
            return False

    def _open(self, path: Path, exit_stack: ExitStack) -> CassetteReader | None:
        try:
            reader = exit_stack.enter_context(CassetteReader.open(path))
        except RunreelError as error:
            self._report(str(error).splitlines())
            return None
        lines = format_damage(reader.path, reader.torn, reader.damage)
        if lines:
            self._report(lines)
        return reader

    def _iter_cassette(self, reader: CassetteReader) -> Iterator[SelectedExchange]:
        runs = RunIndex(reader, self._find_dialect)
        self.progress.begin(len(reader.heads))
        for head in reader.heads:
            selected = SelectedExchange(head, runs)
            if self._matches(selected):
                yield selected
            self.progress.advance()
        self.progress.clear()

    def _matches(self, selected: SelectedExchange) -> bool:
        try:
            return self._filter.matches(selected)
        except CorruptCassetteError as error:
            self._report(str(error).splitlines())
            return False

    def _report(self, lines: Sequence[str]) -> None:
        self.error_count += 1
        self.progress.clear()
        print_error(lines)


def select_heads(
    reader: CassetteReader, filter_text: str, find_dialect: DialectFinder
) -> tuple[Sequence[ExchangeHead], list[str]]:
    """Return the exchanges of one cassette that a filter selects, and the errors of damaged ones.

    Raises ``FilterError``.
    """
    exchange_filter, runs = parse_filter(filter_text), RunIndex(reader, find_dialect)
    heads: list[ExchangeHead] = []
    errors: dict[str, None] = {}
    for head in reader.heads:
        try:
            if exchange_filter.matches(SelectedExchange(head, runs)):
                heads.append(head)
        except CorruptCassetteError as error:
            errors[str(error)] = None
    return heads, [*errors]
