"""The judgement of a name by its last words.

A name is taken apart (``words``); what does not change its meaning is stripped from its end; then
its last word, the head, is looked up in ``_HEADS``, together with the word before it. A name with
any other last word announces nothing: ``password_policy`` ends with ``policy``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from runreel.core.placeholder import PREFIX
from runreel.core.redact.names.evidence import (
    CredentialField,
    has_mixed_random_part,
    has_random_part,
    is_account,
    is_code,
    is_connection,
    is_digest,
    is_no_type,
    is_no_word,
    is_password_hash,
    is_phrase,
)
from runreel.core.redact.names.words import split_words
from runreel.core.redact.rules.named_keys import OWNERS_OF_OTHER_KEYS, OWNERS_OF_OTHER_TOKENS
from runreel.core.redact.rules.rule import SecretCheck
from runreel.core.redact.rules.vendor_names import (
    VENDORS,
    VENDORS_WITH_HASHES,
    VENDORS_WITH_UUIDS,
)
from runreel.core.redact.rules.vendors import find_check


class NamePlace(Enum):
    """The place of a name. Headers and parameters hold no prose, and need less evidence."""

    HEADER = "header"
    PARAMETER = "parameter"
    MEMBER = "member"
    """A member of JSON, an element or attribute of XML, or one of a list of names and values."""


def _list_words(table: Mapping[SecretCheck, str]) -> Mapping[str, SecretCheck]:
    """Map each word of the table to its check."""
    return {word: check for check, words in table.items() for word in words.split()}


def _collect_words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SYNONYMS: Mapping[str, str] = {
    "password": "password passwd pswd pwd passphrase passcode psk passwort kennwort wachtwoord"
    " senha contraseña contrasena passe mdp hasło haslo parola şifre sifre пароль"
    " 密码 密碼 口令 パスワード 비밀번호 암호",
    "key": "key schlüssel schluessel sleutel clé clave chave chiave klucz anahtar ключ"
    " 密钥 金鑰 鍵 キー 키",
}
"""Words for a kind, also in other languages."""

_HEADS = _list_words(
    {
        is_no_type: _SYNONYMS["password"] + " secret authorization cookie",
        is_no_word: "pass pw bearer",
        has_random_part: _SYNONYMS["key"] + " token jwt pat csrf xsrf assertion sessid salt sk",
        has_mixed_random_part: "code nonce session sid state",
        is_account: "auth authentication credential cred",
        is_code: "otp totp pin",
        is_connection: "connection dsn sas",
        is_digest: "signature",
        is_password_hash: "hash",
        is_phrase: "mnemonic",
    }
)
"""Last words of names, and the evidence that they require."""

_HEADS_ON_WIRE = _list_words(
    {
        is_no_type: "token auth authentication bearer",
        is_no_word: _SYNONYMS["key"] + " jwt pat csrf xsrf assertion credential cred",
    }
)
"""Heads of names for which less evidence is enough in a header or parameter."""

_HEADS_WITH_OWNER = _list_words(
    {
        is_no_type: _SYNONYMS["key"]
        + " token pass phrase assertion verifier community answer seed",
        is_no_word: "auth credential cred pat",
        is_code: "code",
    }
)
"""Heads that need one of the words of ``_OWNERS`` before them, or less evidence after one."""

_OWNERS: Mapping[str, frozenset[str]] = {
    head: _collect_words(words)
    for head, words in {
        "secret": "api app client consumer jwt oauth session shared signing webhook",
        "key": "access account activation admin aes anon api app application auth"
        " authentication authorization cipher client consumer crypto decryption deploy"
        " deployment dsa ecdsa encryption fernet function functions gpg hmac jwt license"
        " master pgp preshared private registry role root rsa salt secret server service"
        " session shared signing ssh ssl subscription tls unseal wallet webhook wifi",
        "token": "access account acr admin agent api app auth authentication authenticity"
        " authorization bearer bootstrap bot cluster csrf deploy deployment device edge"
        " fcm gateway git github gitlab hub id identity install installation internal"
        " invitation invite job join jwt lab link login machine management master mcp"
        " mfa npm oauth org organization participant partner pat personal private"
        " project proxy publish push pypi recovery refresh registration registry reset"
        " root runner sas scim secret security server service session slack sms sso"
        " tenant tunnel unseal upload user vault verification verify webhook worker"
        " workspace xsrf",
        "pass": "admin bind cert database db email ftp imap key ldap login mail mqtt my mysql pg"
        " postgres proxy redis root rpc server smtp ssh store user vnc wifi",
        "auth": "basic docker http mqtt proxy redis rediscli registry smtp",
        "credential": "admin db database login registry user",
        "cred": "admin db database login registry user",
        "pat": "ado devops gh git github gitlab hub lab",
        "code": "access activation auth authentication authorization backup device factor invite"
        " login mfa oauth otp pin recovery reset security sms totp unlock user verification",
        "phrase": "backup mnemonic recovery secret seed wallet",
        "seed": "hd mfa otp totp wallet",
        "assertion": "client jwt saml user",
        "verifier": "code oauth pkce",
        "answer": "security secret",
        "community": "snmp",
    }.items()
}
"""Words before a head that say for certain that it is a credential's."""

_OTHERS: Mapping[str, frozenset[str]] = {
    head: _collect_words(words)
    for head, words in {
        "key": OWNERS_OF_OTHER_KEYS,
        "token": OWNERS_OF_OTHER_TOKENS,
        "secret": "masked partial truncated",
        "hash": "commit content file",
        "code": "error status",
    }.items()
}
"""Words before a head that make it something else."""

