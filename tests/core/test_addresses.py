"""Addresses of the upstream, as the client has to follow them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.addresses import AddressMap, translate_headers

PROXY = b"http://127.0.0.1:7357/@a"
BASE = AddressMap("https://api.test/v1", PROXY)
ROOT = AddressMap("http://api.test:8080", PROXY)
BARE = AddressMap("https://api.test/v1", b"http://proxy")

REFERENCES = [
    ("an absolute URL", BASE, b"https://api.test/v1/x?y=1#z", PROXY + b"/x?y=1#z"),
    ("the base itself", BASE, b"https://api.test/v1", PROXY),
    ("the base with a query", BASE, b"https://api.test/v1?a", PROXY + b"?a"),
    ("the default port", BASE, b"HTTPS://API.test:443/v1/x", PROXY + b"/x"),
    ("without its scheme", BASE, b"//api.test/v1/x", PROXY + b"/x"),
    ("http from behind a server for TLS", BASE, b"http://api.test/v1/x", PROXY + b"/x"),
    ("http on another port", BASE, b"http://api.test:81/v1/x", b"http://api.test:81/v1/x"),
    ("a redirect to TLS", ROOT, b"https://api.test:8080/x", b"https://api.test:8080/x"),
    ("another port", BASE, b"https://api.test:444/v1/x", b"https://api.test:444/v1/x"),
    ("another host", BASE, b"https://api.test.evil/v1/x", b"https://api.test.evil/v1/x"),
    (
        "a host in the query",
        BASE,
        b"https://b/?https://api.test/v1",
        b"https://b/?https://api.test/v1",
    ),
    ("a user", BASE, b"https://api.test@b/v1/x", b"https://api.test@b/v1/x"),
    ("a user of the upstream", BASE, b"https://u@api.test/v1/x", b"https://u@api.test/v1/x"),
    ("outside of the base", BASE, b"https://api.test/v2/x", b"https://api.test/v2/x"),
    ("a longer segment", BASE, b"https://api.test/v11/x", b"https://api.test/v11/x"),
    ("a bad port", BASE, b"https://api.test:x/v1", b"https://api.test:x/v1"),
    ("no base path", ROOT, b"http://api.test:8080/x", PROXY + b"/x"),
    ("no base path, and no port", ROOT, b"http://api.test/x", b"http://api.test/x"),
    ("a path", BASE, b"/v1/x?y", b"/@a/x?y"),
    ("a path without a base", ROOT, b"/x", b"/@a/x"),
    ("a path outside of the base", BASE, b"/v2/x", b"/v2/x"),
    ("a path for a client without a session", BARE, b"/v1/x", b"/x"),
    ("the base for a client without a session", BARE, b"/v1", b"/"),
    ("a relative path", BASE, b"../x", b"../x"),
    ("a query", BASE, b"?page=2", b"?page=2"),
    ("nothing", BASE, b"", b""),
    ("another kind of URL", BASE, b"mailto:a@b", b"mailto:a@b"),
    ("an unknown upstream", AddressMap("", PROXY), b"https://api.test/x", b"https://api.test/x"),
    ("a path of an unknown upstream", AddressMap("", PROXY), b"/x", b"/@a/x"),
    ("an IPv6 address", AddressMap("http://[::1]:9", PROXY), b"http://[::1]:9/x", PROXY + b"/x"),
    ("an unknown host of the proxy", AddressMap("http://b", b"/@a"), b"http://b/x", b"/@a/x"),
]


@pytest.mark.parametrize(
    ("reason", "addresses", "reference", "expected"), REFERENCES, ids=[row[0] for row in REFERENCES]
)
def test_translate(reason: str, addresses: AddressMap, reference: bytes, expected: bytes) -> None:
    assert addresses.translate(reference) == expected


HEADERS = [
    ("a redirect", b"LOCATION", b" https://api.test/v1/x ", b" %b/x " % PROXY),
    ("a place", b"Content-Location", b"/v1/threads/1", b"/@a/threads/1"),
    ("a job", b"operation-location", b"https://api.test/v1/jobs/1", PROXY + b"/jobs/1"),
    ("a job of Azure", b"Azure-AsyncOperation", b"https://api.test/v1/jobs/1", PROXY + b"/jobs/1"),
    (
        "links",
        b"Link",
        b'<https://api.test/v1/x?p=2>; rel="next", </v1/x?p=9>; rel=last, <//b/c>;title="<d"',
        b'<%b/x?p=2>; rel="next", </@a/x?p=9>; rel=last, <//b/c>;title="<d"' % PROXY,
    ),
    ("a reload", b"Refresh", b"5; URL='/v1/x'", b"5; URL='/@a/x'"),
    ("a reload without a name", b"Refresh", b"0;https://api.test/v1/x", b"0;%b/x" % PROXY),
    ("a reload of itself", b"Refresh", b"5", b"5"),
    ("an empty redirect", b"Location", b"", b""),
    ("any other header", b"X-Url", b"https://api.test/v1/x", b"https://api.test/v1/x"),
]


@pytest.mark.parametrize(
    ("reason", "name", "value", "expected"), HEADERS, ids=[row[0] for row in HEADERS]
)
def test_headers(reason: str, name: bytes, value: bytes, expected: bytes) -> None:
    headers = ((b"B", b"1"), (name, value), (b"a", b"2"))
    assert translate_headers(headers, BASE) == ((b"B", b"1"), (name, expected), (b"a", b"2"))


@given(st.binary(max_size=60), st.sampled_from([b"", b"https://api.test/v1", b"//", b"/"]))
def test_no_bytes_are_an_error(rest: bytes, start: bytes) -> None:
    translated = BASE.translate(start + rest)
    assert BASE.translate(b"https://other.test/" + rest) == b"https://other.test/" + rest
    if not translated.startswith((PROXY, b"/")):
        assert translated == start + rest
