"""The findings of checks."""

from __future__ import annotations

from typing import NamedTuple


class LintFinding(NamedTuple):
    """One finding, without its severity, which the settings may change."""

    code: str
    """Key of ``CHECKS``."""
    exchange: int
    """Number of the exchange."""
    place: str
    """``request``, ``answer``, ``event 4``, ``request.body messages[0].content`` …"""
    reason: str
    """Without the data of the exchange, which may be hostile or long."""
    advice: str = ""
    """Advice beyond the check's own: a line of configuration."""
