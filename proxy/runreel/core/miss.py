"""Why no exchange answers a request: the nearest one, and what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runreel.core.match import Difference, differences, nearest
from runreel.model import Head, Request

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Miss:
    """A request that nothing answers; both sides are redacted already."""

    wanted: Request
    tried: int
    """How many exchanges there are."""
    nearest: int | None
    """The number of the exchange that is most like it; None where none is."""
    differences: tuple[Difference, ...]

    def told(self, cassette: str) -> str:
        """What was asked, of which cassette, and how the nearest exchange differs."""
        target = self.wanted.target.decode("utf-8", "backslashreplace")
        asked = f"{self.wanted.method} {target}: no exchange of {cassette} answers this"
        asked += f" ({self.tried} tried)."
        if self.nearest is None:
            return asked
        if not self.differences:
            return (
                f"{asked} Exchange {self.nearest} is the same call, but it has been played already."
            )
        return f"{asked} Nearest: exchange {self.nearest}, which differs in {self._listed()}."

    def _listed(self) -> str:
        lines = [
            f"{each.path}: recorded {each.recorded}, sent {each.sent}" for each in self.differences
        ]
        more = len(lines) - _SHOWN
        return "; ".join(lines[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")


def missed(wanted: Request, heads: Sequence[Head]) -> Miss:
    """Find the exchange that is nearest to ``wanted``, and what tells them apart."""
    found = nearest(wanted, [head.request for head in heads])
    if found is None:
        return Miss(wanted, len(heads), None, ())
    head = heads[found]
    return Miss(wanted, len(heads), head.number, differences(head.request, wanted))
