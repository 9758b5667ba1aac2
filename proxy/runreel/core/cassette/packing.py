"""Packing and unpacking of msgpack, within limits: a cassette is untrusted input.

No other module uses the library. https://github.com/msgpack/msgpack/blob/master/spec.md
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NoReturn

import msgpack  # type: ignore[import-untyped]  # it ships no types

from runreel.core.cassette.fields import FieldError

MAX_ITEMS = 4096
"""Maximum number of items in an array or pairs in a map, except for an answer's frames."""
MAX_FRAMES = 1_000_000
"""Maximum number of frames of an answer."""
MAX_CONTAINERS = 100_000
"""Maximum number of arrays and maps in one value, all levels together."""

_UNPACK_ERRORS = (ValueError, msgpack.UnpackException, RecursionError)
"""Errors that the library raises on bad input: FormatError, StackError, UnicodeDecodeError …"""


def pack(value: object) -> bytes:
    """Pack one value. Unpaired surrogates and ints beyond 64 bits are written as text."""
    packer = msgpack.Packer(default=_to_text, unicode_errors="backslashreplace")
    packed: bytes = packer.pack(value)
    return packed


def _to_text(value: object) -> str:
    if isinstance(value, int):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be stored in a cassette")


def unpack_first(data: bytes) -> tuple[dict[str, Any], int]:
    """Unpack the map at the start of ``data``; return it with its length in bytes.

    Arrays become tuples. Raise ``FieldError`` if there is no map within the limits.
    """
    unpacker = _create_unpacker(data, MAX_CONTAINERS)
    try:
        value = unpacker.unpack()
    except _UNPACK_ERRORS as error:
        raise _to_field_error(error) from None
    if type(value) is not dict:
        raise FieldError("", "is not a map")
    return value, unpacker.tell()


def unpack(data: bytes) -> dict[str, Any]:
    """Unpack one map from all of ``data``. Raise ``FieldError`` as ``unpack_first`` does."""
    value, length = unpack_first(data)
    _check_no_trailing_bytes(data, length)
    return value


def unpack_member(start: bytes, key: str) -> Any:
    """Unpack one member of the map that ``start`` is the beginning of; None if it ends before."""
    unpacker = _create_unpacker(start, MAX_CONTAINERS)
    try:
        for _ in range(unpacker.read_map_header()):
            if unpacker.unpack() == key:
                return unpacker.unpack()
            unpacker.skip()
    except _UNPACK_ERRORS:
        pass  # the caller unpacks all of the data instead, with a message about what is wrong
    return None


def unpack_long(data: bytes, long_key: str, limit: int) -> dict[str, Any]:
    """Unpack as ``unpack`` does, but allow ``limit`` items in the array under ``long_key``."""
    with suppress(FieldError):  # if the array is short, this takes half the time
        values = unpack(data)
        items = values.get(long_key, ())
        if isinstance(items, tuple) and len(items) <= limit:
            return values
    limit = min(limit, len(data))
    unpacker = _create_unpacker(data, MAX_CONTAINERS + limit)
    try:
        value = _unpack_long_map(unpacker, long_key, limit)
    except _UNPACK_ERRORS as error:
        raise _to_field_error(error) from None
    _check_no_trailing_bytes(data, unpacker.tell())
    return value


def _unpack_long_map(unpacker: Any, long_key: str, limit: int) -> dict[str, Any]:
    pairs = []
    for _ in range(unpacker.read_map_header()):
        key = unpacker.unpack()
        pairs.append(
            (key, _unpack_items(unpacker, limit) if key == long_key else unpacker.unpack())
        )
    return _to_dict(pairs)


def _unpack_items(unpacker: Any, limit: int) -> tuple[Any, ...]:
    count = unpacker.read_array_header()
    if count > limit:
        raise FieldError("", "announces an array that is too long")
    return tuple(unpacker.unpack() for _ in range(count))


class _ContainerCounter:
    """Counts arrays and maps while they are unpacked. Raises ``FieldError`` beyond the limit."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def count_array(self, items: tuple[Any, ...]) -> tuple[Any, ...]:
        self._left -= 1
        if self._left < 0:
            raise FieldError("", "has too many arrays and maps")
        return items

    def count_map(self, pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
        self.count_array(())
        return _to_dict(pairs)


def _to_dict(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise FieldError("", "has a repeated key")
    return values


def _create_unpacker(data: bytes, limit: int) -> Any:
    counter = _ContainerCounter(limit)
    may_be_too_many = len(data) > limit  # each takes at least one byte
    unpacker = msgpack.Unpacker(
        use_list=False,
        list_hook=counter.count_array if may_be_too_many else None,
        object_pairs_hook=counter.count_map if may_be_too_many else _to_dict,
        ext_hook=_refuse_extension,
        max_buffer_size=max(len(data), 1),
        max_array_len=MAX_ITEMS,
        max_map_len=MAX_ITEMS,
    )
    unpacker.feed(data)
    return unpacker


def _check_no_trailing_bytes(data: bytes, length: int) -> None:
    if length != len(data):
        raise FieldError("", "has bytes after its end")


def _to_field_error(error: Exception) -> FieldError:
    if isinstance(error, FieldError):
        return error
    detail = str(error) or type(error).__name__
    return FieldError("", f"cannot be unpacked ({detail})")


def _refuse_extension(code: int, data: bytes) -> NoReturn:
    raise FieldError("", f"has an extension value (type {code})")
