"""Tokens of code hosts, of package registries, and of what builds and tests code."""

from __future__ import annotations

from functools import partial

from runreel.core.redact.rules.checks import is_key
from runreel.core.redact.rules.key_rule import (
    BORDER,
    BORDER_LENGTH,
    EDGE,
    UUID,
    UUID_EXAMPLE,
    build_key_rule,
)
from runreel.core.redact.rules.rule import Rule

_code = partial(build_key_rule, group="code-hosts")
_registry = partial(build_key_rule, group="registries")

PIPELINES: tuple[Rule, ...] = (
    _code(
        "circleci-token",
        "CCIPAT_ CCIPRJ_",
        rb"[A-Za-z0-9]{18,}_[a-f0-9]{32,}",
        "{alnum:22}_{hex:40}",
    ),
    _code(
        "buildkite-token",
        "bkua_ bkct_ bkaj_ bkar_ bkpt_ bkpat_",
        rb"[A-Za-z0-9_-]{36,}",
        "{hex:40}",
    ),
    _code("octopus-api-key", "API-", rb"[A-Z0-9]{25,}", "{upper:26}"),
    _code("depot-token", "depot_org_ depot_project_ depot_user_", rb"[a-f0-9]{48,}", "{hex:64}"),
    _code("sonar-cloud-token", "sqco_", rb"[A-Za-z0-9]{50,}", "{alnum:59}"),
    _code("socket-api-key", "sktsec_", rb"[A-Za-z0-9]{30,}(?:_api)?", "{alnum:40}_api"),
    _code("endor-api-key", "endr+", rb"[A-Za-z0-9-]{16,}", "{alnum:16}"),
    _code("gitpod-token", "gitpod_pat_", rb"[A-Za-z0-9_.-]{23,}[A-Za-z0-9_-]", "{alnum:43}"),
    _code("chromatic-token", "chpt_", rb"[a-f0-9]{11,}", "{hex:15}"),
    _code("percy-token", "web_ auto_ ss_", rb"[a-f0-9]{64}", "{hex:64}", before=BORDER),
    _code("infracost-api-key", "ico-", rb"[A-Za-z0-9]{32}", "{alnum:32}"),
    _code("mergify-key", "mergify_application_key_", rb"[A-Za-z0-9_-]{32,}", "{alnum:58}"),
    _code("bytebase-key", "bbs_", rb"[A-Za-z0-9]{20,}", "{alnum:20}"),
    _code("gitlab-session", "_gitlab_session=", rb"[a-z0-9]{32}", "{hex:32}"),
    _registry("jsr-token", "jsrp_ jsrs_ jsrd_", rb"[A-Za-z0-9]{32,}", "{alnum:40}"),
    _registry(
        "docker-swarm-token",
        "SWMTKN-1-",
        rb"[a-z0-9]{40,60}-[a-z0-9]{20,30}",
        "{lower:50}-{lower:25}",
    ),
    _registry("openvsx-token", "ovsxp_ ovsxat_", UUID, UUID_EXAMPLE),
    Rule(
        "harness-token",
        "code-hosts",
        (b"pat.", b"sat."),
        BORDER + rb"([ps]at\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20})",
        check=is_key,
        window_before=BORDER_LENGTH,
        matches=("pat.{b64u:22}.{hex:24}.{alnum:20}", "sat.{b64u:22}.{hex:24}.{alnum:20}"),
        non_matches=("pat.name", "sat.down"),
    ),
    Rule(
        "launchable-token",
        "code-hosts",
        (b"v1:",),
        EDGE + rb"(v1:[A-Za-z0-9._-]{1,40}/[A-Za-z0-9._-]{1,40}:[a-f0-9]{40})",
        window_before=BORDER_LENGTH,
        matches=("v1:acme/shop:{hex:40}",),
        non_matches=("v1:acme/shop:latest",),
    ),
    Rule(
        "localstack-token",
        "code-hosts",
        (),
        EDGE + rb"(ls-[A-Za-z0-9]{2,12}-[0-9]{4}-[0-9]{4}-[0-9]{4}-[A-Za-z0-9]{4,8})",
        trigger=rb"ls-[A-Za-z0-9]{2,12}-[0-9]{4}-[0-9]{4}-",
        window_before=BORDER_LENGTH,
        matches=("ls-dev-{digits:4}-{digits:4}-{digits:4}-{alnum:6}",),
        non_matches=("details-of-2026",),
    ),
)
