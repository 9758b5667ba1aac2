"""Search of one part of an exchange: by name, by pattern, by path and for known values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain

from runreel.core.dialect import Channels
from runreel.core.redact.body.search import BodySearch, TextFindings
from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.finders.by_path import find_leaves_at_paths
from runreel.core.redact.finders.by_pattern import PatternMatch, find_matches, find_matches_in_heads
from runreel.core.redact.finders.credential import Credential, is_secret
from runreel.core.redact.finders.headers import find_in_target
from runreel.core.redact.finders.name_lookup import NameLookup
from runreel.core.redact.streams.body_texts import extract_texts, iter_json_regions
from runreel.core.redact.streams.request_pieces import RequestPieces
from runreel.core.redact.texts.joined_text import JoinedText
from runreel.core.redact.texts.leaf import Leaf
from runreel.core.redact.texts.text import Text, TextKind
from runreel.core.redact.vault import ENVIRONMENT, MAX_FOUND_BY_COMMAND, Vault
from runreel.core.scan.leak import Confidence, LeakSpan
from runreel.model import Headers

_WORD = re.compile(rb"[A-Za-z0-9\x80-\xff]")
_CACHED_HEADERS = 4096
_CACHED_TEXTS = 1024
_MAX_CACHED_TEXT = 1024
"""Bytes. Most exchanges have the same few targets, reasons and notes."""


class LeakFinder:
    """A search of the parts of an exchange; unlike the redactor it learns no values."""

    def __init__(self, rules: Rules, known: Iterable[bytes]) -> None:
        """``known``: values that are secret wherever they occur."""
        self._rules = rules
        self._known = Vault()
        self._known.learn(known)
        self._names = NameLookup(rules)
        self._detector = rules.detector.limit(MAX_FOUND_BY_COMMAND)
        self._search = BodySearch(
            rules,
            self._names.find_member_field,
            self._names.find_parameter_field,
            max_found=MAX_FOUND_BY_COMMAND,
        )
        self._pieces = RequestPieces(self._search.is_crossed)
        self._header_spans: dict[tuple[bytes, bytes], Sequence[LeakSpan]] = {}
        self._find_in_text_cached = lru_cache(_CACHED_TEXTS)(self._find_in_text)
        self._find_in_target_cached = lru_cache(_CACHED_TEXTS)(self._find_in_target)

    def find_in_text(self, data: bytes) -> Sequence[LeakSpan]:
        """Return the secrets in a text without names: by pattern, and known values."""
        is_short = len(data) <= _MAX_CACHED_TEXT
        return self._find_in_text_cached(data) if is_short else self._find_in_text(data)

    def _find_in_text(self, data: bytes) -> Sequence[LeakSpan]:
        return _drop_overlapping(self._find_unannounced(Text(data, TextKind.PLAIN)))

    def find_in_target(self, target: bytes) -> Sequence[LeakSpan]:
        """Return the secrets in a request target: parameters, user-info, and anywhere else."""
        is_short = len(target) <= _MAX_CACHED_TEXT
        return self._find_in_target_cached(target) if is_short else self._find_in_target(target)

    def _find_in_target(self, target: bytes) -> Sequence[LeakSpan]:
        announced = _iter_named_spans(find_in_target(target, self._names.find_parameter_field))
        return _drop_overlapping(
            chain(announced, self._find_unannounced(Text(target, TextKind.PLAIN)))
        )

    def find_in_body(
        self,
        headers: Headers,
        body: bytes,
        channels: Channels | None,
        *,
        is_truncated: bool = False,
    ) -> list[LeakSpan]:
        """Return the secrets in a body, in its order: by name, by pattern, by path and known ones.

        They are the same that recording takes out, apart from the values it has learned. The span
        of a secret in pieces is that of the first piece. ``channels`` describes the body's events;
        it is None if it cannot be a stream. ``is_truncated``: it is incomplete, and may end within
        a secret.
        """
        texts = extract_texts(
            headers,
            body,
            channels,
            self._search.announces_secret,
            read_pieces=self._pieces.read,
        )
        findings = self._search.find(
            headers,
            texts.texts,
            texts.readings,
            self._find_at_paths(headers, body),
            is_truncated=is_truncated,
        )
        spans = [(one.text, span) for one in findings for span in self._iter_spans(one)]
        return _drop_overlapping(
            located for text, span in spans for located in _iter_located(text, span)
        )

    def _iter_spans(self, findings: TextFindings) -> Iterator[LeakSpan]:
        """Yield the secrets in one text of a body, with offsets in the text."""
        yield from _iter_named_spans(findings.credentials)
        yield from _iter_pattern_spans(findings.matches)
        for start, end, whole in findings.beginnings:
            spans = (
                _iter_named_spans([whole])
                if isinstance(whole, Credential)
                else _iter_pattern_spans([whole])
            )
            yield from (span._replace(start=start, end=end) for span in spans)
        known = self._find_known(findings.text.data)
        if isinstance(findings.text, JoinedText):
            known = (each for each in known if findings.text.crosses_owners(each.start, each.end))
        yield from known

    def find_in_headers(self, headers: Headers) -> list[Sequence[LeakSpan]]:
        """Return the secrets in the value of each header; most headers were searched before."""
        known = self._header_spans
        new = [header for header in dict.fromkeys(headers) if header not in known]
        if new:
            if len(known) + len(new) > _CACHED_HEADERS:
                known = {header: known[header] for header in headers if header in known}
            matches = find_matches_in_heads([value for _, value in new], self._detector)
            known.update(zip(new, map(self._find_in_header, new, matches), strict=True))
            self._header_spans = known
        return [known[header] for header in headers]

    def _find_in_header(
        self, header: tuple[bytes, bytes], matches: Sequence[PatternMatch]
    ) -> list[LeakSpan]:
        """Return the secrets in a header's value: by its name, in its URLs, and anywhere else."""
        name, value = header
        find = self._names.choose_header_finder(name)
        announced = _iter_named_spans(find(value) if find is not None else ())
        return _drop_overlapping(
            chain(announced, _iter_pattern_spans(matches), self._find_known(value))
        )

    def _find_unannounced(self, text: Text) -> Iterator[LeakSpan]:
        """Yield the secrets that need no name: by pattern, and known values in any encoding."""
        yield from _iter_pattern_spans(find_matches(text, self._detector))
        yield from self._find_known(text.data)

    def _find_known(self, data: bytes) -> Iterator[LeakSpan]:
        for known in self._known.find(data):
            yield LeakSpan(known.start, known.end, ENVIRONMENT, ENVIRONMENT, Confidence.BY_NAME)

    def _find_at_paths(self, headers: Headers, body: bytes) -> Sequence[tuple[Leaf, str]]:
        if not self._rules.paths:
            return ()
        json_texts = iter_json_regions(headers, body)
        return find_leaves_at_paths(body, json_texts, self._rules.find_path_kind)


