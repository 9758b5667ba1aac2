"""Patterns that users write in settings: they need RE2, whose search time is linear.

With ``re``, a pattern could take hours (catastrophic backtracking).
"""

from __future__ import annotations

from runreel.core.redact.search.engine import RE2, RegexPattern
from runreel.core.regex.lazy_pattern import compile_later

_LOOKAROUND = compile_later(r"\(\?(?:[=!]|<[=!])")
_BACKREFERENCE = compile_later(r"\\[1-9]|\(\?P=")


def compile_user_pattern(pattern: str, *, instead_of_lookaround: str = "") -> RegexPattern:
    """Compile a pattern; raise ValueError if RE2 cannot use it, or if it matches everywhere.

    The message does not quote the pattern, which may contain a secret. ``instead_of_lookaround``
    is advice for a pattern with lookaround.
    """
    if RE2 is None:
        raise ValueError("patterns need google-re2, which is not installed: use literals or paths")
    try:
        compiled = RE2.compile_text(pattern.encode())
    except ValueError:
        raise ValueError(_explain_unsupported(pattern, instead_of_lookaround)) from None
    if next(compiled.finditer(b""), None):
        raise ValueError("matches the empty string, so it would match everywhere")
    return compiled


def _explain_unsupported(pattern: str, instead_of_lookaround: str) -> str:
    if _LOOKAROUND.search(pattern):
        return f"RE2 does not support lookaround: {instead_of_lookaround}"
    if _BACKREFERENCE.search(pattern):
        return "RE2 does not support backreferences"
    return "is not a regular expression in RE2's syntax"
