"""Blocking of connections to other machines: the ``socket`` module, patched during a test.

This covers asyncio too. Libraries that do not use Python's sockets are not covered: uvloop, grpc,
pycurl.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import wraps
from ipaddress import IPv6Address, ip_address
from typing import Any, TypeAlias

import pytest

SocketArguments: TypeAlias = tuple[Any, ...]
SocketFunction: TypeAlias = Callable[..., Any]


class NetworkBlockedError(RuntimeError):
    """A replayed test tried to reach another machine.

    This is not an ``OSError``: clients would treat it as a network failure, and retry.
    """


class NetworkGuard:
    """The allowed hosts, and the hosts that were blocked."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """Allow loopback, and hosts that match a pattern: ``db.internal``, ``10.0.*``."""
        self._allowed = {host.lower() for host in allowed}
        self.blocked: list[str] = []
        """The blocked hosts as the caller wrote them, in order."""

    def raise_if_blocked(self, host: object) -> None:
        """Note a host and raise ``NetworkBlockedError`` if it is neither loopback nor allowed."""
        name = _decode_host(host)
        if not is_loopback_host(name) and not self._is_allowed(name):
            self.blocked.append(name)
            raise NetworkBlockedError(
                f"runreel blocks the network in replay, and this test tried to reach {name}. Point "
                "the client to runreel.base_url, or allow the host with allowed_hosts"
            )

    def allow_addresses(self, host: object, addresses: Iterable[str]) -> None:
        """Allow the addresses of an allowed host, since connections are made to addresses."""
        if self._is_allowed(_decode_host(host)):
            self._allowed.update(addresses)

    def _is_allowed(self, name: str) -> bool:
        return any(fnmatchcase(name.lower(), pattern) for pattern in self._allowed)


def _decode_host(host: object) -> str:
    if host is None:
        return ""
    return host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)


def is_loopback_host(host: str) -> bool:
    """Return whether a host name or address is loopback or unspecified (RFC 6761, 6.3)."""
    if host in _THIS_MACHINE:
        return True
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        name = host.lower().rstrip(".")
        return name == "localhost" or name.endswith(".localhost")
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


@contextmanager
def guard_sockets(guard: NetworkGuard) -> Iterator[None]:
    """Patch Python's sockets for the length of the block: they reach allowed hosts only."""
    with pytest.MonkeyPatch.context() as patch:
        for name, find_address in _METHODS.items():
            patch.setattr(socket.socket, name, _wrap_method(name, find_address, guard))
        for name, find_addresses in _LOOKUPS.items():
            patch.setattr(socket, name, _wrap_lookup(name, find_addresses, guard))
        yield


def _wrap_method(
    name: str, find_address: Callable[[SocketArguments], object], guard: NetworkGuard
) -> SocketFunction:
    original: SocketFunction = getattr(socket.socket, name)

    @wraps(original)
    def method(self: socket.socket, *args: Any, **kwargs: Any) -> Any:
        address = find_address(args) if self.family in _INTERNET_FAMILIES else None
        if isinstance(address, tuple):
            guard.raise_if_blocked(address[0])
        return original(self, *args, **kwargs)

    return method


def _wrap_lookup(
    name: str, find_addresses: Callable[[Any], list[str]], guard: NetworkGuard
) -> SocketFunction:
    original: SocketFunction = getattr(socket, name)

    @wraps(original)
    def lookup(host: object, *args: Any, **kwargs: Any) -> Any:
        guard.raise_if_blocked(host)
        result = original(host, *args, **kwargs)
        guard.allow_addresses(host, find_addresses(result))
        return result

    return lookup


_THIS_MACHINE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - as destinations, not to listen on
_INTERNET_FAMILIES = frozenset({socket.AF_INET, socket.AF_INET6})
_METHODS: dict[str, Callable[[SocketArguments], object]] = {
    "connect": lambda args: args[0] if args else None,
    "connect_ex": lambda args: args[0] if args else None,
    "sendto": lambda args: args[-1] if len(args) > 1 else None,
    "sendmsg": lambda args: args[3] if len(args) > 3 else None,
}
"""For each patched method: a function that takes the address from its arguments."""
_LOOKUPS: dict[str, Callable[[Any], list[str]]] = {
    "getaddrinfo": lambda result: [str(entry[4][0]) for entry in result],
    "gethostbyname": lambda result: [result],
    "gethostbyname_ex": lambda result: list(result[2]),
}
"""For each patched look-up: a function that takes the addresses from its result."""
