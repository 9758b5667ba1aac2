"""Telephone numbers: international ones, those in the forms of countries, and labelled ones.

The forms are those that people write, as national numbering plans and ITU-T E.123 have them. A form
without a trunk zero needs groups that few other numbers have; any other national number needs a
label.
"""

# ruff: noqa: RUF001 - words and signs of other scripts

from __future__ import annotations

from runreel.core.redact.rules.personal_checks import is_phone, is_phone_of_a_label
from runreel.core.redact.rules.rule import Rule

_GROUP = "personal"

GAP = rb"(?:[ -]|\xc2\xa0|\xe2\x80[\x90-\x92\xaf])"
"""A space or hyphen between groups of digits, also non-breaking ones, which models often write."""

DIGIT_GROUPS = (
    rb"[0-9][^0-9A-Za-z\"\n]{1,3}[0-9](?:[^0-9A-Za-z\"\n]{0,3}[0-9]){5}"
    rb"|[0-9]{13}|\+[0-9]|[A-Za-z][0-9]{10}|[0-9]{5}[ -][0-9]{5}"
    rb"|[0-9]{4}[ ]?\r?\n[ ]?[0-9]{4}"
)
"""Trigger: digits in groups or in long rows. A time in seconds (ten digits) does not match."""

_SPACING = rb"(?:[ .()/-]|\xc2\xa0|\xe2\x80[\x90-\x93\xaf]){0,3}"
_BETWEEN = rb"(?:" + GAP + rb"|[ ]?[/-][ ]?|\.)"
"""A separator of the groups of a national number."""

_INTERNATIONAL = (
    rb"\+[1-9](?:" + _SPACING + rb"[0-9]){6,22}\b"
    rb"|\b00[1-9][0-9]{0,2}[ ./-](?:" + _SPACING + rb"[0-9]){6,13}\b"
)
_AMERICAN = (
    rb"(?:\b1" + GAP + rb"|\b1\.)?(?:\([2-9][0-9]{2}\)" + GAP + rb"?|\b[2-9][0-9]{2}" + GAP + rb")"
    rb"[0-9]{3}" + GAP + rb"[0-9]{4}(?:[ ](?:x|ext\.?)[ ]?[0-9]{1,5})?\b"
    rb"|\b[2-9][0-9]{2}\.[0-9]{3}\.[0-9]{4}\b"
)
"""The North American plan; Italian mobile numbers and most Mexican numbers look the same."""
_WITH_TRUNK_ZERO = (
    rb"[0-9]?\.?\b0[1-9][0-9]{0,4}(?:" + _BETWEEN + rb"[0-9]{2,8}){1,4}\b"
    rb"|\(0[1-9][0-9]{0,4}\)[ ]?[0-9]{2,8}(?:" + _BETWEEN + rb"[0-9]{2,4}){0,3}\b"
    rb"|\b0[ ]?\([1-9][0-9]{1,3}\)(?:[ ]?[0-9]{2,4}){2,3}\b"
    rb"|\([0-9]{2,5}\)[ ]?[0-9]{3,4}[ -]?[0-9]{3,4}\b|\b0[1-9]\([0-9]{4}\)[0-9]{4}\b"
)
"""Most of Europe, Asia and Oceania; the check knows the groups. A digit and a point before it are
those of a coordinate."""
_OTHER_COUNTRIES = (
    # Russia
    rb"\b8(?:[ -]?\([3489][0-9]{2}\)[ ]?|[ -][3489][0-9]{2}[ -])"
    rb"[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{2}\b"
    rb"|\([3489][0-9]{2}\)[ ]?[0-9]{3}-[0-9]{2}-[0-9]{2}\b"
    # Brazil and Mexico
    rb"|\([1-9][0-9]\)[ ]?(?:9[ ]?)?[0-9]{4}[ -][0-9]{4}\b|\b[1-9][0-9][ ]9[0-9]{4}-[0-9]{4}\b"
    rb"|\b(?:55|56|33|81)[ ][0-9]{4}[ ][0-9]{4}\b"
    # India and China
    rb"|\b[6-9][0-9]{4}[ -][0-9]{5}\b|\b1[3-9][0-9]" + GAP + rb"[0-9]{4}" + GAP + rb"[0-9]{4}\b"
    # Spain, Portugal and Poland
    rb"|\b[679][0-9]{2}(?:[ ][0-9]{2}){3}\b|\b9[1-8][ ][0-9]{3}(?:[ ][0-9]{2}){2}\b"
    rb"|\b[5-79][0-9]{2}(?:[ ][0-9]{3}){2}\b|\b[5-79][0-9]{2}(?:-[0-9]{3}){2}\b"
    # Italy and Australia
    rb"|\b3[2-9][0-9][ /-][0-9]{6,7}\b|\b1[38]00[ -][0-9]{3}[ -][0-9]{3}\b"
)


