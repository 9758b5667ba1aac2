from __future__ import annotations

import pytest

from runreel.core.http.signed_host import has_signed_host, refuses_signature
from support.build import make_answer, make_request

AWS = b"AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/bedrock/aws4_request, "
SIGNATURES = [
    ("AWS", AWS + b"SignedHeaders=accept;host;x-amz-date, Signature=0", b"/", True),
    ("without spaces", AWS + b"SignedHeaders=host,Signature=0", b"/", True),
    ("the host is not signed", AWS + b"SignedHeaders=x-host;hosts, Signature=0", b"/", False),
    ("a signed URL", b"", b"/?X-Amz-Signature=0&X-Amz-SignedHeaders=accept%3Bhost", True),
    ("a signed URL of Google's", b"", b"/?X-Goog-SignedHeaders=host&X-Goog-Signature=0", True),
    ("a bearer key", b"Bearer host", b"/", False),
    ("no signature", b"", b"/host", False),
]


@pytest.mark.parametrize(
    ("reason", "authorization", "target", "signed"), SIGNATURES, ids=[row[0] for row in SIGNATURES]
)
def test_a_signature_of_the_host_is_found(
    reason: str, authorization: bytes, target: bytes, signed: bool
) -> None:
    headers = ((b"Authorization", authorization),) if authorization else ()
    assert has_signed_host(make_request(target=target, headers=headers)) is signed


REFUSALS = [
    (
        "a signature of AWS",
        b'{"message":"The request signature we calculated does not match"}',
        True,
    ),
    ("the code of S3", b"<Error><Code>SignatureDoesNotMatch</Code></Error>", True),
    ("another vendor's code", b'{"Code":"AuthFailure.SignatureFailure"}', True),
    ("nothing is said", b"", True),
    ("no permission", b'{"message":"User: x is not authorized to perform: bedrock:x"}', False),
    ("an expired token", b'{"message":"The security token in the request is expired"}', False),
    ("a wrong clock", b'{"message":"Signature expired: 1 is now earlier than 2"}', False),
    ("a policy", b"<Error><Code>AccessDenied</Code></Error>", False),
    ("a firewall's page", b"<html>Request blocked</html>", False),
]


@pytest.mark.parametrize(("reason", "body", "fits"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_only_a_refused_signature_counts(reason: str, body: bytes, fits: bool) -> None:
    assert refuses_signature(make_answer(body, status=403)) is fits


def test_the_code_of_a_refusal_may_be_in_a_header() -> None:
    headers = ((b"x-amzn-ErrorType", b"InvalidSignatureException:http://x/"),)
    assert refuses_signature(make_answer(b"{}", headers=headers))
    clock = make_answer(b'{"message":"Signature expired: 1"}', headers=headers)
    assert not refuses_signature(clock)
