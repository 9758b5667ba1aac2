from __future__ import annotations

import pytest

from runreel.core.redact.names import evidence
from runreel.core.redact.rules.examples import build_example
from runreel.core.redact.rules.rule import SecretCheck

CHECKS: list[tuple[SecretCheck, str, str]] = [
    (
        evidence.is_no_type,
        "hunter2|important|open sesame|x",
        "string|Boolean|null|TRUE|required| integer ",
    ),
    (
        evidence.is_no_word,
        "hunter2x|Tr0ub4dor&3|{alnum:12}",
        "important|open sesame1|h2|2026-11-30|12345|oauth2|same-origin|${PASSWORD}|user.name2",
    ),
    (
        evidence.has_random_part,
        "{alnum:32}|{hex:32}|{b64u:24}|tok_{alnum:16}|{hex:40}|{b64:43}=",
        "internationalization|0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f|uploads/2024/report-12.pdf"
        "|{alnum:32} or so|gpt-4o-2024-08-06|s3://bucket/a1/b2/c3/d4.json|20261103T012196Z"
        "|arn:aws:kms:eu-west-1:123456789012:key/{hex:32}|https://example.test/{hex:32}"
        "|data:image/png;base64,{b64:64}|1234567890123456|created_at2|Ipv6CidrAssociations",
    ),
    (
        evidence.has_mixed_random_part,
        "{alnum:32}|{b64u:43}",
        "{hex:32}|sess_{hex:32}|msg_{alnum:24}|demo|workshop-2026|print(1)",
    ),
    (evidence.is_code, "4821|482913|482-913|abcd-2345x", "D13|1|12|words"),
    (evidence.is_account, "ann:hunter2x|{alnum:32}", "include|ann:words|none|http://h:8080/"),
    (
        evidence.is_connection,
        "postgres://ann:hunter2@db/app|https://{hex:32}@o1.example.test/1"
        "|Server=db;User Id=ann;Password=x1|https://a.example.test/c?sv=1&sig={alnum:43}|{hex:40}",
        "postgres://localhost/app|keep-alive|mysql:host=localhost;dbname=x|https://ann@h.test/",
    ),
    (
        evidence.is_digest,
        "{hex:40}|{hex:64}|sha256={hex:64}|v0={hex:64}|{b64:43}=|{b64:27}=",
        "{b64:400}|{hex:32}|ann@work|f(int32)",
    ),
    (
        evidence.is_password_hash,
        "$2b$12${alnum:53}|$argon2id$v=19$m=65536$x${b64:43}|{{SSHA}{b64:32}",
        "{hex:40}|{hex:64}|$5|$PASSWORD",
    ),
    (
        evidence.is_phrase,
        "able baker candy delta eager fable giant habit igloo joker karma lemon",
        "able baker candy|mov eax",
    ),
]
ROWS = [
    (check, build_example(template).text, expected)
    for check, accepted, refused in CHECKS
    for templates, expected in ((accepted, True), (refused, False))
    for template in templates.replace("{{SSHA}", "{SSHA}").split("|")
]


@pytest.mark.parametrize(
    ("check", "text", "expected"), ROWS, ids=[f"{c[0].__name__}-{c[1][:24]}" for c in ROWS]
)
def test_the_evidence_of_a_value(check: SecretCheck, text: str, expected: bool) -> None:
    assert check(text.encode()) is expected


@pytest.mark.parametrize("check", [row[0] for row in CHECKS], ids=lambda check: check.__name__)
@pytest.mark.parametrize("letter", [b"a", b"1", b"a1", b":", b"://", b"/a", b"a-", b"a ", b"$"])
def test_a_long_value_is_examined_in_no_time(check: SecretCheck, letter: bytes) -> None:
    """Quadratic time would be minutes here."""
    check(letter * 200_000)
