"""Explain a miss: the nearest exchange, how it differs from the request, and what to do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from runreel.core.explain.advice import (
    advise_on_omission,
    advise_on_refusal,
    format_record_command,
    iter_advice,
)
from runreel.core.explain.nearest import NearestIndex
from runreel.core.explain.proposal import ProvedProposal, propose
from runreel.core.match.difference import Differences
from runreel.core.match.matching import Matching
from runreel.core.match.request_diff import decode_text
from runreel.core.match.rules import MatchRules
from runreel.core.replay.candidate import Refusal, RefusalReason
from runreel.core.report.documents import ReportDocument
from runreel.model import ExchangeHead, Request

_MAX_SHOWN = 8
_MAX_LINE_DIFFS = 3


@dataclass(frozen=True, slots=True)
class Miss:
    """A request that no exchange answers; all requests in it are redacted."""

    request: Request
    exchange_count: int
    """Number of exchanges in the cassette."""
    nearest: ExchangeHead | None
    """The most similar exchange; None if the cassette is empty."""
    differences: Differences
    """The differences from the nearest exchange; none if there is a refusal."""
    refusal: Refusal | None = None
    """The reason why the nearest exchange may not answer, if it is the same call."""
    change: ExchangeHead | None = None
    """The state-changing exchange that the refusal names."""
    rules: MatchRules = field(default_factory=MatchRules)
    """The rules of the configuration."""
    proved: ProvedProposal = field(default_factory=ProvedProposal)
    """The settings that would help."""
    first_miss: Miss | None = None
    """The first miss of the session, which probably caused this one."""

    @property
    def call(self) -> str:
        """Method and target: ``POST /v1/threads/thread_1/runs``."""
        return format_request_line(self.request)

    @property
    def ignorable(self) -> tuple[str, ...]:
        """Places that ``[match] ignore`` could name, because their values are volatile."""
        return self.proved.proposal.ignore

    @property
    def differences_text(self) -> str:
        """The first differences from the nearest exchange, and the number of the others."""
        shown = [each.description for each in self.differences.listed[:_MAX_SHOWN]]
        more = len(self.differences.listed) - len(shown) + self.differences.more
        return "; ".join(shown) + (f"; and {more} more" if more else "")

    def format_message(self, cassette: str, upstream: str) -> str:
        """Return one paragraph: the request, how the nearest exchange differs, what to do.

        Texts that differ in several lines follow it, each with its lines.
        """
        count = self.exchange_count
        summary = f"{self.call}: no exchange in {cassette} answers this request ({count} tried)."
        command = format_record_command(cassette, upstream)
        parts = [
            summary,
            self._describe_nearest(),
            self._describe_consequence(),
            *self._iter_advice(command),  # last, because a command to copy ends in no full stop
        ]
        return "\n\n".join((" ".join(filter(None, parts)), *self._iter_line_diffs()))

    def _iter_line_diffs(self) -> Iterator[str]:
        """Yield a block for each of the first texts that differ in several lines."""
        several = [each for each in self.differences.listed if each.lines]
        for each in several[:_MAX_LINE_DIFFS]:
            yield "\n".join((f"{each.path}, line {each.line}:", *each.lines))

    def to_document(self, cassette: str, upstream: str) -> ReportDocument:
        """Return the miss as a JSON document."""
        return {
            "method": self.request.method,
            "path": decode_text(self.request.target.partition(b"?")[0]),
            "nearest": None if self.nearest is None else self.nearest.number,
            "refused": None if self.refusal is None else self.refusal.reason.value,
            "change": None if self.change is None else self.change.number,
            "differences": [each.to_document() for each in self.differences.listed],
            "more_differences": self.differences.more,
            "to_ignore": list(self.ignorable),
            "proposal": self.proved.proposal.to_document(self.rules),
            "consequence": self.first_miss is not None,
            "message": self.format_message(cassette, upstream),
        }

    def _describe_nearest(self) -> str:
        if self.nearest is None:
            return ""
        number = self.nearest.number
        if self.refusal is None:
            return f"Nearest: exchange {number}, which differs in {self.differences_text}."
        same_call = f"Exchange {number} is the same call, but it"
        if self.refusal.reason is RefusalReason.PLAYED or self.change is None:
            return f"{same_call} has been played already."
        change = f"exchange {self.change.number} ({format_request_line(self.change.request)})"
        if self.refusal.reason is RefusalReason.PAST:
            return (
                f"{same_call} was recorded before {change}, which has been played: "
                "it is out of date."
            )
        return f"{same_call} was recorded after {change}, which this client has not sent yet."

    def _iter_advice(self, command: str) -> Iterator[str]:
        if self.refusal is not None:
            yield advise_on_refusal(self.refusal, command)
        elif self.nearest is None:
            yield f"Record it with: {command}"
        elif self.nearest.request.omitted is not None:
            yield advise_on_omission(self.nearest.request.omitted)
        else:
            yield from iter_advice(self.differences.listed, self.proved, self.rules, command)

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
    index: NearestIndex | None = None,
    played: Collection[int] = (),
) -> Miss:
    """Find the exchange nearest to ``request`` and their differences.

    ``refusal`` comes from the selector if exchanges of the same call were recorded. ``first_miss``
    is the first miss of the session; it is dropped if it was the same call, because the same call
    missed again is not a consequence of itself. ``index`` is that of ``heads``; None: it is built.
    ``played`` are the numbers of the exchanges that have answered: of equally similar ones, the
    first that has not is the nearest.
    """
    if first_miss is not None and matching.fingerprint(first_miss.request) == matching.fingerprint(
        request
    ):
        first_miss = None
    rules = matching.rules
    if refusal is not None:
        by_number = {head.number: head for head in heads}
        return Miss(
            request,
            len(heads),
            by_number[refusal.number],
            Differences(()),
            refusal,
            by_number.get(refusal.change),
            rules,
            first_miss=first_miss,
        )
    index = index or build_nearest_index(heads, matching)
    position = index.find(
        request, {at for at, head in enumerate(heads) if head.number in played} if played else ()
    )
    nearest = None if position is None else heads[position]
    if nearest is None:
        return Miss(request, len(heads), None, Differences(()), rules=rules, first_miss=first_miss)
    differences = matching.find_differences_beyond_wildcards(nearest.request, request)
    return Miss(
        request,
        len(heads),
        nearest,
        differences,
        rules=rules,
        proved=propose(nearest.request, request, differences.listed, matching),
        first_miss=first_miss,
    )


def build_nearest_index(heads: Sequence[ExchangeHead], matching: Matching) -> NearestIndex:
    """Return an index of the requests of ``heads``, whose sketches are taken when needed."""
    return NearestIndex([head.request for head in heads], matching.normalize)


def format_request_line(request: Request) -> str:
    """Return method and target; invalid UTF-8 in the target becomes ``\\xff`` escapes."""
    return f"{request.method} {decode_text(request.target)}"


def _format_differing_paths(miss: Miss) -> str:
    paths = [each.path for each in miss.differences.listed[:2]]
    return f" (which differs in {' and '.join(paths)})" if paths else ""
