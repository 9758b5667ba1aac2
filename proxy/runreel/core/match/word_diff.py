"""Where two long texts differ, word by word, in the notation of ``wdiff``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from runreel.core.match.ends import same_at_ends, same_at_start

_WORD = re.compile(r"\S+\s*|\s+")

_LONGEST = 1 << 18
"""Characters of a text that is taken apart."""

_COMPARED = 64
"""Words of either text, from where they begin to differ: comparing takes the square of them."""

_AROUND = 4
"""Words shown before and after a change."""

_WIDEST = 60
"""Characters of one changed piece."""


def word_difference(recorded: str, sent: str) -> str:
    """``… be a [-terse -]{+kind +}helper …``: what is taken out and put in, and words around it.

    Empty if a text is too long for that.
    """
    if max(len(recorded), len(sent)) > _LONGEST:
        return ""
    old, new = _WORD.findall(recorded), _WORD.findall(sent)
    same, rest = same_at_ends(old, new)
    middle = old[same : len(old) - rest], new[same : len(new) - rest]
    tail = old[len(old) - rest :]
    is_cut = max(map(len, middle)) > _COMPARED
    shown = "".join(_changes(*(words[:_COMPARED] for words in middle), is_cut=is_cut))
    return _head(old[:same]) + shown + ("…" if is_cut else _tail(tail))


def _changes(old: Sequence[str], new: Sequence[str], *, is_cut: bool) -> Iterator[str]:
    changes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    if is_cut and len(changes) > 1 and changes[-1][0] != "equal":
        changes.pop()  # it may be only that the words to match it with were cut off
    for tag, start, end, new_start, new_end in changes:
        if tag == "equal":
            yield _between(old[start:end])
        else:
            yield from _changed("".join(old[start:end]), "".join(new[new_start:new_end]))


def _changed(old: str, new: str) -> Iterator[str]:
    skipped = 0
    if max(len(old), len(new)) > _WIDEST:
        skipped = max(0, same_at_start(old, new) - _WIDEST // 4)
    lead = "…" if skipped else ""
    if old:
        yield f"[-{lead}{_cut(old[skipped:])}-]"
    if new:
        yield f"{{+{lead}{_cut(new[skipped:])}+}}"


def _between(words: Sequence[str]) -> str:
    if len(words) <= 2 * _AROUND:
        return "".join(map(_cut, words))
    return _tail(words) + _head(words).removeprefix("…")


def _head(words: Sequence[str]) -> str:
    """The last of the words before a change."""
    return ("…" if len(words) > _AROUND else "") + "".join(map(_cut, words[-_AROUND:]))


def _tail(words: Sequence[str]) -> str:
    """The first of the words after a change."""
    return "".join(map(_cut, words[:_AROUND])) + ("…" if len(words) > _AROUND else "")


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
