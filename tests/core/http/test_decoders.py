"""Decoders of content codings: limits, many members, and the modules for zstd."""

from __future__ import annotations

import gzip
import importlib
import sys
import zlib
from types import ModuleType

import brotli
import pytest

from runreel.core.http.decoders import UndecodableError, decode_pieces
from runreel.model import OmittedReason

MIB = 1 << 20
LIMIT = 8 * MIB
TEXT = b"data: hello\n\n" * 40


def decode(body: bytes, coding: bytes = b"gzip", *, cut: int = 0, limit: int = LIMIT) -> bytes:
    """Decode a body, in two pieces if ``cut`` is set."""
    pieces = [body[:cut], body[cut:]] if cut else [body]
    return b"".join(decode_pieces(pieces, coding.split(b", "), limit))


def refuse(body: bytes, coding: bytes = b"gzip", *, limit: int = LIMIT) -> OmittedReason:
    """Return the reason why a body is not decoded."""
    with pytest.raises(UndecodableError) as caught:
        decode(body, coding, limit=limit)
    return caught.value.reason


def test_each_result_holds_the_bytes_that_its_piece_completes() -> None:
    compressor = zlib.compressobj(wbits=31)
    first = compressor.compress(b"one") + compressor.flush(zlib.Z_SYNC_FLUSH)
    second = compressor.compress(b"two") + compressor.flush()
    assert decode_pieces([first, b"", second], [b"gzip"], LIMIT) == [b"one", b"", b"two"]


def test_an_unknown_coding_is_refused() -> None:
    assert refuse(b"hello", b"compress") is OmittedReason.ENCODING


BOMBS = [
    ("gzip", b"gzip", gzip.compress(bytes(64 * MIB), 9)),
    ("deflate", b"deflate", zlib.compress(bytes(64 * MIB), 9)),
    ("brotli", b"br", brotli.compress(bytes(64 * MIB), quality=5)),
    ("an inner bomb", b"gzip, gzip", gzip.compress(gzip.compress(bytes(64 * MIB), 9))),
    ("an outer bomb", b"br, gzip", gzip.compress(bytes(64 * MIB))),
]


@pytest.mark.parametrize(("reason", "coding", "body"), BOMBS, ids=[c[0] for c in BOMBS])
def test_a_bomb_is_refused(reason: str, coding: bytes, body: bytes) -> None:
    reasons = {OmittedReason.MAX_BODY, OmittedReason.ENCODING}
    assert refuse(body, coding, limit=1 << 40) in reasons


@pytest.mark.parametrize("length", [MIB // 4, MIB // 4 + 1, MIB // 2, MIB])
def test_no_byte_is_lost_between_the_steps_of_the_decoder(length: int) -> None:
    body = b"a" * length
    assert decode(gzip.compress(body), b"gzip") == body
    assert decode(zlib.compress(body, wbits=-15), b"deflate") == body
    assert decode(brotli.compress(body), b"br") == body


class _Error(Exception):
    pass


class _Stream:
    """A fake of zstd's decompressor: frames are ``<text>``, returned two bytes at a time."""

    def __init__(self) -> None:
        self.eof = False
        self.unused_data = b""
        self._buffer = b""
        self._pending = b""

    @property
    def needs_input(self) -> bool:
        return not self._pending and not self.eof

    def decompress(self, data: bytes, max_length: int) -> bytes:
        self._buffer += data
        if self._buffer[:1] not in (b"<", b""):
            raise _Error
        if data and b">" not in self._buffer:
            return b""
        if data:
            text, _, self.unused_data = self._buffer.partition(b">")
            self._pending = text[1:]
        output, self._pending = self._pending[:2], self._pending[2:]
        self.eof = not self._pending
        return output


def use_zstd(monkeypatch: pytest.MonkeyPatch, name: str, stream: type = _Stream) -> None:
    for known in ("compression.zstd", "backports.zstd"):
        monkeypatch.setitem(sys.modules, known, None)
    module = ModuleType(name)
    module.__dict__.update(ZstdDecompressor=stream, ZstdError=_Error)
    monkeypatch.setitem(sys.modules, name.partition(".")[0], ModuleType(name.partition(".")[0]))
    monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.parametrize("name", ["compression.zstd", "backports.zstd"])
def test_zstd_is_loaded_from_the_module_that_is_installed(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    use_zstd(monkeypatch, name)
    assert decode(b"<hello><!>", b"zstd") == b"hello!"
    assert refuse(b"garbage", b"zstd") is OmittedReason.ENCODING


def test_without_a_zstd_module_the_body_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    use_zstd(monkeypatch, "zstd.nowhere")
    assert refuse(b"<hello>", b"zstd") is OmittedReason.ENCODING


def test_a_real_zstd_module_works() -> None:
    try:
        zstd = importlib.import_module("compression.zstd")
    except ImportError:
        zstd = pytest.importorskip("backports.zstd")
    body = zstd.compress(TEXT) + zstd.compress(bytes(MIB // 2))
    for cut in (0, 1, 9, -1):
        assert decode(body, b"zstd", cut=cut) == TEXT + bytes(MIB // 2)
    assert refuse(body + b"garbage", b"zstd") is OmittedReason.ENCODING
    assert refuse(zstd.compress(bytes(64 * MIB)), b"zstd") is OmittedReason.MAX_BODY


def test_many_members_are_one_body(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b"".join(gzip.compress(b"%d," % number, 1) for number in range(5_000))
    expected = b"".join(b"%d," % number for number in range(5_000))
    for cut in (0, 1, -7):
        assert decode(body, cut=cut) == expected
    use_zstd(monkeypatch, "compression.zstd")
    frames = b"".join(b"<%d,>" % number for number in range(5_000))
    assert decode(frames, b"zstd") == expected


EMPTY = [("gzip", b"gzip", gzip.compress(b"", 1)), ("zstd", b"zstd", b"<>")]


@pytest.mark.parametrize(("reason", "coding", "member"), EMPTY, ids=[c[0] for c in EMPTY])
def test_the_number_of_members_is_limited(
    reason: str, coding: bytes, member: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_zstd(monkeypatch, "compression.zstd")
    assert decode(member * 10_000, coding) == b""
    assert refuse(member * 10_001, coding) is OmittedReason.ENCODING


@pytest.mark.timeout(20)
def test_64_mib_of_empty_members_are_refused_quickly() -> None:
    body = gzip.compress(b"", 1) * (64 * MIB // 20)
    assert refuse(body, limit=64 * MIB) is OmittedReason.ENCODING


def test_a_decoder_gets_its_input_in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    longest = 0

    class Watched(_Stream):
        def decompress(self, data: bytes, max_length: int) -> bytes:
            nonlocal longest
            longest = max(longest, len(data))
            return super().decompress(data, max_length)

    use_zstd(monkeypatch, "compression.zstd", Watched)
    assert decode(b"<a>" * 9_999, b"zstd") == b"a" * 9_999
    assert longest == 16_384
