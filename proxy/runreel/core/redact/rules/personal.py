"""Personal data that is recognised by its shape, by a label or by a checksum."""

from __future__ import annotations

from runreel.core.redact.rules.personal_checks import (
    IBAN_LENGTHS,
    ISSUERS,
    is_address,
    is_card,
    is_email,
    is_iban,
    is_phone,
    is_phone_of_a_label,
    is_ssn,
)
from runreel.core.redact.rules.rule import Rule

_GROUP = "personal"

_GAP = rb"(?:[ -]|\xc2\xa0|\xe2\x80[\x90-\x92\xaf])"
"""A space or hyphen between groups of digits, also non-breaking ones, which models often write."""

_DIGIT_GROUPS = (
    rb"[0-9][^0-9A-Za-z\"\n]{1,3}[0-9](?:[^0-9A-Za-z\"\n]{0,3}[0-9]){5}"
    rb"|[0-9]{13}|\+[0-9]|[A-Za-z][0-9]{10}"
)
"""Trigger: digits in groups or in long rows. A time in seconds (ten digits) does not match."""

_SPACING = rb"(?:[ .()/-]|\xc2\xa0|\xe2\x80[\x90-\x93\xaf]){0,3}"
_LETTER = rb"(?:[A-Za-z0-9]|[\xc3-\xc9\xce-\xd1][\x80-\xbf])"
"""A letter or digit of an email address, also the Latin, Greek and Cyrillic letters that take two
bytes in UTF-8 (RFC 6531)."""


def _build_iban_pattern() -> bytes:
    """Return a pattern of the IBANs of all countries, each with the country's length."""
    countries: dict[int, list[str]] = {}
    for country, length in IBAN_LENGTHS.items():
        countries.setdefault(length, []).append(country)
    choices = (
        f"(?:{'|'.join(codes)})[0-9]{{2}}(?:%s?[A-Z0-9]){{{length - 4}}}"
        for length, codes in sorted(countries.items())
    )
    return "|".join(choices).encode().replace(b"%s", _GAP)


