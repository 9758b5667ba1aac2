"""Show where two long texts differ, word by word, in the notation of ``wdiff``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from runreel.core.common_text import cut_to_difference
from runreel.core.match.json_diff import count_common_ends, count_common_prefix
from runreel.core.regex.lazy_pattern import compile_later
from runreel.core.word_spans import WordSpan

_WORD = compile_later(r"\S+\s*|\s+")

_MARGIN = 400
"""Characters kept of the common text at both ends, for the words around a change."""

_MAX_WORDS = 64
"""Words of each text that are compared, after the common prefix: the time is quadratic."""

_MAX_CHARS = 1 << 18
"""Characters of each text that are compared, after the common beginning."""

_CONTEXT_WORDS = 4
"""Words shown before and after a change."""

_MAX_PIECE = 60
"""Characters shown of one changed piece."""


def diff_words(recorded: str, sent: str) -> tuple[WordSpan, ...]:
    """Return where two texts differ, with some words around it."""
    part = cut_to_difference(recorded, sent, margin=_MARGIN)
    old, new = _split_words(part.recorded), _split_words(part.sent)
    prefix, suffix = count_common_ends(old, new)
    middle = old[prefix : len(old) - suffix], new[prefix : len(new) - suffix]
    tail = old[len(old) - suffix :]
    is_cut = max(map(len, middle)) > _MAX_WORDS
    changes = _iter_changes(*(words[:_MAX_WORDS] for words in middle), is_cut=is_cut)
    before, after = _format_before(old[:prefix]), _format_after(tail)
    if part.skipped:
        before = "…" + before.removeprefix("…")
    if is_cut or part.is_cut:
        after = "…" if is_cut else after.removesuffix("…") + "…"
    spans = (WordSpan("=", before), *changes, WordSpan("=", after))
    return tuple(span for span in spans if span.text)


def _split_words(text: str) -> list[str]:
    """Split a text into words with the space behind them, which ``join`` puts together again."""
    return _WORD.findall(text[:_MAX_CHARS])


def _iter_changes(old: Sequence[str], new: Sequence[str], *, is_cut: bool) -> Iterator[WordSpan]:
    changes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    if is_cut and len(changes) > 1 and changes[-1][0] != "equal":
        changes.pop()  # the matching words may have been cut off
    for tag, start, end, new_start, new_end in changes:
        if tag == "equal":
            yield WordSpan("=", _format_unchanged(old[start:end]))
        else:
            yield from _format_change("".join(old[start:end]), "".join(new[new_start:new_end]))


def _format_change(old: str, new: str) -> Iterator[WordSpan]:
    skipped = 0
    if max(len(old), len(new)) > _MAX_PIECE:
        skipped = max(0, count_common_prefix(old, new) - _MAX_PIECE // 4)
    lead = "…" if skipped else ""
    if old:
        yield WordSpan("-", f"{lead}{_shorten(old[skipped:])}")
    if new:
        yield WordSpan("+", f"{lead}{_shorten(new[skipped:])}")


def _format_unchanged(words: Sequence[str]) -> str:
    """Return the words between two changes, shortened in the middle."""
    if len(words) <= 2 * _CONTEXT_WORDS:
        return "".join(map(_shorten, words))
    return _format_after(words) + _format_before(words).removeprefix("…")


def _format_before(words: Sequence[str]) -> str:
    """Return the last words before a change."""
    lead = "…" if len(words) > _CONTEXT_WORDS else ""
    return lead + "".join(map(_shorten, words[-_CONTEXT_WORDS:]))


def _format_after(words: Sequence[str]) -> str:
    """Return the first words after a change."""
    trail = "…" if len(words) > _CONTEXT_WORDS else ""
    return "".join(map(_shorten, words[:_CONTEXT_WORDS])) + trail


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_PIECE else f"{text[: _MAX_PIECE - 1]}…"