_PHRASES: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("access", "key", "id"): ("key",),
    ("secret", "id"): ("key",),
    ("session", "id"): ("session",),
    ("connection", "string"): ("dsn",),
    ("conn", "string"): ("dsn",),
    ("conn", "str"): ("dsn",),
    ("connstr",): ("dsn",),
    ("sas", "url"): ("sas",),
    ("sas", "uri"): ("sas",),
    ("auth", "header"): ("auth",),
    ("authorization", "header"): ("authorization",),
    ("saml", "response"): ("saml", "assertion"),
    ("samlresponse",): ("saml", "assertion"),
    ("shared", "access", "signature"): ("sas",),
    ("id", "token", "hint"): ("id", "token"),
    ("passkey",): ("pass", "key"),
    ("secret", "key", "base"): ("secret", "key"),
    ("pass", "word"): ("password",),
    ("pass", "code"): ("password",),
    ("pass", "phrase"): ("password",),
    ("seed", "words"): ("seed", "phrase"),
    ("recovery", "words"): ("recovery", "phrase"),
}
"""Ends of names, and other words for the same."""

_PHRASES_BY_END = {
    end: [phrase for phrase in _PHRASES if phrase[-1] == end]
    for end in sorted({phrase[-1] for phrase in _PHRASES})
}
"""The phrases by their last words."""

_STRIPPED = _collect_words(
    "value string material block raw plain plaintext pem data base b v confirm confirmation"
    " repeat again new old current previous next primary secondary backup default prod production"
    " dev development test staging live"
)
"""Last words that do not change the meaning: ``private_key_pem``, ``password_confirmation``."""

_FLAGS = _collect_words(
    "is has have use uses include manage rotate reveal generate remove expire force show hide"
    " allow allows enable enables disable require requires needs can should forgot no with"
    " without"
)
"""First words of a yes or no."""

_COUNTS = _collect_words(
    "avg budget cached count estimated limit max maximum min minimum n num per price quota rate"
    " ratelimit remaining total usage used"
)
"""Words of a number of tokens, wherever they are in the name."""

TABLES = repr(
    (
        [
            sorted((word, check.__name__) for word, check in table.items())
            for table in (_HEADS, _HEADS_ON_WIRE, _HEADS_WITH_OWNER)
        ],
        [
            sorted((head, sorted(words)) for head, words in table.items())
            for table in (_OWNERS, _OTHERS)
        ],
        sorted(_PHRASES.items()),
        [sorted(words) for words in (_STRIPPED, _FLAGS, _COUNTS)],
        [sorted(names) for names in (VENDORS, VENDORS_WITH_UUIDS, VENDORS_WITH_HASHES)],
    )
)
"""The tables as text, for the digest of the rule set."""

_PLACEHOLDER = PREFIX.decode()
"""In the name of a member that was a secret itself: ``REDACTED-api-key-1``."""


def judge_name(name: str, place: NamePlace) -> CredentialField | None:
    """Return the credential that a name announces by its words; None if it announces none."""
    words = _strip_end(split_words(name))
    if not words or words[0] in _FLAGS or _PLACEHOLDER in name:
        return None
    head, is_plural = _find_head(words[-1])
    before = words[-2] if len(words) > 1 else ""
    if before in _OTHERS.get(head, ()) or (head == "token" and not _COUNTS.isdisjoint(words)):
        return None
    has_owner = before in _OWNERS.get(head, ())
    check = _choose_check(head, place, has_owner=has_owner, is_plural=is_plural)
    if check is None:
        check = find_check("".join(words).encode())
        return None if check is None else CredentialField("vendor-key", check)
    return CredentialField(_format_kind(head, before if has_owner else ""), check)


def _strip_end(words: Sequence[str]) -> tuple[str, ...]:
    """Return the words without those at the end that do not change the meaning."""
    words = tuple(words)
    while len(words) > 1 and not _find_last_phrase(words) and words[-1] in _STRIPPED:
        words = words[:-1]
    phrase = _find_last_phrase(words)
    return (*words[: -len(phrase)], *_PHRASES[phrase]) if phrase else words


def _find_last_phrase(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the first of the phrases with which a name ends; empty if there is none."""
    phrases = _PHRASES_BY_END.get(words[-1], ()) if words else ()
    return next((phrase for phrase in phrases if words[-len(phrase) :] == phrase), ())


def _find_head(word: str) -> tuple[str, bool]:
    """Return the head that a word is, and whether it is its plural."""
    if word in _HEADS or word in _HEADS_WITH_OWNER or not word.endswith("s"):
        return word, False
    return word[:-1], True


def _choose_check(
    head: str, place: NamePlace, *, has_owner: bool, is_plural: bool
) -> SecretCheck | None:
    """Return the evidence that a head requires in this place; None if it announces nothing."""
    if is_plural and head == "token":  # of a text, or their number
        return has_random_part if has_owner else None
    check = _HEADS.get(head)
    if place is not NamePlace.MEMBER:
        check = _HEADS_ON_WIRE.get(head, check)
    if has_owner:
        check = _HEADS_WITH_OWNER.get(head, check)
    return is_no_word if is_plural and check is is_no_type else check


def _format_kind(head: str, owner: str) -> str:
    """Return the kind for a placeholder, made of known words only."""
    kinds = (kind for kind, words in _SYNONYMS.items() if head in words.split())
    kind = next(kinds, head)
    return f"{owner}-{kind}" if owner else kind
