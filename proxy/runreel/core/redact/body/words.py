"""Words: what follows a secret without a space may be the beginning of another text."""

from __future__ import annotations

from runreel.core.regex.lazy_pattern import compile_later

_WORD = compile_later(
    rb"(?i:the|this|that|and|but|for|you|yes|no|not|now|it|its|in|if|is|we|my|me|so|to|of|on|or|"
    rb"as|at|by|an|do|he|hi|ok|all|are|can|has|how|let|may|new|one|our|out|see|she|use|was|who|why)"
    rb"|(?=.{4,16}\Z)[A-Z]?[a-z]?(?:[b-df-hj-np-tv-xz]{0,2}[aeiouy]{1,2})+[a-z]{0,2}"
    rb"|[a-z_]{2,16}\(.{0,200}"
)
"""A frequent word, one that can be spoken, or a call in a program: random letters of a key are
rarely any of them."""


def is_word(rest: bytes) -> bool:
    """Return whether the rest of a match is more likely a word than the end of a secret."""
    return _WORD.fullmatch(rest) is not None
