"""The first pass: where secrets stand in a message, by name and by look; what is found is learnt.

Names announce the credentials of headers, parameters and members. Rules know the looks of others,
in each way that a reader may see a text: unescaped, decoded, its pieces joined.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from heapq import nlargest
from itertools import accumulate
from typing import TypeAlias

from runreel.core.dialect import Channels
from runreel.core.http.headers import get_content_type
from runreel.core.redact.finders.bodies import find_in_fields, find_in_json
from runreel.core.redact.finders.by_name import CredentialField, Rules
from runreel.core.redact.finders.by_path import find_leaves_at_paths, locate_leaves_in_text
from runreel.core.redact.finders.by_pattern import (
    PatternMatch,
    drop_wrong_guesses,
    find_matches,
    find_matches_at_end,
    find_matches_in_pieces,
)
from runreel.core.redact.finders.headers import (
    URL_HEADERS,
    Credential,
    find_in_header,
    find_in_links,
    find_in_target,
)
from runreel.core.redact.message import MessageSpans, RawMessage
from runreel.core.redact.texts.channels import extract_texts, iter_json_regions
from runreel.core.redact.texts.json_leaves import Leaf
from runreel.core.redact.texts.spans import Span
from runreel.core.redact.texts.text import Text, TextKind
from runreel.core.redact.texts.views import unescape_json
from runreel.core.redact.vault import PLACEHOLDER, Vault

_NAME_CACHE_SIZE = 4096
_MAX_TRUNCATED = 16
"""Texts of one stream that may break off at once: each costs a hundred searches."""

_HEAD_CACHE_SIZE = 256
_REQUEST_CACHE_SIZE = 256
_HEAD_SEPARATOR = b'"\n"'
"""What stands between headers that are searched at once: no rule's match reaches across a quote."""

_MIN_REMAINDER = 8
"""Bytes beside a placeholder that make a value a secret of its own."""

_WORD = re.compile(rb"[A-Za-z]+|[0-9]+")
"""What somebody calls a password and others write as well: a secret only where it is so called."""


_TextSpans: TypeAlias = Sequence[tuple[Text, list[Span]]]