PERSONAL = (
    Rule(
        "email",
        _GROUP,
        (b"@",),
        # The user in a URL is not an email address: the first alternative matches it, and the
        # check rejects it.
        rb"://[^ \t\r\n\"'<>/@]{1,128}@|((?:" + _LETTER + rb"|[_+])"
        rb"(?:(?:" + _LETTER + rb"|[._%+'-]){0,62}(?:" + _LETTER + rb"|[_+-]))?"
        rb"@(?:" + _LETTER + rb"(?:(?:" + _LETTER + rb"|-){0,61}" + _LETTER + rb")?\.){1,8}"
        rb"(?:[A-Za-z]{2,24}|xn--[a-z0-9-]{2,40}))\b",
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
        ),
        non_matches=(
            "npm install @openai/agents@1.2.3",
            "user@localhost",
            "git@github.com:acme/app.git",
            "icon@2x.png",
            "REDACTED-email-1@redacted.invalid",
            "actions/checkout@v4.1",
            "@app.route",
            "+@pytest.fixture",
            "an e-mail @ once",
        ),
    ),
    Rule(
        "phone",
        _GROUP,
        (),
        # Bytes in a hex dump are not a phone number: the first alternative matches them, and the
        # check rejects them.
        rb"\b[0-9A-Fa-f]{2}(?:[ ]{1,2}[0-9A-Fa-f]{2}){6,}\b"
        rb"|\+[1-9](?:" + _SPACING + rb"[0-9]){6,22}\b"
        rb"|\b00[1-9][0-9]{0,2}[ ./-](?:" + _SPACING + rb"[0-9]){6,13}\b"
        rb"|(?:\b1"
        + _GAP
        + rb"|\b1\.)?(?:\([2-9][0-9]{2}\)"
        + _GAP
        + rb"?|\b[2-9][0-9]{2}"
        + _GAP
        + rb")"
        rb"[0-9]{3}" + _GAP + rb"[0-9]{4}(?:[ ](?:x|ext\.?)[ ]?[0-9]{1,5})?\b"
        rb"|\b[2-9][0-9]{2}\.[0-9]{3}\.[0-9]{4}\b"
        rb"|[0-9]?\.?\b0[1-9](?:[ .][0-9]{2}){4}\b|\b07[0-9]{3}[ ][0-9]{3}[ ]?[0-9]{3}\b"
        rb"|\b0[12][0-9]{1,3}[ ][0-9]{3,4}[ ][0-9]{3,4}\b|\b01[5-7][0-9]{1,2}[ /-][0-9]{6,8}\b"
        rb"|\b04[0-9]{2}[ ][0-9]{3}[ ][0-9]{3}\b",
        check=is_phone,
        trigger=_DIGIT_GROUPS,
        window_before=48,
        window_after=64,
        matches=(
            "+14155550132",
            "+1 415 555 0132",
            "+1 (415) 555-0132",
            "(415) 555-0132",
            "415-555-0132",
            "415.555.0132",
            "1-415-555-0132",
            "+44 20 7946 0958",
            "+44 (0)20 7946 0958",
            "+49 30 901820",
            "+49 (0) 170 / 1234567",
            "+33 6 12 34 56 78",
            "06 12 34 56 78",
            "+91 98765 43210",
            "+86 138 0013 8000",
            "+81-90-1234-5678",
            "+55 11 91234-5678",
            "0049 30 1234567",
            "020 7946 0958",
            "07700 900123",
            "0170 1234567",
            "+1\u202f415\u2011555\u20110132",
        ),
        non_matches=(
            "1699009709",
            "2024-01-01T10:00:00+02:00",
            "+12345",
            "1,234,567.89",
            "+52.964229",
            "+35236450.6",
            "+2026-11-25",
            "0 .14.02.28.02.42.62-.27",
            "00000010  3a 06 85 20 45 29  00 01 02 03 04 05 06 07",
            "+4733-1957-0370-9746",
            "978-3-16-148410-0",
            "12:34:56.789012345",
            "123-45",
            "call_{digits:10}",
            "gpt-4-0125-preview and gpt-4o-2024-08-06",
            "100 200 300 400",
        ),
    ),
    Rule(
        "labelled-phone",
        _GROUP,
        (),
        rb"(?i)\b(?:(?:tele|mobile[ ]|cell[ ]?)?phone|tel|telefon[oe]?|(?:call|text)[ ]me"
        rb"|(?:mobile?|cell|fax|whatsapp|handy)(?:['\"`*]{0,3}[ ]?[:=#]|[ ](?:number|no\.?|nummer"
        rb"|at|on|is)))"
        rb"(?:[ ](?:number|no\.?|nummer|at|on|is))*['\"`*._]{0,3}[ ]?[:=#]?[ ]{0,2}['\"`*]{0,3}"
        rb"(\+?\(?[0-9](?:" + _SPACING + rb"[0-9]){6,14})\b",
        check=is_phone_of_a_label,
        trigger=rb"(?i)\b(?:(?:tele|mobile[ ]|cell[ ]?)?phone|tel(?:efon|[^a-z])|(?:call|text)[ ]me"
        rb"|mobile?[^a-z]|cell[^a-z]|fax|whatsapp|handy)",
        matches=(
            "phone: «4155550132»",
            "Tel. «030/9018200»",
            "mobile number is «9876543210»",
            "call me at «4155550132»",
            "phone='«5550132»'",
        ),
        non_matches=("phone: required", "phone number", "tel: +1", "iPhone 15 Pro 256"),
    ),
    Rule(
        "card",
        _GROUP,
        (),
        rb"\b62[0-9]{2}(?:" + _GAP + rb"[0-9]{4}){3}" + _GAP + rb"[0-9]{3}\b"
        rb"|\b[2-6][0-9]{3}(?:" + _GAP + rb"[0-9]{4}){3}\b"
        rb"|\b3[0-9]{3}" + _GAP + rb"[0-9]{6}" + _GAP + rb"[0-9]{4,5}\b"
        rb"|\b(?:" + ISSUERS + rb")\b",
        check=is_card,
        trigger=_DIGIT_GROUPS,
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
        ),
        non_matches=(
            "4111 1111 1111 1112",
            "1699009709123456",
            "4111",
            "2024010112000000",
            "4442 0139 6093 2498",
            "4111 11111111 1111",
            "4111-111111111111",
        ),
    ),
    Rule(
        "iban",
        _GROUP,
        (),
        rb"(?i)\b(?:" + _build_iban_pattern() + rb")\b",
        check=is_iban,
        trigger=_DIGIT_GROUPS,
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
        trigger=_DIGIT_GROUPS,
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
