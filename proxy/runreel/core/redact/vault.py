"""A session's memory of which placeholder stands for which secret; it never reaches the disk.

A placeholder is ``REDACTED-<kind>-<n>``, numbered per kind in the order in which the session met
the values, so it says what stood there and nothing about the value. The vault also knows every
form in which a value may come back: as it is, in hex, and in base64 at each of the three
alignments.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from runreel.core.redact.finders.by_name import IDENTIFIERS
from runreel.core.redact.known_values import KnownValues, Margin, Occurrence
from runreel.core.redact.texts.views import HTML, URL, View, compile_escape_pattern, iter_json_views

SUFFIXES: Mapping[str, bytes] = {"email": b"@redacted.invalid"}
"""What follows the placeholders of some kinds, so that clients still accept them for what they were
(``invalid`` is nobody's domain: RFC 2606)."""

PLACEHOLDER = re.compile(
    rb"(REDACTED-([a-z][a-z0-9]*(?:-[a-z0-9]+)*))-[0-9]{1,9}(?:@redacted\.invalid)?(?![0-9])"
)
"""Group 1 is all but the number and what follows it, group 2 the kind."""

ENVIRONMENT = "environment"
"""The kind of a value that a variable of the environment holds."""

_PREFIX = b"REDACTED-"
_MAX_PLACEHOLDER = 200
"""Bytes back from a value in which a placeholder that covers it begins."""

_MIN_SEARCHED = 8
"""Bytes. Shorter values are replaced where a name announces them, but not sought elsewhere:
``test`` and ``admin`` are ordinary words."""


class Vault:
    """The secrets of one session, for one thread."""

    def __init__(self) -> None:
        self._placeholders: dict[tuple[str, bytes], bytes] = {}
        self._values: dict[bytes, bytes] = {}
        self._known_values = KnownValues()
        self._numbers: dict[str, int] = {}
        self._reserved: set[bytes] = set()
        self._searched: dict[bytes, bytes] = {}
        self._alphabet: set[int] = set()
        self._hiding_escapes = compile_escape_pattern(())

    @property
    def known_count(self) -> int:
        """How many values are sought."""
        return len(self._searched)

    def assign_placeholder(
        self, kind: str, value: bytes, *, search_everywhere: bool = True
    ) -> bytes:
        """What stands for the value; the same one each time.

        ``sought``: whether the value is from now on a secret wherever it stands, of whatever kind.
        """
        known = self._searched.get(value) or self._placeholders.get((kind, value))
        placeholder = known or self._add(kind, value)
        is_sought = search_everywhere and len(value) >= _MIN_SEARCHED and kind not in IDENTIFIERS
        if is_sought and value not in self._searched and value not in _PREFIX:
            self._searched[value] = placeholder
            self._add_forms(value, placeholder)
        return placeholder

    def learn(self, values: Iterable[bytes]) -> None:
        """Seek values of the environment, wherever they stand."""
        for value in values:
            self.assign_placeholder(ENVIRONMENT, value)

    def get_value(self, placeholder: bytes) -> bytes | None:
        """What the placeholder stands for; None if it is not one of this session's."""
        return self._values.get(placeholder)

    def reserve(self, data: bytes) -> None:
        """Keeps the placeholders that stand in the data from being given to other values."""
        if _PREFIX in data:
            self._reserved.update(match[0] for match in PLACEHOLDER.finditer(data))

    def find(self, data: bytes) -> list[Occurrence]:
        """Every known value in the data, in all forms and spellings, in no order.

        A value that is a word of one of our own placeholders is not found there.
        """
        return [
            found
            for view in self._iter_views(data)
            for found in self._known_values.find(view)
            if not self._is_ours(data, found)
        ]

    def _iter_views(self, data: bytes) -> Iterator[View]:
        """The spellings of the data that can hide one of the values."""
        levels = (
            iter_json_views(data) if b"\\" in data and self._hiding_escapes.search(data) else ()
        )
        for view in chain((View(data),), levels):
            yield view
            for escapes in (URL, HTML):
                decoded = view.decode(escapes)
                if decoded is not None:
                    yield decoded

    def _add(self, kind: str, value: bytes) -> bytes:
        placeholder = self._make_placeholder(kind)
        self._placeholders[kind, value] = placeholder
        self._values[placeholder] = value
        return placeholder

    def _add_forms(self, value: bytes, placeholder: bytes) -> None:
        for needle, before, after in _iter_forms(value):
            self._known_values.add(needle, Margin(before, after, placeholder))
            if not self._alphabet.issuperset(needle):
                self._alphabet.update(needle)
                self._hiding_escapes = compile_escape_pattern(self._alphabet)

    def _make_placeholder(self, kind: str) -> bytes:
        while True:
            self._numbers[kind] = self._numbers.get(kind, 0) + 1
            placeholder = f"REDACTED-{kind}-{self._numbers[kind]}".encode() + SUFFIXES.get(
                kind, b""
            )
            if placeholder not in self._reserved:
                return placeholder

    def _is_ours(self, data: bytes, found: Occurrence) -> bool:
        """Whether a placeholder of ours covers it: ``password`` may well be somebody's password."""
        nearest = data.rfind(
            _PREFIX, max(found.start - _MAX_PLACEHOLDER, 0), found.start + len(_PREFIX)
        )
        match = PLACEHOLDER.match(data, nearest) if nearest >= 0 else None
        return match is not None and match.end() >= found.end and match[2].decode() in self._numbers


def _iter_forms(value: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The forms of a value, each with the characters before and after it that hold a part of it."""
    yield value, 0, 0
    yield value.replace(b" ", b"+"), 0, 0
    yield value.hex().encode(), 0, 0
    yield value.hex().upper().encode(), 0, 0
    for offset in range(3):
        # What depends on the value alone when so many bytes of others stand before it; the
        # characters next to that hold some of its bits too (RFC 4648, section 4).
        first, last = -(-offset * 8 // 6), (offset + len(value)) * 8 // 6
        before, after = int(offset > 0), int((offset + len(value)) % 3 > 0)
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(offset) + value)[first:last], before, after
