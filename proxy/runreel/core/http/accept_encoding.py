"""``Accept-Encoding``, limited to the codings that can be decoded (RFC 9110, section 12.5.3).

A body in another coding could not be redacted, so it could not be kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runreel.core.http.headers import find_header_values
from runreel.model import Headers

_NAME = b"accept-encoding"
_ANY = b"*"
_IDENTITY = b"identity"


def limit_accept_encoding(headers: Headers, decodable: Sequence[bytes]) -> Headers:
    """Return the headers without the codings that are neither ``decodable`` nor ``identity``.

    Weights and order are kept. ``*`` is replaced by the codings that it stands for, with its
    weight; with the weight 0, which forbids them, it stays.
    """
    values = find_header_values(headers, _NAME)
    listed = {_get_coding(item) for value in values for item in value.split(b",")}
    unlisted = [coding for coding in (*decodable, _IDENTITY) if coding not in listed]
    known = {*decodable, _IDENTITY}
    return tuple(
        (name, _limit(value, known, unlisted)) if name.lower() == _NAME else (name, value)
        for name, value in headers
    )


def _limit(value: bytes, known: set[bytes], unlisted: Sequence[bytes]) -> bytes:
    items = [item.strip() for item in value.split(b",")]
    if all(_get_coding(item) in known for item in items):
        return value
    remaining = [each for item in items for each in _iter_codings(item, known, unlisted)]
    return b", ".join(remaining) or _IDENTITY


def _iter_codings(item: bytes, known: set[bytes], unlisted: Sequence[bytes]) -> Iterator[bytes]:
    coding, semicolon, weight = item.partition(b";")
    if _get_coding(item) in known or (coding.strip() == _ANY and _is_zero(weight)):
        yield item
    elif coding.strip() == _ANY:
        yield from (each + semicolon + weight for each in unlisted)


def _get_coding(item: bytes) -> bytes:
    return item.partition(b";")[0].strip().lower()


def _is_zero(weight: bytes) -> bool:
    name, _, value = weight.partition(b"=")
    return name.strip().lower() == b"q" and not value.strip().strip(b"0.")
