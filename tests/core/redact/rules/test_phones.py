"""Telephone numbers with digits that no example has."""

# ruff: noqa: RUF001 - words and signs of other scripts

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runreel.core.redact import Rules
from runreel.core.redact.finders.by_pattern import find_matches
from runreel.core.redact.texts.text import Text, TextKind

DETECTOR = Rules.build().detector

FORMS = """
    US: (NNd) NNd-dddd; NMd-NMd-dddd; 1-NMd-NMd-dddd; NMd.NMd.dddd; NNd NNd dddd
    UK: 020 7ddd dddd; (020) 7ddd dddd; 07ddd dddddd; 07ddd ddd ddd; 0161 ddd dddd; (01ddd) dddddd
    DE: 030 ddddddd; 030/ddddddd; (030) ddddddd; 0170 ddddddd; 0151-dddddddd; 0176 dd dd dd dd
    FR: 06 dd dd dd dd; 01.dd.dd.dd.dd; 04-dd-dd-dd-dd
    ES: 6dd ddd ddd; 6dd dd dd dd; 91 ddd dd dd; 9dd ddd ddd
    IT: 34d ddd dddd; 34d ddddddd; 06 dddd dddd; 02/ddddddd; 051 dddddd
    NL: 06 dddddddd; 06-dddddddd; 020 ddddddd; 010 ddd dddd
    BR: (11) 9dddd-dddd; (21) dddd-dddd; 11 9dddd-dddd; (21) 9 dddd-dddd; 0800 ddd dddd
    MX: 55 dddd dddd; (55) dddd dddd; (81) dddd-dddd; 664 NNd dddd
    IN: 9dddd ddddd; 9dddd-ddddd; 098ddd ddddd; 022 2ddd dddd
    JP: 090-dddd-dddd; 03-dddd-dddd; 045-ddd-dddd; 0120-ddd-ddd; (03) dddd-dddd; 03(dddd)dddd
    CN: 138 dddd dddd; 139-dddd-dddd; 010-dddddddd; 0755-dddddddd
    KR: 010-dddd-dddd; 02-ddd-dddd; 02-dddd-dddd; 031-ddd-dddd; 010.dddd.dddd
    AU: 04dd ddd ddd; (02) dddd dddd; 02 dddd dddd; 1300 ddd ddd
    CH: 044 ddd dd dd; SE: 070-ddd dd dd; BE: 0470 dd dd dd; FI: 040 ddd dddd; PL: 600 ddd ddd
    RU: 8 (9dd) ddd-dd-dd; 8-9dd-ddd-dd-dd; (495) ddd-dd-dd; TR: 0532 ddd dd dd; 0 (532) ddd dd dd
    ID: 08dd-dddd-dddd; PH: 0917 ddd dddd; IL: 050-ddd-dddd; ZA: 082 ddd dddd
"""
FORM = re.compile(r"(?:\s*[A-Z]{2}: )?([^;\n]+)(?:;\s*|\n)")
NATIONAL = [match[1].strip() for match in FORM.finditer(FORMS) if match[1].strip()]
LABELS = """
    Phone:; phone number is; Tel.; TEL:; Telefon:; Telefonnummer:; Rufnummer:; Handy:; Handynummer:
    Mobil:; Téléphone :; Tél.; Teléfono:; Móvil:; Celular:; Telefone:; Telefono:; Cellulare:
    Telefoon:; Mobiel:; Tlf.; Puhelin:; Telefón:; tel. kom.; Τηλέφωνο:; Тел.:; Телефон:; Моб.
    電話：; 電話番号：; 携帯：; 电话：; 手机号：; 联系电话:; 전화:; 전화번호:; 휴대폰:
    טלפון:; هاتف:; फ़ोन:; मोबाइल:; โทร:; Điện thoại:; SĐT:; Mobile:; cell no.; WhatsApp:
    Fax:; call me at; "contactPhone":; "phone_number":; phone=; <b>Phone</b>:
"""
LABEL_LIST = [label.strip() for label in re.split(r"[;\n]", LABELS) if label.strip()]
AROUND = [
    ("", ""),
    ("It is ", "."),
    ("Here (", ") it is"),
    ("```\n", "\n```"),
    ("🎉 ", " – bis bald"),
]


def draw_digits(data: st.DataObject, form: str) -> str:
    """Return the form with ``d`` replaced by any digit, ``N`` and ``M`` by one from 2 on.

    ``M`` is none of the digits in the middle of unassigned area codes.
    """
    choices = {"d": "0123456789", "N": "23456789", "M": "2345678"}
    return "".join(data.draw(st.sampled_from(choices.get(sign, sign))) for sign in form)


def find_phones(text: str) -> list[bytes]:
    matches = find_matches(Text(text.encode(), TextKind.PLAIN), DETECTOR)
    return [match.value for match in matches if match.rule.name in ("phone", "labelled-phone")]


@pytest.mark.slow
@pytest.mark.parametrize("form", NATIONAL)
@settings(max_examples=15)
@given(data=st.data(), around=st.sampled_from(AROUND))
def test_a_national_number_needs_no_label(
    form: str, data: st.DataObject, around: tuple[str, str]
) -> None:
    number = draw_digits(data, form)
    text = number.join(around)
    assert number.encode() in find_phones(text), text


@pytest.mark.parametrize("label", LABEL_LIST)
@settings(max_examples=15)
@given(number=st.from_regex(r"[1-9][0-9]{7,11}", fullmatch=True))
def test_a_label_makes_any_digits_a_number(label: str, number: str) -> None:
    assert number.encode() in find_phones(f"{label} {number} or")
