"""The words of a name: ``X-Api-Key``, ``apiKey``, ``API_KEY`` and ``apikey2`` all say api, key."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runreel.core.regex.lazy_pattern import compile_later

_WORD = re.compile(r"[A-Z]+(?![a-z\u00df-\u00ff])|[A-Z]?[^\W\d_A-Z]+")
"""A word: a row of capitals up to the next word (``DBPassword``), or letters of any alphabet, the
first of which may be a capital."""

_GLUED = re.compile(
    r"(.*?)(passwords?|passwd|passphrase|passcode|pwd|secrets?|tokens?|credentials?|authorization"
    r"|assertion|cookies?|(?:api|app|auth|access|secret|private|public|master|account|license"
    r"|signing|encryption|service|subscription|shared)keys?|jwt|sessid|sessionid|sessionkey|csrf"
    r"|xsrf|dsn)"
)
"""A word that ends with another one: ``accesstoken``, ``pgpassword``, ``csrfmiddlewaretoken``."""

_PASS = re.compile(
    r"(admin|bind|cert|db|ftp|imap|key|ldap|login|mail|mqtt|my|mysql|pg|proxy|redis|root|rpc|smtp"
    r"|ssh|store|user|vnc|wifi)(pass|pw)"
)
"""``dbpass``; among other words, ``compass`` and ``bypass`` have the same end."""

_KEY = compile_later(r"(.+)(keys?)")
_SESSION = {"sessid": ("sessid",), "sessionid": ("session", "id"), "sessionkey": ("session", "key")}


def split_words(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case, without digits."""
    return tuple(part for word in _WORD.findall(name) for part in _take_apart(word.lower()))


def _take_apart(word: str) -> Iterator[str]:
    """Yield the words that are written as one."""
    match = _GLUED.fullmatch(word) or _PASS.fullmatch(word)
    if match is None:
        yield word
        return
    first, last = match.groups()
    if first:
        yield first
    if last == "sessionid" and first:  # a cookie of a server: JSESSIONID, ASPSESSIONID
        yield "sessid"
    elif last in _SESSION:
        yield from _SESSION[last]
    elif key := _KEY.fullmatch(last):
        yield from key.groups()
    else:
        yield last