def _join_words(words: str) -> bytes:
    """Return a pattern of any of these words; a tilde is a space, or ``_`` in a name."""
    return "|".join(words.split()).replace("~", "[ _-]").encode()


_E_ACUTE, _O_ACUTE = "(?-i:é|É)", "(?-i:ó|Ó)"
_WORDS = _join_words(
    f"""
    (?:tele|mobile~|cell~?|smart)?phone telefon[aeiou]? telefoon telefonn?r telefax tele?pon tel
    t{_E_ACUTE}l t{_E_ACUTE}l{_E_ACUTE}phone tel{_E_ACUTE}fono telef{_O_ACUTE}n m{_O_ACUTE}vil
    kom{_O_ACUTE}rka handynummer mobilnummer rufnummer celular cellulare puhelin puh tlf msisdn
    contact~(?:no|nr|number)
    """
)
_OTHER_WORDS = _join_words(
    """
    (?:Τ|τ)ηλ(?:έφωνο)? κινητό (?:Т|т)елефон (?:Т|т)ел[.:] (?:М|м)об[.] (?:М|м)обильный
    電話(?:番号|號碼)? 携帯(?:電話|番号){0,2} 手機(?:號碼)? (?:联系)?电话(?:号码)? 手机(?:号码|号)?
    (?:휴대)?전화(?:번호)? 휴대폰 핸드폰 연락처 טלפון נייד هاتف جوال موبايل تلفن
    फ़ोन फ़ोन फोन मोबाइल โทร(?:ศัพท์)? (?:Đ|đ)iện~thoại SĐT
    """
)
"""Words for a telephone number: in Latin letters, in which they are found in any letter case, and
in other scripts, where no border of a word is needed."""
_WEAK_WORDS = _join_words(
    "mobile? mobiel cell? fax whatsapp handy portable ph gsm cep viber natel no[.]?~hp"
)
"""Words with other meanings, which need a colon or the beginning of a number."""
_NUMBER = (
    rb"(?:[.]?[ _-]{0,2}(?:number|num|no|nr|nummer|kom|numero"
    rb"|(?-i:n\xc3\xbamero|n\xc2\xba|n\xc2\xb0|\xe5\x8f\xb7|\xe7\xa0\x81))(?:\.|\b))"
)
_IS = rb"(?:[ ](?:is|ist|lautet|est|es|at|on|under|auf|(?-i:\xc3\xa8|\xc3\xa9))\b)"
_COLON = rb"[ ]{0,2}(?:[:=#|]|(?-i:\xef\xbc\x9a))"
_SIGNATURE = rb"(?-i:\b[TMPFH]:)"
_TAG = rb"(?:</?[a-z0-9]{1,6}>)?"
_TO_VALUE = (
    rb"['\"`*._\\]{0,3}" + _TAG + rb"(?:" + _COLON + rb")?" + _TAG + rb"[ ]{0,2}\[?['\"`*\\]{0,3}"
)
_LABEL = (
    rb"(?:(?:\b|_)(?:"
    + _WORDS
    + rb")|(?-i:[a-z0-9](?:Phone|Tel|Mobile|Cell|Fax)|"
    + _OTHER_WORDS
    + rb")"
    rb"|\b(?:call|text|phone|ring|reach)[ ](?:me|us|him|her|them)"
    rb"|(?:\b|_)(?:"
    + _WEAK_WORDS
    + rb")(?:"
    + _NUMBER
    + rb"|"
    + _IS
    + rb"|['\"`*.\\]{0,3}"
    + _COLON
    + rb"))"
)
_DIGITS = rb"(\+?\(?[0-9](?:" + _SPACING + rb"[0-9]){6,14})\b"
_PLUS_OR_ZERO = rb"(\(?[0+][0-9](?:" + _SPACING + rb"[0-9]){7,13})\b"
_LABELLED = (
    rb"(?i)" + _LABEL + rb"(?:" + _NUMBER + rb"|" + _IS + rb"){0,3}" + _TO_VALUE + _DIGITS
    + rb"|(?:(?:\b|_)(?:" + _WEAK_WORDS + rb")\.?|" + _SIGNATURE + rb")[ ]" + _PLUS_OR_ZERO
)  # fmt: skip
_LABEL_SIGN = (
    rb"(?i)phone|tel[^a-z]|telef|tele?pon|msisdn|nummer|celular|cellulare|puh|tlf|contact[ _-]n"
    rb"|(?:" + _WEAK_WORDS + rb")[^a-z]|(?:call|text|ring|reach)[ ](?:me|us|him|her|them)"
    rb"|(?-i:[Tt](?:\xc3\xa9|\xc3\x89)[Ll]|\xc3[\xb3\x93](?:vil|VIL|rka)|"
    + _OTHER_WORDS
    + rb")|"
    + _SIGNATURE
)

