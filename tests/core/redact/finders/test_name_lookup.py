from __future__ import annotations

import pytest

from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.finders.name_lookup import NameLookup
from runreel.core.redact.names.evidence import CredentialField, is_no_type

NAMES = NameLookup(Rules.build())


def test_names_of_parameters_are_decoded() -> None:
    assert NAMES.find_parameter_field(b"api_key") == CredentialField("api-key", is_no_type)
    assert NAMES.find_parameter_field(b"\xff") is None


def test_names_of_members_are_unescaped() -> None:
    assert NAMES.find_member_field(rb"api\u005fkey") == CredentialField("api-key", is_no_type)
    assert NAMES.find_member_field(b"\xff") is None


HEADERS = [
    ("a credential", b"Authorization", b"Bearer abc", [b"abc"]),
    ("cookies", b"Cookie", b"a=b; c=d", [b"b", b"d"]),
    ("URLs", b"Location", b"/x?sig=abc&n=1", [b"abc"]),
]


@pytest.mark.parametrize(
    ("name", "value", "secrets"), [c[1:] for c in HEADERS], ids=[c[0] for c in HEADERS]
)
def test_the_name_of_a_header_decides_how_its_value_is_searched(
    name: bytes, value: bytes, secrets: list[bytes]
) -> None:
    find = NAMES.choose_header_finder(name)
    assert find is not None
    assert [credential.value for credential in find(value)] == secrets


def test_other_headers_are_not_searched() -> None:
    assert NAMES.choose_header_finder(b"Content-Type") is None
