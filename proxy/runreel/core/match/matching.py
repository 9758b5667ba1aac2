"""Compare requests of any dialect: the configured rules plus those that the dialect adds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from msgspec.structs import replace

from runreel.core.dialect import Dialect
from runreel.core.http.headers import find_header_values
from runreel.core.http.negotiation import (
    ACCEPT,
    CHOOSING_HEADERS,
    classify_accept,
    find_best_type,
    list_varying,
)
from runreel.core.match.canonical_json import get_number
from runreel.core.match.json_diff import Absent, Mismatch
from runreel.core.match.masking import build_rank
from runreel.core.match.normalize import (
    NormalizedRequest,
    RequestKey,
    build_request_key,
    fingerprint,
    normalize,
    select_headers,
)
from runreel.core.match.request_diff import decode_text, diff_requests
from runreel.core.match.rules import HEADERS, MatchRules
from runreel.core.match.wildcards import is_wildcard_match
from runreel.core.unordered import sort_body
from runreel.core.volatile.mask import VolatileMask
from runreel.model import ExchangeHead, Headers, Request

if TYPE_CHECKING:
    from runreel.core.match.difference import Differences


class SplitFingerprint(NamedTuple):
    """A fingerprint in two parts."""

    base: bytes
    """That of the call without ``Accept``."""
    accept: bytes
    """The media types that ``Accept`` names."""


class Matching:
    """The matching rules in force, and every comparison of requests that uses them.

    Which headers count may depend on the recorded answers, so these are to be announced
    (``learn_varying``, then ``learn_type``) before requests for the same path are compared.
    """

    def __init__(
        self, find_dialect: Callable[[Request], Dialect], rules: MatchRules | None = None
    ) -> None:
        """Use the configured ``rules``; each dialect's volatile places are ignored as well."""
        self.rules = rules or MatchRules()
        self.find_dialect = find_dialect
        self._by_dialect: dict[str, MatchRules] = {}
        self._varying: dict[RequestKey, frozenset[bytes]] = {}
        """The headers that recorded answers name in ``Vary``, by method and path."""
        self._types: dict[bytes, dict[bytes, Headers]] = {}
        """For calls that are equal but for ``Accept``: the headers of an answer for each."""

    def find_scope(self, request: Request) -> str:
        """Return the id of the thread that the request belongs to; an empty string if none."""
        return self.find_dialect(request).find_scope(request)

    def learn_varying(self, recorded: Request, answer_headers: Headers) -> None:
        """Count the headers that a recorded answer names in ``Vary``, in calls of this path."""
        names = list_varying(answer_headers)
        if names:
            key = self.build_request_key(recorded)
            self._varying[key] = names | self._varying.get(key, frozenset())

    def learn_type(self, recorded: SplitFingerprint, answer_headers: Headers) -> bytes:
        """Note the type of answer that a recorded request got; return its fingerprint."""
        base, accept = recorded
        self._types.setdefault(base, {}).setdefault(accept, answer_headers)
        return _join_accept(base, accept)

    def depends_on_answers(self, key: RequestKey) -> bool:
        """Return whether recorded answers decide which headers count in calls of this path."""
        return key in self._varying

    def fingerprint(self, request: Request) -> bytes:
        """Return 16 bytes, equal for two requests that are the same call; never raise."""
        return _join_accept(*self.split_fingerprint(request))

    def find_acceptable(self, sent: Request, base: bytes | None = None) -> bytes | None:
        """Return the fingerprint of a recorded call that differs in ``Accept`` alone.

        Its answer has the type that ``sent`` prefers. None if there is none that it accepts, or if
        answers depend on ``Accept``. ``base`` is the fingerprint of ``sent`` without ``Accept``;
        None: it is computed.
        """
        base = self.split_fingerprint(sent).base if base is None else base
        types = self._types.get(base)
        if not types or ACCEPT in self._varying.get(self.build_request_key(sent), ()):
            return None
        index = find_best_type(sent.headers, types.values())
        return None if index is None else _join_accept(base, [*types][index])

    def split_fingerprint(self, request: Request) -> SplitFingerprint:
        """Return the two parts of a fingerprint."""
        rules = self.get_rules(request)
        return SplitFingerprint(fingerprint(request, rules), _get_types(request.headers, rules))

    def has_same_headers(self, one: Request, other: Request) -> bool:
        """Return whether two requests agree in the headers that count, if they have one path."""
        if one.headers == other.headers:
            return True
        rules = self.get_rules(one)
        return _get_types(one.headers, rules) == _get_types(other.headers, rules) and (
            select_headers(one.headers, rules.headers)
            == select_headers(other.headers, rules.headers)
        )

    def build_request_key(self, request: Request) -> RequestKey:
        """Return the key of a request; requests with unequal keys are different calls."""
        return build_request_key(request, self.rules.mask)

    def normalize(self, request: Request) -> NormalizedRequest:
        """Return the parts of the request that count, each in its normal form."""
        return normalize(request, self.get_rules(request))

    def sort_body(self, request: Request) -> Request:
        """Return the request with those elements sorted whose order does not count."""
        rank = build_rank(request.body, self.rules.mask)
        return sort_body(request, self.get_rules(request).unordered_items, rank)

    def find_differences(self, recorded: Request, sent: Request) -> Differences:
        """Describe where two redacted requests differ; empty if they are the same call."""
        return _describe(self._diff(recorded, sent))

    def _diff(self, recorded: Request, sent: Request) -> Iterator[Mismatch]:
        yield from diff_requests(self.normalize(recorded), self.normalize(sent))
        if not self.accepts(sent, recorded):
            name = HEADERS + ACCEPT.decode()
            yield Mismatch(name, (), _get_accept(recorded), _get_accept(sent))

    def accepts(self, sent: Request, recorded: Request) -> bool:
        """Return whether a request accepts the type of the answer that another one got."""
        base, types = self.split_fingerprint(recorded)
        if types == self.split_fingerprint(sent).accept:
            return True
        if ACCEPT in self._varying.get(self.build_request_key(sent), ()):
            return False
        answer = self._types.get(base, {}).get(types)
        return answer is None or find_best_type(sent.headers, [answer]) is not None

    def find_passed_over(self, recorded: Request, sent: Request) -> Mapping[str, Sequence[str]]:
        """Return the kinds of volatile texts in which two requests differ, by place.

        Empty if they differ in no volatile text, or if the rules let all texts count.
        """
        mask = self.rules.mask
        if mask is None:
            return {}
        one, other = (
            normalize(self.sort_body(each), self.get_rules(each).without_masked())
            for each in (recorded, sent)
        )
        mismatches = diff_requests(one, other) if one != other else ()
        passed_over = {each.path: _find_masked_kinds(each, mask) for each in mismatches}
        if () in passed_over.values():  # a member's name, or a value that is compared as a whole
            bodies = decode_text(one.body), decode_text(other.body)
            passed_over["body"] = mask.find_differing(*bodies)
        return {path: kinds for path, kinds in passed_over.items() if kinds}

    def list_differing_places(
        self, recorded: Request, sent: Request, extend: Callable[[MatchRules], MatchRules]
    ) -> set[str]:
        """Return the places where two requests differ beyond what placeholders explain.

        ``extend`` adds rules to those in force.
        """
        rules = extend(self.get_rules(recorded)).with_headers(())
        mismatches = diff_requests(*(normalize(each, rules) for each in (recorded, sent)))
        return {each.path for each in mismatches if not is_wildcard_match(each.recorded, each.sent)}

    def find_differences_beyond_wildcards(self, recorded: Request, sent: Request) -> Differences:
        """Describe the differences that placeholders do not explain; all, if they explain all."""
        mismatches = list(self._diff(recorded, sent))
        unexplained = [
            mismatch
            for mismatch in mismatches
            if not is_wildcard_match(mismatch.recorded, mismatch.sent)
        ]
        return _describe(unexplained or mismatches)

    def get_rules(self, request: Request) -> MatchRules:
        """Return the rules for requests of this request's dialect and path."""
        dialect = self.find_dialect(request)
        rules = self._by_dialect.get(dialect.name)
        if rules is None:
            rules = self._by_dialect[dialect.name] = self._build_rules(dialect)
        if not self._varying:
            return rules
        varying = self._varying.get(self.build_request_key(request), frozenset())
        return rules.with_headers(varying - {ACCEPT}) if varying else rules

    def _build_rules(self, dialect: Dialect) -> MatchRules:
        counting = (*CHOOSING_HEADERS, *dialect.choosing_headers)
        rules = self.rules.with_ignored(dialect.volatile).with_bound(dialect.bound)
        rules = rules.with_headers(counting)
        return replace(rules, unordered_items=dialect.unordered_items)


