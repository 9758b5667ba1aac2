"""Tokens of chat, mail and social networks, and URLs that accept messages."""

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
from runreel.core.redact.rules.randomness import has_random_run
from runreel.core.redact.rules.rule import Rule

_key = partial(build_key_rule, group="services")


def is_no_public_key(text: bytes) -> bool:
    """Return whether the text after ``pk_`` is random at once: public keys have ``live_`` there."""
    return not text.startswith((b"pk_live_", b"pk_test_")) and has_random_run(text)


MESSAGING: tuple[Rule, ...] = (
    _key("slack-cookie", "xoxd-", rb"[A-Za-z0-9%+/_=-]{40,}", "{b64u:120}"),
    _key("smooch-key", "act_", rb"[a-z0-9]{24}\b", "{lower:24}"),
    _key("discord-mfa-token", "mfa.", rb"[A-Za-z0-9_-]{20,}", "{b64u:84}", before=BORDER),
    _key(
        "matrix-token",
        "syt_ syr_ mct_ mcr_",
        rb"[A-Za-z0-9+/=_-]{8,}_[A-Za-z0-9]{6}|[A-Za-z0-9]{20,}",
        "{alnum:12}_{alnum:20}_{alnum:6}",
    ),
    _key("instagram-token", "IGQV IGAA", rb"[A-Za-z0-9_-]{80,}", "J{alnum:140}", before=EDGE),
    _key("threads-token", "THAA", rb"[A-Za-z0-9_-]{80,}", "{alnum:150}", before=EDGE),
    _key(
        "twitter-bearer-token",
        "AAAAAAAAAAAAAAAAAAAAA",
        rb"[A-Za-z0-9]{5,60}(?:%(?:25)?(?:2[BFbf]|3[Dd])[A-Za-z0-9]{0,60}){1,6}",
        "{alnum:28}%3D{alnum:50}",
    ),
    _key(
        "linkedin-secret",
        "WPL_AP0. WPL_AP1.",
        rb"[A-Za-z0-9]{12,16}(?:\.[A-Za-z0-9+/]{1,10}={0,2})?",
        "{alnum:16}.{alnum:8}",
    ),
    _key("pinterest-token", "pina_ pinr_", rb"[A-Za-z0-9_-]{24,}", "{upper:110}"),
    _key("cal-com-key", "cal_live_ cal_test_", rb"[a-f0-9]{32}", "{hex:32}"),
    _key("mandrill-key", "md-", rb"[A-Za-z0-9_-]{22}", "{b64u:22}", before=EDGE),
    _key("onesignal-key", "os_v2_app_ os_v2_org_", rb"[a-z0-9]{60,}", "{lower:103}"),
    _key("klaviyo-key", "pk_", rb"(?:[A-Za-z0-9]{6}_)?[a-f0-9]{34}", "{hex:34}"),
    _key(
        "private-key-of-client",
        "pk_",
        rb"[A-Za-z0-9_]{34,100}\b",
        "{alnum:40}",
        before=EDGE,
        check=is_no_public_key,
    ),
    _key("courier-key", "pk_prod_ pk_test_", rb"[A-Z0-9]{28}", "{upper:28}"),
    _key("pubnub-key", "sec-c- pub-c- sub-c-", rb"[A-Za-z0-9+/=]{40,}|" + UUID, "{alnum:48}"),
    _key("lichess-token", "lip_ lio_", rb"[A-Za-z0-9_]{16,}", "{alnum:20}"),
    _key("riot-key", "RGAPI-", UUID, UUID_EXAMPLE),
    _key("nostr-key", "nsec1", rb"[a-z0-9]{58}", "{lower:58}"),
    Rule(
        "roblox-cookie",
        "services",
        (b"_|warning:-do-not-share-this",),
        rb"_\|WARNING:-DO-NOT-SHARE-THIS[A-Za-z.-]{0,200}\|_([A-Za-z0-9_-]{60,})",
        check=is_key,
        matches=("_|WARNING:-DO-NOT-SHARE-THIS.--Sharing-this.|_«{HEX:600}»",),
        non_matches=("_|WARNING:-DO-NOT-SHARE-THIS.|_",),
    ),
    Rule(
        "mailgun-key",
        "services",
        (),
        EDGE + rb"([a-f0-9]{32}-[a-f0-9]{8}-[a-f0-9]{8})\b",
        check=is_key,
        trigger=rb"-[a-f0-9]{8}-[a-f0-9]{8}\b",
        window_before=48,
        matches=("{hex:32}-{hex:8}-{hex:8}",),
        non_matches=("{hex:32}-{hex:8}",),
    ),
    Rule(
        "message-webhook",
        "services",
        (
            b"open.feishu.cn/",
            b"open.larksuite.com/",
            b"qyapi.weixin.qq.com/",
            b"webexapis.com/",
            b"hc-ping.com/",
            b".tines.com/webhook",
            b"oapi.dingtalk.com/",
            b".m.pipedream.net",
            b"hook.",
            b"chat.googleapis.com/",
        ),
        rb"open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/(?:v2/)?hook/([A-Za-z0-9-]{20,})"
        rb"|qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=([A-Za-z0-9-]{20,})"
        rb"|webexapis\.com/v1/webhooks/incoming/([A-Za-z0-9_=-]{40,})"
        rb"|hc-ping\.com/([A-Za-z0-9-]{22,})"
        rb"|\.tines\.com/webhook/([A-Za-z0-9_-]{12,40}/[A-Za-z0-9_-]{12,40})"
        rb"|oapi\.dingtalk\.com/robot/send\?access_token=([a-f0-9]{40,})"
        rb"|https://(eo[a-z0-9]{10,20})\.m\.pipedream\.net"
        rb"|https://hook\.[a-z0-9.]{0,8}make\.com/([a-z0-9]{24,})"
        rb"|chat\.googleapis\.com/v1/spaces/[A-Za-z0-9_-]{6,20}/messages\?[^ \t\r\n\"'<>]{0,100}"
        rb"token=([A-Za-z0-9%_=-]{20,})",
        check=is_key,
        window_before=24,
        matches=(
            f"https://open.feishu.cn/open-apis/bot/v2/hook/«{UUID_EXAMPLE}»",
            f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=«{UUID_EXAMPLE}»",
            "https://webexapis.com/v1/webhooks/incoming/«{b64u:80}»",
            f"https://hc-ping.com/«{UUID_EXAMPLE}»",
            "https://acme.tines.com/webhook/«{hex:32}/{hex:32}»",
            "https://oapi.dingtalk.com/robot/send?access_token=«{hex:64}»",
            "https://«eo{lower:14}».m.pipedream.net",
            "https://hook.eu1.make.com/«{lower:32}»",
            "https://chat.googleapis.com/v1/spaces/AAAA{alnum:7}/messages?key=x&token=«{b64u:43}»",
        ),
        non_matches=("https://open.feishu.cn/open-apis/bot/v2/hook/...", "https://hc-ping.com/"),
    ),
    Rule(
        "telnyx-key",
        "services",
        (),
        BORDER + rb"(KEY[A-F0-9]{32}_[A-Za-z0-9]{22}|KEY[A-Za-z0-9_-]{55}\b)",
        check=is_key,
        trigger=rb"KEY(?:[A-F0-9]{8}|[A-Za-z0-9_-]{55})",
        window_before=BORDER_LENGTH,
        matches=("KEY{HEX:32}_{alnum:22}",),
        non_matches=("KEY",),
    ),
)
