"""Personal data that is recognised by its shape, by a label or by a checksum."""

# ruff: noqa: RUF001 - a dash between groups of digits

from __future__ import annotations

from runreel.core.redact.rules.personal_checks import (
    IBAN_LENGTHS,
    ISSUERS,
    is_address,
    is_card,
    is_email,
    is_iban,
    is_ssn,
)
from runreel.core.redact.rules.phones import DIGIT_GROUPS, GAP
from runreel.core.redact.rules.rule import Rule

_GROUP = "personal"

_LETTER = rb"(?:[A-Za-z0-9]|[\xc3-\xdf][\x80-\xbf])"
"""A letter or digit of an email address, also the letters that take two bytes in UTF-8: Latin,
Greek, Cyrillic, Hebrew and Arabic (RFC 6531)."""
_LONG_LETTER = rb"(?:(?:\xe0[\xa4-\xbf]|[\xe1\xe4-\xed][\x80-\xbf]|\xe3[\x81-\xbf])[\x80-\xbf])"
"""A letter of three bytes, of India, China, Japan or Korea. Some of these scripts have no spaces,
so an address in them consists of such letters and digits only."""
_ANY_LETTER = rb"(?:" + _LETTER + rb"|" + _LONG_LETTER + rb")"

_LOCAL = (
    rb"(?:" + _LETTER + rb"|[_+])"
    rb"(?:(?:" + _LETTER + rb"|[._%+'!$^~-]){0,62}(?:" + _LETTER + rb"|[_+-]))?"
    rb"|" + _LONG_LETTER + rb"(?:" + _LONG_LETTER + rb"|[0-9._+-]){0,30}"
)
_DOMAIN = (
    rb"(?:%b(?:(?:%b|-){0,61}%b)?\.){1,8}"
    rb"(?:xn--[A-Za-z0-9-]{2,40}\b|[A-Za-z]{2,24}\b|(?:[\xc3-\xdf][\x80-\xbf]|%b){2,24})"
    % (_ANY_LETTER, _ANY_LETTER, _ANY_LETTER, _LONG_LETTER)
)
"""A domain in any script, or in ASCII (RFC 5891)."""
_IP_DOMAIN = rb"\[(?:IPv6:)?[0-9A-Fa-f.:]{6,45}\]"

_CARD_GAP = (
    rb"(?:[ ]{1,2}|\xc2\xa0|\xe2\x80[\x87\x89\xaf]|[ ]?(?:[.-]|\xe2\x80[\x90-\x94])[ ]?"
    rb"|[ ]?\r?\n[ ]?)"
)
"""A separator of a card's groups: a space, hyphen, dash, dot or line end, of which ``is_card``
accepts one kind."""


def _build_iban_pattern() -> bytes:
    """Return a pattern of the IBANs of all countries, each with the country's length."""
    countries: dict[int, list[str]] = {}
    for country, length in IBAN_LENGTHS.items():
        countries.setdefault(length, []).append(country)
    choices = (
        f"(?:{'|'.join(codes)})[0-9]{{2}}(?:%s?[A-Z0-9]){{{length - 4}}}"
        for length, codes in sorted(countries.items())
    )
    return "|".join(choices).encode().replace(b"%s", GAP)