def learn_answers(
    matching: Matching, heads: Iterable[ExchangeHead], read_headers: Callable[[int], Headers]
) -> None:
    """Announce all exchanges; ``read_headers`` returns the headers of an answer by its number."""
    answers = [(head.request, read_headers(head.number)) for head in heads]
    for recorded, headers in answers:
        matching.learn_varying(recorded, headers)
    for recorded, headers in answers:
        matching.learn_type(matching.split_fingerprint(recorded), headers)


def _join_accept(base: bytes, accept: bytes) -> bytes:
    return hashlib.sha256(base + accept).digest()[:16] if accept else base


def _get_types(headers: Headers, rules: MatchRules) -> bytes:
    """Return the media types that ``Accept`` names, if it is compared by its meaning."""
    is_ignored = ACCEPT in rules.headers or ACCEPT in rules.ignored_headers
    return b"" if is_ignored else classify_accept(headers)


def _describe(mismatches: Iterable[Mismatch]) -> Differences:
    from runreel.core.match.difference import (  # noqa: PLC0415 - for a miss only
        describe_differences,
    )

    return describe_differences(mismatches)


def _get_accept(request: Request) -> str | Absent:
    values = find_header_values(request.headers, ACCEPT)
    return decode_text(b", ".join(values)) if values else Absent.ENTRY


def _find_masked_kinds(mismatch: Mismatch, mask: VolatileMask) -> tuple[str, ...]:
    """Return the kinds of volatile texts in which two values of one place differ.

    None if they differ in anything else, or are neither texts nor numbers.
    """
    recorded, sent = mismatch.recorded, mismatch.sent
    if isinstance(recorded, str) and isinstance(sent, str):
        is_path = mismatch.name == "path"
        texts = (unquote(text) if is_path else text for text in (recorded, sent))
        return mask.find_differing(*texts)
    one, other = get_number(recorded), get_number(sent)
    if one and other and mask.apply_to_number(one) == mask.apply_to_number(other):
        return ("epoch",)
    return ()
