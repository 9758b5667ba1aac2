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
from runreel.core.http.headers import content_type
from runreel.core.redact.finders.bodies import in_fields, in_json
from runreel.core.redact.finders.by_name import Field, Rules
from runreel.core.redact.finders.by_path import meant, meant_in
from runreel.core.redact.finders.by_pattern import (
    Look,
    looks_at_end,
    looks_in,
    looks_said,
    without_wrong_guesses,
)
from runreel.core.redact.finders.headers import LINKING, Found, in_header, in_links, in_target
from runreel.core.redact.message import Message, Places
from runreel.core.redact.texts.channels import json_in, said_in
from runreel.core.redact.texts.json_leaves import Leaf
from runreel.core.redact.texts.spans import Span
from runreel.core.redact.texts.text import Kind, Text
from runreel.core.redact.texts.views import json_text
from runreel.core.redact.vault import PLACEHOLDER, Vault

_NAMES_REMEMBERED = 4096
_ENDS = 16
"""Texts of one stream that may break off at once: each costs a hundred searches."""

_HEADS_REMEMBERED = 256
_REQUESTS_REMEMBERED = 256
_APART = b'"\n"'
"""What stands between headers that are searched at once: no rule's match reaches across a quote."""

_LEAST_BESIDE = 8
"""Bytes beside a placeholder that make a value a secret of its own."""

_WORD = re.compile(rb"[A-Za-z]+|[0-9]+")
"""What somebody calls a password and others write as well: a secret only where it is so called."""


_Found: TypeAlias = Sequence[tuple[Text, list[Span]]]


