"""Search of a body for secrets: in each of its texts, then across them.

Recording and ``scan`` search with the same code, so that one finds what the other one does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from heapq import nlargest
from itertools import chain
from typing import NamedTuple

from runreel.core.placeholder import locate_placeholders
from runreel.core.redact.body.beginnings import Beginnings
from runreel.core.redact.body.borders import (
    find_matches_across,
    find_matches_in_pieces,
    is_continuous,
)
from runreel.core.redact.body.cut_off import find_cut_off, iter_cut_words, says_cut_off
from runreel.core.redact.body.settled import Settled, SettledSecrets
from runreel.core.redact.finders.bodies import find_in_fields, find_in_json, may_be_in_json
from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.finders.by_path import locate_leaves_in_text
from runreel.core.redact.finders.by_pattern import (
    PatternMatch,
    drop_wrong_guesses,
    find_matches,
    find_matches_at_end,
    may_match,
)
from runreel.core.redact.finders.credential import MIN_REMAINDER, Credential, is_secret
from runreel.core.redact.finders.detector import TooManyFoundError, limit_found
from runreel.core.redact.finders.markup import find_in_markup, may_be_markup
from runreel.core.redact.names.evidence import FieldLookup
from runreel.core.redact.search.searched_parts import SearchedParts
from runreel.core.redact.texts.joined_text import JoinedText
from runreel.core.redact.texts.leaf import Leaf
from runreel.core.redact.texts.ranges import Ranges
from runreel.core.redact.texts.text import Text, TextKind
from runreel.model import Headers

_MAX_TRUNCATED = 16
"""Texts of one stream that may break off in a secret: each costs a hundred searches."""

_MAX_CUT_WORDS = 64
"""The last words of a text that is cut off in which values of the session may begin."""

_MIN_KEY = 9
"""Bytes. A shorter key is not taken for the beginning of another one."""


class Beginning(NamedTuple):
    """The beginning of a secret that is whole elsewhere in the body."""

    start: int
    end: int
    whole: Credential | PatternMatch


class TextFindings(NamedTuple):
    """The secrets in one text of a body."""

    text: Text
    credentials: Sequence[Credential]
    """Those that a name or a path announces."""
    matches: Sequence[PatternMatch]
    """Those that were found by a pattern, without guesses that the others refute."""
    beginnings: Sequence[Beginning] = ()
    cut_words: Sequence[tuple[int, int]] = ()
    """The words that the text or a mark in it cuts off: what a session knows may begin there."""


class BodySearch:
    """A search of bodies by the names, paths and patterns of some rules."""

    def __init__(
        self,
        rules: Rules,
        find_member_field: FieldLookup,
        find_parameter_field: FieldLookup,
        *,
        max_found: int,
    ) -> None:
        """Search with these look-ups for names of JSON members, and of parameters and fields.

        ``max_found``: secrets in one body from which on the search is given up.
        """
        self._rules = rules
        self._detector = rules.detector.limit(max_found)
        self._find_member_field = find_member_field
        self._find_parameter_field = find_parameter_field
        self._searched_parts: SearchedParts[Credential | PatternMatch] = SearchedParts()

    def announces_secret(self, leaf: Leaf) -> bool:
        """Return whether a leaf's name or path marks its value as a secret."""
        field = self._rules.find_member_field(leaf.name)
        is_named = field is not None and field.is_certain
        return is_named or self._rules.find_path_kind(leaf.path) is not None

    def find(
        self,
        headers: Headers,
        texts: Sequence[Text],
        readings: Sequence[JoinedText],
        path_values: Sequence[tuple[Leaf, str]] = (),
        *,
        is_truncated: bool,
    ) -> list[TextFindings]:
        """Return the secrets in each text that is not empty, and then those in each reading.

        ``path_values``: leaves of the body at the users' JSON paths, each with its kind of secret.
        ``is_truncated``: the body is incomplete, and may end within a secret. Raises
        ``TooManyFoundError`` if they are too many.
        """
        searched = [text for text in texts if text.data]
        truncated = _find_truncated(searched, is_truncated=is_truncated)
        is_cut_off = is_truncated or says_cut_off(searched)
        findings = self._count(
            self._add_cut_off(
                self._find_in_text(headers, text, path_values, is_truncated=index in truncated),
                is_cut_off=is_cut_off,
            )
            for index, text in enumerate(searched)
        )
        for reading in readings:
            findings = _settle(findings, self._find_across(reading), reading)
        return _add_beginnings(_drop_placeholders(findings))

    def has_cut_words(self, texts: Sequence[Text], *, is_truncated: bool) -> bool:
        """Return whether one of the texts of a body cuts off a word, as it does for ``find``."""
        searched = [text for text in texts if text.data]
        is_cut_off = is_truncated or says_cut_off(searched)
        return any(next(iter_cut_words(each, is_cut_off=is_cut_off), None) for each in searched)

    def _count(self, findings: Iterable[TextFindings]) -> list[TextFindings]:
        """Return the findings, unless they are too many together."""
        most, counted = self._detector.max_found, []
        count = 0
        for one in findings:
            count += len(one.credentials) + len(one.matches)
            if count > most:
                raise TooManyFoundError(most)
            counted.append(one)
        return counted

    def _find_in_text(
        self,
        headers: Headers,
        text: Text,
        path_values: Sequence[tuple[Leaf, str]],
        *,
        is_truncated: bool,
    ) -> TextFindings:
        named, matches = self._search(text) if self._may_have_secrets(text) else ([], [])
        named = [*locate_leaves_in_text(text, path_values), *named]
        if text.kind in (TextKind.PLAIN, TextKind.FORM):
            named += find_in_fields(headers, text.data, self._find_parameter_field)
        if is_truncated:
            matches += find_matches_at_end(text, self._detector)
        credentials = [credential for credential in named if is_secret(credential.value)]
        announced = ((credential.start, credential.end) for credential in credentials)
        return TextFindings(text, credentials, drop_wrong_guesses(matches, announced))

    def _add_cut_off(self, findings: TextFindings, *, is_cut_off: bool) -> TextFindings:
        """Return the findings with the keys that are cut off; ``is_cut_off`` as for ``find``."""
        words = [*iter_cut_words(findings.text, is_cut_off=is_cut_off)]
        if not words:
            return findings
        secrets = _list_secrets(findings)
        matches = find_cut_off(findings.text, words, secrets, self._detector)
        return findings._replace(
            matches=[*findings.matches, *matches], cut_words=words[-_MAX_CUT_WORDS:]
        )

    def _search(self, text: Text) -> tuple[list[Credential], list[PatternMatch]]:
        """Return what names and patterns find in the text.

        In a whole body of JSON, parts that were searched before are not searched again.
        """
        may_cross_objects = self._detector.may_cross_objects
        if text.is_in_pieces or text.kind is not TextKind.JSON or may_cross_objects:
            matches = find_matches_in_pieces(text, self._detector)
            return [*self._find_named(text)], matches
        items = self._searched_parts.find(text.data, self._find_in_part)
        named = [item for item in items if isinstance(item, Credential)]
        return named, [item for item in items if isinstance(item, PatternMatch)]

    def _may_have_secrets(self, text: Text) -> bool:
        """Return False if neither names nor patterns find anything in a text, by what is new in it.

        That is a fraction of a stream of like events. A pattern matches within one string, and what
        is around it can only refute it. So if none matches there, none does in the text.
        """
        if text.condensed is None or self._detector.may_cross_strings:
            return True
        data, samples = text.condensed
        return (
            may_be_markup(data)
            or may_be_in_json(data, samples, self._find_member_field)
            or may_match(data, self._detector)
        )

    def _find_in_part(self, data: bytes, _: int) -> Iterator[Credential | PatternMatch]:
        """Yield what names and patterns find in a part of JSON."""
        text = Text(data, TextKind.JSON)
        yield from self._find_named(text)
        yield from find_matches(text, self._detector)

    def _find_named(self, text: Text) -> Iterator[Credential]:
        """Yield the credentials that names in the text announce."""
        members = find_in_json(text, self._find_member_field)
        elements = find_in_markup(text, self._find_member_field)
        yield from limit_found(chain(members, elements), self._detector.max_found)

    def is_crossed(self, reading: JoinedText) -> bool:
        """Return whether a secret crosses from one text of a reading to another."""
        findings = self._find_across(reading)
        return bool(findings.credentials or findings.matches)

    def _find_across(self, reading: JoinedText) -> TextFindings:
        credentials = [
            credential
            for credential in self._find_named(reading)
            if is_secret(credential.value)
            and reading.crosses_owners(credential.start, credential.end)
        ]
        matches = find_matches_across(reading, self._detector)
        announced = ((credential.start, credential.end) for credential in credentials)
        return TextFindings(reading, credentials, drop_wrong_guesses(matches, announced))


