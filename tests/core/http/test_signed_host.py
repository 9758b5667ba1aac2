from __future__ import annotations

import pytest

from runreel.core.http.signed_host import has_signed_host
from support.build import make_request

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
