"""The secrets of a session and their placeholders, in memory only.

A placeholder is ``REDACTED-<kind>-<n>``, numbered per kind in the order in which the session met
the values. It tells the kind of a value and nothing else about it. The vault also finds known
values in other data, in every form that they may take: as they are, in hex, and in base64 at each
of the three alignments.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterable, Iterator
from itertools import chain

from runreel.core.placeholder import PLACEHOLDER, PREFIX, find_placeholders, format_placeholder
from runreel.core.redact.finders.by_name import IDENTIFIERS
from runreel.core.redact.finders.detector import MAX_FOUND
from runreel.core.redact.known_values import KnownValues, Occurrence
from runreel.core.redact.search.common_words import is_common_word
from runreel.core.redact.search.searched_parts import SearchedParts, may_cross_border
from runreel.core.redact.texts.views import HTML, URL, View, compile_escape_pattern, iter_json_views
from runreel.errors import StoreError

ENVIRONMENT = "environment"
"""The kind of a value of an environment variable."""

_MAX_PLACEHOLDER = 200
"""Bytes before a value in which a placeholder that covers it may begin."""

_MIN_SEARCHED = 8
"""Bytes. Shorter values are replaced where a rule finds them, but not searched for elsewhere, since
``test`` and ``admin`` are ordinary words."""


MAX_NEW_VALUES = 10_000
"""Values of one exchange that are searched for everywhere: each takes up to 8 KB of memory."""

MAX_VALUES_OF_CASSETTE = 20_000
"""Values that a command searches for which reads a cassette once and ends."""

MAX_FOUND_BY_COMMAND = 50_000
"""Secrets and personal data in one body that such a command replaces. A recording may take longer
than a command, since it must not lose an exchange."""


class TooManySecretsError(StoreError):
    """An exchange with more secrets than can be searched for."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"more than {limit:,} different secrets, each of which would have to be searched for "
            "everywhere, so nothing was written; record it without its body: set limits.max_body "
            "below the size of the body"
        )


