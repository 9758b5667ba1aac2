"""Decoders of content codings, with limits on their output (RFC 1952, 1950, 7932 and 8878).

A decoder never holds more than a bounded piece of decoded data, so a small body that would decode
to a huge one (a bomb) is refused before it takes memory.
"""

from __future__ import annotations

import codecs
import importlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from types import ModuleType
from typing import Protocol

import brotli

from runreel.core.regex.lazy_pattern import compile_later
from runreel.model import OmittedReason

_OUTPUT_STEP = 1 << 18
"""Largest output of a decoder at a time, in bytes: the memory that a bomb can take unnoticed."""

_INPUT_STEP = 1 << 14
"""Largest input of a decoder at a time, in bytes. Decoders copy unused input on each call, so large
inputs would make the decoding of many small members quadratic."""

_MAX_MEMBERS = 10_000
"""Maximum number of gzip members or zstd frames: an empty one costs as much time as a long one."""

_MAX_RATIO = 200
_RATIO_THRESHOLD = 1 << 20
"""Number of decoded bytes up to which any ratio is accepted."""


_CONTROL_CHARACTER = compile_later(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class UndecodableError(Exception):
    """A body that cannot be decoded; ``reason`` is recorded in its place."""

    def __init__(self, reason: OmittedReason) -> None:
        super().__init__(reason)
        self.reason = reason


class _Decoder(Protocol):
    """Decoder of one coding."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the decoded bytes in bounded pieces. Raise ``UndecodableError`` on wrong data."""
        ...


def decode_pieces(pieces: Iterable[bytes], codings: Sequence[bytes], limit: int) -> list[bytes]:
    """Decode the pieces of a body; each result holds the bytes that its piece completes.

    ``codings`` are in the order in which they were applied. Raise ``UndecodableError`` for an
    unknown coding, for wrong data, and beyond the limits: ``limit`` bytes of output of any coding,
    200 times its input, 10,000 members.
    """
    stages = [_BoundedDecoder(_create_decoder(coding), limit) for coding in reversed(codings)]
    return [b"".join(_run_stages(stages, piece)) for piece in pieces]


def _run_stages(stages: Sequence[_BoundedDecoder], piece: bytes) -> Iterable[bytes]:
    data: Iterable[bytes] = (piece,)
    for stage in stages:
        data = chain.from_iterable(map(stage.feed, data))
    return data


def is_mislabelled(body: bytes, coding: bytes) -> bool:
    """Return whether ``body`` is plain text, although it is labelled as being in ``coding``.

    Text is UTF-8 without control characters. No gzip or zstd body is text. Short deflate and br
    bodies may be, so a body that is a complete one is not mislabelled.
    """
    if not _is_text(body):
        return False
    if coding == b"deflate":
        is_start_of_header = len(body) < 3 and _is_zlib(body.ljust(2, b"\x01"))
        return not (is_start_of_header or _is_complete(body, _Deflate()))
    return coding != b"br" or not _is_complete(body, _Brotli())


def _is_complete(body: bytes, decoder: _Deflate | _Brotli) -> bool:
    """Return whether ``body`` can be decoded to its end, or to more than is allowed."""
    bounded = _BoundedDecoder(decoder, len(body) * _MAX_RATIO + _RATIO_THRESHOLD)
    try:
        for _ in bounded.feed(body):
            pass
    except UndecodableError as error:
        return error.reason is not OmittedReason.ENCODING
    return decoder.is_complete


def _is_text(body: bytes) -> bool:
    if _CONTROL_CHARACTER.search(body):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(body)  # the last character may be cut off
    except UnicodeDecodeError:
        return False
    return True


class _BoundedDecoder:
    """A decoder whose output is limited, in total and in relation to its input."""

    def __init__(self, decoder: _Decoder, limit: int) -> None:
        self._decoder = decoder
        self._limit = limit
        self._bytes_in = 0
        self._bytes_out = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._bytes_in += len(data)
        for piece in chain.from_iterable(map(self._decoder.feed, _split_input(data))):
            self._bytes_out += len(piece)
            is_bomb = self._bytes_out > max(_RATIO_THRESHOLD, self._bytes_in * _MAX_RATIO)
            if is_bomb or self._bytes_out > self._limit:
                raise UndecodableError(OmittedReason.MAX_BODY)
            yield piece


def _split_input(data: bytes) -> Iterator[bytes]:
    return (data[start : start + _INPUT_STEP] for start in range(0, len(data), _INPUT_STEP))


def _count_member(members: int) -> int:
    if members == _MAX_MEMBERS:
        raise UndecodableError(OmittedReason.ENCODING)
    return members + 1


class _Gzip:
    """Decoder of gzip: one or more members in sequence."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self._members = 1

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._member.eof:
                self._members = _count_member(self._members)
                self._member = zlib.decompressobj(wbits=31)
            yield from _inflate(self._member, data)
            data = self._member.unused_data


class _Deflate:
    """Decoder of deflate: a zlib stream or, as some servers send it, a raw deflate stream."""

    def __init__(self) -> None:
        self._buffer = b""
        self._stream: zlib._Decompress | None = None

    @property
    def is_complete(self) -> bool:
        """True at the end of the stream."""
        return self._stream is not None and self._stream.eof

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._buffer += data
        if self._stream is None and len(self._buffer) < 2:
            return
        if self._stream is None:
            self._stream = zlib.decompressobj(wbits=15 if _is_zlib(self._buffer) else -15)
        data, self._buffer = self._buffer, b""
        if self._stream.eof and data:
            raise UndecodableError(OmittedReason.ENCODING)
        yield from _inflate(self._stream, data)
        if self._stream.unused_data:
            raise UndecodableError(OmittedReason.ENCODING)


class _Brotli:
    """Decoder of a brotli stream."""

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    @property
    def is_complete(self) -> bool:
        """True at the end of the stream."""
        return bool(self._stream.is_finished())

    def feed(self, data: bytes) -> Iterator[bytes]:
        if data and self._stream.is_finished():
            raise UndecodableError(OmittedReason.ENCODING)
        try:
            while piece := self._stream.process(data, output_buffer_limit=_OUTPUT_STEP):
                yield piece
                data = b""
        except brotli.error:
            raise UndecodableError(OmittedReason.ENCODING) from None


class _ZstdStream(Protocol):
    """The common interface of the modules that decompress zstd."""

    eof: bool
    needs_input: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Zstd:
    """Decoder of zstd: one or more frames in sequence."""

    def __init__(self, new_stream: Callable[[], _ZstdStream], error: type[Exception]) -> None:
        self._new_stream = new_stream
        self._error = error
        self._stream = new_stream()
        self._frames = 1

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._stream.eof:
                self._frames = _count_member(self._frames)
                self._stream = self._new_stream()
            yield from self._decompress(data)
            data = self._stream.unused_data

    def _decompress(self, data: bytes) -> Iterator[bytes]:
        try:
            yield self._stream.decompress(data, max_length=_OUTPUT_STEP)
            while not (self._stream.eof or self._stream.needs_input):
                yield self._stream.decompress(b"", max_length=_OUTPUT_STEP)
        except self._error:
            raise UndecodableError(OmittedReason.ENCODING) from None


def _inflate(stream: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    try:
        piece = stream.decompress(data, _OUTPUT_STEP)
        while piece:
            yield piece
            piece = stream.decompress(stream.unconsumed_tail, _OUTPUT_STEP)
    except zlib.error:
        raise UndecodableError(OmittedReason.ENCODING) from None


def _is_zlib(data: bytes) -> bool:
    """Return whether ``data`` starts with a zlib header: method 8, a multiple of 31 (RFC 1950)."""
    return data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0


def _create_zstd_decoder() -> _Decoder:
    module = _find_zstd()
    if module is None:
        raise UndecodableError(OmittedReason.ENCODING)
    return _Zstd(module.ZstdDecompressor, module.ZstdError)


def _find_zstd() -> ModuleType | None:
    """Return the module of the standard library (Python 3.14) or its backport, if installed."""
    for name in ("compression.zstd", "backports.zstd"):
        with suppress(ImportError):
            return importlib.import_module(name)
    return None


_DECODERS: dict[bytes, Callable[[], _Decoder]] = {
    b"gzip": _Gzip,
    b"x-gzip": _Gzip,
    b"deflate": _Deflate,
    b"br": _Brotli,
    b"zstd": _create_zstd_decoder,
}


def _create_decoder(coding: bytes) -> _Decoder:
    if coding not in _DECODERS:
        raise UndecodableError(OmittedReason.ENCODING)
    return _DECODERS[coding]()


def list_decodable_codings() -> tuple[bytes, ...]:
    """Return the names of the codings that can be decoded, as in ``Accept-Encoding``."""
    return tuple(name for name in _DECODERS if name != b"zstd" or _find_zstd() is not None)
