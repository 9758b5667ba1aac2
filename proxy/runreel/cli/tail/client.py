"""A client of a running proxy that only reads: its activity, and the exchanges it has stored."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from runreel.core.http.sse import SseSplitter, parse_event
from runreel.errors import RunreelError, UsageError

_SILENCE = 60.0
"""Seconds after which the connection counts as lost; the proxy says something every 15 s."""
_RETRY_DELAYS = (0.2, 0.5, 1.0, 2.0)
"""Seconds before each attempt to resume."""
_MAX_NOTE = 1 << 20


class Note(NamedTuple):
    """A note of the proxy."""

    kind: str
    """``begin``, ``end``, ``missed`` or ``over``."""
    fields: Mapping[str, Any]


class ProxyAddress(NamedTuple):
    """The address of a proxy, and the session that is meant."""

    host: str
    port: int
    session: str
    """Empty for all sessions."""

    @classmethod
    def parse(cls, url: str) -> ProxyAddress:
        """Parse the URL of a proxy, or a client's base URL. Raises ``UsageError``."""
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise UsageError(f"{url[:200]!r} is not a URL: {error}") from None
        if parts.scheme != "http" or not host or parts.username is not None:
            raise UsageError(
                f"{url[:200]!r} is not the URL of a proxy; write http://127.0.0.1:7357"
            )
        prefix = parts.path.split("/")[1] if parts.path.startswith("/@") else ""
        return cls(host, port or 80, prefix.removeprefix("@"))

    def __str__(self) -> str:
        """Return the URL of the proxy."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


class TailClient:
    """Reads from one proxy."""

    def __init__(self, address: ProxyAddress, token: str = "") -> None:
        """``token`` is the one that the proxy asks for beyond the loopback."""
        self._address = address
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._last_id = ""
        self._was_connected = False

    def iter_notes(self) -> Iterator[Note]:
        """Yield the notes until the proxy ends; resume after the last one if it breaks off.

        Raises ``RunreelError`` if the proxy cannot be reached (any more) or refuses.
        """
        failures = 0
        while True:
            error: Exception | None = None
            try:
                for note in self._iter_stream():
                    failures = 0
                    if note.kind == "over":
                        return
                    yield note
            except (OSError, HTTPException) as failure:
                error = failure
            if not self._was_connected or failures == len(_RETRY_DELAYS):
                raise RunreelError(self._describe_loss(error))
            time.sleep(_RETRY_DELAYS[failures])
            failures += 1

    def read_exchange(self, session: str, number: int) -> Mapping[str, Any] | None:
        """Return an exchange as ``show --json`` prints it; None if the proxy has it no more."""
        path = f"/-/sessions/{quote(session, safe='')}/exchanges/{number}"
        connection = self._connect()
        try:
            with closing(connection):
                connection.request("GET", path, headers=self._headers)
                response = connection.getresponse()
                data = response.read()
            document = json.loads(data) if response.status == 200 else {}
        except (OSError, HTTPException, ValueError, RecursionError):
            return None
        exchange = document.get("exchange") if isinstance(document, dict) else None
        return exchange if isinstance(exchange, dict) else None

    def _iter_stream(self) -> Iterator[Note]:
        with closing(self._connect()) as connection:
            headers = {"Accept": "text/event-stream", **self._headers}
            if self._last_id:
                headers["Last-Event-ID"] = self._last_id
            connection.request("GET", "/-/activity", headers=headers)
            response = connection.getresponse()
            self._raise_if_refused(response)
            self._was_connected = True
            yield from self._parse_notes(response)

    def _parse_notes(self, response: HTTPResponse) -> Iterator[Note]:
        splitter = SseSplitter()
        size = 0
        while data := response.read1(65536):
            events = splitter.feed(data)
            size = 0 if events else size + len(data)
            if size > _MAX_NOTE:
                raise RunreelError(f"{self._address} sent a note of more than {_MAX_NOTE} bytes")
            for raw in events:
                event = parse_event(raw)
                if event.dispatched:
                    fields = self._parse_fields(event.data)
                    yield Note(event.event, fields)
                    # After it was printed: what is lost with the process would not be repeated.
                    self._last_id = event.id or self._last_id

    def _parse_fields(self, text: str) -> Mapping[str, Any]:
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError):
            fields = None
        if not isinstance(fields, dict):
            raise RunreelError(f"{self._address} sent a note that is not a JSON object")
        return fields

    def _connect(self) -> HTTPConnection:
        return HTTPConnection(self._address.host, self._address.port, timeout=_SILENCE)

    def _raise_if_refused(self, response: HTTPResponse) -> None:
        media_type = response.getheader("Content-Type", "")
        if response.status == 200 and media_type.startswith("text/event-stream"):
            return
        message = _find_message(response.read(65536))
        if response.status == 401:
            message = "its token is required: set RUNREEL_TOKEN as the proxy has it"
        raise RunreelError(
            f"{self._address} cannot be followed: "
            f"{message or f'it answers {response.status}, so it is no runreel, or an older one'}"
        )

    def _describe_loss(self, error: Exception | None) -> str:
        reason = getattr(error, "strerror", None) or type(error).__name__ if error else "it ended"
        if self._was_connected:
            return f"the connection to {self._address} is lost: {reason}"
        return f"{self._address} cannot be reached: {reason}; is the proxy running there?"


def _find_message(body: bytes) -> str:
    try:
        message = json.loads(body)["error"]["message"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    return str(message)
