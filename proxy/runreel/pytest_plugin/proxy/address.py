"""The address at which clients find the proxy, known before the proxy runs.

A client that is created at import keeps its base URL for the whole run. So a port is reserved when
pytest starts, by a socket that is bound and does not listen yet: connections are refused, and no
other process can have the port. The first proxy inherits the socket.
"""

from __future__ import annotations

from _socket import socket as plain_socket


class ReservedAddress:
    """A port of this machine that a proxy process will listen on."""

    def __init__(self) -> None:
        """Reserve a free port, until ``close``."""
        self._socket = plain_socket()
        self._socket.bind(("127.0.0.1", 0))
        self.host, self.port = self._socket.getsockname()
        self.url = f"http://{self.host}:{self.port}"

    @property
    def fd(self) -> int:
        """The descriptor of the socket, for the process that listens on it."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close this process's socket; a process that inherited it keeps the port."""
        self._socket.close()
