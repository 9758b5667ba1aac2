"""Why no exchange answers a request: the nearest one, what differs, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runreel.core.explain.advice import (
    advice,
    advice_of_omission,
    advice_of_refusal,
    record_command,
    to_ignore,
)
from runreel.core.match import Differences, Matching
from runreel.core.replay import Refusal, Why
from runreel.core.report.documents import Document
from runreel.model import Head, Request

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Miss:
    """A request that nothing answers; both sides are redacted already."""

    wanted: Request
    tried: int
    """How many exchanges there are."""
    nearest: Head | None
    """The exchange that is most like it; None where there is none."""
    differences: Differences
    refusal: Refusal | None = None
    """Set where the nearest exchange is the same call, and may not answer all the same."""
    change: Head | None = None
    """The state-changing exchange that the refusal names."""
    ignored: tuple[str, ...] = ()
    """What the settings ignore already."""
    first: Miss | None = None
    """The first miss of the session, of which this one is likely a consequence."""

    @property
    def call(self) -> str:
        """``POST /v1/threads/thread_1/runs``."""
        return called(self.wanted)

    @property
    def to_ignore(self) -> tuple[str, ...]:
        """What ``[match] ignore`` could hold as well, since it is new with each request."""
        return to_ignore(self.differences.listed)

    @property
    def differing(self) -> str:
        """The first differences from the nearest exchange, in words."""
        told = [each.told for each in self.differences.listed[:_SHOWN]]
        more = len(self.differences.listed) - len(told) + self.differences.more
        return "; ".join(told) + (f"; and {more} more" if more else "")

    def told(self, cassette: str, upstream: str) -> str:
        """What was asked, how the nearest exchange differs, and what to do, as one paragraph."""
        asked = f"{self.call}: no exchange of {cassette} answers this ({self.tried} tried)."
        again = record_command(cassette, upstream)
        parts = [asked, self._nearest(), *self._advice(again), self._consequence()]
        return " ".join(filter(None, parts))

    def document(self, cassette: str, upstream: str) -> Document:
        """The miss as JSON."""
        return {
            "method": self.wanted.method,
            "path": _legible(self.wanted.target.partition(b"?")[0]),
            "nearest": None if self.nearest is None else self.nearest.number,
            "refused": None if self.refusal is None else self.refusal.why.value,
            "change": None if self.change is None else self.change.number,
            "differences": [each._asdict() for each in self.differences.listed],
            "more_differences": self.differences.more,
            "to_ignore": list(self.to_ignore),
            "consequence": self.first is not None,
            "message": self.told(cassette, upstream),
        }

    def _nearest(self) -> str:
        if self.nearest is None:
            return ""
        number = self.nearest.number
        if self.refusal is None:
            return f"Nearest: exchange {number}, which differs in {self.differing}."
        same = f"Exchange {number} is the same call, but it"
        if self.refusal.why is Why.PLAYED or self.change is None:
            return f"{same} has been played already."
        change = f"exchange {self.change.number} ({called(self.change.request)})"
        if self.refusal.why is Why.PAST:
            return f"{same} was recorded before {change}, which has been played: it is out of date."
        return f"{same} was recorded after {change}, which this client has not asked for."

    def _advice(self, again: str) -> Iterator[str]:
        if self.refusal is not None:
            yield advice_of_refusal(self.refusal, again)
        elif self.nearest is None:
            yield f"Record it with: {again}"
        elif self.nearest.request.omitted is not None:
            yield advice_of_omission(self.nearest.request.omitted)
        else:
            yield from advice(self.differences.listed, self.ignored, again)

    def _consequence(self) -> str:
        if self.first is None:
            return ""
        return (
            f"This is likely a consequence of the session's first miss, {self.first.call}"
            f"{_differing(self.first)}: look there first."
        )


def missed(
    wanted: Request,
    heads: Sequence[Head],
    matching: Matching,
    *,
    refusal: Refusal | None = None,
    first: Miss | None = None,
) -> Miss:
    """Find the exchange that is nearest to ``wanted``, and what tells them apart.

    ``refusal`` is what the deck says of exchanges that are the same call; ``first`` is the first
    miss of the session. The same call missed again is no consequence of itself.
    """
    if first is not None and matching.fingerprint(first.wanted) == matching.fingerprint(wanted):
        first = None
    by_number = {head.number: head for head in heads}
    ignored = matching.rules.ignore
    if refusal is not None:
        return Miss(
            wanted,
            len(heads),
            by_number[refusal.number],
            Differences(()),
            refusal,
            by_number.get(refusal.change),
            ignored,
            first,
        )
    found = matching.nearest(wanted, [head.request for head in heads])
    nearest = None if found is None else heads[found]
    differences = Differences(()) if nearest is None else matching.misfits(nearest.request, wanted)
    return Miss(wanted, len(heads), nearest, differences, ignored=ignored, first=first)


def called(request: Request) -> str:
    """Method and target, as people read them."""
    return f"{request.method} {_legible(request.target)}"


def _legible(target: bytes) -> str:
    return target.decode("utf-8", "backslashreplace")


def _differing(miss: Miss) -> str:
    paths = [each.path for each in miss.differences.listed[:2]]
    return f" (which differs in {' and '.join(paths)})" if paths else ""
