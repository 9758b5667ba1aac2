"""Search of one part of an exchange: by name, by pattern, by path and for known values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain

from runreel.core.http.headers import is_form
from runreel.core.redact.finders.bodies import find_in_fields, find_in_json
from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.finders.by_path import PATH_RULE, find_leaves_at_paths
from runreel.core.redact.finders.by_pattern import find_matches, find_matches_at_end
from runreel.core.redact.finders.credential import Credential, is_secret
from runreel.core.redact.finders.headers import find_in_target
from runreel.core.redact.finders.name_lookup import NameLookup
from runreel.core.redact.streams.sse_event import JSON_START
from runreel.core.redact.texts.json_leaves import LeafPath
from runreel.core.redact.texts.text import Text, TextKind
from runreel.core.redact.vault import ENVIRONMENT, Vault
from runreel.core.scan.leak import Confidence, LeakSpan
from runreel.model import Headers

_WORD = re.compile(rb"[A-Za-z0-9\x80-\xff]")
_CACHED_HEADERS = 4096


class LeakFinder:
    """A search of the parts of an exchange; unlike the redactor it learns no values."""

    def __init__(self, rules: Rules, known: Iterable[bytes]) -> None:
        """``known``: values that are secret wherever they occur."""
        self._rules = rules
        self.has_paths = bool(rules.paths)
        self._known = Vault()
        self._known.learn(known)
        self._names = NameLookup(rules)
        self.find_in_header = lru_cache(_CACHED_HEADERS)(self._find_in_header)

    def find_in_text(self, data: bytes) -> list[LeakSpan]:
        """Return the secrets in a text without names: by pattern, and known values."""
        return _drop_overlapping(self._find_unannounced(Text(data, TextKind.PLAIN)))

    def find_in_target(self, target: bytes) -> list[LeakSpan]:
        """Return the secrets in a request target: parameters, user-info, and anywhere else."""
        announced = _iter_named_spans(find_in_target(target, self._names.find_parameter_kind))
        return _drop_overlapping(
            chain(announced, self._find_unannounced(Text(target, TextKind.PLAIN)))
        )

    def find_in_body(
        self, headers: Headers, body: bytes, *, is_stream: bool = False, is_truncated: bool = False
    ) -> list[LeakSpan]:
        """Return the secrets in a body: in members, fields and parts by name, and anywhere else.

        ``is_truncated``: the body is incomplete, and may end within a secret.
        """
        is_json = is_stream or JSON_START.match(body) is not None
        kind = TextKind.FORM if is_form(headers) else TextKind.PLAIN
        text = Text(body, TextKind.JSON if is_json else kind)
        announced = _iter_named_spans(
            chain(
                find_in_json(text, self._names.find_member_field),
                find_in_fields(headers, body, self._names.find_parameter_kind),
            )
        )
        return _drop_overlapping(
            chain(
                announced,
                self._find_unannounced(text, is_truncated=is_truncated or text.is_truncated),
            )
        )

    def find_at_paths(
        self, body: bytes, start: int, end: int
    ) -> Iterator[tuple[LeafPath, LeakSpan]]:
        """Yield path and span of the values at the users' paths, in the JSON of this range."""
        if not self.has_paths:
            return
        for leaf, kind in find_leaves_at_paths(body, [(start, end)], self._rules.find_path_kind):
            if is_secret(body[leaf.start : leaf.end]):
                yield leaf.path, LeakSpan(leaf.start, leaf.end, PATH_RULE, kind, Confidence.BY_NAME)

    def find_text_at_path(self, path: LeafPath, text: bytes) -> LeakSpan | None:
        """Return the span of a whole joined text, if one of the users' paths matches its path."""
        kind = self._rules.find_path_kind(path)
        if kind is not None and is_secret(text):
            return LeakSpan(0, len(text), PATH_RULE, kind, Confidence.BY_NAME)
        return None

    def _find_in_header(self, name: bytes, value: bytes) -> list[LeakSpan]:
        """Return the secrets in a header's value: by its name, in its URLs, and anywhere else."""
        find = self._names.choose_header_finder(name)
        announced = _iter_named_spans(find(value) if find is not None else ())
        return _drop_overlapping(
            chain(announced, self._find_unannounced(Text(value, TextKind.PLAIN)))
        )

    def _find_unannounced(self, text: Text, *, is_truncated: bool = False) -> Iterator[LeakSpan]:
        """Yield the secrets that need no name: by pattern, and known values in any encoding."""
        detector = self._rules.detector
        at_end = find_matches_at_end(text, detector) if is_truncated else ()
        for match in chain(find_matches(text, detector), at_end):
            rule = match.rule
            if match.is_guess and not _WORD.search(match.value):
                continue  # JSON's own brackets, after a label at the end of a string
            confidence = Confidence.BY_LABEL if match.is_guess else Confidence.BY_PATTERN
            confidence = Confidence.PERSONAL if rule.is_personal else confidence
            yield LeakSpan(match.start, match.end, rule.name, rule.name, confidence)

        for known in self._known.find(text.data):
            yield LeakSpan(known.start, known.end, ENVIRONMENT, ENVIRONMENT, Confidence.BY_NAME)


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
