from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.placeholder import PLACEHOLDER
from runreel.core.redact.known_values import Occurrence
from runreel.core.redact.vault import TooManySecretsError, Vault

SECRET = b'sk/test+canary?~"0001'


def make_vault(*values: bytes, kind: str = "api-key") -> Vault:
    vault = Vault()
    for value in values:
        vault.assign_placeholder(kind, value)
    return vault


def test_placeholders_are_numbered_per_kind_by_first_appearance() -> None:
    vault = Vault()
    assigned = [
        vault.assign_placeholder(kind, value)
        for kind, value in (("a", b"1"), ("a", b"2"), ("b", b"1"), ("a", b"1"))
    ]
    assert assigned == [b"REDACTED-a-1", b"REDACTED-a-2", b"REDACTED-b-1", b"REDACTED-a-1"]


def test_a_message_may_not_have_any_number_of_new_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runreel.core.redact.vault.MAX_NEW_VALUES", 2)
    vault = make_vault()
    for message in ((b"secret-1", b"secret-2"), (b"secret-1", b"secret-3", b"secret-4")):
        vault.allow_new_values()
        for value in message:
            vault.assign_placeholder("a", value)
    with pytest.raises(TooManySecretsError, match="more than 2 different secrets"):
        vault.assign_placeholder("a", b"secret-5")
    assert vault.value_count == 4


def test_values_beyond_all_limits_have_placeholders_where_nothing_is_stored() -> None:
    vault = Vault(max_values=1, refuses_excess=False)
    vault.allow_new_values()
    assigned = [vault.assign_placeholder("a", value) for value in (b"secret-1", b"secret-2")]
    assert assigned == [b"REDACTED-a-1", b"REDACTED-a-2"]
    assert [each.placeholder for each in vault.find(b"secret-1 secret-2")] == assigned[:1]


def test_reserved_placeholders_are_not_assigned() -> None:
    vault = Vault()
    vault.reserve(b"x REDACTED-a-1 REDACTED-a-3 REDACTED-b-1")
    assert [vault.assign_placeholder("a", value) for value in (b"1", b"2")] == [
        b"REDACTED-a-2",
        b"REDACTED-a-4",
    ]


def test_an_occurrence_has_the_kind_of_its_value() -> None:
    [occurrence] = make_vault(b"0123456789").find(b"0123456789")
    assert occurrence.kind == "api-key"
    assert PLACEHOLDER.fullmatch(occurrence.placeholder)


TEXT = SECRET.decode()
FORMS = [
    ("as it is", SECRET),
    ("in JSON", json.dumps(TEXT).encode()),
    ("in JSON, with escaped slashes", json.dumps(TEXT).replace("/", "\\/").encode()),
    ("in JSON, all as \\u", "".join(f"\\u{ord(c):04X}" for c in TEXT).encode()),
    ("in JSON in JSON", json.dumps(json.dumps(TEXT)).encode()),
    ("in a URL", quote(TEXT, safe="").encode()),
    ("in a URL, lower case", quote(TEXT, safe="").lower().encode()),
    ("in a URL, all encoded", "".join(f"%{ord(c):02x}" for c in TEXT).encode()),
    ("in a URL in JSON", json.dumps(quote(TEXT, safe="")).encode()),
    ("in HTML", html.escape(TEXT).encode()),
    ("in HTML, by numbers", "".join(f"&#{ord(c)};" for c in TEXT).encode()),
    ("in HTML, by hex numbers", "".join(f"&#x{ord(c):x};" for c in TEXT).encode()),
    ("in hex", SECRET.hex().encode()),
    ("in upper-case hex", SECRET.hex().upper().encode()),
    ("in base64", base64.b64encode(SECRET)),
    ("in base64, one byte later", base64.b64encode(b"a" + SECRET + b"b")),
    ("in base64, two bytes later", base64.b64encode(b"ab" + SECRET + b"c")),
    ("in base64 for URLs", base64.urlsafe_b64encode(b"?>" + SECRET)),
    ("in base64 in JSON with escaped slashes", base64.b64encode(SECRET).replace(b"/", b"\\/")),
]


@pytest.mark.parametrize(("reason", "form"), FORMS, ids=[c[0] for c in FORMS])
def test_a_value_is_found_in_every_form(reason: str, form: bytes) -> None:
    text = b"<< " + form + b" >>"
    assert [one.placeholder for one in make_vault(SECRET).find(text)] == [b"REDACTED-api-key-1"]


@given(st.binary(max_size=6), st.binary(max_size=6), st.integers(8, 20))
def test_no_bit_of_a_value_is_left_in_base64(before: bytes, after: bytes, length: int) -> None:
    value = b"sk/test+canary?~0001"[:length]
    text = base64.b64encode(before + value + after)
    occurrences = make_vault(value).find(text)
    start, end = min(one.start for one in occurrences), max(one.end for one in occurrences)
    bits_before, bits_after = start * 6, len(text[end:].rstrip(b"=")) * 6
    assert bits_before <= len(before) * 8
    assert bits_after <= len(after) * 8 + 4  # the padding's bits, which are always zero


def test_spaces_as_pluses() -> None:
    value = "correct horse & battery"
    assert make_vault(value.encode()).find(quote_plus(value).encode())


