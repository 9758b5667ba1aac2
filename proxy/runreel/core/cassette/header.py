"""The header of a cassette, with the format version as its first key and a checksum as its last."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

from msgspec import Struct, field

from runreel.core.cassette.fields import FieldError, FieldReader
from runreel.core.cassette.packing import pack, unpack_first
from runreel.errors import CassetteVersionError, CorruptCassetteError, StoreError

VERSION = 2
"""The version of new files."""
MAX_HEADER = 64 * 1024
"""Maximum length of a header in bytes."""

_HEADER_START = re.compile(rb"(?:[\x80-\x8f]|\xde..|\xdf....)\xa7runreel", re.DOTALL)
_CHECKSUM_LENGTH = 5
_KNOWN_KEYS = ("runreel", "created", "writer", "upstream", "crc32")


class CassetteHeader(Struct, frozen=True):
    """The facts at the start of a cassette."""

    created_ns: int
    """Creation time of the file, in nanoseconds since 1970-01-01 UTC."""
    writer: str
    """Program that created the file, such as ``runreel 0.1.0``."""
    upstream: str = ""
    """Base URL of the recorded API, without user-info, query and fragment; may be empty."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Keys that this version does not know; they are preserved."""
    version: int = VERSION
    """Version of the format of the file."""


def encode_header(header: CassetteHeader) -> bytes:
    """Encode a header. Raise ``StoreError`` if it is too long, or its URL could hold a secret."""
    values = {"runreel": header.version, "created": header.created_ns, "writer": header.writer}
    if header.upstream:
        values["upstream"] = _require_no_secrets(header.upstream)
    unsealed = pack({**values, **header.extra, "crc32": 0xFFFFFFFF})[:-_CHECKSUM_LENGTH]
    encoded = unsealed + b"\xce" + crc32(unsealed).to_bytes(4)
    if len(encoded) > MAX_HEADER:
        raise StoreError(
            f"a cassette's header may take at most {MAX_HEADER} bytes, not {len(encoded)}"
        )
    return encoded


def _require_no_secrets(url: str) -> str:
    """Return ``url``. Raise ``StoreError`` if it has a part that could hold a secret."""
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise StoreError("a cassette's upstream must not have user-info, a query or a fragment")
    return url


def decode_header(data: bytes) -> tuple[CassetteHeader, int]:
    """Decode the header at the start of ``data``; return it with its length in bytes.

    ``data`` holds at least the first ``MAX_HEADER`` bytes of the file, or all of it. Raise
    ``CorruptCassetteError`` if there is no valid header, and ``CassetteVersionError`` if the format
    is newer.
    """
    if not data:
        raise CorruptCassetteError("the file is empty (0 bytes); a cassette has a header", offset=0)
    if not _HEADER_START.match(data):
        raise CorruptCassetteError("this is not a cassette: it has no runreel header", offset=0)
    try:
        return _parse(data)
    except FieldError as error:
        raise CorruptCassetteError(
            f"the header is damaged: {error}; `runreel verify --repair` can save the records",
            offset=0,
        ) from None


def _parse(data: bytes) -> tuple[CassetteHeader, int]:
    values, length = unpack_first(data)
    _verify_checksum(values, data[:length])
    fields = FieldReader(values)
    version = fields.get_int("runreel", minimum=1)
    if version > VERSION:
        raise CassetteVersionError(
            f"it has format {version}, but this runreel reads up to {VERSION}; upgrade runreel"
        )
    header = CassetteHeader(
        created_ns=fields.get_int("created"),
        writer=fields.get_str("writer"),
        upstream=fields.get_str("upstream") if "upstream" in values else "",
        extra={key: value for key, value in values.items() if key not in _KNOWN_KEYS},
        version=version,
    )
    return header, length


def _verify_checksum(values: dict[str, Any], encoded: bytes) -> None:
    if next(reversed(values)) != "crc32" or encoded[-_CHECKSUM_LENGTH] != 0xCE:
        raise FieldError("crc32", "is not the last key, encoded as uint32")
    if crc32(encoded[:-_CHECKSUM_LENGTH]) != FieldReader(values).get_int("crc32"):
        raise FieldError("", "its checksum does not match")
