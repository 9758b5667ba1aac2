"""The header: what a file says of itself, with its format version first and its checksum last."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

from runreel.core.cassette.fields import FieldError, FieldReader
from runreel.core.cassette.packing import pack, unpack_first
from runreel.errors import CassetteVersionError, CorruptCassetteError, StoreError

VERSION = 1
MAX_HEADER = 64 * 1024
"""Bytes that a header takes at most."""

_HEADER_START = re.compile(rb"(?:[\x80-\x8f]|\xde..|\xdf....)\xa7runreel", re.DOTALL)
_CHECKSUM_LENGTH = 5
_KNOWN_KEYS = ("runreel", "created", "writer", "upstream", "crc32")


@dataclass(frozen=True, slots=True)
class CassetteHeader:
    """What stands at the front of a cassette."""

    created_ns: int
    """When the file was begun, in nanoseconds since 1970-01-01 UTC."""
    writer: str
    """The program that began it: ``runreel 0.1.0``."""
    upstream: str = ""
    """The recorded API's base URL, without user-info, query and fragment; may be empty."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Keys that this version does not know; they are kept."""


def encode_header(header: CassetteHeader) -> bytes:
    """The bytes that a cassette begins with. Raises ``StoreError`` if they would be no header."""
    values = {"runreel": VERSION, "created": header.created_ns, "writer": header.writer}
    if header.upstream:
        values["upstream"] = _require_no_secrets(header.upstream)
    unsealed = pack({**values, **header.extra, "crc32": 0xFFFFFFFF})[:-_CHECKSUM_LENGTH]
    encoded = unsealed + b"\xce" + crc32(unsealed).to_bytes(4)
    if len(encoded) > MAX_HEADER:
        raise StoreError(
            f"a cassette's header takes at most {MAX_HEADER} bytes, not {len(encoded)}"
        )
    return encoded


def _require_no_secrets(url: str) -> str:
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise StoreError("a cassette's upstream is stored without user-info, query and fragment")
    return url


def decode_header(data: bytes) -> tuple[CassetteHeader, int]:
    """The header at the front of ``data`` (the file's first ``MAX_HEADER`` bytes), and its length.

    Raises ``CorruptCassetteError``, or ``CassetteVersionError`` for a newer format.
    """
    if not data:
        raise CorruptCassetteError("the file is empty (0 bytes); a cassette has a header", offset=0)
    if not _HEADER_START.match(data):
        raise CorruptCassetteError("this is not a cassette: it has no runreel header", offset=0)
    try:
        return _parse(data)
    except FieldError as error:
        raise CorruptCassetteError(
            f"the header is damaged: {error}; records may be whole: runreel verify --repair",
            offset=0,
        ) from None


def _parse(data: bytes) -> tuple[CassetteHeader, int]:
    values, length = unpack_first(data)
    _verify_checksum(values, data[:length])
    fields = FieldReader(values)
    version = fields.get_int("runreel", minimum=1)
    if version > VERSION:
        raise CassetteVersionError(
            f"it has format {version}, and this runreel reads up to {VERSION}; upgrade runreel"
        )
    header = CassetteHeader(
        created_ns=fields.get_int("created"),
        writer=fields.get_str("writer"),
        upstream=fields.get_str("upstream") if "upstream" in values else "",
        extra={key: value for key, value in values.items() if key not in _KNOWN_KEYS},
    )
    return header, length


def _verify_checksum(values: dict[str, Any], encoded: bytes) -> None:
    if next(reversed(values)) != "crc32" or encoded[-_CHECKSUM_LENGTH] != 0xCE:
        raise FieldError("crc32", "is not its last key, as a uint32")
    if crc32(encoded[:-_CHECKSUM_LENGTH]) != FieldReader(values).get_int("crc32"):
        raise FieldError("", "its checksum does not match")
