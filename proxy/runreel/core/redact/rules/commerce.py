"""Keys of payment services and shops that are not in ``payments``."""

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

_key = partial(build_key_rule, group="services")

COMMERCE: tuple[Rule, ...] = (
    _key(
        "shopify-app-token",
        "shpat_ shpss_ shptka_ shpca_ shppa_ shpua_",
        rb"[a-fA-F0-9]{32}",
        "{hex:32}",
    ),
    _key(
        "paddle-api-key",
        "pdl_live_apikey_ pdl_sdbx_apikey_",
        rb"[a-z0-9]{26}_[A-Za-z0-9]{22}_[A-Za-z0-9]{3}",
        "{lower:26}_{alnum:22}_{alnum:3}",
    ),
    _key(
        "polar-token",
        "polar_oat_ polar_pat_ polar_whs_ polar_at_",
        rb"[A-Za-z0-9_-]{20,}",
        "{alnum:43}",
    ),
    _key("live-key", "live_", rb"[A-Za-z0-9_=-]{27,}", "{alnum:30}", before=rb"\b"),
    _key("flutterwave-key", "FLWSECK- FLWSECK_TEST-", rb"[a-z0-9]{32}(?:-X)?", "{hex:32}-X"),
    _key("checkout-test-key", "sk_test_ sk_live_", UUID, UUID_EXAMPLE),
    _key("checkout-sandbox-key", "sk_sbox_", rb"[a-z0-9*#]{20,}", "{lower:27}"),
    _key(
        "plaid-token", "access-production- access-sandbox- access-development-", UUID, UUID_EXAMPLE
    ),
    Rule(
        "stripe-client-secret",
        "services",
        (b"_secret_",),
        BORDER + rb"((?:pi|seti|cs)_[A-Za-z0-9]{14,40}_secret_[A-Za-z0-9]{10,})",
        check=is_key,
        window_before=48 + BORDER_LENGTH,
        matches=("pi_{alnum:24}_secret_{alnum:25}",),
        non_matches=("pi_secret_of_the_circle", "pi_{alnum:24}"),
    ),
    _key("midtrans-key", "Mid-server- SB-Mid-server-", rb"[A-Za-z0-9_-]{10,}", "{b64u:24}"),
    _key("xendit-key", "xnd_production_ xnd_development_", rb"[A-Za-z0-9]{32,}", "{alnum:48}"),
    _key("omise-key", "skey_ skey_test_", rb"[a-z0-9]{19}", "{lower:19}"),
    _key(
        "mercadopago-token",
        "APP_USR-",
        rb"[0-9]{12,19}-[0-9]{6}-[a-f0-9]{32}(?:-[0-9]{6,12})?",
        "{digits:16}-{digits:6}-{hex:32}-{digits:9}",
    ),
    _key("pagarme-key", "ak_live_", rb"[A-Za-z0-9]{30}", "{alnum:30}"),
    _key("asaas-token", "$aact_", rb"[A-Za-z0-9+/_:=-]{24,}", "{b64:160}"),
    _key("easypost-key", "EZAK EZTK", rb"[A-Za-z0-9]{54}", "{alnum:54}"),
    _key("shippo-token", "shippo_live_ shippo_test_", rb"[a-fA-F0-9]{40}", "{hex:40}"),
    _key("duffel-token", "duffel_live_ duffel_test_", rb"[A-Za-z0-9_=-]{43}", "{b64u:43}"),
    _key("ramp-secret", "ramp_sec_", rb"[A-Za-z0-9]{40,}", "{alnum:48}"),
    _key("brex-token", "bxt_", rb"[A-Za-z0-9]{30,}", "{alnum:36}"),
    _key(
        "mercury-token",
        "secret-token:mercury_ mercury_production_ mercury_sandbox_",
        rb"[A-Za-z0-9_]{30,}",
        "production_rma_{alnum:44}_yrucrem",
    ),
    _key(
        "persona-key", "persona_production_ persona_sandbox_", rb"[a-z0-9_-]{20,80}", UUID_EXAMPLE
    ),
    _key(
        "onfido-token",
        "api_live. api_sandbox. api_live_us. api_live_ca.",
        rb"[A-Za-z0-9_-]{20,80}|[A-Za-z0-9_-]{11}\.[A-Za-z0-9_-]{32}",
        "{b64u:11}.{b64u:32}",
    ),
    _key(
        "square-oauth-secret",
        "sq0csb- sq0idb- sq0atp- sq0csp-",
        rb"[A-Za-z0-9_-]{22,}",
        "{b64u:43}",
    ),
    _key(
        "braintree-token",
        "access_token$production$ access_token$sandbox$",
        rb"[a-z0-9]{16}\$[a-f0-9]{32}",
        "{lower:16}${hex:32}",
    ),
    _key("square-merchant-token", "EAAA", rb"[A-Za-z0-9_=+-]{22,}", "l{b64u:59}", before=EDGE),
    _key("razorpay-key", "rzp_live_ rzp_test_", rb"[A-Za-z0-9]{14}", "{alnum:14}"),
    _key(
        "adyen-key",
        "AQE",
        rb"[A-Za-z0-9+/-]{60,}={0,2}(?:-[A-Za-z0-9+/{}\[\]<>()|^&.,;:!?*_=-]{10,60})?",
        "{b64:90}==",
        before=EDGE,
    ),
    _key(
        "stripe-organisation-key", "sk_org_live_ sk_org_test_", rb"[A-Za-z0-9]{24,}", "{alnum:90}"
    ),
    _key("stytch-secret", "secret-live- secret-test-", rb"[A-Za-z0-9_-]{36}={0,2}", "{b64u:36}="),
    _key("svix-key", "testsk_ svix_sk_", rb"[A-Za-z0-9_-]{24,}(?:\.[a-z]{2})?", "{b64u:32}.eu"),
    _key(
        "ebay-secret",
        "PRD-",
        rb"[a-f0-9]{8,12}-[a-f0-9-]{8,30}",
        "{hex:12}-{hex:8}-{hex:4}-{hex:4}-{hex:4}",
    ),
    _key("amazon-mws-token", "amzn.mws.", UUID, UUID_EXAMPLE),
    _key("amazon-login-secret", "amzn1.oa2-cs.v1.", rb"[a-f0-9]{64}", "{hex:64}"),
    _key("amazon-login-token", "Atza| Atzr|", rb"[A-Za-z0-9_+/=-]{60,}", "IwEBI{b64u:280}"),
    _key("flexport-token", "shltm_", rb"[A-Za-z0-9_-]{40}", "{b64u:40}"),
    _key("recharge-token", "sk_1x1_ sk_1x3_ sk_2x2_ sk_test_1x1_", rb"[a-fA-F0-9]{64}", "{hex:64}"),
    _key("robinhood-key", "rh-api-", UUID, UUID_EXAMPLE),
    _key(
        "ticket-tailor-key",
        "sk_",
        rb"[0-9]{3,5}_[0-9]{4,7}_[a-f0-9]{32}",
        "{digits:4}_{digits:6}_{hex:32}",
    ),
    _key("adafruit-key", "aio_", rb"[A-Za-z0-9]{28}", "{alnum:28}"),
)
