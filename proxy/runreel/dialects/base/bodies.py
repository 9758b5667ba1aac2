"""JSON bodies: parse that of a request, build that of an error.

RFC 8259 does not define what duplicate names, lone surrogates and very long numbers mean, and
servers treat them differently. They are reported as problems here; RFC 7493 ("I-JSON") forbids the
first two.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import NoReturn

import msgspec

from runreel.core.regex.lazy_pattern import compile_later
from runreel.model import OmittedReason, Problem, Scalar

NOT_FOUND = 404
"""Status of a miss, which SDKs neither retry nor take for a success."""

BODY_PATH = "body"
"""Path of a problem that concerns the whole body."""

IDEMPOTENCY_KEYS: tuple[str, ...] = ("$.idempotency_key", "$.idempotencyKey")
"""JSON paths at which SDKs send a key that is unique to a call and the same in its retries."""

_CACHED_BODIES = 64
_MAX_CACHED_BODY = 16_384
"""Bodies whose names of members are cached, and their largest length in bytes."""

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
"""Reads the members of an object, and their values only as far as their end."""

_SURROGATE = compile_later(rb"\\u[dD][89a-fA-F]")

_OMITTED_MESSAGES = {
    OmittedReason.MAX_BODY: "is larger than max_body; it was neither stored nor checked",
    OmittedReason.MAX_MEMORY: "was neither stored nor checked, because max_memory was used up",
    OmittedReason.ENCODING: "could not be decoded; it was neither stored nor checked",
}


class _AmbiguousJsonError(ValueError):
    """JSON that different parsers read differently; ``args[0]`` says why."""


def parse_object(body: bytes, omitted: OmittedReason | None = None) -> dict[str, object] | Problem:
    """Return the JSON object in a request's body, or the problem that makes it unreadable.

    ``omitted`` is the reason why the body was not stored, if it was not.
    """
    if omitted is not None:
        return Problem(BODY_PATH, _OMITTED_MESSAGES[omitted])
    if not body.strip():
        return Problem(BODY_PATH, "is empty; a JSON object is expected")
    try:
        value = _parse_strictly(body)
    except (ValueError, RecursionError) as error:
        return Problem(BODY_PATH, _describe_error(error))
    return value if isinstance(value, dict) else Problem(BODY_PATH, "is JSON, but not an object")


def collect_scalars(body: bytes, names: Sequence[str]) -> dict[str, Scalar]:
    """Return those of the named members of a JSON object that are texts, numbers or booleans."""
    if not any(name.encode() in body for name in names):
        return {}
    try:
        members = _MEMBERS.decode(body)
        values = {name: msgspec.json.decode(members[name]) for name in names if name in members}
    except (ValueError, RecursionError):
        return {}
    return {name: value for name, value in values.items() if isinstance(value, str | int | float)}


def list_members(body: bytes) -> frozenset[str]:
    """Return the names of a JSON object's members; none if it is not one."""
    return (_read_members_cached if len(body) <= _MAX_CACHED_BODY else _read_members)(body)


def _read_members(body: bytes) -> frozenset[str]:
    try:
        return frozenset(_MEMBERS.decode(body))
    except (ValueError, RecursionError):
        return frozenset()


_read_members_cached = lru_cache(_CACHED_BODIES)(_read_members)


def build_openai_error(message: str, code: str) -> bytes:
    """Return the JSON of an error in OpenAI's format (API reference, "Errors")."""
    error = {"message": message, "type": "runreel_error", "param": None, "code": code}
    return json.dumps({"error": error}).encode()


def _describe_error(error: ValueError | RecursionError) -> str:
    """Return a description that does not quote the body, as the errors' own messages may."""
    match error:
        case UnicodeDecodeError(start=start):
            return f"is not UTF-8 text (byte {start})"
        case json.JSONDecodeError(lineno=line, colno=column):
            return f"is not JSON (line {line}, column {column})"
        case _AmbiguousJsonError(args=(reason,)):
            return str(reason)
        case RecursionError():
            return "is nested too deeply"
        case _:
            return "contains a number with too many digits"


def _parse_strictly(body: bytes) -> object:
    value: object = json.loads(
        body.decode(), object_pairs_hook=_reject_duplicates, parse_constant=_reject_constant
    )
    if _SURROGATE.search(body):
        _reject_lone_surrogates(value)
    return value


def _reject_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        message = "has the same field twice in one object"
        raise _AmbiguousJsonError(message)
    return value


def _reject_constant(name: str) -> NoReturn:
    message = f"contains {name}, which is not valid JSON"
    raise _AmbiguousJsonError(message)


def _reject_lone_surrogates(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        message = "contains half of a surrogate pair, which is not a character"
        raise _AmbiguousJsonError(message) from None