def _iter_pattern_spans(matches: Iterable[PatternMatch]) -> Iterator[LeakSpan]:
    for match in matches:
        rule = match.rule
        if match.is_guess and not _WORD.search(match.value):
            continue  # JSON's own brackets, after a label at the end of a string
        confidence = Confidence.BY_LABEL if match.is_guess else Confidence.BY_PATTERN
        confidence = Confidence.PERSONAL if rule.is_personal else confidence
        yield LeakSpan(match.start, match.end, rule.name, rule.name, confidence)


def _iter_located(text: Text, span: LeakSpan) -> Iterator[LeakSpan]:
    """Yield the span with its offsets in the body: those of its first piece."""
    ranges = [*text.iter_ranges(span.start, span.end)]
    if ranges:
        (start, end), *rest = ranges
        length_of_rest = sum(high - low for low, high in rest)
        yield span._replace(start=start, end=end, length_of_rest=length_of_rest)


def _iter_named_spans(credentials: Iterable[Credential]) -> Iterator[LeakSpan]:
    """Yield the spans of the credentials that are not placeholders."""
    for each in credentials:
        if is_secret(each.value):
            yield LeakSpan(each.start, each.end, each.rule, each.kind, Confidence.BY_NAME)


def _drop_overlapping(spans: Iterable[LeakSpan]) -> list[LeakSpan]:
    """Return disjoint spans in order: the same secret is often found in several ways.

    Of overlapping spans, the most reliable is kept; of equally reliable ones, the first.
    """
    disjoint: list[LeakSpan] = []
    for span in sorted(spans, key=lambda span: span.start):
        if not disjoint or span.start >= disjoint[-1].end:
            disjoint.append(span)
        elif span.confidence < disjoint[-1].confidence:
            disjoint[-1] = span
    return disjoint
