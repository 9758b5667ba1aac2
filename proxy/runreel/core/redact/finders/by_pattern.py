"""Search for secrets by pattern: the table of rules, on every view of a text.

The views of a text are the ways in which a reader may see it: unescaped, percent-decoded, decoded
from base64. A rule that describes the secret itself (``sk-…``) is certain. A rule that describes
only the label before it (``password:``) guesses where the value ends; such a guess is dropped if it
overlaps a certain match. Personal data that turns out to be a number, or part of a longer one, is
dropped as well (``look_alikes``).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from runreel.core.placeholder import PLACEHOLDER, PREFIX
from runreel.core.redact.finders.detector import Detection, Detector
from runreel.core.redact.finders.guesses import cut_off_name, trim_guess
from runreel.core.redact.finders.look_alikes import is_look_alike
from runreel.core.redact.rules.prose import WITH_SIGNS
from runreel.core.redact.rules.rule import Rule
from runreel.core.redact.texts.encoded import mask_binary_runs
from runreel.core.redact.texts.text import Text, TextKind
from runreel.core.redact.texts.text_views import iter_views
from runreel.core.regex.lazy_pattern import compile_later

_GUESSING = "prose"
"""The group of the rules that describe only a label."""

_TAIL = 512
_LONG_TAIL = 8192
"""Bytes at the end of a truncated text in which a truncated secret may begin. The long tail, for
long secrets, is searched once; the short one with every ending."""

_DIGITS = b"273645725436" * 32
"""Digits that occur in every alphabet of keys; base32 has no 0, 1, 8 and 9."""

_ENDINGS = (
    *(_DIGITS[:length] for length in range(1, 65)),
    *(_DIGITS[:length] + b"_" + _DIGITS[:8] for length in range(33)),
    _DIGITS[:8] + b"@a.io/",
)
"""Continuations to try after a truncated key: keys of most kinds have a fixed length, some end with
``_`` and a checksum, and a password in a URL is followed by a host."""

_MAY_BE_CUT_OFF = compile_later(rb"[^\s\"'<>{}\[\]\x00-\x1f\x7f]{8}\Z|-----BEGIN")
"""The end of a text that may be in the middle of a key, which has no spaces, quotes or brackets. A
private key has spaces and line ends."""

_REST_OF_ESCAPE = compile_later(rb"u[0-9a-fA-F]{4}|[bfnrt]")

_PORT = compile_later(rb"[0-9]{1,5}/")
"""A port and a path: after ``host:`` they would look like the beginning of a password."""

_VIEW_SEPARATOR = b'"\n"'
"""Separates views that are searched in one go: no built-in pattern matches across it."""

_MAX_BACKSLASHES = 64
"""Backslashes in a row that are counted."""

_ONE_TOKEN = compile_later(rb"[A-Za-z0-9+/=_.~|-]+")
_CAPITAL_OR_DIGIT = compile_later(rb"[A-Z0-9]")
_HEAD_SEPARATOR = b'"\n"'
"""Separates headers that are searched in one go: no built-in pattern matches across a quote."""

_MIN_REST = 5
"""A labelled value of which a rule knows only a part: characters of it, and bytes of the rest."""

_MIN_PART = 8
"""Bytes of a truncated key that are worth hiding."""


class PatternMatch(NamedTuple):
    """A secret that a rule has found in a text."""

    start: int
    end: int
    rule: Rule
    value: bytes
    """The secret without the escapes of the text around it."""

    @property
    def is_guess(self) -> bool:
        """True if only a label announces the secret, so that its end is a guess."""
        return self.rule.group == _GUESSING

    @property
    def has_form(self) -> bool:
        """True if it has the form of a certain kind of key."""
        return not (self.is_guess or self.rule.is_general or self.rule.is_personal)


def find_matches(text: Text, detector: Detector) -> Iterator[PatternMatch]:
    """Yield the matches in every view of a text; one secret may be yielded once per view."""
    in_json = text.kind in (TextKind.JSON, TextKind.JSON_STRING)
    for view in iter_views(Text(_blank_unsearchable(text.data), text.kind)):
        for detection in detector.find(view.data):
            start, end = _fit_to_notation(view.data, detection)
            begin = min(start + _count_escape_bytes(view.data, start, in_json=in_json), end)
            # A backslash at the end belongs to the closing quote, in JSON in a JSON string.
            value = view.data[begin:end].rstrip(b"\\")
            if value:
                yield PatternMatch(
                    view.to_raw_start(begin),
                    view.to_raw_end(begin + len(value)),
                    detection.rule,
                    value,
                )


def find_matches_in_heads(heads: Sequence[bytes], detector: Detector) -> list[list[PatternMatch]]:
    """Return the matches in each of these values of headers; they are searched in one go."""
    text = Text(_HEAD_SEPARATOR.join(heads), TextKind.PLAIN)
    starts = [*accumulate((len(head) + len(_HEAD_SEPARATOR) for head in heads[:-1]), initial=0)]
    matches: list[list[PatternMatch]] = [[] for _ in heads]
    for match in find_matches(text, detector):
        index = bisect_right(starts, match.start) - 1
        length = len(heads[index])
        start, end = match.start - starts[index], match.end - starts[index]
        if start < length:
            matches[index].append(match._replace(start=start, end=min(end, length)))
    return matches


def may_match(data: bytes, detector: Detector) -> bool:
    """Return False if no rule matches anywhere in this JSON, whatever is around it."""
    views = iter_views(Text(_blank_unsearchable(data), TextKind.JSON))
    return detector.may_find(_VIEW_SEPARATOR.join(view.data for view in views))


def _fit_to_notation(data: bytes, detection: Detection) -> tuple[int, int]:
    """Return the range of what was detected; it is empty if the bytes around it refute it."""
    start, end, rule = detection
    if rule.is_personal and is_look_alike(data, start, end, rule.name):
        return start, start
    if rule.group != _GUESSING:
        return start, end
    start, end = trim_guess(data, start, end)
    return cut_off_name(data, start, end) if rule.name == WITH_SIGNS else (start, end)


def _count_escape_bytes(data: bytes, start: int, *, in_json: bool) -> int:
    """Return how many bytes at ``start`` belong to a JSON escape that begins before it.

    In ``\\nann@example.org`` a pattern may match from the ``n`` on: that is one byte too early.
    In JSON, it is one after an even number of backslashes too: of JSON in a string.
    """
    if data[start - 1 : start] != b"\\":
        return 0
    before = data[max(start - _MAX_BACKSLASHES, 0) : start]
    backslashes = len(before) - len(before.rstrip(b"\\"))
    rest = _REST_OF_ESCAPE.match(data, start) if in_json or backslashes % 2 else None
    return rest.end() - start if rest is not None else 0


def find_matches_at_end(text: Text, detector: Detector) -> Iterator[PatternMatch]:
    """Yield secrets that are cut off by the end of a truncated text, up to its end.

    Half a key is a leak as well, but too short for its rule. Therefore continuations of several
    lengths are appended, and a match that reaches into one is a truncated secret. So is what begins
    with the prefix of a key.
    """
    data = blank_placeholders(text.data)
    yield from _find_with_ending(data[-_LONG_TAIL:], _DIGITS, text, detector)
    if _MAY_BE_CUT_OFF.search(data, max(len(data) - _TAIL, 0)):
        for ending in _ENDINGS:
            yield from _find_with_ending(data[-_TAIL:], ending, text, detector)
    beginning = detector.key_prefixes.find_at_end(data)
    if beginning is not None:
        start, rule = beginning
        yield PatternMatch(start, len(data), rule, data[start:])


def _find_with_ending(
    tail: bytes, ending: bytes, text: Text, detector: Detector
) -> Iterator[PatternMatch]:
    """Yield the credentials that begin in ``tail`` and reach into the ending, without it."""
    shift = len(text.data) - len(tail)
    for match in find_matches(Text(tail + ending, text.kind), detector):
        value = match.value[: len(match.value) - max(match.end - len(tail), 0)]
        is_truncated = match.end > len(tail) and len(value) >= _MIN_PART
        is_secret = not match.rule.is_personal and not match.is_guess and not _PORT.match(value)
        if is_truncated and is_secret:
            yield match._replace(start=match.start + shift, end=len(text.data), value=value)


def drop_wrong_guesses(
    matches: Sequence[PatternMatch], announced: Iterable[tuple[int, int]]
) -> Sequence[PatternMatch]:
    """Drop the guesses that overlap a certain match or one of the ``announced`` ranges.

    Where a label announces a value that only begins like a known key, all of the value is the key.
    """
    if not any(match.is_guess for match in matches):
        return matches
    matches = _extend_to_labelled_values(matches)
    by_shape = [
        (match.start, match.end)
        for match in matches
        if not match.is_guess and not match.rule.is_personal
    ]
    certain = sorted([*by_shape, *announced])
    furthest_ends = list(accumulate((end for _, end in certain), max))

    def is_wrong(match: PatternMatch) -> bool:
        count = bisect_left(certain, (match.end,))
        return match.is_guess and count > 0 and furthest_ends[count - 1] > match.start

    return [match for match in matches if not is_wrong(match)]


def _extend_to_labelled_values(matches: Sequence[PatternMatch]) -> Sequence[PatternMatch]:
    """Return the matches, those that are a part of a labelled value with all of it."""
    guesses = sorted((match for match in matches if match.is_guess), key=_get_range)
    starts = [guess.start for guess in guesses]

    def extend(match: PatternMatch) -> PatternMatch:
        at = bisect_right(starts, match.start) - 1
        return match if at < 0 else _extend_to(match, guesses[at])

    return [extend(match) for match in matches]


def _get_range(match: PatternMatch) -> tuple[int, int]:
    return match.start, match.end


def _extend_to(match: PatternMatch, guess: PatternMatch) -> PatternMatch:
    """Return the match with all of the labelled value, if that is one token with more in it."""
    if match.is_guess or match.rule.is_personal or guess.end < match.end:
        return match
    rest = guess.value.replace(match.value, b"", 1)
    is_more = _MIN_REST <= len(rest) < len(guess.value) and _CAPITAL_OR_DIGIT.search(rest)
    if not is_more or not _ONE_TOKEN.fullmatch(guess.value):
        return match
    return match._replace(start=guess.start, end=guess.end, value=guess.value)


def _blank_unsearchable(data: bytes) -> bytes:
    """Return the data, of the same length, without placeholders and runs of binary base64."""
    return mask_binary_runs(blank_placeholders(data))


def blank_placeholders(data: bytes) -> bytes:
    """Return the data with placeholders overwritten by quotes, which no rule matches across."""
    if PREFIX not in data:
        return data
    return PLACEHOLDER.sub(lambda match: b'"' * len(match[0]), data)
