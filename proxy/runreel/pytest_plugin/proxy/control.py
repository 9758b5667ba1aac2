"""A client of the proxy's control API, as one test process needs it.

Standard library only, and on a socket of its own: a test that guards, fakes or records Python's
sockets and HTTP clients does not meet it. For the same reason this module is imported before any
test runs.
"""

from __future__ import annotations

import json
from _socket import socket as plain_socket
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from socket import socket
from typing import Any, TypeAlias
from urllib.parse import quote

from runreel.errors import RunreelError

Document: TypeAlias = Mapping[str, Any]

PATIENCE = 60.0
"""Seconds that an answer may take: to end a session writes a cassette to the disk."""


class ControlError(RunreelError):
    """The proxy refused, or could not be asked; the message says why."""


class _Connection(HTTPConnection):
    def connect(self) -> None:
        """Connect without a name to look up, and without ``socket.socket.connect``."""
        with closing(plain_socket()) as plain:
            plain.settimeout(self.timeout)
            plain.connect((self.host, self.port))
            self.sock = socket(fileno=plain.detach())
        self.sock.settimeout(self.timeout)


class Control:
    """The sessions of one proxy."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port

    def create(self, settings: Document) -> Document:
        """Begin a session; returns ``name``, ``base_url``, ``cassette``, ``mode``."""
        return self._ask("POST", "", json.dumps(settings).encode())

    def report(self, name: str) -> Document:
        """What became of the session so far."""
        return self._ask("GET", f"/{quote(name, safe='')}")

    def end(self, name: str, *, keep: bool) -> Document:
        """End the session, and return its last report; its cassette is whole then, or discarded."""
        return self._ask("DELETE", f"/{quote(name, safe='')}{'' if keep else '?keep=false'}")

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Document:
        connection = _Connection(self._host, self._port, timeout=PATIENCE)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            connection.request(method, f"/-/sessions{path}", body, headers)
            answer = connection.getresponse()
            document = json.loads(answer.read())
        except (OSError, HTTPException, ValueError) as error:
            raise ControlError(f"runreel's server does not answer: {error!r}") from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise ControlError(_reason(document, answer.status))
        return _mapping(document)


def _reason(document: object, status: int) -> str:
    error = document.get("error") if isinstance(document, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    return str(message) if message else f"runreel's server answers {status}"


def _mapping(document: object) -> Document:
    if not isinstance(document, dict):
        raise ControlError("runreel's server answers with something that is no JSON object")
    return document
