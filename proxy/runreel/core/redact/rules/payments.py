"""Keys of payment providers and shop platforms, by their format."""

from __future__ import annotations

from runreel.core.redact.rules.checks import is_key, is_key_and_no_name
from runreel.core.redact.rules.rule import Rule

_GROUP = "services"

PAYMENTS = (
    Rule(
        "stripe-key",
        _GROUP,
        (b"_live_", b"_test_", b"_prod_", b"whsec_"),
        rb"\b[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10,}|\bwhsec_[A-Za-z0-9+/]{24,}={0,2}",
        check=is_key,
        window_before=2,
        matches=(
            "sk_live_{alnum:24}",
            "sk_test_{alnum:99}",
            "rk_live_{alnum:24}",
            "rk_prod_{alnum:24}",
            "whsec_{alnum:32}",
        ),
        non_matches=("pk_live_{alnum:24}", "sk_live_...", "test_live_stream"),
    ),
    Rule(
        "square-token",
        _GROUP,
        (b"sq0", b"eaaa"),
        rb"\bsq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,}|\bEAAA[A-Za-z0-9_-]{60}\b",
        check=is_key,
        matches=("sq0atp-{b64u:22}", "sq0csp-{b64u:43}", "EAAA{b64u:58}9a"),
        non_matches=("sq0atp-...",),
    ),
    Rule(
        "payment-token",
        _GROUP,
        (b"access_token$", b"aqe", b"live_", b"mollie", b"rzp_", b"flwseck"),
        rb"\baccess_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32}"
        rb"|\bAQE[a-z][A-Za-z0-9+/]{40,}={0,2}[A-Za-z0-9+/=-]{20,}"
        rb"|\brzp_(?:live|test)_[A-Za-z0-9]{14,}|\bFLWSECK(?:_TEST)?-[A-Za-z0-9]{12,}(?:-X)?"
        rb"|\blive_[A-Za-z0-9]{30,}|(?i:mollie)[^\"\r\n]{0,40}\b(test_[A-Za-z0-9]{30})\b",
        check=is_key_and_no_name,
        matches=(
            "access_token$production${lower:16}${hex:32}",
            "AQEy{b64:90}=-{b64:40}=-{alnum:16}",
            "rzp_live_{alnum:14}",
            "FLWSECK_TEST-{hex:32}-X",
            "live_{alnum:30}",
            "mollie: «test_{alnum:30}»",
        ),
        non_matches=(
            "live_view",
            "test_that_the_function_works",
            "test_{alnum:30}",
            "test_{hex:32}",
            "test_thatTheLastAttributeWithOneMetaIs",
            "access_token",
        ),
    ),
    Rule(
        "shopify-token",
        _GROUP,
        (b"shpat_", b"shpca_", b"shppa_", b"shpss_", b"shpua_"),
        rb"(?i)\bshp(?:at|ca|pa|ss|ua)_[a-f0-9]{30,}",
        check=is_key,
        matches=("shpat_{hex:32}", "shpss_{HEX:32}"),
        non_matches=("shpat_...",),
    ),
)
