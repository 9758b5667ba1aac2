"""Dialects from the settings: ``[runreel.dialect.NAME]``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from runreel.config.dialects import DIALECT_NAME, DialectSettings
from runreel.core.bound_places import BoundPlace, check_bind
from runreel.core.dialect import Channels
from runreel.core.match.rules import check_ignore
from runreel.core.trace.model import BlockKind
from runreel.core.trace.paths import compile_each
from runreel.core.trace.table import EventRule, TextMode, TextRule, TraceTable
from runreel.dialects.base.bodies import IDEMPOTENCY_KEYS, build_openai_error
from runreel.dialects.base.recognition import HeaderMark, Marks
from runreel.dialects.base.routes import Evidence, Route, Routes
from runreel.dialects.base.table_dialect import TableDialect


def build_dialect(name: str, settings: DialectSettings) -> TableDialect:
    """Return the dialect that these settings describe."""
    texts = (*settings.texts, *settings.reasoning, *settings.arguments)
    return TableDialect(
        name=name,
        marks=_build_marks(settings),
        routes=Routes(
            Route(call.method, call.path.removeprefix("/"), call.operation, Evidence.HEADER)
            for call in settings.operations
        ),
        channels=Channels(
            pieces=frozenset(_split_path(path)[1] for path in texts),
            noise=frozenset(settings.noise),
        ),
        format_error=build_openai_error,
        conversations=settings.conversations,
        volatile=(*IDEMPOTENCY_KEYS, *settings.volatile),
        bound=tuple(map(BoundPlace, settings.bind)),
        choosing_headers=tuple(header.lower().encode() for header in settings.headers),
        polled=frozenset(settings.polled),
        trace_table=_build_trace_table(settings),
    )


def build_dialects(table: Mapping[str, DialectSettings]) -> list[TableDialect]:
    """Return all dialects of the settings."""
    return [build_dialect(name, settings) for name, settings in table.items()]


def _build_marks(settings: DialectSettings) -> Marks:
    name, text = settings.header.mark
    header = HeaderMark(name.lower().encode(), text.lower().encode())
    return Marks(
        headers=(header,) if name else (),
        prefixes=(settings.prefix,) if settings.prefix else (),
    )


def _build_trace_table(settings: DialectSettings) -> TraceTable:
    rows = (
        (BlockKind.TEXT, settings.texts),
        (BlockKind.REASONING, settings.reasoning),
        (BlockKind.TOOL_CALL, settings.arguments),
    )
    texts = (
        TextRule(kind, text, each, key=("$.index|$.id",), mode=TextMode.DELTA)
        for kind, paths in rows
        for each, text in map(_split_path, paths)
    )
    ends = (
        EventRule(data=end) if end.startswith("[") else EventRule(on=(end,)) for end in settings.end
    )
    return TraceTable(
        texts=(*texts, TextRule(BlockKind.ERROR, "error.message")),
        terminal=tuple(ends),
        reads_any_data=not settings.texts,
    )


def _split_path(path: str) -> tuple[str, str]:
    """Return the path of the objects that have a text, and the name of its member."""
    each, _, name = path.rpartition(".")
    return (path, ".") if name.endswith("]") else (each, name)


def check_paths(paths: Iterable[str]) -> Iterator[str]:
    """Yield a message for each path of a text that is not valid."""
    for number, path in enumerate(paths, start=1):
        try:
            compile_each(path)
        except ValueError as error:
            yield f"entry {number}: {error}"


def build_checks(known: Iterable[str]) -> Mapping[str, Callable[[Any], Iterable[str]]]:
    """Return the checks of dialect settings; ``known`` are names of dialects that exist."""
    names = frozenset(known)

    def check_name(name: str) -> Iterator[str]:
        if name in names:
            yield "is the name of a dialect that runreel has; choose another one"
        elif not DIALECT_NAME.fullmatch(name):
            yield 'must be named with letters, digits, "-" and "_", such as "acme"'

    return {
        "dialect": check_name,
        **{f"dialect.*.{name}": check_paths for name in ("texts", "reasoning", "arguments")},
        "dialect.*.volatile": check_ignore,
        "dialect.*.bind": check_bind,
    }
