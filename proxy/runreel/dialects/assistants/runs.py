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
from runreel.dialects.bodies import read_object
from runreel.dialects.checking import check
from runreel.dialects.routes import query
from runreel.model import Omitted, Problem, Request

RunRequest: TypeAlias = CreateRunRequest | CreateThreadAndRunRequest | SubmitToolOutputsRequest

BODIES: Final[Mapping[str, type[RunRequest]]] = {
    RUNS_CREATE: CreateRunRequest,
    CREATE_AND_RUN: CreateThreadAndRunRequest,
    SUBMIT_TOOL_OUTPUTS: SubmitToolOutputsRequest,
}
"""What the body of each operation holds that creates or continues a run."""

_Checked: TypeAlias = tuple[RunRequest | None, Sequence[Problem]]

_REMEMBERED = 64
_REMEMBERED_BODY = 65_536
"""Bytes."""

_INCLUDE = re.compile(r"include(\[\d*\])?")


@dataclass(frozen=True, slots=True)
class CreateRunView:
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


def create_run(request: Request) -> CreateRunView | None:
    """Read a request that creates or continues a run; None for any other. Never raises."""
    place = ROUTES.find(request.target)
    operation = "" if place is None else place.operations.get(request.method, "")
    if place is None or operation not in BODIES:
        return None
    body, problems = _body(request, operation)
    include = tuple(value for name, value in query(request.target) if _INCLUDE.fullmatch(name))
    return CreateRunView(
        operation=operation,
        thread_id=place.ids.get("thread_id", ""),
        run_id=place.ids.get("run_id", ""),
        body=body,
        include=include,
        problems=(*problems, *_unknown_includes(include)),
    )


def _body(request: Request, operation: str) -> _Checked:
    is_short = len(request.body) <= _REMEMBERED_BODY
    return (_checked_once if is_short else _checked)(operation, request.body, request.omitted)


def _checked(operation: str, body: bytes, omitted: Omitted | None) -> _Checked:
    value = read_object(body, omitted)
    return (None, [value]) if isinstance(value, Problem) else check(BODIES[operation], value)


_checked_once = lru_cache(_REMEMBERED)(_checked)
"""Runs of one assistant mostly ask for the same: it takes a while to check."""


def _unknown_includes(include: tuple[str, ...]) -> Iterator[Problem]:
    for place, value in enumerate(include):
        if value not in INCLUDES:
            yield Problem(f"query.include[{place}]", f"must be one of: {', '.join(INCLUDES)}")
