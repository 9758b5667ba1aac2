"""The two ways to find a secret in a text: by the names around it, and by its look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain

from runreel.core.http.headers import is_form
from runreel.core.redact import Rules, Vault
from runreel.core.redact.finder import is_secret
from runreel.core.redact.finders.bodies import find_in_fields, find_in_json
from runreel.core.redact.finders.by_name import CredentialField
from runreel.core.redact.finders.by_path import PATH_RULE, find_leaves_at_paths
from runreel.core.redact.finders.by_pattern import find_matches, find_matches_at_end
from runreel.core.redact.finders.headers import (
    URL_HEADERS,
    Credential,
    find_in_header,
    find_in_links,
    find_in_target,
)
from runreel.core.redact.texts.json_leaves import LeafPath
from runreel.core.redact.texts.sse_event import JSON_START
from runreel.core.redact.texts.text import Text, TextKind
from runreel.core.redact.texts.views import unescape_json
from runreel.core.redact.vault import ENVIRONMENT
from runreel.core.scan.leak import Confidence, LeakSpan
from runreel.model import Headers

_WORD = re.compile(rb"[A-Za-z0-9\x80-\xff]")
_NAMES_REMEMBERED = 4096


class LeakFinder:
    """Finds secrets in the parts of an exchange; it learns nothing and changes nothing."""

    def __init__(self, rules: Rules, known: Iterable[bytes]) -> None:
        """``known``: values that are secret wherever they stand."""
        self._rules = rules
        self.has_paths = bool(rules.paths)
        self._known = Vault()
        self._known.learn(known)
        self._parameter_kind = lru_cache(_NAMES_REMEMBERED)(self._find_parameter_kind)
        self._member_field = lru_cache(_NAMES_REMEMBERED)(self._find_member_field)
        self.find_in_header = lru_cache(_NAMES_REMEMBERED)(self._find_in_header)

    def find_in_text(self, data: bytes) -> list[LeakSpan]:
        """What the rules find in any text: as it is, unescaped, decoded."""
        return _drop_overlapping(self._find_unannounced(Text(data, TextKind.PLAIN)))

    def find_in_target(self, target: bytes) -> list[LeakSpan]:
        """What a target holds: in its parameters and its user-info, and anywhere else in it."""
        announced = _iter_named_spans(find_in_target(target, self._parameter_kind))
        return _drop_overlapping(
            chain(announced, self._find_unannounced(Text(target, TextKind.PLAIN)))
        )

    def find_in_body(
        self, headers: Headers, body: bytes, *, is_stream: bool = False, is_cut: bool = False
    ) -> list[LeakSpan]:
        """What a body holds: under the names of members, fields and parts, and anywhere else.

        ``is_cut``: it breaks off, perhaps in the middle of a secret.
        """
        is_json = is_stream or JSON_START.match(body) is not None
        kind = TextKind.FORM if is_form(headers) else TextKind.PLAIN
        text = Text(body, TextKind.JSON if is_json else kind)
        announced = _iter_named_spans(
            chain(
                find_in_json(text, self._member_field),
                find_in_fields(headers, body, self._parameter_kind),
            )
        )
        return _drop_overlapping(
            chain(announced, self._find_unannounced(text, is_cut=is_cut or text.is_truncated))
        )

    def find_at_paths(
        self, body: bytes, start: int, end: int
    ) -> Iterator[tuple[LeafPath, LeakSpan]]:
        """What stands at the users' paths in the JSON between these bytes."""
        found = (
            find_leaves_at_paths(body, [(start, end)], self._rules.find_path_kind)
            if self.has_paths
            else ()
        )
        for leaf, kind in found:
            if is_secret(body[leaf.start : leaf.end]):
                yield leaf.path, LeakSpan(leaf.start, leaf.end, PATH_RULE, kind, Confidence.BY_NAME)

    def find_text_at_path(self, path: LeafPath, text: bytes) -> LeakSpan | None:
        """All of a text that came in pieces, if one of the users' paths leads there."""
        kind = self._rules.find_path_kind(path)
        if kind is not None and is_secret(text):
            return LeakSpan(0, len(text), PATH_RULE, kind, Confidence.BY_NAME)
        return None

    def _find_in_header(self, name: bytes, value: bytes) -> list[LeakSpan]:
        """What a header's value holds: by its name, in the URLs in it, and anywhere else."""
        announced = _iter_named_spans(self._find_announced(name, value))
        return _drop_overlapping(
            chain(announced, self._find_unannounced(Text(value, TextKind.PLAIN)))
        )

    def _find_announced(self, name: bytes, value: bytes) -> Iterable[Credential]:
        kind = self._rules.find_header_kind(name.decode("latin-1"))
        if kind is not None:
            return find_in_header(kind, value)
        return find_in_links(value, self._parameter_kind) if name.lower() in URL_HEADERS else ()

    def _find_unannounced(self, text: Text, *, is_cut: bool = False) -> Iterator[LeakSpan]:
        detector = self._rules.detector
        at_end = find_matches_at_end(text, detector) if is_cut else ()
        for look in chain(find_matches(text, detector), at_end):
            rule = look.rule
            if look.is_guess and not _WORD.search(look.value):
                continue  # brackets of JSON behind a label that ends its string
            doubt = Confidence.BY_LABEL if look.is_guess else Confidence.BY_PATTERN
            doubt = Confidence.PERSONAL if rule.is_personal else doubt
            yield LeakSpan(look.start, look.end, rule.name, rule.name, doubt)

        for found in self._known.find(text.data):
            yield LeakSpan(found.start, found.end, ENVIRONMENT, ENVIRONMENT, Confidence.BY_NAME)

    def _find_parameter_kind(self, name: bytes) -> str | None:
        return self._rules.find_parameter_kind(name.decode("utf-8", "replace"))

    def _find_member_field(self, name: bytes) -> CredentialField | None:
        return self._rules.find_member_field(unescape_json(name).decode("utf-8", "replace"))


def _iter_named_spans(found: Iterable[Credential]) -> Iterator[LeakSpan]:
    for one in found:
        if is_secret(one.value):
            yield LeakSpan(one.start, one.end, one.rule, one.kind, Confidence.BY_NAME)


def _drop_overlapping(spans: Iterable[LeakSpan]) -> list[LeakSpan]:
    """One span for each place, in order: what is found in one way is found in others again.

    What is surer stays; of the equally sure, what begins first.
    """
    kept: list[LeakSpan] = []
    for span in sorted(spans, key=lambda span: span.start):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
        elif span.confidence < kept[-1].confidence:
            kept[-1] = span
    return kept
