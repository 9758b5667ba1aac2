"""Addresses of the inspector's page, for log lines and reports."""

from __future__ import annotations

from urllib.parse import quote


class PageLinks:
    """Addresses on one server."""

    def __init__(self, base_url: str = "") -> None:
        self.base_url = base_url
        """URL of the server for clients on this machine; empty if there is none: no links then."""

    def build_exchange_link(self, recording: str, number: int) -> str:
        """Return the address of an exchange; empty without a server."""
        return self._build(f"x/{quote(recording, safe='')}/{number}")

    def build_miss_link(self, session: str, number: int) -> str:
        """Return the address of a miss; empty without a server."""
        return self._build(f"miss/{quote(session, safe='')}/{number}")

    def _build(self, place: str) -> str:
        return f"{self.base_url}/-/#/{place}" if self.base_url else ""
