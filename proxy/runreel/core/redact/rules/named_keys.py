"""Keys and tokens with the name of any owner: ``acme_token: …``, ``acmeKey = …``.

No list of owners is complete, so the value must be random, and the name not one of another thing,
such as ``idempotency_key`` or ``next_page_token``. The names of JSON members and headers are judged
by the same words (``names.judgement``).
"""

from __future__ import annotations

from runreel.core.redact.rules.checks import is_no_stand_in
from runreel.core.redact.rules.labels import LONG_VALUE, SEPARATOR
from runreel.core.redact.rules.randomness import has_random_run, is_hex, is_random_run
from runreel.core.redact.rules.rule import Rule
from runreel.core.regex.lazy_pattern import compile_later

OWNERS_OF_OTHER_KEYS = (
    "answer asset blob bucket cache category checkpoint chunk clustering column commit"
    " component composite config dataset dedup dedupe deduplication dict dimension distribution"
    " document element entity event expected experiment external feature field file flag folder"
    " foreign group hash hold hot i18n idempotency idempotent image index issue item job label"
    " layout locale lock lookup map menu message metadata metric node object page panel partition"
    " path pattern permission property public publishable range record resource row route routing s"
    " s3 search setting settings shard shortcut site socket sort source span state storage"
    " surrogate tag target task template theme thread trace translation unique websocket"
)
OWNERS_OF_OTHER_TOKENS = (
    "begin bos cancellation change checkpoint cls consistency context continuation control credit"
    " cursor delta eos execution fencing first idempotency last mask next offset pad page"
    " pagination position prev previous progress resume scroll sep skip special start stop sync"
    " unk watch watermark"
)
"""Words before ``key`` and ``token`` that make it something else than a credential."""

_OTHERS = frozenset(
    f"{OWNERS_OF_OTHER_KEYS} {OWNERS_OF_OTHER_TOKENS} primary run block content md5 sha sha256"
    " sha512 digest etag".encode().split()
)
_ARTICLES = frozenset(b"a an and as by each for is of or same some that the this to with".split())
"""Words before a key in prose that name no owner."""

_NAME = compile_later(
    rb"(?:([A-Za-z0-9]+)(?:[ _.-]|(?<=[a-z0-9])(?=[A-Z])|(?=[A-Z][a-z]))"
    rb"|(?i:([a-z0-9]{2,})(?=token|secret)))"
    rb"(?i:token|key|secret|jwt|pat)[0-9]?[^A-Za-z0-9]*(?:[Ii]s[^A-Za-z0-9]*)?\Z"
)
"""A name up to its value: its last word, and the word before it in one of two groups."""
_CAMEL_CASE_WORD = compile_later(rb"[A-Z0-9]+(?![a-z])|[A-Z]?[a-z0-9]+")
_BEFORE = 80
"""Bytes before a value in which its name is looked for."""

NAME_AND_SIGN = tuple(
    word + ending
    for word in (b"token", b"key", b"secret", b"jwt", b"_pat", b"-pat")
    for ending in (b":", b"=", b" =", b" :", b'"', b"'", b"`", b" is ")
)
"""The last words of names, and the signs after them."""

