"""Keys without a prefix after the name of their vendor: ``datadog: 3f…``, ``Datadog SECRET 3f…``.

Hashes and ids have the same forms, so only the vendors of a list count (``vendor_names``). A word
for a credential after the name is more evidence: less is required of the value then.
"""

from __future__ import annotations

from runreel.core.redact.rules.checks import is_random, is_random_token
from runreel.core.redact.rules.identifiers import names_identifier
from runreel.core.redact.rules.named_keys import VALUE_TRIGGER, is_long_random
from runreel.core.redact.rules.randomness import (
    has_random_run,
    is_alternating,
    is_hex,
    is_random_run,
)
from runreel.core.redact.rules.rule import Rule, SecretCheck
from runreel.core.redact.rules.vendor_names import (
    VENDORS,
    VENDORS_WITH_HASHES,
    VENDORS_WITH_UUIDS,
)
from runreel.core.regex.lazy_pattern import compile_later

_CLOSING = rb"['`*_)\]]{0,3}"
_SIGN = rb"[ \t]{0,4}(?:=>|:=|==?|:|->|\||\xef\xbc\x9a)[ \t]{0,4}|[ ](?:is|was)[ ]"
_OPENING = rb"['`*(\[]{0,3}"

_TO_VALUE = compile_later(
    _CLOSING + rb"(?:(%b)|[ \t]{1,4})" % _SIGN + _OPENING + rb"\Z",
)
"""The text between a name and its value: a sign, which is the group, or only a space."""
_NAME = compile_later(rb"(?<![A-Za-z0-9/@#$])[A-Za-z0-9]+(?:[ ._-][A-Za-z0-9]+){0,5}\Z")
"""Words up to a value; the last part of a path or an address is no name."""
_RUN = compile_later(rb"[A-Za-z0-9]+")
_CAMEL_CASE_WORD = compile_later(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_MOST_WORDS = 4
"""Words of a vendor's name."""
_BEFORE = 80

_LABELS = frozenset(b"access auth key login pass password private secret token".split())
_BEFORE_LABELS = _LABELS | frozenset(b"api app bearer client personal user".split())
"""Words for a credential, and words before them that are no part of the vendor's name."""
_LABEL_AT_END = compile_later(rb"(.+?)(?:api|access|secret|private)*(?:key|token|secret|private)")
"""A word that ends with a label: ``acmeapikey``."""

_DIVIDER = compile_later(rb"[^A-Za-z0-9]+")
_MIN_LENGTH = 10
_MIN_SHORT = 16
"""Characters of a value after a label, and of one without."""
_MIN_PARTS = 24
_MIN_PIECE = 7
"""Characters of a value in pieces, and of each piece on average; names of models have less."""
_MIN_HEX = 28
_MIN_DIVIDED_HEX = 48
"""Hexadecimal digits of a key, and of one with hyphens; shorter numbers are ids."""
_UUID = compile_later(rb"(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_HASH = compile_later(rb"0x|[0-9a-f]{20,}[_-]")
"""The beginning of an address or a hash with a suffix."""
_AIRTABLE_ID = compile_later(rb"(?:app|fld|rec|tbl|usr|viw|wsp)[A-Za-z0-9]{14}")
_ADDRESS = compile_later(rb"://|\A[A-Za-z0-9+-]{2,12}:(?:[A-Za-z0-9.-]+[/@]|[A-Za-z0-9+/=]{43,})")
"""A URL, an image, or a digest with its method."""


def may_be_vendor_key(text: bytes) -> bool:
    """Return whether the text is random enough after a vendor's name and a label."""
    if len(text) < _MIN_LENGTH or _ADDRESS.search(text) or names_identifier(text):
        return False
    return is_random_token(text) or is_random_run(_DIVIDER.sub(b"", text))


def is_vendor_key(text: bytes) -> bool:
    """Return whether the text is random, or a hexadecimal number of the length of a key."""
    return is_hex_key(text) or is_random_key(text)


def is_hex_key(text: bytes) -> bool:
    """Return whether the text is a hexadecimal number of the length of a key, or two of them."""
    digits = text.replace(b"-", b"")
    is_long = len(digits) >= (_MIN_HEX if digits == text else _MIN_DIVIDED_HEX)
    return is_long and is_hex(digits) and not digits.isdigit() and not digits.isalpha()


def is_random_key(text: bytes) -> bool:
    """Return whether the text is random, and no hexadecimal number, address or id."""
    if not may_be_vendor_key(text) or _HASH.match(text) or _AIRTABLE_ID.fullmatch(text):
        return False
    pieces = [piece for piece in _DIVIDER.split(text) if piece]
    if len(pieces) == 1:
        return is_random_run(pieces[0]) or is_short_key(pieces[0])
    joined = b"".join(pieces)
    is_long = len(joined) >= max(_MIN_PARTS, _MIN_PIECE * len(pieces))
    return has_random_run(text) or (is_long and is_random_run(joined))


def is_short_key(text: bytes) -> bool:
    """Return whether letters and digits are a key, though too few for a measure of all pairs."""
    return len(text) >= _MIN_SHORT and is_alternating(text) and not is_hex(text)


def has_vendor(data: bytes, start: int, end: int) -> bool:
    """Return whether the name before a value is a vendor's, and the value random enough for it."""
    before = data[max(start - _BEFORE, 0) : start]
    to_value = _TO_VALUE.search(before)
    name = _NAME.search(before, 0, to_value.start()) if to_value else None
    if to_value is None or name is None or data[end : end + 1] == b"(":
        return False
    value = data[start:end]
    check = find_check(name[0])
    if check is not None:
        return check(value)
    return _is_vendor_with_label(name[0]) and (to_value[1] is not None or _is_labelled_key(value))


def _is_labelled_key(text: bytes) -> bool:
    """Return whether the text is a key after a label, though without a sign between them."""
    return is_random(text) or is_long_random(text) or any(map(is_alternating, _RUN.findall(text)))


def find_check(name: bytes) -> SecretCheck | None:
    """Return what a value after a vendor's name must be; None if no vendor has this name.

    The vendor's name may be the last words of the text; hyphens join what is one word.
    """
    words = [word.translate(None, b"._-").lower() for word in name.split(b" ")]
    joined = {b"".join(words[-count:]) for count in range(1, _MOST_WORDS + 1)}
    return next((check for names, check in _CHECKS if not names.isdisjoint(joined)), None)


def _is_uuid_or_key(text: bytes) -> bool:
    """Return whether the text is a UUID, or a key of another form."""
    return _UUID.fullmatch(text) is not None or is_vendor_key(text)


_CHECKS = (
    (VENDORS_WITH_UUIDS, _is_uuid_or_key),
    (VENDORS, is_vendor_key),
    (VENDORS_WITH_HASHES, is_random_key),
)
"""Lists of vendors, and the form of their keys."""
_ALL = VENDORS | VENDORS_WITH_UUIDS | VENDORS_WITH_HASHES


def _is_vendor_with_label(name: bytes) -> bool:
    """Return whether a name ends with a vendor's and a word for a credential."""
    words = [word.lower() for word in _CAMEL_CASE_WORD.findall(name)]
    glued = _LABEL_AT_END.fullmatch(words[-1])
    if words[-1] not in _LABELS and glued is None:
        return False
    words[-1:] = [] if glued is None else [glued[1]]
    while words and words[-1] in _BEFORE_LABELS:
        words.pop()
    return _ends_with_vendor(words)


def _ends_with_vendor(words: list[bytes]) -> bool:
    return any(b"".join(words[-count:]) in _ALL for count in range(1, _MOST_WORDS + 1))


VENDOR_KEYS = (
    Rule(
        "vendor-key",
        "tokens",
        (),
        rb"[A-Za-z0-9]"
        + _CLOSING
        + rb"(?:%b|[ \t]{1,4})" % _SIGN
        + _OPENING
        + rb"([A-Za-z_+/-]*[0-9][A-Za-z0-9_+/=.:~|@%-]{4,}[A-Za-z0-9_+/=-])",
        check=may_be_vendor_key,
        context=has_vendor,
        trigger=VALUE_TRIGGER,
        window_before=64,
        window_after=160,
        matches=(
            "Datadog: «{hex:32}»",
            "datadog = «{hex:40}»",
            "shodan is «{alnum:32}»",
            "ADAFRUIT=«{lower:32}»",
            "Netlify: `«{alnum:43}»`",
            "| mattermost | «{lower:26}» |",
            "export DEEPGRAM='«{hex:40}»'",
            "**Pipedrive**: «{b64u:128}»",
            "WANDB «{hex:40}»",
            "Better Stack: «{alnum:24}»",
            "the-odds-api: «{hex:32}»",
            "clockify PRIVATE «{alnum:48}»",
            "todoist SECRET «{hex:40}»",
            "apolloApiKey «{alnum:22}»",
            "heroku key «{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}»",
            "uclassify_key = «{alnum:12}»",
            "snyk: «{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}»",
            "github: «{alnum:40}»",
            "ipinfo token «{lower:18}»",
        ),
        non_matches=(
            "datadog: {hex:12}",
            "datadog@{hex:40}",
            "datadog: sha256:{hex:64}",
            "image: datadog/agent:{hex:40}",
            "datadog: {hex:40}-amd64",
            "datadog: {hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}",
            "github: {hex:40}",
            "notion: {hex:32}",
            "my-datadog: {hex:40}",
            "datadog: {digits:32}",
            "etherscan: 0x{hex:64}",
            "algolia: an_index_of_all_the_products_xx",
            "openai: chatcmpl-{alnum:29}",
            "anthropic: claude-3-5-sonnet-20241022",
            "huggingface: Qwen/Qwen3-235B-A22B",
            "huggingface = 'Qwen3-Coder-480B-A35B-Instruct-FP8'",
            "stripe: cus_{alnum:24}",
            "sentry commit {hex:40}",
            "datadog: https://app.datadoghq.eu/dash/{lower:24}",
        ),
    ),
)
