"""Tokens, hooks and keys of services for chat, mail, payment and work, by their shapes."""

from __future__ import annotations

from runreel.core.redact.rules.checks import is_key
from runreel.core.redact.rules.rule import Rule

_GROUP = "services"

SERVICES = (
    Rule(
        "slack-token",
        _GROUP,
        (b"xox", b"xapp-", b"xwfp-"),
        rb"\bxox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}|\bxapp-[0-9]-[A-Za-z0-9-]{20,}"
        rb"|\bxwfp-[A-Za-z0-9-]{20,}",
        check=is_key,
        hits=(
            "xoxb-{digits:12}-{digits:13}-{alnum:24}",
            "xoxp-{digits:12}-{digits:12}-{digits:13}-{hex:32}",
            "xoxe.xoxp-1-{alnum:146}",
            "xoxs-{digits:12}-{hex:24}",
            "xapp-1-A{upper:10}-{digits:13}-{hex:64}",
        ),
        spares=("xoxb-...", "xoxb-your-bot-token-here"),
    ),
    Rule(
        "slack-webhook",
        _GROUP,
        (b"hooks.slack",),
        rb"https://hooks\.slack(?:-gov)?\.com/(?:services|workflows"
        rb"|triggers)/([A-Za-z0-9_/-]{20,})",
        check=is_key,
        before=8,
        hits=("https://hooks.slack.com/services/«T{upper:10}/B{upper:10}/{alnum:24}»",),
        spares=("https://hooks.slack.com/services/...",),
    ),
    Rule(
        "discord-webhook",
        _GROUP,
        (b"/api/webhooks/",),
        rb"/api/webhooks/[0-9]{15,21}/([A-Za-z0-9_-]{40,})",
        before=40,
        hits=("https://discord.com/api/webhooks/{digits:18}/«{b64u:68}»",),
        spares=("https://discord.com/api/webhooks/{digits:18}",),
    ),
    Rule(
        "discord-bot-token",
        _GROUP,
        (),
        rb"\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}\b",
        check=is_key,
        hits=("M{alnum:25}.{alnum:6}.{b64u:36}9a", "N{alnum:23}.{alnum:6}.{alnum:27}"),
        spares=("Notes.of.a.meeting",),
    ),
    Rule(
        "telegram-bot-token",
        _GROUP,
        (b":aa",),
        rb"(?:\bbot|\b)([0-9]{8,10}:AA[A-Za-z0-9_-]{32,35})",
        before=13,
        hits=(
            "{digits:10}:AA{b64u:33}",
            "https://api.telegram.org/bot«{digits:10}:AA{b64u:33}»/getMe",
        ),
        spares=("{digits:10}:AAA", "12:AA:34:56:78:9A"),
    ),
    Rule(
        "teams-webhook",
        _GROUP,
        (b"webhook.office.com/", b"/incomingwebhook/"),
        rb"/(?:IncomingWebhook|incomingwebhook)/([a-f0-9]{32}/[a-f0-9-]{36}(?:/[A-Za-z0-9_-]+)?)",
        hits=(
            "https://acme.webhook.office.com/webhookb2/{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}@"
            "{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}/IncomingWebhook/"
            "«{hex:32}/{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}»",
        ),
        spares=("https://acme.webhook.office.com/webhookb2/",),
    ),
    Rule(
        "automation-webhook",
        _GROUP,
        (b"hooks.zapier.com/", b"hook.", b"ifttt.com/"),
        rb"https://hooks\.zapier\.com/hooks/catch/([0-9]{4,}/[A-Za-z0-9]{5,})"
        rb"|https://hook\.[a-z0-9.]{0,8}make\.com/[a-z0-9]{24,}",
        before=8,
        hits=("https://hooks.zapier.com/hooks/catch/«{digits:7}/{lower:7}»",),
        spares=("https://hooks.zapier.com/hooks/",),
    ),
    Rule(
        "twilio-key",
        _GROUP,
        tuple(b"sk%x" % digit for digit in range(16)),
        rb"\bSK[a-f0-9]{32}\b",
        hits=("SK{hex:32}",),
        spares=("AC{hex:32}", "SKU-{digits:8}"),
    ),
    Rule(
        "sendgrid-key",
        _GROUP,
        (b"sg.",),
        rb"\bSG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{30,}",
        hits=("SG.{b64u:22}.{b64u:43}",),
        spares=("SG.", "msg.content.text"),
    ),
    Rule(
        "mail-service-key",
        _GROUP,
        (b"key-", b"xkeysib-", b"xsmtpsib-", b"-us", b"re_", b"mlsn."),
        rb"\bkey-[a-f0-9]{32}\b|\bx(?:keys|smtps)ib-[a-f0-9]{64}-[A-Za-z0-9]{16}\b"
        rb"|\b[a-f0-9]{32}-us[0-9]{1,2}\b|\bre_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}\b"
        rb"|\bmlsn\.[a-f0-9]{64}\b",
        before=32,
        hits=(
            "key-{hex:32}",
            "xkeysib-{hex:64}-{alnum:16}",
            "{hex:32}-us12",
            "re_{alnum:8}_{alnum:24}",
            "mlsn.{hex:64}",
        ),
        spares=("key-value", "en-us", "re_match_all", "xkeysib-..."),
    ),
    Rule(
        "stripe-key",
        _GROUP,
        (b"_live_", b"_test_", b"whsec_"),
        rb"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9+/]{24,}={0,2}",
        check=is_key,
        before=2,
        hits=("sk_live_{alnum:24}", "sk_test_{alnum:99}", "rk_live_{alnum:24}", "whsec_{alnum:32}"),
        spares=("pk_live_{alnum:24}", "sk_live_...", "test_live_stream"),
    ),
    Rule(
        "square-token",
        _GROUP,
        (b"sq0", b"eaaa"),
        rb"\bsq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,}|\bEAAA[A-Za-z0-9_-]{60}\b",
        check=is_key,
        hits=("sq0atp-{b64u:22}", "sq0csp-{b64u:43}", "EAAA{b64u:58}9a"),
        spares=("sq0atp-...",),
    ),
    Rule(
        "payment-token",
        _GROUP,
        (b"access_token$", b"aqe", b"live_", b"test_", b"rzp_", b"flwseck"),
        rb"\baccess_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32}"
        rb"|\bAQE[a-z][A-Za-z0-9+/]{40,}={0,2}[A-Za-z0-9+/=-]{20,}"
        rb"|\brzp_(?:live|test)_[A-Za-z0-9]{14,}|\bFLWSECK(?:_TEST)?-[A-Za-z0-9]{12,}(?:-X)?"
        rb"|\b(?:live|test)_[A-Za-z0-9]{30,}",
        check=is_key,
        hits=(
            "access_token$production${lower:16}${hex:32}",
            "AQEy{b64:90}=-{b64:40}=-{alnum:16}",
            "rzp_live_{alnum:14}",
            "FLWSECK_TEST-{hex:32}-X",
            "live_{alnum:30}",
        ),
        spares=("live_view", "test_that_the_function_works", "access_token"),
    ),
    Rule(
        "shopify-token",
        _GROUP,
        (b"shpat_", b"shpca_", b"shppa_", b"shpss_", b"shpua_"),
        rb"(?i)\bshp(?:at|ca|pa|ss|ua)_[a-f0-9]{32}",
        hits=("shpat_{hex:32}", "shpss_{HEX:32}"),
        spares=("shpat_...",),
    ),
    Rule(
        "hubspot-token",
        _GROUP,
        (b"pat-",),
        rb"(?i)\bpat-(?:na|eu|ap)[0-9]-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-"
        rb"[a-f0-9]{12}",
        hits=("pat-na1-{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}",),
        spares=("pat-na1-...", "a pat-answer"),
    ),
    Rule(
        "notion-token",
        _GROUP,
        (b"ntn_", b"secret_"),
        rb"\bntn_[A-Za-z0-9]{40,}|\bsecret_[A-Za-z0-9]{43}\b",
        check=is_key,
        hits=("ntn_{digits:11}{alnum:35}", "secret_{alnum:43}"),
        spares=("ntn_...", "secret_key_base"),
    ),
    Rule(
        "linear-token",
        _GROUP,
        (b"lin_api_", b"lin_oauth_"),
        rb"\blin_(?:api|oauth)_[A-Za-z0-9]{32,}",
        hits=("lin_api_{alnum:40}", "lin_oauth_{hex:64}"),
        spares=("lin_api_...",),
    ),
    Rule(
        "figma-token",
        _GROUP,
        (b"figd_", b"figu_", b"figoh_", b"figor_"),
        rb"\bfig(?:d|u|oh|or)_[A-Za-z0-9_-]{36,}",
        hits=("figd_{b64u:40}",),
        spares=("figd_...",),
    ),
    Rule(
        "airtable-token",
        _GROUP,
        (b"pat",),
        rb"\bpat[A-Za-z0-9]{14}\.[a-f0-9]{64}\b",
        hits=("pat{alnum:14}.{hex:64}",),
        spares=("pattern.matches", "path/to/file"),
    ),
    Rule(
        "postman-key",
        _GROUP,
        (b"pmak-", b"pmat-"),
        rb"\bPMAK-[a-f0-9]{24}-[a-f0-9]{34}|\bPMAT-[A-Z0-9]{26}",
        hits=("PMAK-{hex:24}-{hex:34}", "PMAT-{upper:26}"),
        spares=("PMAK-...",),
    ),
    Rule(
        "analytics-key",
        _GROUP,
        (b"phx_", b"nrak-", b"nrjs-", b"nriq-", b"sntrys_", b"sntryu_", b"dt0"),
        rb"\bphx_[A-Za-z0-9_-]{40,}|\bNR(?:AK|IQ|JS)-[A-Za-z0-9]{19,}"
        rb"|\bsntry[su]_[A-Za-z0-9+/=_]{60,}"
        rb"|\bdt0[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}",
        check=is_key,
        hits=(
            "phx_{alnum:43}",
            "NRAK-{upper:27}",
            "sntrys_{b64:100}",
            "sntryu_{hex:64}",
            "dt0c01.{upper:24}.{upper:64}",
        ),
        spares=("phc_{alnum:43}", "NRAK-...", "sntrys_..."),
    ),
    Rule(
        "meta-token",
        _GROUP,
        (b"eaa",),
        rb"\bEAA[A-Z][A-Za-z0-9]{80,}",
        hits=("EAAB{alnum:120}",),
        spares=("EAAB",),
    ),
    Rule(
        "mapbox-secret-token",
        _GROUP,
        (b"sk.ey",),
        rb"\bsk\.eyJ[A-Za-z0-9_-]{40,}\.[A-Za-z0-9_-]{20,}",
        hits=("sk.eyJ{b64u:60}.{b64u:22}",),
        spares=("sk.eyJ",),
    ),
    Rule(
        "dropbox-token",
        _GROUP,
        (b"sl.",),
        rb"\bsl\.(?:u\.)?[A-Za-z0-9_-]{100,}",
        check=is_key,
        hits=("sl.{b64u:136}", "sl.u.AF{b64u:100}"),
        spares=("sl.wikipedia.org",),
    ),
    Rule(
        "onepassword-token",
        _GROUP,
        (b"ops_ey", b"a3-"),
        rb"\bops_eyJ[A-Za-z0-9+/=_-]{100,}|\bA3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}"
        rb"|[A-Z0-9]{6}-[A-Z0-9]{5})"
        rb"(?:-[A-Z0-9]{5}){3}\b",
        hits=("ops_eyJ{b64:250}", "A3-{upper:6}-{upper:11}-{upper:5}-{upper:5}-{upper:5}"),
        spares=("ops_eyJ", "A3-size paper"),
    ),
    Rule(
        "contentful-token",
        _GROUP,
        (b"cfpat-",),
        rb"\bCFPAT-[A-Za-z0-9_-]{40,}",
        hits=("CFPAT-{b64u:43}",),
        spares=("CFPAT-...",),
    ),
    Rule(
        "typeform-token",
        _GROUP,
        (b"tfp_",),
        rb"\btfp_[A-Za-z0-9_.-]{40,}[A-Za-z0-9_-]",
        hits=("tfp_{b64u:44}_{b64u:14}",),
        spares=("tfp_...",),
    ),
    Rule(
        "intercom-token",
        _GROUP,
        (b"dg9r",),
        rb"\bdG9rO[A-Za-z0-9+/]{40,}={0,2}",
        hits=("dG9rOj{b64:54}",),
        spares=("dG9r",),
    ),
)
