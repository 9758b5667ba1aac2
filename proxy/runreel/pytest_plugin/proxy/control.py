"""A client of the proxy's control API.

It uses the standard library only, and creates its sockets below the ``socket`` module, so that a
test can block, fake or record sockets and HTTP clients without affecting it. For the same reason
this module is imported before any test runs.
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

ControlDocument: TypeAlias = Mapping[str, Any]

TIMEOUT = 60.0
"""Seconds to wait for an answer: ending a session writes a cassette to disk."""


class ControlError(RunreelError):
    """The proxy rejected a request, or did not answer it."""


class _DirectConnection(HTTPConnection):
    def connect(self) -> None:
        """Connect without name resolution, and without ``socket.socket.connect``."""
        with closing(plain_socket()) as plain:
            plain.settimeout(self.timeout)
            plain.connect((self.host, self.port))
            self.sock = socket(fileno=plain.detach())
        self.sock.settimeout(self.timeout)


class ControlClient:
    """A client for the sessions of one proxy."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port

    def create_session(self, settings: ControlDocument) -> ControlDocument:
        """Create a session; return its name, base URL, cassette, mode and upstream."""
        return self._request("POST", "", json.dumps(settings).encode())

    def get_report(self, name: str) -> ControlDocument:
        """Return the current report of the session."""
        return self._request("GET", f"/{quote(name, safe='')}")

    def end_session(self, name: str, *, keep: bool) -> ControlDocument:
        """End the session, and return its last report; ``keep`` saves its recording."""
        return self._request("DELETE", f"/{quote(name, safe='')}{'' if keep else '?keep=false'}")

    def _request(self, method: str, path: str, body: bytes | None = None) -> ControlDocument:
        connection = _DirectConnection(self._host, self._port, timeout=TIMEOUT)
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
            raise ControlError(_find_message(document, answer.status))
        return _expect_object(document)


def _find_message(document: object, status: int) -> str:
    error = document.get("error") if isinstance(document, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    return str(message) if message else f"runreel's server answered {status}"


def _expect_object(document: object) -> ControlDocument:
    if not isinstance(document, dict):
        raise ControlError("runreel's server sent an answer that is not a JSON object")
    return document
