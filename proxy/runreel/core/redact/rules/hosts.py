"""Tokens of code hosts and package registries, by their format."""

from __future__ import annotations

from runreel.core.redact.rules.checks import is_key
from runreel.core.redact.rules.key_rule import BORDER, BORDER_LENGTH, EDGE
from runreel.core.redact.rules.rule import Rule

_GITLAB = b"pat dt rt ptt soat cbt ft imt agent oas ffct wt"

CODE_HOSTS = (
    Rule(
        "github-token",
        "code-hosts",
        (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"),
        rb"gh[pousr]_[A-Za-z0-9]{36,}",
        check=is_key,
        matches=(
            "ghp_{alnum:36}",
            "gho_{alnum:36}",
            "ghu_{alnum:36}",
            "ghs_{alnum:36}",
            "ghr_{alnum:76}",
        ),
        non_matches=("ghp_...", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    ),
    Rule(
        "github-fine-grained-token",
        "code-hosts",
        (b"github_pat_",),
        rb"github_pat_[A-Za-z0-9_]{16,}",
        check=is_key,
        matches=("github_pat_{alnum:22}_{alnum:59}",),
        non_matches=("github_pat_your_token", "github_pat_..."),
    ),
    Rule(
        "gitlab-token",
        "code-hosts",
        (*(b"gl%s-" % kind for kind in _GITLAB.split()), b"gr1348941"),
        rb"gl(?:" + _GITLAB.replace(b" ", b"|") + rb")-[A-Za-z0-9_-]{20,}"
        rb"(?:\.[a-z0-9]{2}\.[a-z0-9]{7,12}|\.[a-z0-9]{9,12})?"
        rb"|GR1348941[A-Za-z0-9_-]{20,}",
        check=is_key,
        matches=(
            "glpat-{b64u:20}",
            "glpat-{b64u:27}.{lower:2}.{lower:9}",
            "glpat-{b64u:60}.{lower:9}",
            "glrt-{b64u:20}",
            "glptt-{hex:40}",
            "GR1348941{b64u:20}",
        ),
        non_matches=("glpat-...", "glpat-xxxxxxxxxxxxxxxxxxxx"),
    ),
    Rule(
        "atlassian-token",
        "code-hosts",
        (b"atbb", b"atatt3", b"atctt3", b"bbdc-"),
        rb"ATBB[A-Za-z0-9]{28,}|AT(?:ATT|CTT)3[A-Za-z0-9_=-]{60,}|BBDC-[A-Za-z0-9+/@_-]{40,}",
        check=is_key,
        matches=(
            "ATBB{alnum:32}",
            "ATATT3{b64u:180}={HEX:8}",
            "ATCTT3{b64u:180}={HEX:8}",
            "BBDC-{b64:44}",
        ),
        non_matches=("ATBB...", "ATATT3..."),
    ),
    Rule(
        "gitea-token",
        "code-hosts",
        (b"gto_", b"gta_"),
        BORDER + rb"(gt[oa]_[a-z0-9]{50,})",
        check=is_key,
        window_before=BORDER_LENGTH,
        matches=("gto_{lower:52}",),
        non_matches=("gto_...", "gta_vice_city"),
    ),
    Rule(
        "sourcegraph-token",
        "code-hosts",
        (b"sgp_", b"slk_"),
        rb"sgp_(?:sgp_)?(?:[a-fA-F0-9]{16}_|local_){0,2}[a-fA-F0-9]{40}|slk_[a-f0-9]{64}",
        check=is_key,
        matches=("sgp_{hex:40}", "sgp_{hex:16}_{hex:40}", "slk_{hex:64}"),
        non_matches=("sgp_...",),
    ),
)

REGISTRIES = (
    Rule(
        "npm-token",
        "registries",
        (b"npm_", b"_authtoken"),
        rb"npm_[A-Za-z0-9]{36,}|:_authToken=([A-Za-z0-9_/+=-]{16,})",
        check=is_key,
        window_before=1,
        matches=("npm_{alnum:36}", "//registry.example.test/:_authToken=«{hex:36}»"),
        non_matches=(
            "npm_config_registry",
            "npm_...",
            "//registry.npmjs.org/:_authToken=${NPM_TOKEN}",
        ),
    ),
    Rule(
        "pypi-token",
        "registries",
        (b"pypi-ageichlwas5vcmc", b"pypi-agend"),
        rb"pypi-Ag[A-Za-z0-9_-]{50,}",
        check=is_key,
        matches=("pypi-AgEIcHlwaS5vcmc{b64u:120}", "pypi-AgENdGVzdC5weXBpLm9yZw{b64u:120}"),
        non_matches=("pypi-AgEI...", "pypi-server"),
    ),
    Rule(
        "rubygems-token",
        "registries",
        (b"rubygems_",),
        rb"rubygems_[a-f0-9]{48}",
        check=is_key,
        matches=("rubygems_{hex:48}",),
        non_matches=("rubygems_version", "rubygems_..."),
    ),
    Rule(
        "docker-token",
        "registries",
        (b"dckr_pat_", b"dckr_oat_"),
        rb"dckr_[po]at_[A-Za-z0-9_-]{20,}",
        check=is_key,
        matches=("dckr_pat_{b64u:27}", "dckr_oat_{b64u:32}"),
        non_matches=("dckr_pat_...",),
    ),
    Rule(
        "nuget-key",
        "registries",
        (b"oy2",),
        BORDER + rb"(oy2[a-z0-9]{43})",
        check=is_key,
        window_before=BORDER_LENGTH,
        matches=("oy2{lower:43}",),
        non_matches=("oy2",),
    ),
    Rule(
        "crates-token",
        "registries",
        (),
        BORDER + rb"(cio[A-Za-z0-9]{32})",
        check=is_key,
        trigger=rb"cio[A-Za-z0-9]{16}",
        window_before=BORDER_LENGTH,
        matches=("cio{alnum:32}",),
        non_matches=("cio", "precious"),
    ),
    Rule(
        "artifactory-token",
        "registries",
        (b"akc", b"cmvmd"),
        EDGE + rb"(AKC[A-Za-z0-9]{62,})|(cmVmd[A-Za-z0-9]{55,})",
        check=is_key,
        window_before=BORDER_LENGTH,
        matches=("AKCp{alnum:69}", "AKC{alnum:66}", "cmVmdGtuO{alnum:55}"),
        non_matches=("AKCp...",),
    ),
    Rule(
        "clojars-token",
        "registries",
        (b"clojars_",),
        rb"(?i)clojars_[a-z0-9]{60}",
        check=is_key,
        matches=("CLOJARS_{hex:60}",),
        non_matches=("CLOJARS_USERNAME",),
    ),
)
