from __future__ import annotations

import pytest

from runreel.core.redact.finders.by_name import Field, Rules

RULES = Rules.extended()

HEADERS = [
    ("the key of OpenAI's API", "Authorization", "authorization"),
    ("letter case does not count", "API-KEY", "api-key"),
    ("one key, one kind, whatever the vendor", "x-api-key", "api-key"),
    ("a vendor's own prefix", "X-Goog-Api-Key", "goog-api-key"),
    ("Azure's gateway", "Ocp-Apim-Subscription-Key", "ocp-apim-subscription-key"),
    ("an ending that no list has", "Acme-Api-Key", "api-key"),
    ("an account's name", "OpenAI-Organization", "openai-organization"),
    ("tokens that are counted", "x-ratelimit-remaining-tokens", None),
    ("the content's type", "Content-Type", None),
]


@pytest.mark.parametrize(("reason", "name", "kind"), HEADERS, ids=[c[0] for c in HEADERS])
def test_a_header_holds_a_credential_or_none(reason: str, name: str, kind: str | None) -> None:
    assert RULES.header(name) == kind


PARAMETERS = [
    ("Google's key", "key", "key"),
    ("underscores and hyphens are one", "api_key", "api-key"),
    ("camel case too", "apiKey", "api-key"),
    ("a signed URL of AWS", "X-Amz-Signature", "amz-signature"),
    ("a signed URL of Azure", "sig", "sig"),
    ("a function's key of Azure, a code of OAuth", "code", "code"),
    ("where a list goes on", "after", None),
    ("the version of an API", "api-version", None),
]


@pytest.mark.parametrize(("reason", "name", "kind"), PARAMETERS, ids=[c[0] for c in PARAMETERS])
def test_a_parameter_holds_a_credential_or_none(reason: str, name: str, kind: str | None) -> None:
    assert RULES.parameter(name) == kind


MEMBERS = [
    ("a key", "api_key", Field("api-key", certain=True)),
    ("an environment of a tool", "OPENAI_API_KEY", Field("api-key", certain=True)),
    ("a header of a tool", "X-Goog-Api-Key", Field("goog-api-key", certain=True)),
    ("a password of something", "dbPassword", Field("password", certain=True)),
    ("a log-probability has a token too", "token", Field("token", certain=False)),
    ("a filter has a key too", "key", Field("key", certain=False)),
    ("a limit", "max_completion_tokens", None),
    ("a count", "token_count", None),
    ("a page", "next_page_token", None),
    ("an id", "first_id", None),
    ("code for the interpreter", "code", None),
    ("the signature of a thinking block", "signature", None),
]


@pytest.mark.parametrize(("reason", "name", "field"), MEMBERS, ids=[c[0] for c in MEMBERS])
def test_a_member_holds_a_credential_or_none(reason: str, name: str, field: Field | None) -> None:
    assert RULES.member(name) == field


def test_a_users_names_extend_the_defaults() -> None:
    rules = Rules.extended(["X-Acme-Ticket"], ["ticket"], ["acmeTicket", "token"])
    assert rules.header("x-acme-ticket") == "acme-ticket"
    assert rules.header("authorization") == "authorization"
    assert rules.parameter("Ticket") == "ticket"
    assert rules.member("acme_ticket") == Field("acmeticket", certain=True)


def test_a_user_can_make_a_doubtful_name_certain() -> None:
    assert Rules.extended(fields=["token"]).member("token") == Field("token", certain=True)


@pytest.mark.parametrize(
    ("name", "kind"), [("2fa-code", "fa-code"), ("Schlüssel", "schl-ssel"), ("鍵", "secret")]
)
def test_a_kind_is_always_plain_ascii(name: str, kind: str) -> None:
    assert Rules.extended(fields=[name]).member(name) == Field(kind, certain=True)


def test_the_digest_names_the_rules() -> None:
    assert Rules.extended().digest == RULES.digest
    assert Rules.extended(["a"], ["b"]).digest == Rules.extended(("a",), ("b",)).digest
    assert len({r.digest for r in (RULES, Rules.extended(["a"]), Rules.extended(query=["a"]))}) == 3