PERSONAL = (
    Rule(
        "email",
        _GROUP,
        (b"@",),
        # The user in a URL is not an email address: the first alternative matches it, and the
        # check rejects it.
        rb"://[^ \t\r\n\"'<>/@]{1,128}@|((?:"
        + _LOCAL
        + rb")@(?:"
        + _DOMAIN
        + rb"|"
        + _IP_DOMAIN
        + rb"))"
        rb"|\"([A-Za-z0-9](?:[^\"\\\r\n]{0,62}[A-Za-z0-9._+-])?\\{0,3}\"@" + _DOMAIN + rb")",
        check=is_email,
        window_before=132,
        matches=(
            "ann@example.org",
            "first.last+tag@mail.example.co.uk",
            "ANN.O'NEIL@EXAMPLE.COM",
            "jürgen@bücher.example",
            "mailto:«ann_9@example.travel»",
            "Ann Example <«ann@example.org»>",
            "ann%shop@example.org",
            "müller@exämple.de",
            "иван@пример.рф",
            "משה@דוגמה.קום",
            "用户@例子.公司",
            "请联系«ann@example.com»谢谢",
            "山田@例え.jp",
            "ann@xn--exmple-cua.xn--p1ai",
            '"«ann lee"@example.org»',
            '"«ann..lee"@example.org»',
            '"«ann@home"@example.org»',
            "ann@[81.2.69.142]",
        ),
        non_matches=(
            "npm install @openai/agents@1.2.3",
            "user@localhost",
            "git@github.com:acme/app.git",
            "icon@2x.png",
            "REDACTED-email-1@redacted.invalid",
            "actions/checkout@v4.1",
            "@app.route",
            '{"handle": "@acme.com", "of": "@b.org"}',
            '["ann", "@acme.com"]',
            "+@pytest.fixture",
            "an e-mail @ once",
        ),
    ),
    Rule(
        "card",
        _GROUP,
        (),
        rb"\b62[0-9]{2}(?:" + _CARD_GAP + rb"[0-9]{4}){3}" + _CARD_GAP + rb"[0-9]{3}\b"
        rb"|\b[2-6][0-9]{3}(?:" + _CARD_GAP + rb"[0-9]{4}){3}\b"
        rb"|\b3[0-9]{3}" + _CARD_GAP + rb"[0-9]{6}" + _CARD_GAP + rb"[0-9]{4,5}\b"
        rb"|\b(?:" + ISSUERS + rb")\b",
        check=is_card,
        trigger=DIGIT_GROUPS,
        window_before=48,
        window_after=64,
        matches=(
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "4111111111111111",
            "5555 5555 5555 4444",
            "2223003122003222",
            "3782 822463 10005",
            "378282246310005",
            "3056 930902 5904",
            "6011111111111117",
            "3530111333300000",
            "4111.1111.1111.1111",
            "4111\u00a01111\u00a01111\u00a01111",
            "4111–1111–1111–1111",
            "4111 - 1111 - 1111 - 1111",
            "4111\n1111\n1111\n1111",
            "4111 1111\n1111 1111",
        ),
        non_matches=(
            "4111 1111 1111 1112",
            "1699009709123456",
            "4111",
            "2024010112000000",
            "4442 0139 6093 2498",
            "4111 11111111 1111",
            "4111-111111111111",
            "4111 1111-1111 1111",
            "4111.1111 1111.1111",
        ),
    ),
    Rule(
        "iban",
        _GROUP,
        (),
        rb"(?i)\b(?:" + _build_iban_pattern() + rb")\b",
        check=is_iban,
        trigger=DIGIT_GROUPS,
        window_before=48,
        window_after=64,
        matches=(
            "DE89370400440532013000",
            "DE89 3704 0044 0532 0130 00",
            "GB82 WEST 1234 5698 7654 32",
            "FR14 2004 1010 0505 0001 3M02 606",
            "NO93 8601 1117 947",
            "«DE89 3704 0044 0532 0130 00» BIC COBADEFF",
            "de89370400440532013000",
            "MT84MALT011000012345MTLCAST001S",
        ),
        non_matches=("DE89370400440532013001", "DE89 3704", "GB82WEST"),
    ),
    Rule(
        "us-ssn",
        _GROUP,
        (),
        rb"\b[0-8][0-9]{2}[-\xe2\x80\x91]{1,3}[0-9]{2}[-\xe2\x80\x91]{1,3}[0-9]{4}\b",
        check=is_ssn,
        trigger=DIGIT_GROUPS,
        window_before=48,
        window_after=64,
        matches=("536-22-1234", "078-05-1120"),
        non_matches=("000-12-3456", "666-12-3456", "123-00-4567", "2024-10-1234", "123-45-678"),
    ),
    Rule(
        "labelled-ssn",
        _GROUP,
        (),
        rb"(?i)\b(?:ssn|social[ ]security(?:[ ](?:number|no\.?|#))?|itin)['\"`*]{0,3}(?:[ ]?[:=#]"
        rb"|[ ]is|[ ]was)?"
        rb"[ ]{0,2}['\"`*]{0,3}([0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{4})\b",
        trigger=rb"(?i)\b(?:ssn|social[ ]security|itin[^a-z])",
        matches=(
            "SSN: «536221234»",
            "my social security number is «536 22 1234»",
            "ITIN «912-70-1234»",
        ),
        non_matches=("SSN: required", "SSN: 12345"),
    ),
    Rule(
        "ipv4",
        _GROUP,
        (),
        # Versions and the coordinates of drawings (SVG) are not addresses: the first alternatives
        # match them, and the check rejects them.
        rb"(?i:\b(?:v8|version|release|section)(?:[ ]to)?[ :=]{1,2}v?)[0-9][0-9.]*"
        rb"|[0-9](?:-[0-9]*\.[0-9]+[ ,][0-9][0-9.]*)+"
        rb"|\b([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(?:\.[0-9]{1,3}){1,6})\b",
        check=is_address,
        matches=(
            "81.2.69.142",
            "203.0.113.7",
            "client «81.2.69.142»:443",
            "http://«81.2.69.142»/",
            "2026-11-25 10:00:00.123 «81.2.69.142» 0.003",
            "0.003 «81.2.69.142»",
        ),
        non_matches=(
            "127.0.0.1",
            "10.0.0.1",
            "192.168.1.20",
            "172.16.0.9",
            "255.255.255.0",
            "version 1.2.3.4",
            "v81.2.69.142",
            "1.3.6.1.4.1.311",
            "300.1.1.1",
            "10.0.19045.3803",
            "Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0",
            "deps: update V8 to 9.7.106.18",
            "Version: 11.20.30.40",
            "HTML 5, Section 4.10.22.7",
            'd="M1.52-.87 2.83-2.12 3.51.98.32 2.03.5"',
        ),
    ),
    Rule(
        "ipv6",
        _GROUP,
        (),
        rb"\b[23][0-9A-Fa-f]{3}(?::{1,2}[0-9A-Fa-f]{1,4}){1,7}(?:::)?",
        check=is_address,
        matches=(
            "2a02:2e0:3fe:1001:302::",
            "2001:db8::8a2e:370:7334",
            "2a00:1450:4001:82a:0:0:0:200e",
            "2606:4700::1111",
        ),
        non_matches=(
            "::1",
            "fe80::1",
            "fd00::8a2e",
            "2024:10:11",
            "12:34:56:78:9a:bc",
            "std::vector::size",
        ),
    ),
    Rule(
        "birth-date",
        _GROUP,
        (b"birth", b"dob", b"born"),
        rb"(?i)\b(?:date[ ]of[ ]birth|birth[ _-]?(?:date|day)|dob"
        rb"|born(?:[ ]on)?)['\"`*]{0,3}(?:[ ]?[:=]|[ ]is|[ ]was)?"
        rb"[ ]{0,2}['\"`*]{0,3}([0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4})\b",
        window_before=8,
        matches=("DOB: «1984-03-12»", "date of birth: «12/03/1984»", "born on «12.03.1984»"),
        non_matches=("born in 1984", "birthday: unknown"),
    ),
)