def _settle(
    findings: Sequence[TextFindings], more: TextFindings, reading: JoinedText
) -> list[TextFindings]:
    """Return the findings with those of a reading that they do not contradict.

    Where a secret of the reading includes an earlier one, it takes its place.
    """
    if not more.credentials and not more.matches:
        return [*findings, more]
    earlier = [(at, each) for at, one in enumerate(findings) for each in _list_secrets(one)]
    settled = SettledSecrets(
        Settled(
            [*findings[at].text.iter_ranges(each.start, each.end)],
            is_personal=_is_personal(each),
            is_joined=findings[at].text.is_channel,
            is_general=isinstance(each, PatternMatch) and each.rule.is_general,
            is_whole=_is_whole(findings[at].text, each),
        )
        for at, each in earlier
    )
    is_continued = is_continuous(reading)
    replaced: set[int] = set()
    accepted: set[Credential | PatternMatch] = set()
    for each in _list_secrets(more):
        parts = settled.find_parts(
            reading,
            each.start,
            each.end,
            is_continued=is_continued,
            has_form=isinstance(each, PatternMatch) and each.has_form,
            is_general=isinstance(each, PatternMatch) and each.rule.is_general,
        )
        if parts is not None:
            replaced |= parts
            accepted.add(each)
    removed: defaultdict[int, set[Credential | PatternMatch]] = defaultdict(set)
    for index in replaced:
        at, each = earlier[index]
        removed[at].add(each)
    kept = [_remove(one, removed[at]) if at in removed else one for at, one in enumerate(findings)]
    return [*kept, _remove(more, {*_list_secrets(more)} - accepted)]


