"""No connection but to this machine: the ``socket`` module, guarded for the length of a test.

asyncio connects through it as well. What does not use Python's sockets is not seen: uvloop, and
libraries that bring their own (grpc, pycurl).
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
    """A replayed test tried to leave this machine.

    No ``OSError``, so that clients do not take it for a network that is down, and try again.
    """


class NetworkGuard:
    """What is let through, and what was not."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """``allowed`` hosts are patterns such as ``db.internal``, ``10.0.*``."""
        self._allowed = {host.lower() for host in allowed}
        self.blocked: list[str] = []
        """The hosts that were refused, as they were named, in order."""

    def raise_if_blocked(self, host: object) -> None:
        """Note and raise ``NetworkBlockedError`` if the host is neither loopback nor allowed."""
        name = _decode_host(host)
        if not is_loopback_host(name) and not self._is_allowed(name):
            self.blocked.append(name)
            raise NetworkBlockedError(
                f"runreel blocks the network in replay, and this test wanted {name}. Point the "
                "client at runreel.base_url, or let the host through with allowed_hosts"
            )

    def allow_addresses(self, host: object, addresses: Iterable[str]) -> None:
        """Let the addresses of an allowed host through: connections are made to them."""
        if self._is_allowed(_decode_host(host)):
            self._allowed.update(addresses)

    def _is_allowed(self, name: str) -> bool:
        return any(fnmatchcase(name.lower(), pattern) for pattern in self._allowed)


def _decode_host(host: object) -> str:
    if host is None:
        return ""
    return host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)


def is_loopback_host(host: str) -> bool:
    """Whether a host, by name or address, is this machine without a network (RFC 6761, 6.3)."""
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
    """Let Python's sockets reach only what the guard admits, in this block."""
    with pytest.MonkeyPatch.context() as patch:
        for name, address_of in _METHODS.items():
            patch.setattr(socket.socket, name, _wrap_method(name, address_of, guard))
        for name, addresses_in in _LOOKUPS.items():
            patch.setattr(socket, name, _wrap_lookup(name, addresses_in, guard))
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
        found = original(host, *args, **kwargs)
        guard.allow_addresses(host, find_addresses(found))
        return found

    return lookup


_THIS_MACHINE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - as destinations, not to listen on
_INTERNET_FAMILIES = frozenset({socket.AF_INET, socket.AF_INET6})
_METHODS: dict[str, Callable[[SocketArguments], object]] = {
    "connect": lambda args: args[0] if args else None,
    "connect_ex": lambda args: args[0] if args else None,
    "sendto": lambda args: args[-1] if len(args) > 1 else None,
    "sendmsg": lambda args: args[3] if len(args) > 3 else None,
}
"""Where the address is among a method's arguments."""
_LOOKUPS: dict[str, Callable[[Any], list[str]]] = {
    "getaddrinfo": lambda found: [str(entry[4][0]) for entry in found],
    "gethostbyname": lambda found: [found],
    "gethostbyname_ex": lambda found: list(found[2]),
}
"""Which addresses a look-up has found."""
