"""Search for credentials in the values of headers and in URLs.

The scheme of an ``Authorization`` header and the name and attributes of a cookie are not secret.
They are left out of the results, so that a recording still shows how the client authenticated
(RFC 9110 section 11.4, RFC 7617, RFC 6265, RFC 3986 section 3.2.1).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from runreel.core.redact.finders.credential import Credential
from runreel.core.redact.names.evidence import CredentialField, FieldLookup
from runreel.core.regex.lazy_pattern import compile_later

_SCHEMES = re.compile(
    rb"(?:\s*(?:basic|bearer|digest|token|api-?key|key|dpop|hawk|hoba|negotiate|ntlm|oauth|sharedkey"
    rb"|sharedkeylite|aws4-hmac-sha256)\s+(?=\S))+",
    re.IGNORECASE,
)
_KINDS_WITH_SCHEME = ("auth", "authentication", "authorization", "token", "bearer", "jwt")
_USERINFO = compile_later(rb"://([^\s/?#@:]*)(?::([^\s/?#@]*))?@")
_TARGET_PARAMETER = compile_later(rb"[?&]([^?&=]+)=([^&#]+)")
_PATH_PARAMETER = compile_later(rb";([^;/?&#=\s<>\"]+)=([^;?&#\s<>\"]+)")
"""A parameter of a path: the query begins at the question mark (RFC 3986, section 3.3)."""
_LINK_PARAMETER = compile_later(rb"[?&#]([^?&;=#\s<>\"]+)=([^&#\s<>\"]+)")

URL_HEADERS = frozenset(
    {b"location", b"content-location", b"referer", b"link", b"operation-location"}
)
"""Headers whose values contain URLs."""


def find_in_header(field: CredentialField, value: bytes) -> Iterator[Credential]:
    """Yield the credentials in the value of a header that holds this one."""
    if field.kind == "cookie":
        yield from _find_cookies(value)
    elif field.kind == "set-cookie":
        yield from _find_cookies(value.partition(b";")[0])
    else:
        yield from _find_in_value(field, value)


def split_credential(kind: str, value: bytes) -> tuple[bytes, tuple[tuple[str, bytes], ...]]:
    """Return the value without its scheme (``Bearer``), and the secrets encoded in it (``Basic``).

    Passwords have no scheme: their first word may be anything.
    """
    if not kind.endswith(_KINDS_WITH_SCHEME):
        return value.strip(), ()
    schemes = _SCHEMES.match(value)
    secret = value[schemes.end() if schemes else 0 :].strip()
    is_basic = schemes is not None and schemes[0].strip().lower() == b"basic"
    return secret, _decode_basic(secret) if is_basic else ()


def find_in_target(target: bytes, find_field: FieldLookup) -> Iterator[Credential]:
    """Yield the credentials in a request target: in its query and in its user-info, if any."""
    return _find_in_urls(target, find_field, _TARGET_PARAMETER)


def find_in_links(value: bytes, find_field: FieldLookup) -> Iterator[Credential]:
    """Yield the credentials in all URLs in a header's value, including their fragments."""
    return _find_in_urls(value, find_field, _LINK_PARAMETER)


def find_in_parameters(
    text: bytes, find_field: FieldLookup, pattern: re.Pattern[bytes], *, rule: str
) -> Iterator[Credential]:
    """Yield the credentials among ``name=value`` pairs.

    The pattern matches a pair; its groups are the name and the value, both percent-encoded.
    """
    for match in pattern.finditer(text):
        field = find_field(unquote_to_bytes(match[1]))
        value = unquote_to_bytes(match[2])
        if field is not None and field.check(value):
            yield Credential(*match.span(2), field.kind, value, rule)


def _find_in_urls(
    text: bytes, find_field: FieldLookup, parameter: re.Pattern[bytes]
) -> Iterator[Credential]:
    """Yield the credentials in user-info and in parameters, of the path and of the query."""
    if b"@" in text:
        yield from _find_userinfo(text)
    if b"=" in text:
        if b";" in text:
            yield from find_in_parameters(text, find_field, _PATH_PARAMETER, rule="query")
        yield from find_in_parameters(text, find_field, parameter, rule="query")


def _find_in_value(field: CredentialField, value: bytes) -> Iterator[Credential]:
    """Yield the one credential of a header whose value is a credential, perhaps with a scheme."""
    secret, derived = split_credential(field.kind, value)
    if field.check(secret):
        start = value.rfind(secret)
        yield Credential(start, start + len(secret), field.kind, secret, "headers", derived)


def _find_cookies(value: bytes) -> Iterator[Credential]:
    """Yield the value of each ``name=value`` pair, without quotes; a pair may have no name."""
    pair_start = 0
    for pair in value.split(b";"):
        name, equals, content = pair.partition(b"=")
        secret = (content if equals else name).strip(b' \t"')
        start = pair_start + pair.rfind(secret)
        yield Credential(start, start + len(secret), "cookie", secret, "headers")
        pair_start += len(pair) + 1


def _decode_basic(secret: bytes) -> tuple[tuple[str, bytes], ...]:
    """Return user and password of ``Basic`` credentials (RFC 7617); nothing if not base64."""
    unpadded = secret.rstrip(b"=")
    padding = b"=" * (-len(unpadded) % 4)
    try:
        user, _, password = base64.b64decode(unpadded + padding, validate=True).partition(b":")
    except binascii.Error:
        return ()
    return ("user", user), ("password", password)


def _find_userinfo(text: bytes) -> Iterator[Credential]:
    """Yield user and password of every ``://user:password@`` (RFC 3986 section 3.2.1)."""
    for match in _USERINFO.finditer(text):
        for group, kind in ((1, "user"), (2, "password")):
            if match[group]:
                yield Credential(
                    *match.span(group), kind, unquote_to_bytes(match[group]), "userinfo"
                )
