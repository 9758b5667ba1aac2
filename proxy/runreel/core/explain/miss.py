"""Why no exchange answers a request: the nearest one, what differs, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runreel.core.explain.advice import (
    advise_on_omission,
    advise_on_refusal,
    find_ignorable,
    format_record_command,
    iter_advice,
)
from runreel.core.match import Differences, Matching
from runreel.core.replay import Refusal, RefusalReason
from runreel.core.report.documents import ReportDocument
from runreel.model import ExchangeHead, Request

_MAX_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Miss:
    """A request that nothing answers; both sides are redacted already."""

    request: Request
    exchange_count: int
    """How many exchanges there are."""
    nearest: ExchangeHead | None
    """The exchange that is most like it; None where there is none."""
    differences: Differences
    refusal: Refusal | None = None
    """Set where the nearest exchange is the same call, and may not answer all the same."""
    change: ExchangeHead | None = None
    """The state-changing exchange that the refusal names."""
    ignored: tuple[str, ...] = ()
    """What the settings ignore already."""
    first_miss: Miss | None = None
    """The first miss of the session, of which this one is likely a consequence."""

    @property
    def call(self) -> str:
        """``POST /v1/threads/thread_1/runs``."""
        return format_request_line(self.request)

    @property
    def ignorable(self) -> tuple[str, ...]:
        """What ``[match] ignore`` could hold as well, since it is new with each request."""
        return find_ignorable(self.differences.listed)

    @property
    def differences_text(self) -> str:
        """The first differences from the nearest exchange, in words."""
        told = [each.description for each in self.differences.listed[:_MAX_SHOWN]]
        more = len(self.differences.listed) - len(told) + self.differences.more
        return "; ".join(told) + (f"; and {more} more" if more else "")

    def format_message(self, cassette: str, upstream: str) -> str:
        """What was asked, how the nearest exchange differs, and what to do, as one paragraph."""
        asked = (
            f"{self.call}: no exchange of {cassette} answers this ({self.exchange_count} tried)."
        )
        again = format_record_command(cassette, upstream)
        parts = [
            asked,
            self._describe_nearest(),
            *self._iter_advice(again),
            self._describe_consequence(),
        ]
        return " ".join(filter(None, parts))

    def to_document(self, cassette: str, upstream: str) -> ReportDocument:
        """The miss as JSON."""
        return {
            "method": self.request.method,
            "path": _decode(self.request.target.partition(b"?")[0]),
            "nearest": None if self.nearest is None else self.nearest.number,
            "refused": None if self.refusal is None else self.refusal.reason.value,
            "change": None if self.change is None else self.change.number,
            "differences": [each._asdict() for each in self.differences.listed],
            "more_differences": self.differences.more,
            "to_ignore": list(self.ignorable),
            "consequence": self.first_miss is not None,
            "message": self.format_message(cassette, upstream),
        }

    def _describe_nearest(self) -> str:
        if self.nearest is None:
            return ""
        number = self.nearest.number
        if self.refusal is None:
            return f"Nearest: exchange {number}, which differs in {self.differences_text}."
        same = f"Exchange {number} is the same call, but it"
        if self.refusal.reason is RefusalReason.PLAYED or self.change is None:
            return f"{same} has been played already."
        change = f"exchange {self.change.number} ({format_request_line(self.change.request)})"
        if self.refusal.reason is RefusalReason.PAST:
            return f"{same} was recorded before {change}, which has been played: it is out of date."
        return f"{same} was recorded after {change}, which this client has not asked for."

    def _iter_advice(self, command: str) -> Iterator[str]:
        if self.refusal is not None:
            yield advise_on_refusal(self.refusal, command)
        elif self.nearest is None:
            yield f"Record it with: {command}"
        elif self.nearest.request.omitted is not None:
            yield advise_on_omission(self.nearest.request.omitted)
        else:
            yield from iter_advice(self.differences.listed, self.ignored, command)

    def _describe_consequence(self) -> str:
        if self.first_miss is None:
            return ""
        return (
            f"This is likely a consequence of the session's first miss, {self.first_miss.call}"
            f"{_format_differing_paths(self.first_miss)}: look there first."
        )


def explain_miss(
    request: Request,
    heads: Sequence[ExchangeHead],
    matching: Matching,
    *,
    refusal: Refusal | None = None,
    first_miss: Miss | None = None,
) -> Miss:
    """Find the exchange that is nearest to ``wanted``, and what tells them apart.

    ``refusal`` is what the deck says of exchanges that are the same call; ``first`` is the first
    miss of the session. The same call missed again is no consequence of itself.
    """
    if first_miss is not None and matching.fingerprint(first_miss.request) == matching.fingerprint(
        request
    ):
        first_miss = None
    by_number = {head.number: head for head in heads}
    ignored = matching.rules.ignore
    if refusal is not None:
        return Miss(
            request,
            len(heads),
            by_number[refusal.number],
            Differences(()),
            refusal,
            by_number.get(refusal.change),
            ignored,
            first_miss,
        )
    found = matching.find_nearest(request, [head.request for head in heads])
    nearest = None if found is None else heads[found]
    differences = (
        Differences(())
        if nearest is None
        else matching.find_differences_beyond_wildcards(nearest.request, request)
    )
    return Miss(request, len(heads), nearest, differences, ignored=ignored, first_miss=first_miss)


def format_request_line(request: Request) -> str:
    """Method and target, as people read them."""
    return f"{request.method} {_decode(request.target)}"


def _decode(target: bytes) -> str:
    return target.decode("utf-8", "backslashreplace")


def _format_differing_paths(miss: Miss) -> str:
    paths = [each.path for each in miss.differences.listed[:2]]
    return f" (which differs in {' and '.join(paths)})" if paths else ""
