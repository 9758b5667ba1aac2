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

Arguments: TypeAlias = tuple[Any, ...]
Function: TypeAlias = Callable[..., Any]


class NetworkBlockedError(RuntimeError):
    """A replayed test tried to leave this machine.

    No ``OSError``, so that clients do not take it for a network that is down, and try again.
    """


class Guard:
    """What is let through, and what was not."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """``allowed`` hosts are patterns such as ``db.internal``, ``10.0.*``."""
        self._allowed = {host.lower() for host in allowed}
        self.blocked: list[str] = []
        """The hosts that were refused, as they were named, in order."""

    def admit(self, host: object) -> None:
        """Note and raise ``NetworkBlockedError`` if the host is neither loopback nor allowed."""
        name = _text(host)
        if not is_loopback(name) and not self._allows(name):
            self.blocked.append(name)
            raise NetworkBlockedError(
                f"runreel blocks the network in replay, and this test wanted {name}. Point the "
                "client at runreel.base_url, or let the host through with allowed_hosts"
            )

    def resolved(self, host: object, addresses: Iterable[str]) -> None:
        """Let the addresses of an allowed host through: connections are made to them."""
        if self._allows(_text(host)):
            self._allowed.update(addresses)

    def _allows(self, name: str) -> bool:
        return any(fnmatchcase(name.lower(), pattern) for pattern in self._allowed)


def _text(host: object) -> str:
    if host is None:
        return ""
    return host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)


def is_loopback(host: str) -> bool:
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
def guarded(guard: Guard) -> Iterator[None]:
    """Let Python's sockets reach only what the guard admits, in this block."""
    with pytest.MonkeyPatch.context() as patch:
        for name, address_of in _METHODS.items():
            patch.setattr(socket.socket, name, _method(name, address_of, guard))
        for name, addresses_in in _LOOKUPS.items():
            patch.setattr(socket, name, _lookup(name, addresses_in, guard))
        yield


def _method(name: str, address_of: Callable[[Arguments], object], guard: Guard) -> Function:
    original: Function = getattr(socket.socket, name)

    @wraps(original)
    def method(self: socket.socket, *args: Any, **kwargs: Any) -> Any:
        address = address_of(args) if self.family in _INTERNET else None
        if isinstance(address, tuple):
            guard.admit(address[0])
        return original(self, *args, **kwargs)

    return method


def _lookup(name: str, addresses_in: Callable[[Any], list[str]], guard: Guard) -> Function:
    original: Function = getattr(socket, name)

    @wraps(original)
    def lookup(host: object, *args: Any, **kwargs: Any) -> Any:
        guard.admit(host)
        found = original(host, *args, **kwargs)
        guard.resolved(host, addresses_in(found))
        return found

    return lookup


_THIS_MACHINE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - as destinations, not to listen on
_INTERNET = frozenset({socket.AF_INET, socket.AF_INET6})
_METHODS: dict[str, Callable[[Arguments], object]] = {
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
