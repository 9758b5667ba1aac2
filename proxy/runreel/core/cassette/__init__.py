"""The cassette format, as specified in ``docs/cassette-format.md``.

A file is a header followed by records, all of them msgpack objects. The shell reads and writes
files; this package converts between their bytes and exchanges.
"""

from runreel.core.cassette.codec import Codec
from runreel.core.cassette.contents import CassetteContents, read_contents, salvage_contents
from runreel.core.cassette.decode import (
    HEADERS_SIZE,
    StoredExchange,
    decode_answer,
    decode_head,
    decode_retraction,
    find_answer_headers,
)
from runreel.core.cassette.encode import encode_exchange, encode_retraction
from runreel.core.cassette.header import (
    MAX_HEADER,
    VERSION,
    CassetteHeader,
    decode_header,
    encode_header,
)
from runreel.core.cassette.record import Record, RecordKind
from runreel.core.cassette.scan import Damage, ReadAt, TornTail, scan_records

__all__ = [
    "HEADERS_SIZE",
    "MAX_HEADER",
    "VERSION",
    "CassetteContents",
    "CassetteHeader",
    "Codec",
    "Damage",
    "ReadAt",
    "Record",
    "RecordKind",
    "StoredExchange",
    "TornTail",
    "decode_answer",
    "decode_head",
    "decode_header",
    "decode_retraction",
    "encode_exchange",
    "encode_header",
    "encode_retraction",
    "find_answer_headers",
    "read_contents",
    "salvage_contents",
    "scan_records",
]
