"""The tools for agents. The docstrings are for the agent, which reads them to choose a tool."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from runreel.cli.exchange_table import format_call, format_status
from runreel.cli.mcp_server.commands import OutputPage, cut_page, parse_cursor, run_paged
from runreel.cli.mcp_server.library import CassetteLibrary
from runreel.cli.selection import SelectedExchange, Selection
from runreel.cli.terminal import format_table
from runreel.core.dialect import DialectFinder
from runreel.core.report.trace_summary import summarize_trace
from runreel.core.report.units import format_duration

PAGE_ROWS = 50
"""Exchanges on a page of a search."""

_COLUMNS = ("CASSETTE", "#", "CALL", "MODEL", "STATUS", "EVENTS", "FIRST", "TOOK", "TOKENS")


class CassetteTools:
    """The tools; each returns a page of text, and raises ``RunreelError`` for a mistake."""

    def __init__(
        self,
        library: CassetteLibrary,
        find_dialect: DialectFinder,
        config_file: Path | None = None,
    ) -> None:
        """``config_file``: a file with settings, for the commands."""
        self._library = library
        self._find_dialect = find_dialect
        self._options = [] if config_file is None else [f"--config={config_file}"]

    def list_functions(self) -> Sequence[Callable[..., Awaitable[str]]]:
        """Return the functions to offer."""
        return (
            self.list_cassettes,
            self.search_exchanges,
            self.show_exchange,
            self.follow_run,
            self.diff_recordings,
            self.compute_stats,
            self.lint_cassettes,
            self.grep_texts,
            self.explain_miss,
        )

    async def list_cassettes(self, cursor: str = "") -> str:
        """List the recorded cassettes: name, number of exchanges, size, upstream, damage."""
        text = await asyncio.to_thread(self._library.format_list)
        offset = parse_cursor(cursor)
        return str(cut_page(text.encode()[offset:], offset))

    async def search_exchanges(self, filter: str = "", cassette: str = "", cursor: str = "") -> str:
        """List recorded exchanges, fifty a page: number, operation, model, status, times, tokens.

        filter: such as 'op:runs.* status:>=400', 'tool:get_weather', 'text:"refund"', 'gap:>5s',
        'end:reset', 'model:gpt-*', 'run:run_abc', 'problem', with and, or, not and parentheses.
        cassette: a name from list_cassettes; empty for all of them.
        """
        return str(await asyncio.to_thread(self._search, filter, cassette, parse_cursor(cursor)))

    async def show_exchange(
        self, cassette: str, number: int, only: str = "", events: str = "", cursor: str = ""
    ) -> str:
        """Show one exchange: request, conversation, events, texts, tool calls, times, outcome.

        only: some sections, such as 'text,tools' (facts, request, body, conversation, run,
        problems, answer, timeline, text, reasoning, tools, usage, timing, outcome, redacted).
        events: a part of the timeline instead, such as '100..140'.
        """
        path = str(self._library.find(cassette))
        arguments = ["show", "--full", *([f"--only={only}"] if only else ())]
        arguments += [f"--events={events}"] if events else ()
        return str(await self._run([*arguments, "--", path, str(number)], cursor))

    async def follow_run(self, cassette: str, run: str, cursor: str = "") -> str:
        """Show all calls of one run, thread or chain of responses, and what is said in them.

        run: an id such as 'run_abc', 'resp_abc' or 'thread_abc', or the number of an exchange.
        """
        path = str(self._library.find(cassette))
        if run.isascii() and run.isdigit():
            return str(await self._run(["show", "--run=", "--", path, run], cursor))
        return str(await self._run(["show", f"--run={run}", "--", path], cursor))

    async def diff_recordings(
        self, left: str, right: str, timing: bool = False, cursor: str = ""
    ) -> str:
        """Compare two recordings, and say where they part first. Ids that differ are no difference.

        left, right: names of cassettes, or 'name:7' for an exchange, 'name:run_abc' for a run.
        timing: report longer and shorter gaps too.
        """
        sides = [str(self._library.find_part(each)) for each in (left, right)]
        options = ["--timing"] if timing else []
        return str(await self._run(["diff", *options, "--", *sides], cursor))

    async def compute_stats(
        self, by: str = "operation,model", filter: str = "", cassette: str = "", cursor: str = ""
    ) -> str:
        """Count calls, errors and tokens in groups, with the median and p95 of their times.

        by: operation, model, session, dialect, status, cassette, separated by commas.
        """
        options = [f"--by={by}", f"--filter={filter}"]
        return str(await self._run(["stats", *options, "--", *self._list(cassette)], cursor))

    async def lint_cassettes(self, filter: str = "", cassette: str = "", cursor: str = "") -> str:
        """Look for what will make a replay fail, or mislead: each finding with what to do."""
        return str(
            await self._run(["lint", f"--filter={filter}", "--", *self._list(cassette)], cursor)
        )

    async def grep_texts(
        self,
        pattern: str,
        ignore_case: bool = False,
        fixed: bool = False,
        filter: str = "",
        cassette: str = "",
        cursor: str = "",
    ) -> str:
        """Search what exchanges say: messages, answers, arguments of tools, bodies.

        pattern: a regular expression of Python; with fixed, a plain text.
        """
        options = [f"--filter={filter}"]
        options += ["--ignore-case"] if ignore_case else []
        options += ["--fixed"] if fixed else []
        return str(
            await self._run(["grep", *options, "--", pattern, *self._list(cassette)], cursor)
        )

    async def explain_miss(self, cassette: str, request: str, cursor: str = "") -> str:
        """Say which exchange answers a request at replay or, if none does, what differs.

        request: HTTP/1.1 text, or JSON with method, target, headers and body.
        """
        path = str(self._library.find(cassette))
        return str(await self._run(["explain", "--", path, "-"], cursor, request.encode()))

    async def _run(self, arguments: Sequence[str], cursor: str, stdin: bytes = b"") -> OutputPage:
        command, *others = arguments
        return await run_paged([command, *self._options, *others], cursor, stdin)

    def _list(self, cassette: str) -> Sequence[str]:
        return [str(path) for path in self._library.find_some(cassette)]

    def _search(self, filter_text: str, cassette: str, start: int) -> OutputPage:
        selection = Selection(self._library.find_some(cassette), filter_text, self._find_dialect)
        rows = list(islice(self._iter_rows(selection), start, start + PAGE_ROWS + 1))
        cursor = str(start + PAGE_ROWS) if len(rows) > PAGE_ROWS else ""
        text = format_table(rows[:PAGE_ROWS], _COLUMNS) if rows else "No exchange matches."
        if selection.error_count:
            text += "\nNot everything could be read; lint_cassettes says why."
        return OutputPage(text, cursor)

    def _iter_rows(self, selection: Selection) -> Iterator[tuple[str | int, ...]]:
        names = {path: name for name, path in self._library.list_paths().items()}
        return (_build_row(names, selected) for selected in selection.iter_readable())


def _build_row(names: dict[Path, str], selected: SelectedExchange) -> tuple[str | int, ...]:
    head, summary = selected.head, summarize_trace(selected.trace)
    first = summary.first_content_us
    return (
        names.get(selected.reader.path, str(selected.reader.path)),
        head.number,
        format_call(head),
        summary.model,
        format_status(head, summary),
        summary.events,
        "" if first is None else format_duration(first),
        format_duration(head.timings.end_us),
        summary.tokens,
    )
