"""The cassette: exchanges to bytes and back, as ``docs/cassette-format.md`` specifies.

A file is a header and then records, all of them msgpack objects. The shell reads and writes the
file; here is what its bytes mean.
"""

from runreel.core.cassette.codec import Codec
from runreel.core.cassette.contents import Contents, read_contents, salvage_contents
from runreel.core.cassette.decode import Stored, decode_answer, decode_head, decode_retraction
from runreel.core.cassette.encode import encode_exchange, encode_retraction
from runreel.core.cassette.header import MAX_HEADER, VERSION, Header, decode_header, encode_header
from runreel.core.cassette.record import Kind, Record
from runreel.core.cassette.scan import Damage, Read, Torn, scan

__all__ = [
    "MAX_HEADER",
    "VERSION",
    "Codec",
    "Contents",
    "Damage",
    "Header",
    "Kind",
    "Read",
    "Record",
    "Stored",
    "Torn",
    "decode_answer",
    "decode_head",
    "decode_header",
    "decode_retraction",
    "encode_exchange",
    "encode_header",
    "encode_retraction",
    "read_contents",
    "salvage_contents",
    "scan",
]