class Vault:
    """The secrets of one session. One thread may add values while others search."""

    def __init__(self, *, max_values: int | None = None, refuses_excess: bool = True) -> None:
        """``max_values``: values in all that are searched for everywhere; None: no limit.

        Without ``refuses_excess``, values beyond a limit get placeholders, but are not searched for
        elsewhere. That is no choice for what is stored.
        """
        self._max_values = max_values
        self._refuses_excess = refuses_excess
        self._limit = MAX_NEW_VALUES
        self._placeholders: dict[tuple[str, bytes], bytes] = {}
        self._values: dict[bytes, bytes] = {}
        self._known_values = KnownValues()
        self._searched_parts: SearchedParts[Occurrence] = SearchedParts()
        self._cross_borders = False
        """True if an occurrence of a value may be in two parts of a text."""
        self._numbers: dict[str, int] = {}
        self._reserved: set[bytes] = set()
        self._searched: dict[bytes, bytes] = {}
        self._heads: dict[bytes, list[bytes]] = {}
        """The values that are searched for, by their first ``_MIN_SEARCHED`` bytes."""
        self._alphabet: set[int] = set()
        self._hiding_escapes = compile_escape_pattern(())
        """Finds JSON escapes of the bytes that occur in known values."""

    @property
    def value_count(self) -> int:
        """The number of values that are searched for everywhere."""
        return len(self._searched)

    @property
    def version(self) -> int:
        """A number that only increases, when more is searched for everywhere."""
        return self._known_values.version

    def assign_placeholder(
        self, kind: str, value: bytes, *, search_everywhere: bool = True
    ) -> bytes:
        """Return the placeholder of a value, always the same one, and add the value if it is new.

        With ``search_everywhere``, ``find`` finds the value from now on, unless it is short, a
        common word or only an identifier. A value that is searched for has the same placeholder in
        all kinds.
        """
        known = self._searched.get(value) or self._placeholders.get((kind, value))
        placeholder = known or self._add(kind, value)
        is_new = value not in self._searched and value not in PREFIX
        is_searchable = search_everywhere and _is_distinctive(kind, value)
        if is_searchable and is_new and self._has_room():
            self._searched[value] = placeholder
            self._heads.setdefault(value[:_MIN_SEARCHED], []).append(value)
            self._add_forms(value, placeholder)
        return placeholder

    @property
    def max_found(self) -> int:
        """Secrets and personal data in one body from which on it is not redacted.

        A replay has no such limit, as it stores nothing.
        """
        if self._max_values is not None:
            return MAX_FOUND_BY_COMMAND
        return MAX_FOUND if self._refuses_excess else sys.maxsize

    def allow_new_values(self) -> None:
        """Allow the values of another message: ``MAX_NEW_VALUES`` more than are known now."""
        limit = self.value_count + MAX_NEW_VALUES
        self._limit = limit if self._max_values is None else min(limit, self._max_values)

    def _has_room(self) -> bool:
        """Return whether another value may be searched for; raise ``TooManySecretsError`` if not.

        It is only returned if this vault does not refuse values beyond the limit.
        """
        if self.value_count < self._limit:
            return True
        if self._refuses_excess:
            raise TooManySecretsError(
                self._limit if self._limit == self._max_values else MAX_NEW_VALUES
            )
        return False

    def learn(self, values: Iterable[bytes]) -> None:
        """Add values of environment variables, to be found everywhere."""
        for value in values:
            self.assign_placeholder(ENVIRONMENT, value)

    def get_value(self, placeholder: bytes) -> bytes | None:
        """Return the value of a placeholder; None if this session did not assign it."""
        return self._values.get(placeholder)

    def find_longer_values(self, beginning: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield each value that begins with these bytes and is longer, with its placeholder."""
        for value in self._heads.get(beginning[:_MIN_SEARCHED], ()):
            if len(value) > len(beginning) and value.startswith(beginning):
                yield value, self._searched[value]

    def reserve(self, data: bytes) -> None:
        """Never assign the placeholders that are in the data, as in a recording made earlier."""
        self._reserved.update(find_placeholders(data))

    def find(self, data: bytes, *, may_repeat: bool = True) -> list[Occurrence]:
        """Return every occurrence of a known value, in all forms and escapes, in no order.

        An occurrence within one of the session's placeholders is left out. ``may_repeat``: much of
        the data may have been searched before, and need not be searched again.
        """
        is_divisible = may_repeat and not self._cross_borders
        find = self._find_in_parts if is_divisible else self._find_in_all
        occurrences = dict.fromkeys(find(data))
        if not occurrences or PREFIX not in data:
            return [*occurrences]
        return [each for each in occurrences if not self._is_in_placeholder(data, each)]

    def holds_newer(self, data: bytes, version: int) -> bool:
        """Return whether the data contains a value that was added after a version of the vault."""
        return any(True for _ in self._find_in_all(data, version))

    def _find_in_parts(self, data: bytes) -> Iterable[Occurrence]:
        """Do the same as ``_find_in_all``, but search no part of the data twice."""
        return self._searched_parts.find(data, self._find_in_all, self.version)

    def _find_in_all(self, data: bytes, since: int = 0) -> Iterable[Occurrence]:
        """Yield the occurrences of known values; ``since`` as in ``KnownValues.find``."""
        for view in self._iter_views(data):
            yield from self._known_values.find(view, since)

    def _iter_views(self, data: bytes) -> Iterator[View]:
        """Yield the views of the data in which a value may be found."""
        may_hide_values = b"\\" in data and self._hiding_escapes.search(data) is not None
        levels = iter_json_views(data) if may_hide_values else ()
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
        self._cross_borders = self._cross_borders or may_cross_border(value)
        for form, before, after in _iter_forms(value):
            if not self._alphabet.issuperset(form):
                self._alphabet.update(form)
                self._hiding_escapes = compile_escape_pattern(self._alphabet)
            # Last, since another thread may search meanwhile.
            self._known_values.add(form, before, after, placeholder)

    def _make_placeholder(self, kind: str) -> bytes:
        while True:
            number = self._numbers[kind] = self._numbers.get(kind, 0) + 1
            placeholder = format_placeholder(kind, number)
            if placeholder not in self._reserved:
                return placeholder

    def _is_in_placeholder(self, data: bytes, occurrence: Occurrence) -> bool:
        """Return whether a placeholder of a known kind covers the occurrence.

        A password may be ``password``, and would be found in ``REDACTED-password-1``.
        """
        search_start = max(occurrence.start - _MAX_PLACEHOLDER, 0)
        nearest = data.rfind(PREFIX, search_start, occurrence.start + len(PREFIX))
        match = PLACEHOLDER.match(data, nearest) if nearest >= 0 else None
        if match is None or match.end() < occurrence.end:
            return False
        return match[2].decode() in self._numbers


def _is_distinctive(kind: str, value: bytes) -> bool:
    """Return whether a value is a secret wherever it occurs, not only where it was announced."""
    if len(value) < _MIN_SEARCHED or kind in IDENTIFIERS:
        return False
    return kind == ENVIRONMENT or not is_common_word(value)


def _iter_forms(value: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield each form of a value, and how many characters before and after it also belong to it."""
    yield value, 0, 0
    yield value.replace(b" ", b"+"), 0, 0
    yield value.hex().encode(), 0, 0
    yield value.hex().upper().encode(), 0, 0
    for offset in range(3):
        # The characters that depend on the value alone if its first byte is the byte ``offset`` of
        # a group of three. Those next to them hold some of its bits too (RFC 4648, section 4).
        first, last = -(-offset * 8 // 6), (offset + len(value)) * 8 // 6
        before, after = int(offset > 0), int((offset + len(value)) % 3 > 0)
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(offset) + value)[first:last], before, after
