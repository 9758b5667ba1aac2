"""Redaction of whole exchanges, so that no secret of a request or an answer reaches the disk.

It takes two passes once an exchange has ended. The first finds secrets by their names and by
patterns, and adds them to the vault (``Finder``). The second replaces all values that the vault
knows, in every encoding. The live client's bytes are not changed, and an exchange without secrets
stays the same byte for byte.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, chain, islice
from typing import NamedTuple, NewType

from msgspec import Struct
from msgspec.structs import replace

from runreel.core.dialect import NO_CHANNELS, Channels
from runreel.core.http import content_length
from runreel.core.redact.finder import Finder
from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.marks import IN_BODY, build_marks
from runreel.core.redact.message import MessageSpans, RawMessage
from runreel.core.redact.numbers import use_zero_for_numbers
from runreel.core.redact.part import EditedPart, Replacement
from runreel.core.redact.streams.body_texts import extract_texts
from runreel.core.redact.texts.derived_fields import blank_derived_fields, shift_offsets
from runreel.core.redact.texts.joined_text import JoinedText
from runreel.core.redact.texts.ranges import Ranges
from runreel.core.redact.texts.spans import (
    Span,
    adjust_frames,
    build_edits,
    get_frame_ends,
    merge_spans,
)
from runreel.core.redact.texts.text import Text, TextKind
from runreel.core.redact.vault import Vault
from runreel.core.regex.lazy_pattern import compile_later
from runreel.errors import StoreError
from runreel.model import Answer, Exchange, Frame, Headers, LedgerEntry, PlaceholderMark, Request

Redacted = NewType("Redacted", bytes)
"""Bytes that may be written to disk. Only ``Redactor.prove`` makes them."""

_CACHE_SIZE = 16
_MAX_CACHED_BODY = 1 << 14
"""Bytes; requests with longer bodies are not cached."""

_LONG_RECORD = 1 << 15
"""Bytes. Of a shorter record, what was searched before is too little to be worth remembering."""

_STRING_BORDER = compile_later(rb'(?<!\\)(?:\\\\)*+(")(?=[ \t\r\n]*+[,:\]}])|[{\[,:][ \t\r\n]*+(")')
"""A quote at the end or at the beginning of a string of JSON, by what is around it."""
_NEAR = 8
"""Bytes around a value in which that is looked for."""
_LONGEST_LINE = 1 << 15
"""Bytes before and after a value in which JSON is looked for: a value in longer JSON is replaced,
whatever its quotes are there."""
_OPENING = compile_later(rb"[{\[]")
_MAX_OPENINGS = 64
"""Brackets of a line at which JSON may begin: others may be in the text around it."""
_DECODER = json.JSONDecoder()

_KNOWN = "known"
"""The rule of a value that the vault knows."""


class RedactionError(StoreError):
    """A known secret in bytes about to be written, given by its kind and its offset in bytes."""

    def __init__(self, kind: str, offset: int) -> None:
        super().__init__(
            f"the redacted record still contains a secret of kind '{kind}' at byte {offset}, so the"
            " exchange was not written"
        )
        self.kind = kind
        self.offset = offset


class RedactedRequest(Struct, frozen=True):
    """A request with placeholders in place of its secrets, and its part of the ledger."""

    request: Request
    ledger: tuple[LedgerEntry, ...]


class _LedgerNames(NamedTuple):
    """Names of a message and of its first line in the ledger."""

    message: str
    line: str


_REQUEST_NAMES = _LedgerNames("request", "target")
_ANSWER_NAMES = _LedgerNames("answer", "reason")


class _EditedMessage(NamedTuple):
    """The parts of a message, each with its edits."""

    line: EditedPart
    values: Sequence[EditedPart]
    """The values of its headers."""
    body: EditedPart

    @property
    def is_unchanged(self) -> bool:
        """True if no part of it is edited."""
        return not any(part.replacements for part in (self.line, *self.values, self.body))


class Redactor:
    """Redacts the exchanges of one session."""

    def __init__(self, rules: Rules, vault: Vault) -> None:
        self._rules = rules
        self._vault = vault
        self._finder = Finder(rules, vault)
        self._cache: dict[tuple[Request, bool], RedactedRequest] = {}
        self._cached_version = 0
        """The version of the vault when the cached requests were redacted."""

    @property
    def version(self) -> int:
        """The version of the vault, which increases with each value that is searched for."""
        return self._vault.version

    def redact_request(self, request: Request, *, rules_only: bool = False) -> RedactedRequest:
        """Return the request without its secrets, as it is stored and as it is looked up at replay.

        ``rules_only`` replaces only what names and patterns find, and no known value elsewhere: a
        dummy key may be an ordinary word of the prompt. Such a result must not be shown or stored,
        only compared.
        """
        key = request, rules_only
        if self._cached_version == self._vault.version and key in self._cache:
            return self._cache[key]
        self._vault.allow_new_values()
        redacted = self._build_redacted(request, rules_only=rules_only)
        if len(request.body) <= _MAX_CACHED_BODY:
            self._remember(key, redacted)
        return redacted

    def _remember(self, key: tuple[Request, bool], redacted: RedactedRequest) -> None:
        """Cache the request until the vault learns another value."""
        if self._cached_version != self._vault.version or len(self._cache) == _CACHE_SIZE:
            self._cache.clear()
            self._cached_version = self._vault.version
        self._cache[key] = redacted

    def _build_redacted(self, request: Request, *, rules_only: bool) -> RedactedRequest:
        message = RawMessage.from_request(request)
        spans = self._finder.find(message, None)
        parts = self._edit(message, spans, with_known=not rules_only)
        ledger = _build_ledger(request.headers, parts, _REQUEST_NAMES)
        return RedactedRequest(_build_request(request, parts), ledger)

    def redact_exchange(self, exchange: Exchange, channels: Channels = NO_CHANNELS) -> Exchange:
        """Return the exchange without its secrets, with its ledger and the digest of the rules.

        ``channels`` describes the answer's events, if it is a stream.
        """
        head, answer = exchange.head, exchange.answer
        redacted, version = self.redact_request(head.request), self._vault.version
        self._vault.allow_new_values()
        message = RawMessage.from_answer(answer, whole=head.whole)
        spans = self._finder.find(message, channels)
        if self._vault.version > version:  # the request may hold the answer's secrets too
            redacted = self.redact_request(head.request)
        parts = self._edit(message, spans, answer.frames)
        clean = self._build_answer(answer, parts)
        if spans.has_invalid_json:
            clean = self._redact_across_texts(clean)
        ledger = _build_ledger(message.headers, parts, _ANSWER_NAMES)
        return Exchange(
            head=replace(
                head,
                request=redacted.request,
                size=len(clean.body),
                ledger=head.ledger + redacted.ledger + ledger,
                ruleset=self._rules.digest,
            ),
            answer=clean,
        )

    def may_hold_newer(
        self, exchange: Exchange, version: int, channels: Channels = NO_CHANNELS
    ) -> bool:
        """Return whether an exchange may contain values that were learnt after a version.

        Otherwise, what ``redact_exchange`` returned at that version is what it would return now.
        """
        request = RawMessage.from_request(exchange.head.request)
        answer = RawMessage.from_answer(exchange.answer, whole=exchange.head.whole)
        find = self._finder.may_hold_newer
        return find(request, None, version) or find(answer, channels, version)

    def replace_known(self, answer: Answer, channels: Channels, *, whole: bool) -> Answer:
        """Return an answer with placeholders in place of the values that the vault knows alone."""
        message = RawMessage.from_answer(answer, whole=whole)
        body = extract_texts(message.headers, message.body, channels, lambda leaf: False)
        spans = MessageSpans(
            [[] for _ in message.list_heads()],
            [(text, []) for text in (*body.texts, *body.readings) if text.data],
            body.derived_fields,
            body.has_invalid_json,
        )
        return self._build_answer(answer, self._edit(message, spans, answer.frames))

    def _redact_across_texts(self, answer: Answer) -> Answer:
        """Return the answer without known values that cross the border of two texts.

        A stream of invalid JSON may be split at any quote, even one inside of a secret.
        """
        spans = merge_spans(self._find_known(answer.body), answer.body)
        if not spans:
            return answer
        frame_ends = get_frame_ends(answer.frames)
        body = EditedPart(answer.body, _replace_in_place(spans, frame_ends))
        values = [EditedPart(value) for _, value in answer.headers]
        return self._build_answer(answer, _EditedMessage(EditedPart(answer.reason), values, body))

    def prove(self, record: bytes, *parts: bytes) -> Redacted:
        """Return the record if neither it nor the given parts contain a known secret.

        ``parts`` are those that the record holds compressed. Raises ``RedactionError``, with the
        secret's kind and offset but not its value.
        """
        for data in (record, *parts):
            for known in self._vault.find(data, may_repeat=len(data) > _LONG_RECORD):
                if not _crosses_strings(data, known.start, known.end):
                    raise RedactionError(known.kind, known.start)
        return Redacted(record)

    def _find_known(self, data: bytes, *, may_repeat: bool = True) -> list[Span]:
        occurrences = self._vault.find(data, may_repeat=may_repeat)
        return [Span(*occurrence, _KNOWN) for occurrence in occurrences]

    def _edit(
        self,
        message: RawMessage,
        rule_spans: MessageSpans,
        frames: Sequence[Frame] = (),
        *,
        with_known: bool = True,
    ) -> _EditedMessage:
        """Return the message with edits for ``rule_spans`` and for all known values.

        ``frames`` are those of its body. Without ``with_known``, known values are left as they are.
        """
        heads = message.list_heads()
        known = self._find_known_in_heads(heads) if with_known else [[] for _ in heads]
        spans = [one + other for one, other in zip(rule_spans.heads, known, strict=True)]
        line, *values = (
            EditedPart(data, _replace_in_place(merge_spans(head_spans, data)) if head_spans else ())
            for data, head_spans in zip(heads, spans, strict=True)
        )
        body = self._edit_body(message.body, rule_spans, frames, with_known=with_known)
        return _EditedMessage(line, values, body)

    def _find_known_in_heads(self, heads: Sequence[bytes]) -> list[list[Span]]:
        """Return the known values in each of these; they are searched in one go."""
        starts = list(accumulate((len(head) + 1 for head in heads[:-1]), initial=0))
        spans: list[list[Span]] = [[] for _ in heads]
        for occurrence in self._vault.find(b"\n".join(heads), may_repeat=False):
            index = bisect_right(starts, (occurrence.start + occurrence.end) // 2) - 1
            length = len(heads[index])
            start, end = occurrence.start - starts[index], occurrence.end - starts[index]
            # The margin of an encoded value may be one byte, which can be the separator here.
            if start >= -1 and end <= length + 1:
                span = Span(max(start, 0), min(end, length), occurrence.placeholder, _KNOWN)
                spans[index].append(span)
        return spans

    def _edit_body(
        self, body: bytes, rule_spans: MessageSpans, frames: Sequence[Frame], *, with_known: bool
    ) -> EditedPart:
        texts = [
            (text, self._collect_spans(text, spans, with_known=with_known))
            for text, spans in rule_spans.body
        ]
        if not any(spans for _, spans in texts):
            return EditedPart(body)
        frame_ends = get_frame_ends(frames)
        replacements = _replace_in_texts(texts, frame_ends)
        part = EditedPart(body, replacements)
        if not rule_spans.derived_fields:
            return part
        return replace(
            part,
            offsets=list(shift_offsets(rule_spans.derived_fields, body, texts)),
            blanks=list(blank_derived_fields(rule_spans.derived_fields, part.edits)),
        )

    def _collect_spans(self, text: Text, spans: list[Span], *, with_known: bool) -> list[Span]:
        """Return the spans to replace in a text, in order and without overlaps."""
        may_repeat = not text.is_in_pieces
        known = self._find_known(text.data, may_repeat=may_repeat) if with_known else []
        if text.kind is TextKind.JSON:
            known = [
                span for span in known if not _crosses_strings(text.data, span.start, span.end)
            ]
        if isinstance(text, JoinedText):
            known = [span for span in known if text.crosses_owners(span.start, span.end)]
        merged = merge_spans(spans + known, text.data)
        return list(use_zero_for_numbers(merged, text)) if merged else []

    def _build_answer(self, answer: Answer, parts: _EditedMessage) -> Answer:
        """Return the edited answer, with a mark for each placeholder."""
        if parts.is_unchanged and not answer.marks:
            return answer
        edits = parts.body.edits
        return Answer(
            answer.status,
            parts.line.clean,
            _build_headers(answer.headers, parts),
            parts.body.clean,
            adjust_frames(answer.frames, edits) if edits else answer.frames,
            answer.omitted,
            self._build_marks(parts, answer.marks),
        )

    def _build_marks(
        self, parts: _EditedMessage, previous: Sequence[PlaceholderMark]
    ) -> tuple[PlaceholderMark, ...]:
        marks = (
            build_marks(part, self._vault, header=header, previous=previous)
            for header, part in (*enumerate(parts.values), (IN_BODY, parts.body))
            if part.replacements or previous
        )
        return (*chain(*marks),)


def _crosses_strings(data: bytes, start: int, end: int) -> bool:
    """Return whether a string of JSON begins or ends between two offsets.

    A known value may have a quote, such as the password ``two words"``. The same bytes are no value
    where the quote ends a string. What only looks like JSON does not count.
    """
    borders = _STRING_BORDER.finditer(data, max(start - _NEAR, 0), end + _NEAR)
    has_border = any(start <= match.start(match.lastindex or 0) < end for match in borders)
    return has_border and _is_in_json(data, start, end)


def _is_in_json(data: bytes, start: int, end: int) -> bool:
    """Return whether an object or array of JSON, on a line of its own, is around two offsets."""
    line_start = max(data.rfind(b"\n", 0, start) + 1, start - _LONGEST_LINE)
    line_end = data.find(b"\n", end, end + _LONGEST_LINE)
    line = data[line_start : line_end if line_end >= 0 else end + _LONGEST_LINE]
    return any(
        line_start + first <= start and end <= line_start + last
        for first, last in _locate_json(line)
    )


@lru_cache(16)
def _locate_json(line: bytes) -> Sequence[tuple[int, int]]:
    """Return the ranges of the objects and arrays of JSON in a line that are in no other one."""
    text, ranges, position = line.decode("latin-1"), [], 0  # so that offsets are those of bytes
    for opening in islice(_OPENING.finditer(line), _MAX_OPENINGS):
        if opening.start() >= position:
            try:
                _, position = _DECODER.raw_decode(text, opening.start())
            except (ValueError, RecursionError):
                continue
            ranges.append((opening.start(), position))
    return ranges


def _replace_in_texts(
    texts: Iterable[tuple[Text, Sequence[Span]]], frame_ends: Sequence[int]
) -> list[Replacement]:
    """Return the replacements of the spans of all texts of a body; joined texts come last.

    Bytes that are replaced already in another text are left out.
    """
    replacements: list[Replacement] = []
    for text, spans in texts:
        if not isinstance(text, JoinedText):
            replacements += _replace_in_text(text, spans, frame_ends)
        elif spans:
            replacements = _drop_parts_of_known(replacements, text, spans)
            edits = (edit for replacement in replacements for edit in replacement.edits)
            taken = Ranges((edit.start, edit.end) for edit in edits)
            replacements += _replace_across(text, spans, taken, frame_ends)
    return replacements


def _drop_parts_of_known(
    replacements: list[Replacement], text: JoinedText, spans: Iterable[Span]
) -> list[Replacement]:
    """Return the replacements without those of parts of the known values in a joined text.

    A rule may find all of a value but the letters that come in another strand. Nothing is dropped
    if something else is replaced there as well.
    """
    for span in spans:
        if span.rule != _KNOWN:
            continue
        extents = [*text.iter_ranges(span.start, span.end)]
        ranges = Ranges(extents)
        parts = [each for each in replacements if _overlaps(each, ranges)]
        if all(_is_found_within(each, ranges) for each in parts):
            replacements = [each for each in replacements if each not in parts]
    return replacements


def _overlaps(replacement: Replacement, ranges: Ranges) -> bool:
    return any(ranges.overlaps(edit.start, edit.end) for edit in replacement.edits)


def _is_found_within(replacement: Replacement, ranges: Ranges) -> bool:
    """Return whether a rule found what is replaced, and all of it is in these ranges."""
    rests = (ranges.subtract(edit.start, edit.end) for edit in replacement.edits)
    return replacement.span.rule != _KNOWN and not any([*rest] for rest in rests)


def _replace_in_text(
    text: Text, spans: Iterable[Span], frame_ends: Sequence[int]
) -> Iterator[Replacement]:
    for span in spans:
        edits = build_edits(span, [*text.iter_ranges(span.start, span.end)], frame_ends)
        if edits:
            yield Replacement(span, edits, in_json=text.kind is not TextKind.PLAIN)


def _replace_across(
    text: JoinedText, spans: Iterable[Span], taken: Ranges, frame_ends: Sequence[int]
) -> Iterator[Replacement]:
    for span in spans:
        extents = [*text.iter_ranges(span.start, span.end)]
        if span.rule == _KNOWN and any(taken.overlaps(*extent) for extent in extents):
            continue  # the value ends where another text begins with its last letters
        ranges = [part for extent in extents for part in taken.subtract(*extent)]
        edits = build_edits(span, ranges, frame_ends) if ranges else []
        if edits:
            yield Replacement(span, edits, in_json=text.kind is not TextKind.PLAIN)


def _replace_in_place(spans: Iterable[Span], frame_ends: Sequence[int] = ()) -> list[Replacement]:
    """Return the replacements of spans whose offsets are those of the part itself."""
    return [
        Replacement(span, build_edits(span, [(span.start, span.end)], frame_ends)) for span in spans
    ]


def _build_headers(headers: Headers, parts: _EditedMessage) -> Headers:
    """Return the headers with their edited values and an adjusted ``Content-Length``."""
    pairs = zip(headers, parts.values, strict=True)
    edited = tuple([(name, part.clean) for (name, _), part in pairs])
    difference = len(parts.body.clean) - len(parts.body.data)
    return content_length.adjust_content_length(edited, difference)


def _build_request(request: Request, parts: _EditedMessage) -> Request:
    if parts.is_unchanged:
        return request
    return Request(
        request.method,
        parts.line.clean,
        _build_headers(request.headers, parts),
        parts.body.clean,
        request.omitted,
        request.digest,
    )


def _build_ledger(
    headers: Headers, parts: _EditedMessage, names: _LedgerNames
) -> tuple[LedgerEntry, ...]:
    """Return an entry for each rule and place, with the number of replacements."""
    counts = Counter(
        (replacement.span.rule, f"{names.message}.{place}")
        for place, part in _iter_edited(headers, parts, names)
        for replacement in part.replacements
    )
    return tuple(LedgerEntry(rule, place, count) for (rule, place), count in counts.items())


def _iter_edited(
    headers: Headers, parts: _EditedMessage, names: _LedgerNames
) -> Iterator[tuple[str, EditedPart]]:
    """Yield each part of a message that is edited, and its place in the ledger."""
    if parts.line.replacements:
        yield names.line, parts.line
    for (name, _), part in zip(headers, parts.values, strict=True):
        if part.replacements:
            yield f"headers.{name.decode('latin-1').lower()}", part
    if parts.body.replacements:
        yield "body", parts.body
