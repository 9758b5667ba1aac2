from __future__ import annotations

import pytest

from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.names.evidence import (
    CredentialField,
    has_mixed_random_part,
    has_random_part,
    is_anything,
    is_digest,
    is_no_type,
)

RULES = Rules.build()

HEADERS = [
    ("the key of OpenAI's API", "Authorization", "authorization"),
    ("letter case does not count", "API-KEY", "api-key"),
    ("one key, one kind, whatever the vendor", "x-api-key", "api-key"),
    ("a vendor's own prefix", "X-Goog-Api-Key", "goog-api-key"),
    ("Azure's gateway", "Ocp-Apim-Subscription-Key", "ocp-apim-subscription-key"),
    ("a name with a known ending", "Acme-Api-Key", "api-key"),
    ("the name of an account", "OpenAI-Organization", "openai-organization"),
    ("a count of tokens", "x-ratelimit-remaining-tokens", None),
    ("the content type", "Content-Type", None),
]


@pytest.mark.parametrize(("reason", "name", "kind"), HEADERS, ids=[c[0] for c in HEADERS])
def test_the_kind_of_a_header(reason: str, name: str, kind: str | None) -> None:
    field = RULES.find_header_field(name)
    assert (field and field.kind) == kind
    assert field is None or field.is_certain


PARAMETERS = [
    ("Google's key", "key", "key"),
    ("underscores count as hyphens", "api_key", "api-key"),
    ("camel case counts as hyphens", "apiKey", "api-key"),
    ("a signed URL of AWS", "X-Amz-Signature", "amz-signature"),
    ("a signed URL of Azure", "sig", "sig"),
    ("a function's key of Azure, a code of OAuth", "code", "code"),
    ("the cursor of a list", "after", None),
    ("the version of an API", "api-version", None),
]


@pytest.mark.parametrize(("reason", "name", "kind"), PARAMETERS, ids=[c[0] for c in PARAMETERS])
def test_the_kind_of_a_parameter(reason: str, name: str, kind: str | None) -> None:
    field = RULES.find_parameter_field(name)
    assert (field and field.kind) == kind
    assert field is None or field.is_certain


MEMBERS = [
    ("a key", "api_key", CredentialField("api-key", is_no_type)),
    ("an environment variable of a tool", "OPENAI_API_KEY", CredentialField("api-key", is_no_type)),
    ("a header of a tool", "X-Goog-Api-Key", CredentialField("goog-api-key", is_anything)),
    ("a name that ends with password", "dbPassword", CredentialField("password", is_no_type)),
    ("also the name of a log-probability", "token", CredentialField("token", has_random_part)),
    ("also the name of a filter", "key", CredentialField("key", has_random_part)),
    ("a limit", "max_completion_tokens", None),
    ("a count", "token_count", None),
    ("a page", "next_page_token", None),
    ("an id", "first_id", None),
    ("code for the interpreter", "code", CredentialField("code", has_mixed_random_part)),
    ("a thinking block has a longer one", "signature", CredentialField("signature", is_digest)),
]


@pytest.mark.parametrize(("reason", "name", "field"), MEMBERS, ids=[c[0] for c in MEMBERS])
def test_the_credential_of_a_json_member(
    reason: str, name: str, field: CredentialField | None
) -> None:
    assert RULES.find_member_field(name) == field


def test_a_users_names_extend_the_defaults() -> None:
    rules = Rules.build(["X-Acme-Ticket"], ["ticket"], ["acmeTicket", "token"])
    ticket = CredentialField("ticket", is_anything)
    assert rules.find_header_field("x-acme-ticket") == ticket._replace(kind="acme-ticket")
    assert rules.find_header_field("authorization") == ticket._replace(kind="authorization")
    assert rules.find_parameter_field("Ticket") == ticket
    assert rules.find_member_field("acme_ticket") == ticket._replace(kind="acmeticket")


def test_a_user_can_make_an_ambiguous_name_certain() -> None:
    rules = Rules.build(fields=["token"])
    assert rules.find_member_field("token") == CredentialField("token", is_anything)


@pytest.mark.parametrize(
    ("name", "kind"), [("2fa-code", "fa-code"), ("Schlüssel", "schl-ssel"), ("鍵", "secret")]
)
def test_a_kind_is_always_plain_ascii(name: str, kind: str) -> None:
    rules = Rules.build(fields=[name])
    assert rules.find_member_field(name) == CredentialField(kind, is_anything)


def test_the_digest_identifies_the_rules() -> None:
    assert Rules.build().digest == RULES.digest
    assert Rules.build(["a"], ["b"]).digest == Rules.build(("a",), ("b",)).digest
    assert len({r.digest for r in (RULES, Rules.build(["a"]), Rules.build(query=["a"]))}) == 3
