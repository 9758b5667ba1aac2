"""Names that announce a credential: of headers, of query and form fields, of JSON members.

Most are recognised by their words (``names.judgement``). The tables here are for the others: names
that standards and vendors have chosen, and those of the users. They come from the API references of
OpenAI, Azure, Anthropic and Google, from RFC 6750 and RFC 6749 (OAuth), and from the request
signing of AWS and Google Cloud. In the tables names are compared without letter case, ``_`` and
``-``: ``apiKey``, ``api_key`` and ``API-Key`` are the same name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from runreel.core.jsonpath import JsonPath
from runreel.core.redact.finders.detector import Detector
from runreel.core.redact.names.evidence import CredentialField, is_anything
from runreel.core.redact.names.judgement import TABLES, NamePlace, judge_name
from runreel.core.redact.rules import RULES, Rule
from runreel.core.redact.texts.leaf import LeafPath

_HEADERS = """
    authorization proxy-authorization x-goog-api-key ocp-apim-subscription-key cookie set-cookie
    dpop x-dpop helicone-auth x-honeycomb-team x-origin-verify x-firebase-appcheck
    x-vercel-protection-bypass cf-aig-authorization
    x-jfrog-art-api
    openai-organization openai-project
"""
_QUERY = """
    key token auth sig signature code assertion secret awsaccesskeyid
    x-amz-signature x-amz-security-token x-amz-credential x-goog-signature x-goog-credential
"""

IDENTIFIERS = frozenset({"openai-organization", "openai-project"})
"""Kinds that identify an account but give no access. They are replaced only where a name announces
them, because a value such as ``personal`` is an ordinary word elsewhere."""

_VERSION = 5
"""Part of the digest: to be increased if the same names find something else."""


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
        text = repr((_VERSION, *tables, TABLES, rules, paths))
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
            fields=_build_table("", fields),
            detector=_build_detector(rules),
            paths=paths,
        )

    def find_header_field(self, name: str) -> CredentialField | None:
        """Return the credential that a header of this name holds, or None."""
        return _find_field((self.headers,), name, NamePlace.HEADER)

    def find_parameter_field(self, name: str) -> CredentialField | None:
        """Return the credential that a query parameter or form field holds, or None."""
        return _find_field((self.query,), name, NamePlace.PARAMETER)

    def find_member_field(self, name: str) -> CredentialField | None:
        """Return the credential that a JSON member of this name holds, or None.

        Names of headers count as well, because MCP tools have a member ``headers``.
        """
        return _find_field((self.fields, self.headers), name, NamePlace.MEMBER)

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


def _find_field(
    tables: Iterable[Mapping[str, str]], name: str, place: NamePlace
) -> CredentialField | None:
    """Return the credential of a name that is in one of the tables or is judged by its words."""
    normalized = _normalize_name(name)
    kind = next((table[normalized] for table in tables if normalized in table), None)
    return judge_name(name, place) if kind is None else CredentialField(kind, is_anything)