class Finder:
    """Finds the secrets of one session's messages."""

    def __init__(self, rules: Rules, vault: Vault) -> None:
        self._rules = rules
        self._vault = vault
        self._head_matches: dict[bytes, Sequence[PatternMatch]] = {}
        self._clean_requests: set[bytes] = set()
        """What tells requests from others in which nothing was found."""
        self._header_finder = lru_cache(_NAME_CACHE_SIZE)(self._choose_header_finder)
        self._parameter_kind = lru_cache(_NAME_CACHE_SIZE)(self._find_parameter_kind)
        self._member_field = lru_cache(_NAME_CACHE_SIZE)(self._find_member_field)

    def find(self, message: RawMessage, channels: Channels | None) -> MessageSpans:
        """Where secrets stand; all of them are known to the vault from now on.

        ``channels``: how the message speaks, if it may be a stream.
        """
        heads = message.list_heads()
        said = extract_texts(message.headers, message.body, channels, self._announces_secret)
        texts = [text for text in said.texts if text.data]
        for data in (b"\n".join(heads), *(text.data for text in texts)):
            self._vault.reserve(data)
        in_body = self._find_in_request_body if channels is None else self._find_in_texts
        return MessageSpans(
            self._find_in_heads(message),
            in_body(message, texts),
            said.derived_fields,
            said.has_invalid_json,
        )

    def _find_in_request_body(self, message: RawMessage, texts: Sequence[Text]) -> _TextSpans:
        """The same as ``_in_texts``; clients ask for much the same again and again, and a request
        that holds no secret is searched once."""
        request = _compute_digest(message)
        if request in self._clean_requests:
            return [(text, []) for text in texts]
        found = self._find_in_texts(message, texts)
        if not any(spans for _, spans in found):
            self._remember(request)
        return found

    def _remember(self, request: bytes) -> None:
        if len(self._clean_requests) == _REQUEST_CACHE_SIZE:
            self._clean_requests.clear()
        self._clean_requests.add(request)

    def _find_in_texts(self, message: RawMessage, texts: Sequence[Text]) -> _TextSpans:
        """Where secrets stand in each text of the body."""
        meant = self._find_at_paths(message)
        broken = _find_truncated(message, texts)
        return [
            (text, self._find_in_text(message, text, meant, is_truncated=place in broken))
            for place, text in enumerate(texts)
        ]

    def _find_at_paths(self, message: RawMessage) -> Sequence[tuple[Leaf, str]]:
        """What stands in the body at the places that users name."""
        if not self._rules.paths:
            return ()
        texts = iter_json_regions(message.headers, message.body)
        return [
            found
            for text in texts
            for found in find_leaves_at_paths(message.body, text, self._rules.find_path_kind)
        ]

    def _find_in_heads(self, message: RawMessage) -> list[list[Span]]:
        """What is found in the line and in each header."""
        announced, looks = (
            self._find_named_in_heads(message),
            self._match_heads(message.list_heads()),
        )
        return [
            spans + self._build_pattern_spans(found, spans)
            for spans, found in zip(announced, looks, strict=True)
        ]

    def _build_pattern_spans(
        self, matches: Sequence[PatternMatch], named: Sequence[Span]
    ) -> list[Span]:
        """The spans of what looks like a secret beside what names have announced."""
        if not matches:
            return []
        sure = [(span.start, span.end) for span in named]
        return [
            Span(look.start, look.end, self._assign_placeholder(look), look.rule.name)
            for look in drop_wrong_guesses(matches, sure)
        ]

    def _assign_placeholder(self, match: PatternMatch) -> bytes:
        is_somebodys_word = _WORD.fullmatch(match.value) and (
            match.is_guess or len(match.value) < 16
        )
        sought = not match.rule.is_personal and not is_somebodys_word
        return self._vault.assign_placeholder(
            match.rule.name, match.value, search_everywhere=sought
        )

    def _find_named_in_heads(self, message: RawMessage) -> list[list[Span]]:
        line = self._learn(find_in_target(message.line, self._parameter_kind))
        return [
            line,
            *(
                self._learn(find(value)) if (find := self._header_finder(name)) else []
                for name, value in message.headers
            ),
        ]

    def _find_in_text(
        self,
        message: RawMessage,
        text: Text,
        path_values: Sequence[tuple[Leaf, str]],
        *,
        is_truncated: bool,
    ) -> list[Span]:
        spans = self._learn(locate_leaves_in_text(text, path_values))
        spans += self._learn(find_in_json(text, self._member_field))
        if text.kind in (TextKind.PLAIN, TextKind.FORM):
            spans += self._learn(find_in_fields(message.headers, text.data, self._parameter_kind))
        looks = find_matches_in_pieces(text, self._rules.detector)
        if is_truncated:
            looks += find_matches_at_end(text, self._rules.detector)
        return spans + self._build_pattern_spans(looks, spans)

    def _match_heads(self, heads: Sequence[bytes]) -> list[Sequence[PatternMatch]]:
        """What the rules find in the line and in each header; most have been met before."""
        if len(self._head_matches) > _HEAD_CACHE_SIZE:
            self._head_matches.clear()
        new = [head for head in dict.fromkeys(heads) if head not in self._head_matches]
        if new:
            self._head_matches.update(zip(new, self._match_new_heads(new), strict=True))
        return [self._head_matches[head] for head in heads]

    def _match_new_heads(self, heads: Sequence[bytes]) -> list[list[PatternMatch]]:
        """What the rules find in each, all searched at once."""
        text = Text(_HEAD_SEPARATOR.join(heads), TextKind.PLAIN)
        starts = list(
            accumulate((len(head) + len(_HEAD_SEPARATOR) for head in heads[:-1]), initial=0)
        )
        looks: list[list[PatternMatch]] = [[] for _ in heads]
        for look in find_matches(text, self._rules.detector):
            place = bisect_right(starts, look.start) - 1
            start, end = look.start - starts[place], look.end - starts[place]
            if start < len(heads[place]):
                looks[place].append(look._replace(start=start, end=min(end, len(heads[place]))))
        return looks

    def _learn(self, found: Iterable[Credential]) -> list[Span]:
        return [span for one in found for span in self._iter_learned_spans(one)]

    def _iter_learned_spans(self, found: Credential) -> Iterator[Span]:
        if not is_secret(found.value):
            return
        placeholder = self._vault.assign_placeholder(found.kind, found.value)
        yield Span(found.start, found.end, placeholder, found.rule)
        for kind, value in found.derived:
            if is_secret(value):
                self._vault.assign_placeholder(kind, value)

    def _choose_header_finder(self, name: bytes) -> Callable[[bytes], Iterable[Credential]] | None:
        kind = self._rules.find_header_kind(name.decode("latin-1"))
        if kind is not None:
            return partial(find_in_header, kind)
        return (
            partial(find_in_links, find_kind=self._parameter_kind)
            if name.lower() in URL_HEADERS
            else None
        )

    def _announces_secret(self, leaf: Leaf) -> bool:
        is_meant = self._rules.find_path_kind(leaf.path) is not None
        return is_meant or self._rules.find_member_field(leaf.name) is not None

    def _find_parameter_kind(self, name: bytes) -> str | None:
        return self._rules.find_parameter_kind(name.decode("utf-8", "replace"))

    def _find_member_field(self, name: bytes) -> CredentialField | None:
        return self._rules.find_member_field(unescape_json(name).decode("utf-8", "replace"))


def is_secret(value: bytes) -> bool:
    """Whether more stands there than a placeholder, and what may be left beside one."""
    if b"REDACTED-" not in value:
        return bool(value)
    return len(PLACEHOLDER.sub(b"", value)) >= _MIN_REMAINDER


def _compute_digest(message: RawMessage) -> bytes:
    """What tells the body from others, and from one that is read otherwise."""
    return hashlib.sha256(get_content_type(message.headers) + b"\n" + message.body).digest()


def _find_truncated(message: RawMessage, texts: Sequence[Text]) -> frozenset[int]:
    """The places of those that may end within a secret: of a stream, what it said last."""
    if message.is_truncated:
        return frozenset(
            nlargest(_MAX_TRUNCATED, range(len(texts)), key=lambda at: texts[at].last_origin)
        )
    return frozenset(place for place, text in enumerate(texts) if text.is_truncated)