class Finder:
    """Finds the secrets of one session's messages."""

    def __init__(self, rules: Rules, vault: Vault) -> None:
        self._rules = rules
        self._vault = vault
        self._head_looks: dict[bytes, Sequence[Look]] = {}
        self._harmless: set[bytes] = set()
        """What tells requests from others in which nothing was found."""
        self._announced = lru_cache(_NAMES_REMEMBERED)(self._header_finder)
        self._parameter = lru_cache(_NAMES_REMEMBERED)(self._parameter_kind)
        self._member = lru_cache(_NAMES_REMEMBERED)(self._member_field)

    def places(self, message: Message, channels: Channels | None) -> Places:
        """Where secrets stand; all of them are known to the vault from now on.

        ``channels``: how the message speaks, if it may be a stream.
        """
        heads = message.heads()
        said = said_in(message.headers, message.body, channels, self._announces)
        texts = [text for text in said.texts if text.data]
        for data in (b"\n".join(heads), *(text.data for text in texts)):
            self._vault.reserve(data)
        in_body = self._in_request if channels is None else self._in_texts
        return Places(
            self._in_all_heads(message), in_body(message, texts), said.companions, said.is_odd
        )

    def _in_request(self, message: Message, texts: Sequence[Text]) -> _Found:
        """The same as ``_in_texts``; clients ask for much the same again and again, and a request
        that holds no secret is searched once."""
        request = _digest(message)
        if request in self._harmless:
            return [(text, []) for text in texts]
        found = self._in_texts(message, texts)
        if not any(spans for _, spans in found):
            self._remember(request)
        return found

    def _remember(self, request: bytes) -> None:
        if len(self._harmless) == _REQUESTS_REMEMBERED:
            self._harmless.clear()
        self._harmless.add(request)

    def _in_texts(self, message: Message, texts: Sequence[Text]) -> _Found:
        """Where secrets stand in each text of the body."""
        meant = self._meant(message)
        broken = _broken_off(message, texts)
        return [
            (text, self._in_text(message, text, meant, breaks_off=place in broken))
            for place, text in enumerate(texts)
        ]

    def _meant(self, message: Message) -> Sequence[tuple[Leaf, str]]:
        """What stands in the body at the places that users name."""
        if not self._rules.paths:
            return ()
        texts = json_in(message.headers, message.body)
        return [found for text in texts for found in meant(message.body, text, self._rules.place)]

    def _in_all_heads(self, message: Message) -> list[list[Span]]:
        """What is found in the line and in each header."""
        announced, looks = self._in_heads(message), self._looks_in_heads(message.heads())
        return [
            spans + self._looking_so(found, spans)
            for spans, found in zip(announced, looks, strict=True)
        ]

    def _looking_so(self, looks: Sequence[Look], announced: Sequence[Span]) -> list[Span]:
        """The spans of what looks like a secret beside what names have announced."""
        if not looks:
            return []
        sure = [(span.start, span.end) for span in announced]
        return [
            Span(look.start, look.end, self._placeholder(look), look.rule.name)
            for look in without_wrong_guesses(looks, sure)
        ]

    def _placeholder(self, look: Look) -> bytes:
        is_somebodys_word = _WORD.fullmatch(look.value) and (look.is_guess or len(look.value) < 16)
        sought = not look.rule.personal and not is_somebodys_word
        return self._vault.placeholder(look.rule.name, look.value, sought=sought)

    def _in_heads(self, message: Message) -> list[list[Span]]:
        line = self._learnt(in_target(message.line, self._parameter))
        return [
            line,
            *(
                self._learnt(find(value)) if (find := self._announced(name)) else []
                for name, value in message.headers
            ),
        ]

    def _in_text(
        self,
        message: Message,
        text: Text,
        meant: Sequence[tuple[Leaf, str]],
        *,
        breaks_off: bool,
    ) -> list[Span]:
        spans = self._learnt(meant_in(text, meant))
        spans += self._learnt(in_json(text, self._member))
        if text.kind in (Kind.PLAIN, Kind.FORM):
            spans += self._learnt(in_fields(message.headers, text.data, self._parameter))
        looks = looks_said(text, self._rules.detector)
        if breaks_off:
            looks += looks_at_end(text, self._rules.detector)
        return spans + self._looking_so(looks, spans)

    def _looks_in_heads(self, heads: Sequence[bytes]) -> list[Sequence[Look]]:
        """What the rules find in the line and in each header; most have been met before."""
        if len(self._head_looks) > _HEADS_REMEMBERED:
            self._head_looks.clear()
        new = [head for head in dict.fromkeys(heads) if head not in self._head_looks]
        if new:
            self._head_looks.update(zip(new, self._searched(new), strict=True))
        return [self._head_looks[head] for head in heads]

    def _searched(self, heads: Sequence[bytes]) -> list[list[Look]]:
        """What the rules find in each, all searched at once."""
        text = Text(_APART.join(heads), Kind.PLAIN)
        starts = list(accumulate((len(head) + len(_APART) for head in heads[:-1]), initial=0))
        looks: list[list[Look]] = [[] for _ in heads]
        for look in looks_in(text, self._rules.detector):
            place = bisect_right(starts, look.start) - 1
            start, end = look.start - starts[place], look.end - starts[place]
            if start < len(heads[place]):
                looks[place].append(look._replace(start=start, end=min(end, len(heads[place]))))
        return looks

    def _learnt(self, found: Iterable[Found]) -> list[Span]:
        return [span for one in found for span in self._spans(one)]

    def _spans(self, found: Found) -> Iterator[Span]:
        if not is_secret(found.value):
            return
        placeholder = self._vault.placeholder(found.kind, found.value)
        yield Span(found.start, found.end, placeholder, found.rule)
        for kind, value in found.also:
            if is_secret(value):
                self._vault.placeholder(kind, value)

    def _header_finder(self, name: bytes) -> Callable[[bytes], Iterable[Found]] | None:
        kind = self._rules.header(name.decode("latin-1"))
        if kind is not None:
            return partial(in_header, kind)
        return partial(in_links, kinds=self._parameter) if name.lower() in LINKING else None

    def _announces(self, leaf: Leaf) -> bool:
        is_meant = self._rules.place(leaf.path) is not None
        return is_meant or self._rules.member(leaf.name) is not None

    def _parameter_kind(self, name: bytes) -> str | None:
        return self._rules.parameter(name.decode("utf-8", "replace"))

    def _member_field(self, name: bytes) -> Field | None:
        return self._rules.member(json_text(name).decode("utf-8", "replace"))


def is_secret(value: bytes) -> bool:
    """Whether more stands there than a placeholder, and what may be left beside one."""
    if b"REDACTED-" not in value:
        return bool(value)
    return len(PLACEHOLDER.sub(b"", value)) >= _LEAST_BESIDE


def _digest(message: Message) -> bytes:
    """What tells the body from others, and from one that is read otherwise."""
    return hashlib.sha256(content_type(message.headers) + b"\n" + message.body).digest()


def _broken_off(message: Message, texts: Sequence[Text]) -> frozenset[int]:
    """The places of those that may end within a secret: of a stream, what it said last."""
    if message.is_cut:
        return frozenset(nlargest(_ENDS, range(len(texts)), key=lambda at: texts[at].last_origin))
    return frozenset(place for place, text in enumerate(texts) if text.is_open)