def _list_secrets(findings: TextFindings) -> list[Credential | PatternMatch]:
    return [*findings.credentials, *findings.matches]


def _remove(findings: TextFindings, secrets: Set[Credential | PatternMatch]) -> TextFindings:
    return findings._replace(
        credentials=[each for each in findings.credentials if each not in secrets],
        matches=[each for each in findings.matches if each not in secrets],
    )


def _drop_placeholders(findings: list[TextFindings]) -> list[TextFindings]:
    """Return the findings without what is a part of a placeholder, seen in another text."""
    if not any(map(_list_secrets, findings)):  # as in most bodies
        return findings
    placeholders = Ranges(
        extent
        for one in findings
        for start, end in locate_placeholders(one.text.data)
        for extent in one.text.iter_ranges(start, end)
    )
    if not placeholders:
        return findings

    def is_placeholder(text: Text, secret: Credential | PatternMatch) -> bool:
        extents = [*text.iter_ranges(secret.start, secret.end)]
        if not any(placeholders.overlaps(*extent) for extent in extents):
            return False
        rests = (rest for extent in extents for rest in placeholders.subtract(*extent))
        is_short = sum(end - start for start, end in rests) < MIN_REMAINDER
        return is_short or isinstance(text, JoinedText)

    return [
        _remove(one, {each for each in _list_secrets(one) if is_placeholder(one.text, each)})
        for one in findings
    ]


def _is_whole(text: Text, secret: Credential | PatternMatch) -> bool:
    """Return whether a channel has a name before the secret, and something after it."""
    return text.is_channel and isinstance(secret, Credential) and secret.end < len(text.data)


def _is_personal(secret: Credential | PatternMatch) -> bool:
    return isinstance(secret, PatternMatch) and secret.rule.is_personal


def _add_beginnings(findings: list[TextFindings]) -> list[TextFindings]:
    """Return the findings with the beginnings of the secrets that are whole elsewhere."""
    secrets = {each.value: each for one in findings for each in _list_secrets(one)}
    if not secrets:
        return findings
    beginnings = Beginnings(secrets)
    wholes = _find_wholes(secrets)
    taken = Ranges(
        extent
        for one in findings
        for each in _list_secrets(one)
        for extent in one.text.iter_ranges(each.start, each.end)
    )
    return [_mark_beginnings(one, beginnings, wholes, secrets, taken) for one in findings]


def _mark_beginnings(
    findings: TextFindings,
    beginnings: Beginnings,
    wholes: Mapping[bytes, Credential | PatternMatch],
    secrets: Mapping[bytes, Credential | PatternMatch],
    taken: Ranges,
) -> TextFindings:
    """Return the findings with their beginnings, also of those that seemed to be whole."""
    text = findings.text
    cut = [match for match in findings.matches if match.value in wholes]
    further = () if isinstance(text, JoinedText) else beginnings.find(text)
    return _remove(findings, {*cut})._replace(
        beginnings=[
            *(Beginning(match.start, match.end, wholes[match.value]) for match in cut),
            *(
                Beginning(start, end, wholes.get(value) or secrets[value])
                for start, end, value in further
                if not any(taken.overlaps(*span) for span in text.iter_ranges(start, end))
            ),
        ]
    )


def _find_wholes(
    secrets: Mapping[bytes, Credential | PatternMatch],
) -> Mapping[bytes, Credential | PatternMatch]:
    """Map each key that is the beginning of a longer one to that: a snapshot may end within it."""
    values = sorted(
        value
        for value, secret in secrets.items()
        if isinstance(secret, PatternMatch) and not secret.is_guess and _may_grow(secret)
    )
    longest: dict[bytes, bytes] = {}
    for value, following in zip(reversed(values[:-1]), reversed(values[1:]), strict=True):
        if len(value) >= _MIN_KEY and following.startswith(value):
            longest[value] = longest.get(following, following)
    return {value: secrets[whole] for value, whole in longest.items()}


def _may_grow(match: PatternMatch) -> bool:
    """Return whether a snapshot may show a part of what the match would be later."""
    return not match.rule.is_personal or match.rule.name == "email"


def _find_truncated(texts: Sequence[Text], *, is_truncated: bool) -> frozenset[int]:
    """Return the indices of texts that may end in the middle of a secret.

    If the body is truncated, these are the texts with the last pieces.
    """
    if not is_truncated:
        return frozenset(index for index, text in enumerate(texts) if text.is_truncated)
    indices = range(len(texts))
    return frozenset(nlargest(_MAX_TRUNCATED, indices, key=lambda index: texts[index].last_origin))
