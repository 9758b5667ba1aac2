"""The fields of a form (RFC 7578), in which requests with a file have their other members."""

from __future__ import annotations

from collections.abc import Sequence

from runreel.core.http.headers import get_content_type
from runreel.core.http.multipart import BodyPart, find_boundary, split_parts
from runreel.model import Request, Scalar

_MAX_LENGTH = 200
"""Most bytes of a field that is a name or a setting."""


def collect_form_scalars(request: Request, names: Sequence[str]) -> dict[str, Scalar]:
    """Return those of the named fields that are short texts; none if the body is no form."""
    boundary = find_boundary(get_content_type(request.headers))
    if boundary is None:
        return {}
    parts = split_parts(request.body, boundary).parts
    fields = {
        (part.name or b"").decode("utf-8", "replace"): part for part in parts if _is_short(part)
    }
    return {
        name: request.body[fields[name].start : fields[name].end].decode("utf-8", "replace")
        for name in names
        if name in fields
    }


def _is_short(part: BodyPart) -> bool:
    return part.file_name is None and part.end - part.start <= _MAX_LENGTH
