"""Explain a miss: the nearest exchange, how it differs from the request, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from runreel.core.explain.advice import (
    advise_on_base_url,
    advise_on_omission,
    advise_on_refusal,
    advise_to_redact,
    format_record_command,
    iter_advice,
)
from runreel.core.explain.consequence import is_consequence
from runreel.core.explain.nearest import NearestIndex
from runreel.core.explain.proposal import ProvedProposal, propose
from runreel.core.match.difference import Differences
from runreel.core.match.matching import Matching
from runreel.core.match.request_diff import decode_text
from runreel.core.match.rules import MatchRules
from runreel.core.redact.finders.detector import TooManyFoundError
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
    cause: Miss | None = None
    """The earlier miss of the session that probably caused this one."""
    is_first_cause: bool = True
    """True if the cause is the first miss of the session."""
    is_outdated: bool = False
    """True if today's redaction rules would change the nearest exchange's request, and it would be
    more similar then."""
    is_comparable: bool = True
    """False if these rules find too many secrets in the nearest exchange to redact it."""

    @property
    def call(self) -> str:
        """Method and target: ``POST /v1/threads/thread_1/runs``."""
        return format_request_line(self.request)

    @property
    def ignorable(self) -> tuple[str, ...]:
        """Places that ``[match] ignore`` could name, because their values are volatile."""
        return self.proved.proposal.ignore

    @property
    def would_match(self) -> int | None:
        """The number of the exchange that answers with the proposed settings; None if none does."""
        places = {each.path for each in self.differences.listed}
        is_solved = bool(places) and places <= self.proved.places and not self.differences.more
        return self.nearest.number if self.nearest is not None and is_solved else None

    @property
    def differences_text(self) -> str:
        """The first differences from the nearest exchange, and the number of the others."""
        shown = [each.description for each in self.differences.listed[:_MAX_SHOWN]]
        more = len(self.differences.listed) - len(shown) + self.differences.more
        return "; ".join(shown) + (f"; and {more} more" if more else "")

    def format_message(self, cassette: str, upstream: str, command: str = "") -> str:
        """Return one paragraph: the request, how the nearest exchange differs, what to do.

        Texts that differ in several lines follow it, each with its lines. ``command`` records the
        cassette again; empty: the usual one. ``{upstream}`` in it stands for the upstream.
        """
        count = self.exchange_count
        summary = f"{self.call}: no exchange in {cassette} answers this request ({count} tried)."
        parts = [
            summary,
            self._describe_nearest(),
            self._describe_consequence(),
            # Last, because a command to copy ends in no full stop.
            *self._iter_advice(cassette, format_record_command(cassette, upstream, command)),
        ]
        return "\n\n".join((" ".join(filter(None, parts)), *self._iter_line_diffs()))

    def _iter_line_diffs(self) -> Iterator[str]:
        """Yield a block for each of the first texts that differ in several lines."""
        several = [each for each in self.differences.listed if each.lines]
        for each in several[:_MAX_LINE_DIFFS]:
            yield "\n".join((f"{each.path}, line {each.line}:", *each.lines))

    def to_document(self, cassette: str, upstream: str, command: str = "") -> ReportDocument:
        """Return the miss as a JSON document."""
        record_command = format_record_command(cassette, upstream, command)
        return {
            "method": self.request.method,
            "path": decode_text(self.request.target.partition(b"?")[0]),
            "nearest": None if self.nearest is None else self.nearest.number,
            "refused": None if self.refusal is None else self.refusal.reason.value,
            "change": None if self.change is None else self.change.number,
            "differences": [
                {**each.to_document(), "ignored_by_proposal": each.path in self.proved.places}
                for each in self.differences.listed
            ],
            "more_differences": self.differences.more,
            "to_ignore": list(self.ignorable),
            "proposal": self.proved.proposal.to_document(self.rules),
            "consequence": self.cause is not None,
            "outdated": self.is_outdated,
            "would_match": self.would_match,
            "record_command": record_command,
            "advice": [*self._iter_advice(cassette, record_command)],
            "message": self.format_message(cassette, upstream, command),
        }

    def _describe_nearest(self) -> str:
        if self.nearest is None:
            return ""
        number = self.nearest.number
        if not self.is_comparable:
            return (
                f"Nearest: exchange {number}, in which today's redaction rules find too many "
                "secrets to compare it."
            )
        if self.is_outdated and not self.differences.listed:
            return f"Nearest: exchange {number}, which today's redaction rules make the same call."
        if self.refusal is not None:
            return self._describe_refusal(number, self.refusal.reason)
        return f"Nearest: exchange {number}, which differs in {self.differences_text}."

    def _describe_refusal(self, number: int, reason: RefusalReason) -> str:
        same_call = f"Exchange {number} is the same call, but it"
        if reason is RefusalReason.PLAYED or self.change is None:
            return f"{same_call} has been played already."
        change = f"exchange {self.change.number} ({format_request_line(self.change.request)})"
        if reason is RefusalReason.PAST:
            return (
                f"{same_call} was recorded before {change}, which has been played: "
                "it is out of date."
            )
        return f"{same_call} was recorded after {change}, which this client has not sent yet."

    def _iter_advice(self, cassette: str, command: str) -> Iterator[str]:
        if self.is_outdated:
            yield advise_to_redact(cassette)
        if self.refusal is not None:
            yield advise_on_refusal(self.refusal, command)
        elif self.nearest is None:
            yield f"Record it with: {command}"
        elif self.nearest.request.omitted is not None:
            yield advise_on_omission(self.nearest.request.omitted)
        elif base_url_advice := advise_on_base_url(self.nearest.request, self.request):
            yield base_url_advice
        elif self.differences.listed:
            yield from iter_advice(self.differences.listed, self.proved, self.rules, command)

    def _describe_consequence(self) -> str:
        if self.cause is None:
            return ""
        which = "the session's first miss" if self.is_first_cause else "an earlier miss"
        return (
            f"This is likely a consequence of {which}, {self.cause.call}"
            f"{_format_differing_paths(self.cause)}: look there first."
        )


def explain_miss(
    request: Request,
    heads: Sequence[ExchangeHead],
    matching: Matching,
    *,
    refusal: Refusal | None = None,
    earlier: Sequence[Miss] = (),
    index: NearestIndex | None = None,
    played: Collection[int] = (),
    redact: Callable[[Request], Request] | None = None,
) -> Miss:
    """Find the exchange nearest to ``request`` and their differences.

    ``refusal`` comes from the selector if exchanges of the same call were recorded. ``earlier`` are
    misses of the session, in order. ``index`` is that of ``heads``; None: it is built. ``played``
    are the numbers of the exchanges that have answered: of equally similar ones, the first that has
    not is the nearest. ``redact`` redacts a request by today's rules.
    """
    if refusal is not None:
        miss = _explain_refused(request, heads, refusal, matching.rules)
    else:
        index = index or build_nearest_index(heads, matching)
        played_at = {at for at, head in enumerate(heads) if head.number in played}
        position = index.find(request, played_at)
        nearest = None if position is None else heads[position]
        miss = _explain_different(request, len(heads), nearest, matching, redact)
    for number, each in enumerate(earlier):
        if is_consequence(request, each, matching, refusal=refusal, differences=miss.differences):
            return replace(miss, cause=each, is_first_cause=number == 0)
    return miss


def _explain_refused(
    request: Request, heads: Sequence[ExchangeHead], refusal: Refusal, rules: MatchRules
) -> Miss:
    by_number = {head.number: head for head in heads}
    return Miss(
        request,
        len(heads),
        by_number[refusal.number],
        Differences(()),
        refusal,
        by_number.get(refusal.change),
        rules,
    )


def _explain_different(
    request: Request,
    count: int,
    nearest: ExchangeHead | None,
    matching: Matching,
    redact: Callable[[Request], Request] | None,
) -> Miss:
    """Explain a miss by its differences from the nearest exchange, as it would be recorded today.

    What today's rules would redact in that is not shown.
    """
    rules = matching.rules
    if nearest is None:
        return Miss(request, count, None, Differences(()), rules=rules)
    try:
        recorded = nearest.request if redact is None else redact(nearest.request)
    except TooManyFoundError:
        return Miss(request, count, nearest, Differences(()), rules=rules, is_comparable=False)
    is_changed = matching.fingerprint(recorded) != matching.fingerprint(nearest.request)
    is_equal = is_changed and matching.fingerprint(recorded) == matching.fingerprint(request)
    differences = matching.find_differences_beyond_wildcards(recorded, request)
    return Miss(
        request,
        count,
        nearest,
        Differences(()) if is_equal else differences,
        rules=rules,
        proved=propose(recorded, request, differences.listed, matching),
        is_outdated=is_changed,
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
