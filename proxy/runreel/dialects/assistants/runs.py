"""The typed view of a request that creates a run or continues one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

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
from runreel.dialects.bodies import parse_object
from runreel.dialects.checking import check_object
from runreel.dialects.routes import parse_query
from runreel.model import OmittedReason, Problem, Request

RunRequest: TypeAlias = CreateRunRequest | CreateThreadAndRunRequest | SubmitToolOutputsRequest

BODY_TYPES: Final[Mapping[str, type[RunRequest]]] = {
    RUNS_CREATE: CreateRunRequest,
    CREATE_AND_RUN: CreateThreadAndRunRequest,
    SUBMIT_TOOL_OUTPUTS: SubmitToolOutputsRequest,
}
"""What the body of each operation holds that creates or continues a run."""

_CheckedBody: TypeAlias = tuple[RunRequest | None, Sequence[Problem]]

_CACHE_SIZE = 64
_MAX_CACHED_BODY = 65_536
"""Bytes."""

_INCLUDE = re.compile(r"include(\[\d*\])?")


@dataclass(frozen=True, slots=True)
class RunRequestView:
    """What a request that creates or continues a run asks for."""

    operation: str
    thread_id: str
    """From the path; empty where the thread is created too."""
    run_id: str
    """From the path; empty where the run is created."""
    body: RunRequest | None
    """None where the body is no JSON object, or a required field is missing or of no documented
    type."""
    include: tuple[str, ...]
    """From the query."""
    problems: tuple[Problem, ...]


def read_run_request(request: Request) -> RunRequestView | None:
    """Read a request that creates or continues a run; None for any other. Never raises."""
    place = ROUTES.find(request.target)
    operation = "" if place is None else place.operations.get(request.method, "")
    if place is None or operation not in BODY_TYPES:
        return None
    body, problems = _check_body(request, operation)
    include = tuple(
        value for name, value in parse_query(request.target) if _INCLUDE.fullmatch(name)
    )
    return RunRequestView(
        operation=operation,
        thread_id=place.ids.get("thread_id", ""),
        run_id=place.ids.get("run_id", ""),
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
"""Runs of one assistant mostly ask for the same: it takes a while to check."""


def _check_includes(include: tuple[str, ...]) -> Iterator[Problem]:
    for place, value in enumerate(include):
        if value not in INCLUDES:
            yield Problem(f"query.include[{place}]", f"must be one of: {', '.join(INCLUDES)}")
