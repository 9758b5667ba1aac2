"""The typed view of a request that creates a run or continues one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from msgspec import Struct

from runreel.core.regex.lazy_pattern import compile_later
from runreel.dialects.assistants.operations import (
    CREATE_AND_RUN,
    ROUTES,
    RUNS_CREATE,
    SUBMIT_TOOL_OUTPUTS,
)
from runreel.dialects.assistants.requests import (
    INCLUDES,
    CreateRunRequest,
    CreateThreadAndRunRequest,
    SubmitToolOutputsRequest,
)
from runreel.dialects.base.bodies import parse_object
from runreel.dialects.base.checking import check_object
from runreel.dialects.base.routes import parse_query
from runreel.model import OmittedReason, Problem, Request

RunRequest: TypeAlias = CreateRunRequest | CreateThreadAndRunRequest | SubmitToolOutputsRequest

BODY_TYPES: Final[Mapping[str, type[RunRequest]]] = {
    RUNS_CREATE: CreateRunRequest,
    CREATE_AND_RUN: CreateThreadAndRunRequest,
    SUBMIT_TOOL_OUTPUTS: SubmitToolOutputsRequest,
}
"""The type of the body, for each operation that creates or continues a run."""

_CheckedBody: TypeAlias = tuple[RunRequest | None, Sequence[Problem]]

_CACHE_SIZE = 64
_MAX_CACHED_BODY = 65_536
"""Length in bytes up to which the check of a body is cached."""

_INCLUDE = compile_later(r"include(\[\d*\])?")


class RunRequestView(Struct, frozen=True):
    """A request that creates or continues a run, with its problems."""

    operation: str
    thread_id: str
    """From the path; empty if the thread is created too."""
    run_id: str
    """From the path; empty if the run is created."""
    body: RunRequest | None
    """None if the body is not a JSON object, or if a required field is missing or has none of the
    documented types."""
    include: tuple[str, ...]
    """The values of the query parameter ``include``."""
    problems: tuple[Problem, ...]


def read_run_request(request: Request) -> RunRequestView | None:
    """Return the view of a request that creates or continues a run; None for any other.

    Never raises.
    """
    match = ROUTES.find(request.target)
    operation = "" if match is None else match.operations.get(request.method, "")
    if match is None or operation not in BODY_TYPES:
        return None
    body, problems = _check_body(request, operation)
    include = tuple(
        value for name, value in parse_query(request.target) if _INCLUDE.fullmatch(name)
    )
    return RunRequestView(
        operation=operation,
        thread_id=match.ids.get("thread_id", ""),
        run_id=match.ids.get("run_id", ""),
        body=body,
        include=include,
        problems=(*problems, *_check_includes(include)),
    )


def _check_body(request: Request, operation: str) -> _CheckedBody:
    is_short = len(request.body) <= _MAX_CACHED_BODY
    return (_check_cached if is_short else _check_uncached)(
        operation, request.body, request.omitted
    )


def _check_uncached(operation: str, body: bytes, omitted: OmittedReason | None) -> _CheckedBody:
    value = parse_object(body, omitted)
    return (
        (None, [value])
        if isinstance(value, Problem)
        else check_object(BODY_TYPES[operation], value)
    )


_check_cached = lru_cache(_CACHE_SIZE)(_check_uncached)
"""``_check_uncached`` with a cache: runs of one assistant often send the same body."""


def _check_includes(include: tuple[str, ...]) -> Iterator[Problem]:
    for index, value in enumerate(include):
        if value not in INCLUDES:
            yield Problem(f"query.include[{index}]", f"must be one of: {', '.join(INCLUDES)}")
