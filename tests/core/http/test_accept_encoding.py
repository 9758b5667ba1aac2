from __future__ import annotations

import pytest

from runreel.core.http.accept_encoding import limit_accept_encoding
from runreel.core.http.decoders import list_decodable_codings

DECODABLE = (b"gzip", b"br")

VALUES = [
    ("what can be decoded stays as it is written", b"gzip,br;q=0.5 ,  identity", None),
    ("letter case does not count", b"GZip", None),
    ("others are removed, and the order is kept", b"dcb, br, compress;q=1, gzip", b"br, gzip"),
    ("weights are kept", b"zstd;q=1.0, gzip;q=0.8, br; q=0", b"gzip;q=0.8, br; q=0"),
    ("any coding is any that can be decoded", b"*", b"gzip, br, identity"),
    ("with its weight", b"br, *;q=0.1", b"br, gzip;q=0.1, identity;q=0.1"),
    ("but it does not stand for listed ones", b"gzip;q=0, *", b"gzip;q=0, br, identity"),
    ("all others are forbidden", b"gzip, dcz, *;q=0.0", b"gzip, *;q=0.0"),
    ("nothing is left but an unencoded body", b"compress", b"identity"),
    ("empty items are removed", b"gzip, , dcb", b"gzip"),
]


@pytest.mark.parametrize(("reason", "value", "limited"), VALUES, ids=[row[0] for row in VALUES])
def test_accept_encoding_is_limited(reason: str, value: bytes, limited: bytes | None) -> None:
    headers = ((b"A", b"dcb"), (b"accept-Encoding", value))
    expected = ((b"A", b"dcb"), (b"accept-Encoding", value if limited is None else limited))
    assert limit_accept_encoding(headers, DECODABLE) == expected


def test_codings_in_another_header_are_listed_ones() -> None:
    headers = ((b"Accept-Encoding", b"*;q=0.5"), (b"Accept-Encoding", b"br, dcb"))
    assert limit_accept_encoding(headers, DECODABLE) == (
        (b"Accept-Encoding", b"gzip;q=0.5, identity;q=0.5"),
        (b"Accept-Encoding", b"br"),
    )


def test_every_supported_python_decodes_zstd() -> None:
    assert list_decodable_codings() == (b"gzip", b"x-gzip", b"deflate", b"br", b"zstd")
