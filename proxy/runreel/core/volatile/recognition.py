"""Recognise in what two values differ: UUIDs, dates, timestamps, counters and the like.

A difference in such a value is usually unintended, so a miss says how to pass over it: by the names
of its kinds, or by a pattern that matches no more than it must.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import cache
from itertools import islice
from typing import Final

from msgspec import Struct

from runreel.core.common_text import cut_to_difference
from runreel.core.regex.lazy_pattern import compile_later
from runreel.core.volatile.kinds import CHOSEN_NAMES, KINDS
from runreel.core.volatile.mask import VolatileMask, is_masked_whole

_MAX_CHARS = 1 << 18
"""Characters of a text that are examined around the places where two texts differ."""

_MARGIN = 256
"""Characters that are examined before and after these places."""

_MAX_TOKENS = 512
"""Words of each text that are compared for a pattern: the time is quadratic."""

_API_ID: Final = compile_later(r"(?:asst|thread|run|step|msg|call|file|vs|batch|resp)[_-]\w+")
"""Ids that the API assigns. A different id means a different object, not a volatile value."""

_MARK = "\0"
_DIGITS: Final = compile_later(r"\d{1,20}")
_COUNTER_NAME: Final = compile_later(
    r"(?:^|_)(?:n|no|number|seq|sequence|count|counter|index|attempt|attempts|nonce|seed)$"
)
_TOKEN = compile_later(r"[^\s\"'<>()\[\]{},;]{0,200}[^\s\"'<>()\[\]{},;.:!?]|\s+|.", re.DOTALL)
_NAMED = compile_later(r"([A-Za-z][A-Za-z0-9]*(?:[-_#:/.=][A-Za-z0-9]+)*[-_#:/=])([0-9A-Za-z]+)")
_SPECIAL = compile_later(r"[\\.^$|?*+()\[\]{}]")
_TEMP_PATH = "⟨temp_path⟩"
_SHORTEST_RANDOM = 4
_SHORTEST_NUMBER = 5


class VolatileKind(Struct, frozen=True):
    """The kind of a value that is new in each request."""

    name: str
    """The name with its article: ``a UUID``."""
    is_within_text: bool = False
    """True if the value is only a part of the text at this place."""
    kinds: tuple[str, ...] = ()
    """The names in ``[match] volatile`` of what differs; none if no kind explains all of it."""
    patterns: tuple[str, ...] = ()
    """Regular expressions for what differs, if no kinds explain it."""

    def __str__(self) -> str:
        return f"{self.name} within a text" if self.is_within_text else self.name


@cache
def build_mask_of_all() -> VolatileMask:
    """Return the mask of all kinds."""
    return VolatileMask(tuple(KINDS))


def find_volatile_kind(name: str, recorded: str, sent: str) -> VolatileKind | None:
    """Return the kind of volatile value in which two texts of this name differ.

    Return None if they differ in anything else.
    """
    difference = cut_to_difference(recorded, sent, margin=_MARGIN)
    old, new = difference.recorded[:_MAX_CHARS], difference.sent[:_MAX_CHARS]
    if name in CHOSEN_NAMES or _API_ID.fullmatch(old) or _API_ID.fullmatch(new) or old == new:
        return None
    mask = build_mask_of_all()
    masked = mask.compare(old, new)
    kinds = masked.kinds
    if masked.one == masked.other and kinds:
        is_whole = difference.skipped == 0 and _is_whole(mask.apply_to_text(old))
        return VolatileKind(describe_kinds(kinds), not is_whole, kinds)
    if _are_temp_paths(mask, old, new):
        return VolatileKind(KINDS["temp_path"].noun)
    if _is_counter(old, new):
        return VolatileKind("a counter", patterns=_find_patterns(old, new))
    patterns = _find_patterns(masked.one, masked.other)
    if not patterns:
        return None
    name = " and ".join((*filter(None, [describe_kinds(kinds)]), "a generated value"))
    return VolatileKind(name, True, kinds, patterns)


def find_volatile_number_kind(name: str, recorded: str, sent: str) -> VolatileKind | None:
    """Return the kind of two JSON numbers: a timestamp, or a counter if the name suggests one."""
    mask = build_mask_of_all()
    if all(mask.apply_to_number(digits) != digits for digits in (recorded, sent)):
        return VolatileKind(KINDS["epoch"].noun, kinds=("epoch",))
    are_integers = recorded.isdigit() and sent.isdigit()
    is_counter = are_integers and _COUNTER_NAME.search(name) is not None
    return VolatileKind("a counter") if is_counter else None


def _find_patterns(recorded: str, sent: str) -> tuple[str, ...]:
    """Return patterns for the words in which two texts differ; none if any was merely edited."""
    old, new = (
        [match[0] for match in islice(_TOKEN.finditer(text), _MAX_TOKENS)]
        for text in (recorded, sent)
    )
    patterns: list[str] = []
    changes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for tag, start, end, new_start, new_end in changes:
        if tag == "equal":
            continue
        pattern = (
            ""
            if end - start != 1 or new_end - new_start != 1
            else _build_pattern(_format_context(old[:start]), old[start], new[new_start])
        )
        if not pattern:
            return ()
        patterns.append(pattern)
    return tuple(dict.fromkeys(patterns))


def _format_context(before: Sequence[str]) -> str:
    """Return the word before a changed one, with what separates them: ``ticket ``."""
    return "".join(before[-2:]) if len(before) > 1 and before[-1] == " " else ""


def _build_pattern(context: str, old: str, new: str) -> str:
    """Return a pattern for two words: ``order-[0-9]+``; empty if they do not look generated."""
    one, other = _NAMED.fullmatch(old), _NAMED.fullmatch(new)
    if one is not None and other is not None and one[1] == other[1]:
        context, old, new = one[1], one[2], other[2]
        is_generated = old.isdigit() and new.isdigit()
    else:
        is_generated = min(len(old), len(new)) >= _SHORTEST_NUMBER and (old + new).isdigit()
    if not is_generated and not (_is_random(old) and _is_random(new)):
        return ""
    if not context or "⟨" in context or not (old + new).isalnum() or not (old + new).isascii():
        return ""
    return f"{_SPECIAL.sub(_escape, context)}{_build_class(old + new)}+"


def _is_random(token: str) -> bool:
    has_both = re.search("[0-9]", token) is not None and re.search("[A-Za-z]", token) is not None
    return has_both and len(token) >= _SHORTEST_RANDOM


def _build_class(characters: str) -> str:
    """Return the narrowest of the usual classes that has all of these characters."""
    for members in ("[0-9]", "[0-9a-f]", "[0-9a-z]", "[0-9A-Z]"):
        if re.fullmatch(f"{members}*", characters):
            return members
    return "[0-9A-Za-z]"


def _escape(match: re.Match[str]) -> str:
    return f"\\{match[0]}"


def describe_kinds(kinds: Sequence[str]) -> str:
    """Return what texts of these kinds are: ``a UUID and a date or a time``."""
    return " and ".join(dict.fromkeys(KINDS[kind].noun for kind in kinds))


def _is_whole(masked: str) -> bool:
    return is_masked_whole(masked) or re.fullmatch(f"{_TEMP_PATH}[^\\s]*", masked) is not None


def _are_temp_paths(mask: VolatileMask, old: str, new: str) -> bool:
    """Return whether both texts are one path each, below folders for temporary files."""
    return all(
        mask.apply_to_text(text).startswith(_TEMP_PATH) and not re.search(r"\s", text)
        for text in (old, new)
    )


def _is_counter(old: str, new: str) -> bool:
    """Return whether two names, such as ``user-17`` and ``user-18``, differ in a number only."""
    is_name = re.fullmatch(r"[\w.:/@+-]{0,200}[A-Za-z][\w.:/@+-]{0,200}", old) is not None
    return is_name and _DIGITS.sub(_MARK, old) == _DIGITS.sub(_MARK, new)
