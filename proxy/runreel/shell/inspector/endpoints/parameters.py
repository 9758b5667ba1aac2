"""The query and the path of a request to the inspector's API."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, unquote

from runreel.errors import UsageError

_MAX_QUERY = 16_384
_MAX_NUMBER = 10**15


class Parameters:
    """The parameters of one request, each of which may be read once."""

    def __init__(self, target: str) -> None:
        """Parse the path, from the name of the endpoint on, and the query.

        Raises ``UsageError``.
        """
        path, _, query = target.partition("?")
        if len(query) > _MAX_QUERY:
            raise UsageError(f"the query is longer than {_MAX_QUERY} characters")
        pairs = parse_qsl(query, keep_blank_values=True)
        self.segments: Sequence[str] = [unquote(segment) for segment in path.split("/")]
        """The decoded segments of the path."""
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def find_recording(self) -> str:
        """Return the recording that the request is about; empty if it is about several."""
        kind, *rest = self.segments
        if kind in {"x", "runs", "misses"} and rest:
            return rest[0]
        name = "a" if kind == "diff" else "recording"
        return self._values.get(name, [""])[0].partition(":")[0]

    def take(self, name: str, default: str = "") -> str:
        """Return the value of a parameter. Raises ``UsageError`` if it is given twice."""
        values = self.take_all(name)
        if len(values) > 1:
            raise UsageError(f"{name}: the parameter is given twice")
        return values[0] if values else default

    def take_all(self, name: str) -> list[str]:
        """Return the values of a parameter that may be given several times."""
        return self._values.pop(name, [])

    def take_number(self, name: str, default: int, *, low: int = 0, high: int = _MAX_NUMBER) -> int:
        """Return a parameter that is a whole number. Raises ``UsageError``."""
        text = self.take(name, str(default))
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise UsageError(f"{name}: write a whole number")
        if int(text) < low:
            raise UsageError(f"{name}: write a number from {low} on")
        return min(int(text), high)

    def take_choice(self, name: str, choices: Sequence[str]) -> str:
        """Return a parameter that is one of some words, the first by default."""
        text = self.take(name, choices[0])
        if text not in choices:
            raise UsageError(f"{name}: write one of {', '.join(choices)}")
        return text

    def take_flag(self, name: str) -> bool:
        """Return a parameter that is ``1`` or ``true``, or ``0`` or ``false``."""
        return self.take_choice(name, ("0", "1", "false", "true")) in {"1", "true"}

    def end(self) -> None:
        """Raise ``UsageError`` if there are parameters that were not taken."""
        for name in self._values:
            raise UsageError(f"there is no parameter {name[:100]!a} here")


def parse_number(text: str) -> int:
    """Return the number of an exchange in a path. Raises ``UsageError``."""
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 16):
        raise UsageError(f"{text[:40]!a} is not the number of an exchange")
    return int(text)
