"""Reading a request's body as a JSON object, or saying why it is none; and writing an error's.

RFC 8259 leaves open what duplicate names, lone surrogates and vast numbers mean; servers differ
about them, so they are problems here (RFC 7493, "I-JSON", rules the first two out).
"""

from __future__ import annotations

import json
import re
from typing import NoReturn

from runreel.model import OmittedReason, Problem

BODY_PATH = "body"
"""Where a problem of the whole body is said to be."""

IDEMPOTENCY_KEYS: tuple[str, ...] = ("$.idempotency_key", "$.idempotencyKey")
"""Where SDKs put a key that is new with each call, so that servers know retries from new calls."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

_OMITTED_MESSAGES = {
    OmittedReason.MAX_BODY: (
        "was not kept, since it is larger than max_body, so it could not be checked"
    ),
    OmittedReason.MAX_MEMORY: (
        "was not kept, since max_memory was used up, so it could not be checked"
    ),
    OmittedReason.ENCODING: (
        "was not kept, since it could not be decoded, so it could not be checked"
    ),
}


class _AmbiguousJsonError(ValueError):
    """JSON that does not mean the same to every reader."""


def parse_object(body: bytes, omitted: OmittedReason | None = None) -> dict[str, object] | Problem:
    """Give the object that a request's body holds, or the one problem that prevents it."""
    if omitted is not None:
        return Problem(BODY_PATH, _OMITTED_MESSAGES[omitted])
    if not body.strip():
        return Problem(BODY_PATH, "is empty; a JSON object is expected")
    try:
        value = _parse_strictly(body)
    except (ValueError, RecursionError) as error:
        return Problem(BODY_PATH, _describe_error(error))
    return value if isinstance(value, dict) else Problem(BODY_PATH, "is JSON, but not an object")


def build_openai_error(message: str, code: str) -> bytes:
    """Give the JSON of an error in OpenAI's shape (API reference, "Errors")."""
    error = {"message": message, "type": "runreel_error", "param": None, "code": code}
    return json.dumps({"error": error}).encode()


def _describe_error(error: ValueError | RecursionError) -> str:
    """Say what is wrong; the errors' own texts may quote the body."""
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
            return "holds a number with too many digits"


def _parse_strictly(body: bytes) -> object:
    value: object = json.loads(
        body.decode(), object_pairs_hook=_reject_duplicates, parse_constant=_reject_constant
    )
    if _SURROGATE.search(body):
        _reject_lone_surrogates(value)
    return value


def _reject_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        message = "names a field twice in one object"
        raise _AmbiguousJsonError(message)
    return found


def _reject_constant(name: str) -> NoReturn:
    message = f"holds {name}, which is not JSON"
    raise _AmbiguousJsonError(message)


def _reject_lone_surrogates(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        message = "holds half of a surrogate pair, which is no character"
        raise _AmbiguousJsonError(message) from None
