"""Types of settings that are written as text: addresses, sizes, speeds, file modes, upstreams.

Each type has ``parse``, and ``str()`` gives text that parses to the same value. No error message
repeats the text: a value in the wrong place may be a secret.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import ClassVar
from urllib.parse import urlsplit

_PORT = re.compile(r"[0-9]{1,5}")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_SIZE = re.compile(r"([0-9]{1,16}) ?([A-Za-z]*)")
_COUNT = re.compile(r"[0-9]{1,10}")
_MAX_COUNT = 1_000_000_000
_MODE = re.compile(r"0?o?[0-7]{3}")
_PRINTABLE = re.compile(r"[!-~]+")
_USERINFO = re.compile(r"[^/]@")
"""User-info anywhere in a URL, because a password may contain a slash. It does not match
``/@NAME``, a session of another runreel."""

_UNITS = {
    "": 1,
    "B": 1,
    "kB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
}


@dataclass(frozen=True, slots=True)
class Address:
    """The address on which a server listens; port 0 picks a free port."""

    host: str
    port: int

    @classmethod
    def parse(cls, value: object) -> Address:
        """Parse ``HOST:PORT``, with an IPv6 host in brackets. Raise ValueError for other text."""
        host, colon, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
        if not colon or not _PORT.fullmatch(port) or int(port) > 65535:
            raise ValueError(_ADDRESS)
        return cls(_parse_host(host), int(port))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


_ADDRESS = 'must be HOST:PORT such as "127.0.0.1:7357" or "[::1]:0"'


def _parse_host(text: str) -> str:
    if text.startswith("[") and text.endswith("]"):
        try:
            return str(IPv6Address(text[1:-1]))
        except ValueError:
            raise ValueError(_ADDRESS) from None
    if not _HOST.fullmatch(text):
        raise ValueError(_ADDRESS)
    return text


class UpstreamUrl(str):
    """An http or https URL with an optional base path and no slash at its end; empty if not set."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object) -> UpstreamUrl:
        """Parse a URL without user-info, query and fragment. Raise ValueError for other text."""
        if value == "":
            return cls()
        text = value if isinstance(value, str) else ""
        _check_upstream(text)
        return cls(text.rstrip("/"))


_UPSTREAM = 'must be an http or https URL such as "https://api.openai.com"'


def _check_upstream(text: str) -> None:
    if not _PRINTABLE.fullmatch(text) or "\\" in text:
        raise ValueError(_UPSTREAM)
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError:
        raise ValueError(_UPSTREAM) from None
    if url.scheme not in {"http", "https"} or not host or port == 0:
        raise ValueError(_UPSTREAM)
    if "@" in url.netloc or _USERINFO.search(text):
        raise ValueError(
            "must not contain a user or password: credentials come from the client's own requests"
        )
    if "?" in text or "#" in text:
        raise ValueError("must not contain a query or fragment: give the base URL of the API")


ENV_PATTERN = r"[A-Za-z_][A-Za-z0-9_]*(?:=(?:/[!-~]*)?)?"
"""An entry of the setting ``env``: ``NAME=/path``, ``NAME=`` or ``NAME``."""


ORIGIN_PATTERN = r"\*|null|[A-Za-z][A-Za-z0-9+.-]*://[^/?#@\s]+"
"""An entry of the setting ``cors.origins``."""


class Count(int):
    """A number of things, at least 1."""

    @classmethod
    def parse(cls, value: object) -> Count:
        """Parse a whole number, or its digits. Raise ValueError for other values."""
        is_number = isinstance(value, int) and not isinstance(value, bool)
        is_text = isinstance(value, str) and _COUNT.fullmatch(value) is not None
        count = int(str(value)) if is_number or is_text else 0
        if not 1 <= count <= _MAX_COUNT:
            raise ValueError(f"must be a whole number from 1 to {_MAX_COUNT}")
        return cls(count)


class Size(int):
    """A number of bytes, at least 1."""

    _max: ClassVar[int] = 2**53
    _max_reason: ClassVar[str] = ""

    @classmethod
    def parse(cls, value: object) -> Size:
        """Parse a number of bytes, or text with a unit such as ``64MiB``. Raise ValueError."""
        count = _parse_bytes(value)
        if count < 1:
            raise ValueError(f"must be at least 1 byte, not {count}")
        if count > cls._max:
            raise ValueError(f"must be at most {cls(cls._max)}{cls._max_reason}")
        return cls(count)

    def __str__(self) -> str:
        for unit in ("GiB", "MiB", "KiB"):
            if self % _UNITS[unit] == 0:
                return f"{self // _UNITS[unit]}{unit}"
        return int.__repr__(self)


class BodySize(Size):
    """A limit for the size of a body that is kept, in bytes."""

    _max = 200 * 1024**2
    _max_reason = ": a record of a cassette cannot hold more"


_SIZE_WORDS = 'must be a number of bytes or a size such as "64MiB" (kB, MB, GB, KiB, MiB, GiB)'


def _parse_bytes(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[2] not in _UNITS:
        raise ValueError(_SIZE_WORDS)
    return int(match[1]) * _UNITS[match[2]]


class FileMode(int):
    """File permissions that let the owner read and write, and nobody execute."""

    @classmethod
    def parse(cls, value: object) -> FileMode:
        """Parse octal text such as ``0600``. Raise ValueError for other values."""
        if not isinstance(value, str) or not _MODE.fullmatch(value):
            raise ValueError('must be octal text such as "0600" or "0644"')
        bits = int(value[-3:], 8)
        if bits & 0o600 != 0o600 or bits & 0o111:
            raise ValueError("must let the owner read and write, and nobody execute")
        return cls(bits)

    def __str__(self) -> str:
        return f"{int(self):04o}"


@dataclass(frozen=True, slots=True)
class Speed:
    """The speed of replay, in relation to the recording."""

    factor: float
    """1.0 for the recorded speed, 2.0 for twice as fast; infinite for no delays."""

    INSTANT: ClassVar[Speed]
    RECORDED: ClassVar[Speed]

    @classmethod
    def parse(cls, value: object) -> Speed:
        """Parse ``instant``, ``recorded`` or a number. Raise ValueError for other values."""
        if value == "instant":
            return cls.INSTANT
        if value == "recorded":
            return cls.RECORDED
        factor = _parse_factor(value)
        if not 0.001 <= factor <= 1_000_000:
            raise ValueError(_SPEED)
        return cls(factor)

    def __str__(self) -> str:
        if self == Speed.INSTANT:
            return "instant"
        return "recorded" if self == Speed.RECORDED else repr(self.factor).removesuffix(".0")


Speed.INSTANT = Speed(math.inf)
Speed.RECORDED = Speed(1.0)

_SPEED = 'must be "instant", "recorded" or a number from 0.001 to 1000000 such as 4'


def _parse_factor(value: object) -> float:
    text = str(value) if isinstance(value, (str, int, float)) else ""
    try:
        return float(text)
    except ValueError:
        raise ValueError(_SPEED) from None
