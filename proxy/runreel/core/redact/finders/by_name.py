"""Names that announce a credential: of headers, of query and form fields, of JSON members.

Names are compared without letter case, ``_`` and ``-``: ``apiKey``, ``api_key`` and ``API-Key`` are
the same name. The lists come from the API references of OpenAI, Azure, Anthropic and Google, from
RFC 6750 and RFC 6749 (OAuth), and from the request signing of AWS and Google Cloud. Users' names
extend them.
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
"""Last words of names that announce a credential: ``OPENAI_API_KEY``, ``db_password``."""

_AMBIGUOUS = frozenset({"key", "token", "auth"})
"""Names of members whose value decides: some APIs put a credential there, others a word."""

IDENTIFIERS = frozenset({"openai-organization", "openai-project"})
"""Kinds that identify an account but give no access. They are replaced only where a name announces
them, because a value such as ``personal`` is an ordinary word elsewhere."""

_VERSION = 3
"""Part of the digest: to be increased if the same names find something else."""


class CredentialField(NamedTuple):
    """A credential that the name of a JSON member announces."""

    kind: str
    is_certain: bool
    """False if only a value that looks like a credential counts as one."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rule set: names, patterns and JSON paths. The tables map names to kinds."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    fields: Mapping[str, str]
    detector: Detector
    """The search for secrets that no name announces."""
    paths: tuple[JsonPath, ...] = ()
    """Paths of JSON values that are always secret."""
    digest: str = field(init=False)
    """Identifier of the rule set: equal rules have equal digests, in any process."""

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
        """Build a rule set: these names in addition to the built-in ones, patterns and paths."""
        return cls(
            headers=_build_table(_HEADERS, headers),
            query=_build_table(_QUERY, query),
            fields=_build_table(_FIELDS, fields),
            detector=_build_detector(rules),
            paths=paths,
        )

    def find_header_kind(self, name: str) -> str | None:
        """Return the kind of credential that a header of this name holds, or None."""
        return _find_kind(self.headers, _normalize_name(name))

    def find_parameter_kind(self, name: str) -> str | None:
        """Return the kind of credential that a query parameter or form field holds, or None."""
        return _find_kind(self.query, _normalize_name(name))

    def find_member_field(self, name: str) -> CredentialField | None:
        """Return the credential that a JSON member of this name holds, or None.

        Names of headers count as well, because MCP tools have a member ``headers``.
        """
        normalized = _normalize_name(name)
        kind = self.fields.get(normalized) or _find_kind(self.headers, normalized)
        if kind is not None:
            return CredentialField(kind, is_certain=True)
        return CredentialField(normalized, is_certain=False) if normalized in _AMBIGUOUS else None

    def find_path_kind(self, path: LeafPath) -> str | None:
        """Return the kind of secret at a path in JSON, or None if no path of the user matches.

        The kind comes from the user's path, because names in the document may be secret.
        """
        user_path = next((each for each in self.paths if each.matches(path)), None)
        return None if user_path is None else _format_kind(user_path.last_name)


@lru_cache(16)
def _build_detector(rules: tuple[Rule, ...]) -> Detector:
    """Return the detector of these rules, shared by all sessions since compiling is slow."""
    return Detector(rules)


def _normalize_name(name: str) -> str:
    """Return the name in lower case, without ``_`` and ``-``: the form in which names compare."""
    return name.lower().replace("_", "").replace("-", "")


def _build_table(defaults: str, more: Iterable[str]) -> dict[str, str]:
    """Map the normalized names to their kinds."""
    return {_normalize_name(name): _format_kind(name) for name in (*defaults.split(), *more)}


def _format_kind(name: str) -> str:
    """Return a name as a placeholder shows it: ``X-Api_Key`` as ``api-key``."""
    words = "-".join(re.findall(r"[a-z][a-z0-9]*", name.lower()))
    return words.removeprefix("x-") or "secret"


_ENDING_KINDS = _build_table(_ENDINGS, ())
_LAST_WORDS = tuple(_ENDING_KINDS)


def _find_kind(table: Mapping[str, str], normalized: str) -> str | None:
    """Return the kind of a normalized name, by the table or by its last words; else None."""
    if normalized in table:
        return table[normalized]
    if not normalized.endswith(_LAST_WORDS):
        return None
    return next(kind for words, kind in _ENDING_KINDS.items() if normalized.endswith(words))
