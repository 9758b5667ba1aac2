"""The two ways to find a secret in a text: by the names around it, and by its look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain

from runreel.core.http.headers import is_form
from runreel.core.redact import Rules, Vault
from runreel.core.redact.finder import is_secret
from runreel.core.redact.finders.bodies import in_fields, in_json
from runreel.core.redact.finders.by_name import Field
from runreel.core.redact.finders.by_path import RULE, meant
from runreel.core.redact.finders.by_pattern import looks_at_end, looks_in
from runreel.core.redact.finders.headers import LINKING, Found, in_header, in_links, in_target
from runreel.core.redact.texts.json_leaves import Path
from runreel.core.redact.texts.sse_event import FIRST_OF_JSON
from runreel.core.redact.texts.text import Kind, Text
from runreel.core.redact.texts.views import json_text
from runreel.core.redact.vault import ENVIRONMENT
from runreel.core.scan.leak import Doubt, Span
from runreel.model import Headers

_WORD = re.compile(rb"[A-Za-z0-9\x80-\xff]")
_NAMES_REMEMBERED = 4096


class Finders:
    """Finds secrets in the parts of an exchange; it learns nothing and changes nothing."""

    def __init__(self, rules: Rules, known: Iterable[bytes]) -> None:
        """``known``: values that are secret wherever they stand."""
        self._rules = rules
        self.has_paths = bool(rules.paths)
        self._known = Vault()
        self._known.learn(known)
        self._parameter = lru_cache(_NAMES_REMEMBERED)(self._parameter_kind)
        self._member = lru_cache(_NAMES_REMEMBERED)(self._member_field)
        self.in_header = lru_cache(_NAMES_REMEMBERED)(self._in_header)

    def in_text(self, data: bytes) -> list[Span]:
        """What the rules find in any text: as it is, unescaped, decoded."""
        return _apart(self._by_look(Text(data, Kind.PLAIN)))

    def in_target(self, target: bytes) -> list[Span]:
        """What a target holds: in its parameters and its user-info, and anywhere else in it."""
        announced = _unredacted(in_target(target, self._parameter))
        return _apart(chain(announced, self._by_look(Text(target, Kind.PLAIN))))

    def in_body(
        self, headers: Headers, body: bytes, *, is_stream: bool = False, is_cut: bool = False
    ) -> list[Span]:
        """What a body holds: under the names of members, fields and parts, and anywhere else.

        ``is_cut``: it breaks off, perhaps in the middle of a secret.
        """
        is_json = is_stream or FIRST_OF_JSON.match(body) is not None
        kind = Kind.FORM if is_form(headers) else Kind.PLAIN
        text = Text(body, Kind.DOCUMENT if is_json else kind)
        announced = _unredacted(
            chain(in_json(text, self._member), in_fields(headers, body, self._parameter))
        )
        return _apart(chain(announced, self._by_look(text, is_cut=is_cut or text.is_open)))

    def in_paths(self, body: bytes, start: int, end: int) -> Iterator[tuple[Path, Span]]:
        """What stands at the users' paths in the JSON between these bytes."""
        found = meant(body, [(start, end)], self._rules.place) if self.has_paths else ()
        for leaf, kind in found:
            if is_secret(body[leaf.start : leaf.end]):
                yield leaf.path, Span(leaf.start, leaf.end, RULE, kind, Doubt.NAMED)

    def at_path(self, path: Path, text: bytes) -> Span | None:
        """All of a text that came in pieces, if one of the users' paths leads there."""
        kind = self._rules.place(path)
        if kind is not None and is_secret(text):
            return Span(0, len(text), RULE, kind, Doubt.NAMED)
        return None

    def _in_header(self, name: bytes, value: bytes) -> list[Span]:
        """What a header's value holds: by its name, in the URLs in it, and anywhere else."""
        announced = _unredacted(self._announced(name, value))
        return _apart(chain(announced, self._by_look(Text(value, Kind.PLAIN))))

    def _announced(self, name: bytes, value: bytes) -> Iterable[Found]:
        kind = self._rules.header(name.decode("latin-1"))
        if kind is not None:
            return in_header(kind, value)
        return in_links(value, self._parameter) if name.lower() in LINKING else ()

    def _by_look(self, text: Text, *, is_cut: bool = False) -> Iterator[Span]:
        detector = self._rules.detector
        at_end = looks_at_end(text, detector) if is_cut else ()
        for look in chain(looks_in(text, detector), at_end):
            rule = look.rule
            if look.is_guess and not _WORD.search(look.value):
                continue  # brackets of JSON behind a label that ends its string
            doubt = Doubt.GUESSED if look.is_guess else Doubt.SEEN
            doubt = Doubt.PERSONAL if rule.personal else doubt
            yield Span(look.start, look.end, rule.name, rule.name, doubt)

        for found in self._known.find(text.data):
            yield Span(found.start, found.end, ENVIRONMENT, ENVIRONMENT, Doubt.NAMED)

    def _parameter_kind(self, name: bytes) -> str | None:
        return self._rules.parameter(name.decode("utf-8", "replace"))

    def _member_field(self, name: bytes) -> Field | None:
        return self._rules.member(json_text(name).decode("utf-8", "replace"))


def _unredacted(found: Iterable[Found]) -> Iterator[Span]:
    for one in found:
        if is_secret(one.value):
            yield Span(one.start, one.end, one.rule, one.kind, Doubt.NAMED)


def _apart(spans: Iterable[Span]) -> list[Span]:
    """One span for each place, in order: what is found in one way is found in others again.

    What is surer stays; of the equally sure, what begins first.
    """
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
        elif span.doubt < kept[-1].doubt:
            kept[-1] = span
    return kept
