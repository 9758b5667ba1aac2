"""Tokens, webhooks and keys of chat, mail and work services, by their format."""

from __future__ import annotations

from runreel.core.redact.rules.checks import is_key
from runreel.core.redact.rules.key_rule import BORDER, BORDER_LENGTH, EDGE
from runreel.core.redact.rules.randomness import has_random_run, is_hex
from runreel.core.redact.rules.rule import Rule

_GROUP = "services"


def is_dotted_key(text: bytes) -> bool:
    """Return whether the text after ``sk.`` or ``pk.`` is random or a hexadecimal number."""
    return has_random_run(text) or is_hex(text[3:])


SERVICES = (
    Rule(
        "slack-token",
        _GROUP,
        (b"xox", b"xapp-", b"xwfp-"),
        rb"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}|xapp-[0-9]{1,14}-[A-Za-z0-9/+-]{14,}"
        rb"|xwfp-[A-Za-z0-9-]{20,}",
        check=is_key,
        matches=(
            "xoxb-{digits:12}-{digits:13}-{alnum:24}",
            "xoxp-{digits:12}-{digits:12}-{digits:13}-{hex:32}",
            "xoxe.xoxp-1-{alnum:146}",
            "xoxs-{digits:12}-{hex:24}",
            "xapp-1-A{upper:10}-{digits:13}-{hex:64}",
        ),
        non_matches=("xoxb-...", "xoxb-your-bot-token-here"),
    ),
    Rule(
        "slack-webhook",
        _GROUP,
        (b"hooks.slack",),
        rb"hooks\.slack(?:-gov)?\.com/(?:services|workflows"
        rb"|triggers)/([A-Za-z0-9_/-]{20,})",
        check=is_key,
        window_before=8,
        matches=("https://hooks.slack.com/services/«T{upper:10}/B{upper:10}/{alnum:24}»",),
        non_matches=("https://hooks.slack.com/services/...",),
    ),
    Rule(
        "discord-webhook",
        _GROUP,
        (b"/api/webhooks/",),
        rb"/api/webhooks/[0-9]{15,21}/([A-Za-z0-9_-]{40,})",
        check=is_key,
        window_before=40,
        matches=("https://discord.com/api/webhooks/{digits:18}/«{b64u:68}»",),
        non_matches=("https://discord.com/api/webhooks/{digits:18}",),
    ),
    Rule(
        "discord-bot-token",
        _GROUP,
        (),
        EDGE + rb"([MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}\b)",
        check=is_key,
        window_before=BORDER_LENGTH,
        matches=("M{alnum:25}.{alnum:6}.{b64u:36}9a", "N{alnum:23}.{alnum:6}.{alnum:27}"),
        non_matches=("Notes.of.a.meeting",),
    ),
    Rule(
        "telegram-bot-token",
        _GROUP,
        (b":aa",),
        rb"(?:\bbot|" + EDGE + rb")([0-9]{8,10}:AA[A-Za-z0-9_-]{32,35})",
        check=is_key,
        window_before=BORDER_LENGTH,
        matches=(
            "{digits:10}:AA{b64u:33}",
            "https://api.telegram.org/bot«{digits:10}:AA{b64u:33}»/getMe",
        ),
        non_matches=("{digits:10}:AAA", "12:AA:34:56:78:9A"),
    ),
    Rule(
        "teams-webhook",
        _GROUP,
        (b"webhook.office.com/", b"/incomingwebhook/"),
        rb"/(?:IncomingWebhook|incomingwebhook)/([A-Za-z0-9-]{32}/[A-Za-z0-9-]{36}(?:/[A-Za-z0-9_-]+)?)",
        check=is_key,
        matches=(
            "https://acme.webhook.office.com/webhookb2/{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}@"
            "{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}/IncomingWebhook/"
            "«{hex:32}/{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}»",
        ),
        non_matches=("https://acme.webhook.office.com/webhookb2/",),
    ),
    Rule(
        "automation-webhook",
        _GROUP,
        (b"hooks.zapier.com/", b"hook.", b"ifttt.com/"),
        rb"https://hooks\.zapier\.com/hooks/catch/([A-Za-z0-9]{4,}/[A-Za-z0-9]{5,})"
        rb"|https://hook\.[a-z0-9.]{0,8}make\.com/[a-z0-9]{24,}",
        window_before=8,
        matches=("https://hooks.zapier.com/hooks/catch/«{digits:7}/{lower:7}»",),
        non_matches=("https://hooks.zapier.com/hooks/",),
    ),
    Rule(
        "twilio-key",
        _GROUP,
        (),
        BORDER + rb"(SK[a-fA-F0-9]{32}\b)",
        check=is_key,
        trigger=rb"SK[a-fA-F0-9]{8}",
        window_before=BORDER_LENGTH,
        matches=("SK{hex:32}",),
        non_matches=("AC{hex:32}", "SKU-{digits:8}"),
    ),
    Rule(
        "sendgrid-key",
        _GROUP,
        (b"sg.",),
        BORDER + rb"(SG\.[A-Za-z0-9=_-]{8,66}(?:\.[A-Za-z0-9=_-]{1,}){0,4})",
        check=is_key,
        window_before=BORDER_LENGTH,
        matches=("SG.{b64u:22}.{b64u:43}",),
        non_matches=("SG.", "msg.content.text"),
    ),
    Rule(
        "mail-service-key",
        _GROUP,
        (b"key-", b"xkeysib-", b"xsmtpsib-", b"-us", b"re_", b"mlsn."),
        BORDER + rb"(key-[a-f0-9]{32}|re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24})"
        rb"|(x(?:keys|smtps)ib-[a-f0-9]{40,64}(?:-[A-Za-z0-9]{1,16})?|mlsn\.[A-Za-z0-9]{30,100})"
        rb"|([a-f0-9]{32}-us[0-9]{1,2})\b",
        check=is_key,
        window_before=32,
        matches=(
            "key-{hex:32}",
            "xkeysib-{hex:64}-{alnum:16}",
            "{hex:32}-us12",
            "re_{alnum:8}_{alnum:24}",
            "mlsn.{hex:64}",
        ),
        non_matches=("key-value", "en-us", "re_match_all", "xkeysib-..."),
    ),
    Rule(
        "hubspot-token",
        _GROUP,
        (b"pat-",),
        rb"(?i)"
        + BORDER
        + rb"(pat-(?:na|eu|ap)[0-9]-[a-z0-9]{8}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}-"
        rb"[a-z0-9]{12})",
        check=is_key,
        window_before=BORDER_LENGTH,
        matches=("pat-na1-{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}",),
        non_matches=("pat-na1-...", "a pat-answer"),
    ),
    Rule(
        "notion-token",
        _GROUP,
        (b"ntn_", b"secret_"),
        rb"ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43}\b",
        check=is_key,
        matches=("ntn_{digits:11}{alnum:35}", "secret_{alnum:43}"),
        non_matches=("ntn_...", "secret_key_base"),
    ),
    Rule(
        "linear-token",
        _GROUP,
        (b"lin_api_", b"lin_oauth_"),
        rb"lin_(?:api|oauth)_[A-Za-z0-9]{32,}",
        check=is_key,
        matches=("lin_api_{alnum:40}", "lin_oauth_{hex:64}"),
        non_matches=("lin_api_...",),
    ),
    Rule(
        "figma-token",
        _GROUP,
        (b"figd_", b"figu_", b"figoh_", b"figor_"),
        rb"fig(?:d|u|oh|or)_[A-Za-z0-9_-]{36,}",
        check=is_key,
        matches=("figd_{b64u:40}",),
        non_matches=("figd_...",),
    ),
    Rule(
        "airtable-token",
        _GROUP,
        (),
        BORDER + rb"(pat[A-Za-z0-9]{14}\.[A-Za-z0-9]{64}\b)",
        check=is_key,
        trigger=rb"pat[A-Za-z0-9]{14}\.",
        window_before=BORDER_LENGTH,
        matches=("pat{alnum:14}.{hex:64}",),
        non_matches=("pattern.matches", "path/to/file"),
    ),
    Rule(
        "postman-key",
        _GROUP,
        (b"pmak-", b"pmat-"),
        rb"PMAK-[a-f0-9]{16,24}(?:-[a-f0-9]{1,34})?|PMAT-[A-Z0-9]{26}",
        check=is_key,
        matches=("PMAK-{hex:24}-{hex:34}", "PMAT-{upper:26}"),
        non_matches=("PMAK-...",),
    ),
    Rule(
        "analytics-key",
        _GROUP,
        (b"phx_", b"nrak-", b"nrjs-", b"nriq-", b"sntrys_", b"sntryu_", b"dt0"),
        rb"phx_[A-Za-z0-9_-]{40,}|NR(?:AK|IQ|JS)-[A-Za-z0-9]{19,}"
        rb"|sntry[su]_[A-Za-z0-9+/=_]{60,}"
        rb"|dt0[A-Za-z0-9]{3}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64}",
        check=is_key,
        matches=(
            "phx_{alnum:43}",
            "NRAK-{upper:27}",
            "sntrys_{b64:100}",
            "sntryu_{hex:64}",
            "dt0c01.{upper:24}.{upper:64}",
        ),
        non_matches=("phc_{alnum:43}", "NRAK-...", "sntrys_..."),
    ),
    Rule(
        "meta-token",
        _GROUP,
        (b"eaa",),
        EDGE + rb"(EAA[A-Za-z0-9]{81,}|EAACEdEose0cBA[A-Za-z0-9]{10,})",
        check=is_key,
        window_before=BORDER_LENGTH,
        matches=("EAAB{alnum:120}",),
        non_matches=("EAAB",),
    ),
    Rule(
        "mapbox-secret-token",
        _GROUP,
        (),
        BORDER + rb"([st]k\.(?:[A-Za-z0-9+/=_-]{32,}\.[A-Za-z0-9+/=_-]{20,}|[A-Za-z0-9._-]{80,})"
        rb"|pk\.[a-f0-9]{32}\b)",
        check=is_dotted_key,
        trigger=rb"[pst]k\.[A-Za-z0-9+/=._-]{32}",
        window_before=BORDER_LENGTH,
        matches=("sk.eyJ{b64u:60}.{b64u:22}", "tk.eyJ{b64u:60}.{b64u:22}", "pk.{hex:32}"),
        non_matches=("sk.eyJ",),
    ),
    Rule(
        "dropbox-token",
        _GROUP,
        (b"sl.",),
        BORDER + rb"(sl\.(?:u\.)?[A-Za-z0-9_=-]{100,})",
        check=is_key,
        window_before=BORDER_LENGTH,
        matches=("sl.{b64u:136}", "sl.u.AF{b64u:100}"),
        non_matches=("sl.wikipedia.org",),
    ),
    Rule(
        "onepassword-token",
        _GROUP,
        (b"ops_ey", b"a3-"),
        BORDER + rb"(ops_eyJ[A-Za-z0-9+/=_-]{100,}|A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}"
        rb"|[A-Z0-9]{6}-[A-Z0-9]{5})"
        rb"(?:-[A-Z0-9]{5}){3}\b)",
        window_before=BORDER_LENGTH,
        matches=("ops_eyJ{b64:250}", "A3-{upper:6}-{upper:11}-{upper:5}-{upper:5}-{upper:5}"),
        non_matches=("ops_eyJ", "A3-size paper"),
    ),
    Rule(
        "contentful-token",
        _GROUP,
        (b"cfpat-",),
        rb"CFPAT-[A-Za-z0-9_-]{40,}",
        check=is_key,
        matches=("CFPAT-{b64u:43}",),
        non_matches=("CFPAT-...",),
    ),
    Rule(
        "typeform-token",
        _GROUP,
        (b"tfp_",),
        rb"tfp_[A-Za-z0-9_.=-]{40,}[A-Za-z0-9_=-]",
        check=is_key,
        matches=("tfp_{b64u:44}_{b64u:14}",),
        non_matches=("tfp_...",),
    ),
    Rule(
        "intercom-token",
        _GROUP,
        (b"dg9r",),
        EDGE + rb"(dG9rO[A-Za-z0-9+/]{40,}={0,2})",
        check=is_key,
        window_before=BORDER_LENGTH,
        matches=("dG9rOj{b64:54}",),
        non_matches=("dG9r",),
    ),
)