PHONES = (
    Rule(
        "phone",
        _GROUP,
        (),
        # Bytes in a hex dump are not a phone number: the first alternative matches them, and the
        # check rejects them.
        rb"\b[0-9A-Fa-f]{2}(?:[ ]{1,2}[0-9A-Fa-f]{2}){6,}\b|"
        + b"|".join((_INTERNATIONAL, _AMERICAN, _WITH_TRUNK_ZERO, _OTHER_COUNTRIES)),
        check=is_phone,
        trigger=DIGIT_GROUPS,
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
            "04-72-34-56-78",
            "+91 98765 43210",
            "+86 138 0013 8000",
            "+81-90-1234-5678",
            "+55 11 91234-5678",
            "0049 30 1234567",
            "020 7946 0958",
            "(020) 7946 0958",
            "07700 900123",
            "0170 1234567",
            "030/9018200",
            "(030) 9018200",
            "040 / 123 45 67",
            "0176 12 34 56 78",
            "612 345 678",
            "612 34 56 78",
            "91 123 45 67",
            "347 1234567",
            "06 1234 5678",
            "02/1234567",
            "06-12345678",
            "(11) 91234-5678",
            "(21) 3234-5678",
            "11 91234-5678",
            "55 1234 5678",
            "98765 43210",
            "022 2345 6789",
            "090-1234-5678",
            "03-1234-5678",
            "03(1234)5678",
            "0120-123-456",
            "138 0013 8000",
            "010-12345678",
            "010-1234-5678",
            "02-312-3456",
            "0412 345 678",
            "(02) 9374 4000",
            "1300 123 456",
            "044 668 18 00",
            "070-123 45 67",
            "0470 12 34 56",
            "8 (912) 345-67-89",
            "8-912-345-67-89",
            "(495) 123-45-67",
            "0 (532) 123 45 67",
            "0812-1234-5678",
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
            "07-11-2026 10:30",
            "01.02.2024 10",
            "02139-4307",
            "0001 0002 0003",
            "2019-2020 2021",
            "1 234 567 890",
            "2026-01-02T03:04:05.6789010",
            "-01234.123412",
            "016.016.016",
            "+1980-02-29 01:02",
        ),
    ),
    Rule(
        "labelled-phone",
        _GROUP,
        (),
        _LABELLED,
        check=is_phone_of_a_label,
        trigger=_LABEL_SIGN,
        window_before=24,
        matches=(
            "phone: «4155550132»",
            "Tel. «030/9018200»",
            "mobile number is «9876543210»",
            "call me at «4155550132»",
            "phone='«5550132»'",
            "contact_phone: «01012345678»",
            "homePhone: «01012345678»",
            "Téléphone : «0612345678»",
            "TÉL. «0612345678»",
            "Teléfono: «912345678»",
            "Móvil «612345678»",
            "Telefone: «11912345678»",
            "Telefoonnummer: «0612345678»",
            "Handy: «01701234567»",
            "Handynummer ist «01701234567»",
            "Cellulare: «3471234567»",
            "電話：«0312345678»",
            "携帯電話：«09012345678»",
            "联系电话：«13800138000»",
            "手机号码 «13800138000»",
            "전화번호: «01012345678»",
            "Тел.: «84951234567»",
            "телефон «84951234567»",
            "Τηλ. «2101234567»",
            "הטלפון: «0501234567»",
            "هاتف: «0501234567»",
            "Điện thoại: «0912345678»",
            "Mobil «0170 1234567»",
            "tel. kom. «512345678»",
            "T: «030 9018200»",
            "| Phone | «4155550132» |",
        ),
        non_matches=(
            "phone: required",
            "phone number",
            "tel: +1",
            "iPhone 15 Pro 256",
            "phone_id: {hex:12}",
            "phone: 2026-11-25",
            "cell 12345678",
            "T: 0.12345678",
            "telemetry 12345678",
            "the hotel 1234567",
        ),
    ),
)
