"""The first pass: where secrets stand in a message, by name and by look; what is found is learnt.

Names announce the credentials of headers, parameters and members. Rules know the looks of others,
in each way that a reader may see a text: unescaped, decoded, its pieces joined.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import accumulate

from runreel.core.dialect import Channels
from runreel.core.redact.bodies import in_fields, in_json
from runreel.core.redact.channels import said_in
from runreel.core.redact.headers import LINKING, Found, in_header, in_links, in_target
from runreel.core.redact.message import Message, Places
from runreel.core.redact.names import Field, Rules
from runreel.core.redact.rules import Rule
from runreel.core.redact.spans import Certainty, Span
from runreel.core.redact.texts import Kind, Text
from runreel.core.redact.vault import PLACEHOLDER, Vault
from runreel.core.redact.views import json_text

_NAMES_REMEMBERED = 4096
_LEAST_BESIDE = 8
"""Bytes beside a placeholder that make a value a secret of its own."""

_WORD = re.compile(rb"[A-Za-z]+|[0-9]+")
"""What somebody calls a password and others write as well: a secret only where it is so called."""


class Finder:
    """Finds the secrets of one session's messages."""

    def __init__(self, rules: Rules, vault: Vault) -> None:
        self._rules = rules
        self._vault = vault
        self._announced = lru_cache(_NAMES_REMEMBERED)(self._header_finder)
        self._parameter = lru_cache(_NAMES_REMEMBERED)(self._parameter_kind)
        self._member = lru_cache(_NAMES_REMEMBERED)(self._member_field)

    def places(self, message: Message, channels: Channels) -> Places:
        """Where secrets stand; all of them are known to the vault from now on."""
        heads = message.heads()
        said = said_in(message.headers, message.body, channels, self._announces)
        for data in (b"\n".join(heads), *(text.data for text in said.texts)):
            self._vault.reserve(data)
        announced = self._in_heads(message), [self._in_text(message, each) for each in said.texts]
        looks = self._looking_so(heads), [list(self.by_look(each)) for each in said.texts]
        found = [names + rules for names, rules in zip(announced[1], looks[1], strict=True)]
        return Places(
            [names + rules for names, rules in zip(announced[0], looks[0], strict=True)],
            list(zip(said.texts, found, strict=True)),
            said.companions,
        )

    def by_look(self, text: Text) -> Iterator[Span]:
        """What the rules find in a text."""
        for view in text.readings():
            for start, end, rule in self._rules.detector.find(_without_placeholders(view.data)):
                # A backslash behind a value belongs to what follows: to a quote of nested JSON.
                value = view.data[start:end].rstrip(b"\\")
                placeholder = self._placeholder(rule, value)
                behind = view.end(start + len(value))
                yield Span(view.start(start), behind, placeholder, rule.name, _certainty(rule))

    def _placeholder(self, rule: Rule, value: bytes) -> bytes:
        is_somebodys_word = rule.group == "prose" and _WORD.fullmatch(value)
        sought = not rule.personal and not is_somebodys_word
        return self._vault.placeholder(rule.name, value, sought=sought)

    def _in_heads(self, message: Message) -> list[list[Span]]:
        line = self._learnt(in_target(message.line, self._parameter))
        return [
            line,
            *(
                self._learnt(find(value)) if (find := self._announced(name)) else []
                for name, value in message.headers
            ),
        ]

    def _in_text(self, message: Message, text: Text) -> list[Span]:
        spans = self._learnt(in_json(text, self._member))
        if text.kind is Kind.PLAIN:
            spans += self._learnt(in_fields(message.headers, text.data, self._parameter))
        return spans

    def _looking_so(self, heads: Sequence[bytes]) -> list[list[Span]]:
        """What the rules find in the line and in the headers, all searched at once."""
        text = Text(b"\n".join(heads), Kind.PLAIN)
        starts = list(accumulate((len(head) + 1 for head in heads[:-1]), initial=0))
        spans: list[list[Span]] = [[] for _ in heads]
        for span in self.by_look(text):
            place = bisect_right(starts, span.start) - 1
            shift, length = starts[place], len(heads[place])
            end = min(span.end - shift, length)
            if span.start - shift < end:
                spans[place].append(span._replace(start=span.start - shift, end=end))
        return spans

    def _learnt(self, found: Iterable[Found]) -> list[Span]:
        return [span for one in found for span in self._spans(one)]

    def _spans(self, found: Found) -> Iterator[Span]:
        if not _is_secret(found.value):
            return
        placeholder = self._vault.placeholder(found.kind, found.value)
        yield Span(found.start, found.end, placeholder, found.rule)
        for kind, value in found.also:
            if _is_secret(value):
                self._vault.placeholder(kind, value)

    def _header_finder(self, name: bytes) -> Callable[[bytes], Iterable[Found]] | None:
        kind = self._rules.header(name.decode("latin-1"))
        if kind is not None:
            return partial(in_header, kind)
        return partial(in_links, kinds=self._parameter) if name.lower() in LINKING else None

    def _announces(self, name: str) -> bool:
        return self._rules.member(name) is not None

    def _parameter_kind(self, name: bytes) -> str | None:
        return self._rules.parameter(name.decode("utf-8", "replace"))

    def _member_field(self, name: bytes) -> Field | None:
        return self._rules.member(json_text(name).decode("utf-8", "replace"))


def _certainty(rule: Rule) -> Certainty:
    if rule.group == "prose":
        return Certainty.GUESSED
    return Certainty.OPEN if rule.personal else Certainty.SURE


def _without_placeholders(data: bytes) -> bytes:
    """The data with quotes in place of placeholders: no rule's match reaches across a quote."""
    if b"REDACTED-" not in data:
        return data
    return PLACEHOLDER.sub(lambda match: b'"' * len(match[0]), data)


def _is_secret(value: bytes) -> bool:
    if b"REDACTED-" not in value:
        return bool(value)
    return len(PLACEHOLDER.sub(b"", value)) >= _LEAST_BESIDE
