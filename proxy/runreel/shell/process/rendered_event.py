"""An event that is logged for each answer: its fields are rendered once, not for each line."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from runreel.shell.process.logs import find_json_lines, format_timestamp, render_members


class RenderedEvent:
    """An event of the level ``info`` with fields that do not change."""

    def __init__(self, event: str, fields: Mapping[str, object]) -> None:
        self.fields = fields
        self._event = event
        members = render_members({**fields, "event": event, "level": "info"})
        self._start = f'{{{members}, "timestamp": "'

    def log(self) -> None:
        """Write the line that structlog would write."""
        lines = find_json_lines()
        if lines is None:
            structlog.get_logger().info(self._event, **self.fields)
        elif lines.takes_info:
            lines.info(f'{self._start}{format_timestamp()}"}}')
