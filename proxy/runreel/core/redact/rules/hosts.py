"""Tokens of those who keep code and packages, by their shapes."""

from __future__ import annotations

from runreel.core.redact.rules.rule import Rule

CODE_HOSTS = (
    Rule(
        "github-token",
        "code-hosts",
        (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_"),
        rb"\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59,}",
        hits=("ghp_{alnum:36}", "ghs_{alnum:36}", "github_pat_{alnum:22}_{alnum:59}"),
        spares=("ghp_...", "github_pat_your_token"),
    ),
)

REGISTRIES = (
    Rule(
        "npm-token",
        "registries",
        (b"npm_",),
        rb"\bnpm_[A-Za-z0-9]{36,}",
        hits=("npm_{alnum:36}",),
        spares=("npm_config_registry", "npm_..."),
    ),
)