_MIN_HEX = 32
_MIN_PARTS = 18
"""Characters of hexadecimal digits, and of a text of several parts."""
_UUID = compile_later(rb"(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def is_long_random(text: bytes) -> bool:
    """Return whether the text is long and random: mixed characters, a hexadecimal number, a UUID.

    A hash and an id have the same form, so a name must announce a credential.
    """
    is_number = len(text) >= _MIN_HEX and is_hex(text)
    if is_number or has_random_run(text) or _UUID.fullmatch(text) is not None:
        return True
    joined = text.translate(None, b"-_.")
    if len(joined) >= _MIN_HEX and is_hex(joined):
        return not joined.isdigit()
    return len(text) >= _MIN_PARTS and is_random_run(joined) and is_no_stand_in(text)


def has_owner(data: bytes, start: int, end: int) -> bool:
    """Return whether the name before a value has a word for the owner of a key, or of none else."""
    owner = _find_owner(data, start)
    return owner is not None and owner not in _OTHERS and owner not in _ARTICLES


def has_no_other_owner(data: bytes, start: int, end: int) -> bool:
    """Return whether the name before a value is not one of another thing: ``NEXT_TOKEN=``."""
    return _find_owner(data, start) not in _OTHERS


def _find_owner(data: bytes, start: int) -> bytes | None:
    """Return the word before ``key`` or ``token`` in the name before a value, in lower case."""
    name = _NAME.search(data, max(start - _BEFORE, 0), start)
    return None if name is None else _CAMEL_CASE_WORD.findall(name[1] or name[2])[-1].lower()


VALUE_TRIGGER = (
    rb"[ \t:=|'`*(\[\x9a](?:(?:[A-Za-z+_-]{1,8}[0-9]|[0-9]{1,3}-|[0-9]{5,20}[-:])[A-Za-z0-9+/_-]{8}"
    rb"|[0-9]{1,12}[A-Za-z_][A-Za-z0-9+/_.-]{8}|[A-Za-z+/]{9,40}[0-9][A-Za-z0-9]{2})"
)
"""The beginning of a value with letters and digits, which most random ones have, after a sign."""

_LABEL_OF_UUID = compile_later(
    rb"(?i)(?:(?:api|access|auth|client|private|secret)[ _.-]?(?:key|token)|secret)[^A-Za-z0-9]*\Z"
)
"""Labels after which a UUID is a credential, though there is no sign between them."""
_FINGERPRINT = compile_later(rb"(?:SHA256|MD5):|AAAA")
"""The beginning of the fingerprint of a public key, or of such a key."""


def has_owner_in_prose(data: bytes, start: int, end: int) -> bool:
    """Return whether a name, a space and a value are a credential: ``acme SECRET 3f…``."""
    value = data[start:end]
    if _FINGERPRINT.match(value) or not has_owner(data, start, end):
        return False
    is_uuid = _UUID.fullmatch(value) is not None
    return not is_uuid or _LABEL_OF_UUID.search(data, max(start - _BEFORE, 0), start) is not None


NAMED_KEYS = (
    Rule(
        "named-key",
        "tokens",
        NAME_AND_SIGN,
        rb"(?i)[a-z0-9](?:[ _.-]?(?:token|key|secret|jwt)|[ _.-]pat)[0-9]?"
        + SEPARATOR
        + LONG_VALUE,
        check=is_long_random,
        context=has_owner,
        window_after=200,
        window_before=16,
        matches=(
            "acme_token: '«{lower:32}»'",
            "acmeKey = '«{hex:32}»'",
            "ACME_KEY: «{alnum:32}»",
            "acmetoken=«{alnum:24}»",
            "acme key: «{hex:40}»",
            "acme_token = «{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}»",
        ),
        non_matches=(
            "idempotency_key: {hex:32}",
            "next_token = {alnum:32}",
            "nexttoken = {alnum:32}",
            "cacheKey: {hex:40}",
            "primary key: {hex:32}",
            "the key is {hex:32}",
            "monkey: {hex:32}",
            "token_key = sorted_by_value_of_it",
        ),
    ),
    Rule(
        "spoken-named-key",
        "tokens",
        (),
        rb"(?i)[a-z0-9](?:[ _.-]?(?:token|key|secret|jwt)|[ _.-]pat)[0-9]?"
        rb"['`*]{0,3}[ \t]{1,4}['`*]{0,3}" + LONG_VALUE,
        check=is_long_random,
        context=has_owner_in_prose,
        trigger=VALUE_TRIGGER,
        window_after=200,
        window_before=40,
        matches=(
            "acme SECRET «{lower:32}»",
            "Acme API key «{lower:26}»",
            "acme_token «{hex:40}»",
            "acmeKEY «{alnum:24}»",
            "acme SECRET «{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}»",
            "acme access token «{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}»",
        ),
        non_matches=(
            "the key {hex:32}",
            "cache key {hex:32}",
            "primary key {hex:32}",
            "session key {hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}",
            "ECDSA key SHA256:{b64:43}",
            "the token authentication_mechanism_v2",
            "a secret between_two_friends_of_2024",
        ),
    ),
)
