"""Which names announce a credential: of headers, of query and form fields, of JSON members.

Names compare without letter case, ``_`` and ``-``, so ``apiKey``, ``api_key`` and ``API-Key`` are
one. The lists come from the API references of OpenAI, Azure, Anthropic and Google, from RFC 6750
and RFC 6749 (OAuth), and from the request signing of AWS and Google Cloud; a user's names extend
them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from runreel.core.jsonpath import JsonPath
from runreel.core.redact.finders.detector import Detector
from runreel.core.redact.rules import RULES, Rule
from runreel.core.redact.texts.json_leaves import LeafPath

_HEADERS = """
    authorization proxy-authorization api-key x-api-key x-goog-api-key ocp-apim-subscription-key
    cookie set-cookie x-auth-token x-auth-key x-access-token x-csrf-token x-xsrf-token
    x-session-token x-amz-security-token x-functions-key x-vault-token x-gitlab-token private-token
    dpop x-forwarded-access-token cf-access-client-secret cf-access-jwt-assertion helicone-auth
    openai-organization openai-project
"""
_QUERY = """
    key api-key subscription-key access-token refresh-token id-token auth-token token auth
    authorization
    sig signature code code-verifier client-secret client-assertion assertion jwt secret
    password passwd pwd awsaccesskeyid session-token
    x-amz-signature x-amz-security-token x-amz-credential x-goog-signature x-goog-credential
"""
_FIELDS = """
    authorization proxy-authorization cookie set-cookie x-auth-token x-csrf-token x-xsrf-token
    csrf-token id-token session-token bearer-token api-token security-token
    secret client-secret webhook-secret signing-secret app-secret passwd passphrase
    account-key subscription-key signing-key encryption-key master-key
"""
_ENDINGS = """
    api-key access-token refresh-token auth-token access-key secret-key private-key client-secret
    password
"""
"""``OPENAI_API_KEY`` and ``db_password`` announce what their last words announce, in any place."""

_AMBIGUOUS = frozenset({"key", "token", "auth"})
"""Members that hold a credential here and an ordinary word there: decided by their value."""

IDENTIFIERS = frozenset({"openai-organization", "openai-project"})
"""Kinds that name an account but open nothing: replaced where they stand, not sought elsewhere,
since ``personal`` may well be one."""

_VERSION = 3
"""Goes up when what the rules find changes without a change in their names."""


class CredentialField(NamedTuple):
    """What the name of a JSON member announces."""

    kind: str
    is_certain: bool
    """False where only a value that looks like a credential is one."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The names that announce credentials, each with the kind that its placeholders show."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    fields: Mapping[str, str]
    detector: Detector
    """What finds the secrets that no name announces."""
    paths: tuple[JsonPath, ...] = ()
    """Places in JSON where whatever stands is secret."""
    digest: str = field(init=False)
    """Names these rules: equal rules have equal digests, in any process."""

    def __post_init__(self) -> None:
        tables = [sorted(table.items()) for table in (self.headers, self.query, self.fields)]
        rules = self.detector.digest
        paths = sorted(path.text for path in self.paths)
        text = repr((_VERSION, *tables, _ENDINGS.split(), sorted(_AMBIGUOUS), rules, paths))
        object.__setattr__(self, "digest", hashlib.sha256(text.encode()).hexdigest()[:12])

    @classmethod
    def build(
        cls,
        headers: Iterable[str] = (),
        query: Iterable[str] = (),
        fields: Iterable[str] = (),
        rules: tuple[Rule, ...] = RULES,
        paths: tuple[JsonPath, ...] = (),
    ) -> Rules:
        """The default names and these, places, and rules for what no name announces."""
        return cls(
            headers=_build_table(_HEADERS, headers),
            query=_build_table(_QUERY, query),
            fields=_build_table(_FIELDS, fields),
            detector=_build_detector(rules),
            paths=paths,
        )

    def find_header_kind(self, name: str) -> str | None:
        """The kind of credential that a header holds; None for all other headers."""
        return _find_kind(self.headers, _normalize_name(name))

    def find_parameter_kind(self, name: str) -> str | None:
        """The same of a query parameter or a form field."""
        return _find_kind(self.query, _normalize_name(name))

    def find_member_field(self, name: str) -> CredentialField | None:
        """The same of a JSON member; header names count too, for the ``headers`` of MCP tools."""
        plain = _normalize_name(name)
        kind = self.fields.get(plain) or _find_kind(self.headers, plain)
        if kind is not None:
            return CredentialField(kind, is_certain=True)
        return CredentialField(plain, is_certain=False) if plain in _AMBIGUOUS else None

    def find_path_kind(self, path: LeafPath) -> str | None:
        """The kind of secret that stands at a place in JSON, by the last name of the user's path.

        What the document calls the place may be a secret itself.
        """
        meaning = next((each for each in self.paths if each.matches(path)), None)
        return None if meaning is None else _format_kind(meaning.last_name)


@lru_cache(16)
def _build_detector(rules: tuple[Rule, ...]) -> Detector:
    """Made once for all sessions: it takes a moment."""
    return Detector(rules)


def _normalize_name(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _build_table(defaults: str, more: Iterable[str]) -> dict[str, str]:
    return {_normalize_name(name): _format_kind(name) for name in (*defaults.split(), *more)}


def _format_kind(name: str) -> str:
    words = "-".join(re.findall(r"[a-z][a-z0-9]*", name.lower()))
    return words.removeprefix("x-") or "secret"


_ENDING_KINDS = _build_table(_ENDINGS, ())
_LAST_WORDS = tuple(_ENDING_KINDS)


def _find_kind(table: Mapping[str, str], plain: str) -> str | None:
    if plain in table:
        return table[plain]
    if not plain.endswith(_LAST_WORDS):
        return None
    return next(kind for words, kind in _ENDING_KINDS.items() if plain.endswith(words))
