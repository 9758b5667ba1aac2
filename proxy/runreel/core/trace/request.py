"""The conversation, the ids and the model in a request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from runreel.core.trace.facts import IdSet, find_scalars
from runreel.core.trace.locate import JsonSource
from runreel.core.trace.model import TraceBlock
from runreel.core.trace.paths import Element, JsonScope, compile_paths, find_text
from runreel.core.trace.rules import CompiledTable, compile_table
from runreel.core.trace.table import TraceTable
from runreel.core.trace.transcript import Transcript
from runreel.model import Problem, Request, Scalar


class RequestMeaning(Protocol):
    """The part of a ``CallMeaning`` that a trace needs."""

    @property
    def operation(self) -> str:
        """Name of the operation; empty if there is none."""
        ...

    @property
    def summary(self) -> Mapping[str, Scalar]:
        """Ids in the path, and the model."""
        ...

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Rules that the request breaks."""
        ...


class TracedDialect(Protocol):
    """The part of a ``Dialect`` that a trace needs."""

    @property
    def name(self) -> str:
        """Name of the API family."""
        ...

    @property
    def trace_table(self) -> TraceTable:
        """The places of texts, usage, ids and ends."""
        ...

    def interpret(self, request: Request) -> RequestMeaning:
        """Return the meaning of the request."""
        ...


class RequestReading(NamedTuple):
    """The meaning of a request."""

    operation: str
    ids: dict[str, str]
    model: str
    conversation: tuple[TraceBlock, ...]
    problems: tuple[Problem, ...]


def read_request(
    request: Request, dialect: TracedDialect, *, places: bool = True, conversation: bool = True
) -> RequestReading:
    """Read a request; never raises, whatever its body is.

    ``places``: also find the bytes of its texts, which takes time. Without ``conversation``, the
    texts are left out.
    """
    meaning = dialect.interpret(request)
    compiled = compile_table(dialect.trace_table)
    ids = IdSet()
    for name, value in meaning.summary.items():
        if name.endswith("_id") and isinstance(value, str) and value:
            ids.add(name, value)
    scope = _parse(request.body)
    summary_model = meaning.summary.get("model")
    model = summary_model if isinstance(summary_model, str) else ""
    if scope is None:
        return RequestReading(meaning.operation, ids.build(), model, (), meaning.problems)
    for name, value in find_scalars(compiled.request_ids, scope):
        ids.add(name, value)
    paths = compile_paths(compiled.table.requested_model)
    texts = _read_conversation(compiled, scope, request.body, places=places) if conversation else ()
    return RequestReading(
        operation=meaning.operation,
        ids=ids.build(),
        model=find_text(paths, scope.root, scope) or model,
        conversation=texts,
        problems=meaning.problems,
    )


def _read_conversation(
    compiled: CompiledTable, scope: JsonScope, body: bytes, *, places: bool
) -> tuple[TraceBlock, ...]:
    transcript = Transcript(places=places)
    transcript.read(compiled.request_texts, scope, JsonSource(body))
    return transcript.build(by_place=True)


def _parse(body: bytes) -> JsonScope | None:
    try:
        return JsonScope(Element(json.loads(body), (), (), ()))
    except (ValueError, RecursionError):
        return None
