"""Names, and the evidence that a value under them must give, by groups of alike names."""

from __future__ import annotations

import pytest

from runreel.core.redact.names import evidence
from runreel.core.redact.names.judgement import NamePlace, judge_name
from runreel.core.redact.rules import vendors
from runreel.core.redact.rules.rule import SecretCheck

MEMBERS: list[tuple[str, SecretCheck | None, str]] = [
    (
        "any value",
        evidence.is_no_type,
        "password DB_PASSWORD dbPassword rootpassword pwd MYSQL_PWD passphrase admin_passwd"
        " new_password password2 passwordConfirm password_confirmation runAsPassword"
        " secret client_secret clientSecret SecretString secret_value webhook_secret_prod"
        " secret_access_key AWSSecretKey api_key apiKey APIKey apikey X-API-Key private_key_pem"
        " signingKey accountKey storageAccountKey primaryMasterKey api_key_2 appkey"
        " access_token accessToken refreshtoken id_token csrfToken bot_token personal_access_token"
        " github_token sasToken recoveryPhrase code_verifier codeVerifier client_assertion"
        " authorization Authorization X-Original-Authorization session_cookie smtp_pass dbPass"
        " ssh_pass pass_word id_token_hint securityAnswer seedWords pkce_verifier"
        " totp_seed secret_key_base join_token mcpToken patToken"
        " contraseña senha ПАРОЛЬ 密码 パスワード",
    ),
    (
        "no word",
        evidence.is_no_word,
        "pass bearer smtp_auth db_creds gh_pat passwords secrets function_keys",
    ),
    (
        "random",
        evidence.has_random_part,
        "user_tokens key token openai_key pinecone_key hf_token widgetToken jwt pat csrf"
        " JSESSIONID assertion"
        " accessKeyId kms_key primaryKey stripe_sk Schlüssel 密钥 passkey streamKey",
    ),
    (
        "random and mixed",
        evidence.has_mixed_random_part,
        "code nonce state session session_id sessionId sid connect.sid oauth_state language_code",
    ),
    ("an account", evidence.is_account, "auth authHeader credentials creds credential"),
    ("a code", evidence.is_code, "otp pin totp auth_code verificationCode backup_codes otp_code"),
    ("a connection", evidence.is_connection, "dsn SENTRY_DSN connectionString conn_str sas sasUrl"),
    ("a digest", evidence.is_digest, "signature x-hub-signature-256 thoughtSignature"),
    ("a hash of a password", evidence.is_password_hash, "hash password_hash"),
    ("many words", evidence.is_phrase, "mnemonic"),
    ("a vendor's key", vendors.is_vendor_key, "datadog Datadog new_relic newRelic datadog_prod"),
    ("a vendor's key and no hash", vendors.is_random_key, "github docker aws"),
    (
        "nothing: another last word",
        None,
        "password_policy passwordLength secret_name secretArn token_type token_count tokenizer"
        " key_id keyName api_key_id client_id auth_type auth_url credential_type pass_rate passed"
        " passage session_count signature_algorithm code_challenge pinned author authority"
        " system_fingerprint thread_id call_id encrypted_content id model keyboard keywords"
        " error_code status_code state_schema signing_secret_hint monkey compass datadog_site"
        " my_datadog_monitor segment cursor notion",
    ),
    (
        "nothing: a word before it of something else",
        None,
        "next_page_token nextPageToken pageToken continuation_token stop_token eos_token"
        " special_token pagination_token progressToken syncToken prompt_cache_key idempotency-key"
        " IdempotencyKey"
        " partitionKey sort_key cacheKey public_key object_key S3Key truncated_secret shardKey"
        " file_key blobKey entity_key flagKey watermark_token",
    ),
    (
        "nothing: a number of tokens",
        None,
        "tokens max_tokens prompt_tokens completion_tokens total_tokens max_access_token"
        " cached_tokens used_api_tokens",
    ),
    ("nothing: a secret that was redacted", None, "REDACTED-openai-api-key-1 x-REDACTED-pwd-2"),
    ("nothing: a yes or no", None, "is_secret hasPassword use_token show_password requirePassword"),
]
ROWS = [(reason, name, check) for reason, check, names in MEMBERS for name in names.split()]


@pytest.mark.parametrize(
    ("reason", "name", "check"), ROWS, ids=[f"{row[0]}-{row[1]}" for row in ROWS]
)
def test_the_judgement_of_a_member(reason: str, name: str, check: SecretCheck | None) -> None:
    field = judge_name(name, NamePlace.MEMBER)
    assert (field and field.check) == check


ON_WIRE: list[tuple[str, SecretCheck | None, str]] = [
    (
        "any value",
        evidence.is_no_type,
        "Token X-Internal-Token Authentication X-Auth X-Bearer DD-APPLICATION-KEY X-Webhook-Secret"
        " X-Csrf-Token X-Pwd X-Vault-Token",
    ),
    (
        "no word",
        evidence.is_no_word,
        "x-litellm-key X-Acme-Key X-Jwt X-PAT X-Pass Access-Control-Allow-Credentials",
    ),
    ("random and mixed", evidence.has_mixed_random_part, "X-Session-Id state mcp-session-id"),
    ("a digest", evidence.is_digest, "Signature X-Slack-Signature"),
    (
        "nothing",
        None,
        "Content-Type X-Ratelimit-Remaining-Tokens x-max-token Idempotency-Key Sec-WebSocket-Key"
        " Surrogate-Key X-Request-Id ETag Signature-Input Public-Key X-Token-Count"
        " WWW-Authenticate",
    ),
]
WIRE_ROWS = [(reason, name, check) for reason, check, names in ON_WIRE for name in names.split()]


@pytest.mark.parametrize("place", [NamePlace.HEADER, NamePlace.PARAMETER])
@pytest.mark.parametrize(
    ("reason", "name", "check"), WIRE_ROWS, ids=[f"{row[0]}-{row[1]}" for row in WIRE_ROWS]
)
def test_less_evidence_is_enough_on_the_wire(
    reason: str, name: str, check: SecretCheck | None, place: NamePlace
) -> None:
    field = judge_name(name, place)
    assert (field and field.check) == check


KINDS = [
    ("the owner is shown if it is a known word", "X-Acme-Api-Key", "api-key"),
    ("another word is not: it may be secret", "acme_key", "key"),
    ("one kind for all words for password", "MYSQL_PWD", "password"),
    ("in all languages", "contraseña", "password"),
    ("also for key", "密钥", "key"),
    ("a plural", "access_tokens", "access-token"),
]


@pytest.mark.parametrize(("reason", "name", "kind"), KINDS, ids=[c[0] for c in KINDS])
def test_the_kind_of_a_name(reason: str, name: str, kind: str) -> None:
    field = judge_name(name, NamePlace.MEMBER)
    assert field is not None
    assert field.kind == kind