NOT_SEARCHED = [
    ("shorter than eight bytes", "api-key", b"abcdefg", b"abcdefg"),
    ("the name of an account", "openai-project", b"proj_personal", b"proj_personal"),
    ("the word that placeholders begin with", "authorization", b"REDACTED", b"REDACTED"),
]


@pytest.mark.parametrize(
    ("reason", "kind", "value", "text"), NOT_SEARCHED, ids=[c[0] for c in NOT_SEARCHED]
)
def test_some_values_are_not_searched_for(
    reason: str, kind: str, value: bytes, text: bytes
) -> None:
    assert make_vault(value, kind=kind).find(text) == []


PLACEHOLDERS = [
    ("the kind of an assigned placeholder", b"x REDACTED-password-1 y", False),
    ("after one", b"REDACTED-password-1 password-", True),
    ("before one", b"password- REDACTED-password-1", True),
    ("beyond its end", b"REDACTED-a-1-password-", True),
    ("a placeholder of an unknown kind", b"REDACTED-my-password-1", True),
]


@pytest.mark.parametrize(
    ("reason", "text", "is_found"), PLACEHOLDERS, ids=[c[0] for c in PLACEHOLDERS]
)
def test_a_value_is_not_found_in_placeholders_of_the_session(
    reason: str, text: bytes, is_found: bool
) -> None:
    assert bool(make_vault(b"password-", kind="password").find(text)) is is_found


def test_a_value_known_under_two_kinds_is_found_as_the_first() -> None:
    vault = make_vault(b"0123456789", kind="authorization")
    vault.assign_placeholder("api-key", b"0123456789")
    assert {occurrence.placeholder for occurrence in vault.find(b"0123456789")} == {
        b"REDACTED-authorization-1"
    }


def test_an_empty_vault_finds_nothing() -> None:
    assert Vault().find(rb"\u0041 %41 &#41;") == []


def test_one_thread_may_add_values_while_another_searches() -> None:
    vault, text = Vault(), b"x" * 100
    with ThreadPoolExecutor(4) as pool:
        values = [b"secret-%06d" % number for number in range(100)]
        placeholders = pool.map(lambda value: vault.assign_placeholder("a", value), values)
        searches = [pool.submit(vault.find, text) for _ in range(100)]
        assert [search.result() for search in searches] == [[]] * 100
        assert len(set(placeholders)) == 100


def test_thousands_of_values_are_all_found_in_every_form() -> None:
    vault = Vault()
    values = [b"canary-value-%06d" % number for number in range(2_000)]
    for value in values:
        vault.assign_placeholder("cookie", value)
    text = b"|".join((values[0], values[999].hex().encode(), values[-1]))
    kinds = {text[each.start : each.end]: each.kind for each in vault.find(text)}
    assert kinds == dict.fromkeys(text.split(b"|"), "cookie")


def test_a_value_keeps_its_first_placeholder() -> None:
    vault = Vault()
    first = vault.assign_placeholder("cookie", b"canary-value-0")
    for number in range(400):
        vault.assign_placeholder("cookie", b"canary-value-%d" % number)
    vault.assign_placeholder("token", b"canary-value-0")
    assert [each.placeholder for each in vault.find(b"<canary-value-0>")] == [first]


def make_history(*contents: str) -> bytes:
    return json.dumps(
        [{"role": "user", "content": text + " word" * 300} for text in contents]
    ).encode()


LATE = [
    ("as it is", "late-canary-0001"),
    ("escaped", "late-canary\\u002d0001"),
    ("percent-encoded", "late%2Dcanary%2D0001"),
    ("in base64", base64.b64encode(b"it is late-canary-0001").decode()),
]


@pytest.mark.parametrize("written", [each[1] for each in LATE], ids=[each[0] for each in LATE])
def test_a_value_that_becomes_known_is_found_in_texts_that_were_searched_before(
    written: str,
) -> None:
    vault = make_vault(b"early-canary-0001")
    data = make_history("early-canary-0001", *map(str, range(20)), "{}").replace(
        b"{}", written.encode()
    )
    assert [each.placeholder for each in vault.find(data)] == [b"REDACTED-api-key-1"]
    vault.assign_placeholder("api-key", b"late-canary-0001")
    placeholders = {each.placeholder for each in vault.find(data)}
    assert placeholders == {b"REDACTED-api-key-1", b"REDACTED-api-key-2"}


def test_a_value_with_the_border_of_two_objects_in_it_is_found() -> None:
    data = make_history("one", "two", "three")
    value = data[data.index(b'word"}') :][:60]
    assert b"}, {" in value
    assert [(each.start, each.end) for each in make_vault(value).find(data)] != []


def test_an_unchanged_history_is_not_decoded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    vault = make_vault(b"early-canary-0001")
    history = [str(number) for number in range(50)]
    vault.find(make_history(*history))
    searched: list[bytes] = []
    find_in_all = vault._find_in_all

    def find_and_note(data: bytes, since: int) -> Iterable[Occurrence]:
        searched.append(data)
        return find_in_all(data, since)

    monkeypatch.setattr(vault, "_find_in_all", find_and_note)
    vault.find(make_history(*history, "50"))
    assert sum(map(len, searched)) < 4_000


def test_a_command_replaces_fewer_secrets_in_one_body_than_a_recording() -> None:
    command, recording, replay = Vault(max_values=2), Vault(), Vault(refuses_excess=False)
    assert command.max_found < recording.max_found < replay.max_found
