"""The first pass: find the secrets of a message, and add them to the vault.

Headers, parameters and JSON members with certain names hold credentials. Other secrets are found by
patterns, in every view of a text: unescaped, decoded, its pieces joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from runreel.core.dialect import Channels
from runreel.core.placeholder import get_kind
from runreel.core.redact.body.beginnings import measure_shortest
from runreel.core.redact.body.search import Beginning, BodySearch, TextFindings
from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.finders.by_path import find_leaves_at_paths
from runreel.core.redact.finders.by_pattern import (
    PatternMatch,
    drop_wrong_guesses,
    find_matches_in_heads,
)
from runreel.core.redact.finders.credential import Credential, is_secret
from runreel.core.redact.finders.headers import find_in_target
from runreel.core.redact.finders.name_lookup import NameLookup
from runreel.core.redact.message import MessageSpans, RawMessage
from runreel.core.redact.streams.body_texts import BodyTexts, extract_texts, iter_json_regions
from runreel.core.redact.streams.event_shape import EventShape, ShapeKey
from runreel.core.redact.streams.request_pieces import RequestPieces
from runreel.core.redact.texts.leaf import Leaf
from runreel.core.redact.texts.ranges import Ranges
from runreel.core.redact.texts.spans import Span
from runreel.core.redact.texts.text import Text
from runreel.core.redact.vault import Vault

_HEAD_CACHE_SIZE = 256

_MAX_SHAPES = 256
"""Shapes of events that are remembered."""

_LONG_NUMBER = 16
"""Digits."""

_TextSpans: TypeAlias = Sequence[tuple[Text, list[Span]]]


class Finder:
    """Finds the secrets of one session's messages."""

    def __init__(self, rules: Rules, vault: Vault) -> None:
        self._rules = rules
        self._vault = vault
        self._head_matches: dict[bytes, Sequence[PatternMatch]] = {}
        self._shapes: dict[Channels, dict[ShapeKey, EventShape]] = {}
        self._names = NameLookup(rules)
        self._detector = rules.detector.limit(vault.max_found)
        self._search = BodySearch(
            rules,
            self._names.find_member_field,
            self._names.find_parameter_field,
            max_found=vault.max_found,
        )
        self._pieces = RequestPieces(self._search.is_crossed)

    def find(self, message: RawMessage, channels: Channels | None) -> MessageSpans:
        """Return the spans of all secrets, and add these to the vault.

        ``channels`` describes the message's events; it is None if it cannot be a stream.
        """
        heads = message.list_heads()
        body = self._extract_texts(message, channels)
        for data in (b"\n".join(heads), *(text.data for text in (*body.texts, *body.readings))):
            self._vault.reserve(data)
        head_spans = self._find_in_heads(message)
        text_spans = self._find_in_texts(message, body)
        return MessageSpans(head_spans, text_spans, body.derived_fields, body.has_invalid_json)

    def may_hold_newer(self, message: RawMessage, channels: Channels | None, version: int) -> bool:
        """Return whether a message may contain values that the vault got after a version of it.

        That includes their beginnings, where a word is cut off.
        """
        body = self._extract_texts(message, channels)
        texts = (text.data for text in (*body.texts, *body.readings))
        parts = dict.fromkeys((b"\n".join(message.list_heads()), message.body, *texts))
        return any(
            self._vault.holds_newer(part, version) for part in parts
        ) or self._search.has_cut_words(body.texts, is_truncated=message.is_truncated)

    def _extract_texts(self, message: RawMessage, channels: Channels | None) -> BodyTexts:
        """Return the texts of the body; events of the shapes of earlier streams are read faster."""
        if sum(map(len, self._shapes.values())) > _MAX_SHAPES:
            self._shapes.clear()
        shapes = {} if channels is None else self._shapes.setdefault(channels, {})
        announces_secret = self._search.announces_secret
        return extract_texts(
            message.headers,
            message.body,
            channels,
            announces_secret,
            shapes,
            read_pieces=self._pieces.read,
        )

    def _find_in_texts(self, message: RawMessage, texts: BodyTexts) -> _TextSpans:
        """Return each text of the body with the spans of its secrets."""
        findings = self._search.find(
            message.headers,
            texts.texts,
            texts.readings,
            self._find_at_paths(message),
            is_truncated=message.is_truncated,
        )
        spans = [
            self._learn(one.credentials) + self._build_pattern_spans(one.matches)
            for one in findings
        ]
        return [
            (one.text, self._add_beginnings(one, wholes))
            for one, wholes in zip(findings, spans, strict=True)
        ]

    def _add_beginnings(self, findings: TextFindings, wholes: list[Span]) -> list[Span]:
        """Return the spans with those of beginnings, also of what the session knows."""
        spans = wholes + [self._build_span_of_beginning(each) for each in findings.beginnings]
        if not findings.cut_words:
            return spans
        taken = Ranges((span.start, span.end) for span in spans)
        known = (
            self._find_known_beginning(findings.text.data, *word) for word in findings.cut_words
        )
        return spans + [
            span for span in known if span is not None and not taken.overlaps(span.start, span.end)
        ]

    def _find_known_beginning(self, data: bytes, start: int, end: int) -> Span | None:
        """Return the span in a word that is cut off at which a known value begins, if any does."""
        for begin in range(start, end):
            for value, placeholder in self._vault.find_longer_values(data[begin:end]):
                if 0 < measure_shortest(value) <= end - begin:
                    return Span(begin, end, placeholder, get_kind(placeholder))
        return None

    def _find_at_paths(self, message: RawMessage) -> Sequence[tuple[Leaf, str]]:
        """Return the leaves of the body at the users' JSON paths, each with its kind of secret."""
        if not self._rules.paths:
            return ()
        json_texts = iter_json_regions(message.headers, message.body)
        return find_leaves_at_paths(message.body, json_texts, self._rules.find_path_kind)

    def _build_span_of_beginning(self, beginning: Beginning) -> Span:
        """Return the span of a secret's beginning, with the placeholder of the whole."""
        start, end, whole = beginning
        if isinstance(whole, PatternMatch):
            return Span(start, end, self._assign_placeholder(whole), whole.rule.name)
        placeholder = self._vault.assign_placeholder(whole.kind, whole.value)
        return Span(start, end, placeholder, whole.rule)

    def _find_in_heads(self, message: RawMessage) -> list[list[Span]]:
        """Return the spans in the line and in each header."""
        named = self._find_named_in_heads(message)
        matches = self._match_heads(message.list_heads())
        return [
            spans
            + self._build_pattern_spans(
                drop_wrong_guesses(head_matches, [(span.start, span.end) for span in spans])
            )
            for spans, head_matches in zip(named, matches, strict=True)
        ]

    def _build_pattern_spans(self, matches: Sequence[PatternMatch]) -> list[Span]:
        """Return the spans of pattern matches."""
        return [
            Span(match.start, match.end, self._assign_placeholder(match), match.rule.name)
            for match in matches
        ]

    def _assign_placeholder(self, match: PatternMatch) -> bytes:
        """Return a placeholder for the match.

        Its value is searched for everywhere, unless it is personal data, or a number that may have
        another meaning elsewhere.
        """
        is_short = match.is_guess or len(match.value) < _LONG_NUMBER
        is_number = is_short and match.value.isdigit()
        search_everywhere = not match.rule.is_personal and not is_number
        return self._vault.assign_placeholder(
            match.rule.name, match.value, search_everywhere=search_everywhere
        )

    def _find_named_in_heads(self, message: RawMessage) -> list[list[Span]]:
        """Return the spans of the credentials that names announce, in the line and each header."""
        line = self._learn(find_in_target(message.line, self._names.find_parameter_field))
        return [
            line,
            *(
                self._learn(find(value)) if (find := self._names.choose_header_finder(name)) else []
                for name, value in message.headers
            ),
        ]

    def _match_heads(self, heads: Sequence[bytes]) -> list[Sequence[PatternMatch]]:
        """Return the pattern matches in each head; most heads are found in the cache."""
        known = self._head_matches
        new = [head for head in dict.fromkeys(heads) if head not in known]
        if new:
            if len(known) + len(new) > _HEAD_CACHE_SIZE:
                known = {head: known[head] for head in heads if head in known}
            known.update(zip(new, find_matches_in_heads(new, self._detector), strict=True))
            self._head_matches = known
        return [known[head] for head in heads]

    def _learn(self, credentials: Iterable[Credential]) -> list[Span]:
        """Add the credentials to the vault and return their spans."""
        return [span for credential in credentials for span in self._iter_spans(credential)]

    def _iter_spans(self, credential: Credential) -> Iterator[Span]:
        if not is_secret(credential.value):
            return
        placeholder = self._vault.assign_placeholder(credential.kind, credential.value)
        yield Span(credential.start, credential.end, placeholder, credential.rule)
        for kind, value in credential.derived:
            if is_secret(value):
                self._vault.assign_placeholder(kind, value)
