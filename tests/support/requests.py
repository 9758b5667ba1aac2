"""Requests with bodies of all kinds, for tests that compare requests."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from runreel.model import Headers, OmittedReason, Request
from support.build import make_request

NO_TYPE: Headers = ()
JSON: Headers = ((b"Content-Type", b"application/json"),)
UPLOAD: Headers = ((b"Content-Type", b"multipart/form-data; boundary=b"),)
FORM: Headers = ((b"Content-Type", b"application/x-www-form-urlencoded"),)


def make_body_request(body: bytes, headers: Headers = JSON) -> Request:
    return make_request(body=body, headers=headers)


def make_multipart(boundary: bytes, *parts: bytes) -> Request:
    lines = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    content_type = b"multipart/form-data; boundary=" + boundary
    return make_body_request(
        lines + b"--" + boundary + b"--\r\n", ((b"Content-Type", content_type),)
    )


def make_omitted(
    digest: str = "", reason: OmittedReason = OmittedReason.MAX_BODY, headers: Headers = JSON
) -> Request:
    return Request("POST", b"/v1/files", headers, omitted=reason, digest=digest)


def make_target_pair(one: bytes, other: bytes) -> tuple[Request, Request]:
    return make_request(target=one), make_request(target=other)


def make_body_pair(one: bytes, other: bytes, headers: Headers = JSON) -> tuple[Request, Request]:
    return make_body_request(one, headers), make_body_request(other, headers)


NUMBERS = st.sampled_from(["0", "-0", "1", "1.0", "10e-1", "0.1", "0.10", "1e400", "-1", "12"])
NAMES = st.text('a":\\', max_size=2)
TEXTS = st.recursive(
    NUMBERS | st.sampled_from(["null", "true", "false"]) | NAMES.map(json.dumps),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.lists(st.tuples(NAMES.map(json.dumps), inner), max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{name}: {value}" for name, value in pairs) + "}"
        )
    ),
    max_leaves=6,
)
"""JSON texts of few names and values, so that two of them often have the same meaning."""

PATHS = ["$", "$.a", "$[0]", "$[1]", "$[*]", "$.*", "$..a", "$..[0]", "$.a[*].a", "$['']", "$..*.a"]
"""JSON paths that exist in some of these texts."""
