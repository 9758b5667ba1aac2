"""Keys of what agents are built with: model hosts, search, sandboxes, speech, observability."""

from __future__ import annotations

from functools import partial

from runreel.core.redact.rules.checks import is_key, is_key_after_dot
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

_key = partial(build_key_rule, group="provider-keys")

AGENTS: tuple[Rule, ...] = (
    _key("google-hmac-key", "GOOG1E", rb"[A-Z0-9]{55}", "{upper:55}"),
    _key(
        "novita-api-key",
        "sk_",
        rb"[A-Za-z0-9_-]{42}(?:[A-Za-z0-9_]\b|-\B)",
        "{b64u:43}",
        before=EDGE,
    ),
    _key("sk-uuid-key", "sk_", UUID, UUID_EXAMPLE),
    _key(
        "lambda-api-key",
        "secret_",
        rb"[a-z0-9-]{1,40}_[a-f0-9]{32}\.[A-Za-z0-9]{32}",
        "dev_{hex:32}.{alnum:32}",
    ),
    _key("modal-token", "ak- as-", rb"[A-Za-z0-9]{22,}", "{alnum:22}"),
    _key("runpod-api-key", "rpa_", rb"[A-Z0-9]{40,}[a-z0-9]{0,8}", "{upper:40}{lower:6}"),
    _key("anyscale-secret", "esecret_", rb"[A-Za-z0-9]{24,}", "{lower:28}"),
    _key("cartesia-api-key", "sk_car_", rb"[A-Za-z0-9]{20,}", "{alnum:22}"),
    _key(
        "luma-api-key", "luma-", rb"[0-9a-f]{8}-[0-9a-f-]{20,64}", f"{UUID_EXAMPLE}-{UUID_EXAMPLE}"
    ),
    _key("runway-api-key", "key_", rb"[a-f0-9]{28,128}", "{hex:128}", before=BORDER),
    _key("heygen-api-key", "sk_V2_hgu_", rb"[A-Za-z0-9_-]{30,}", "{alnum:37}"),
    _key("xai-management-key", "xai-token-", rb"[A-Za-z0-9]{40,}", "{alnum:80}"),
    _key("you-com-api-key", "ydc-sk-", rb"[a-f0-9]{16}-[A-Za-z0-9]{20,}", "{hex:16}-{alnum:32}"),
    _key("apify-token", "apify_api_ apify_ui_", rb"[A-Za-z0-9-]{30,}", "{alnum:36}"),
    _key("steel-api-key", "ste-", rb"[A-Za-z0-9]{48,}", "{alnum:66}", before=BORDER),
    _key("daytona-api-key", "dtn_", rb"[a-f0-9]{64}", "{hex:64}"),
    _key("mem0-api-key", "m0-", rb"[A-Za-z0-9]{36,}", "{alnum:40}"),
    _key("chroma-api-key", "ck-", rb"[A-Za-z0-9]{40,}", "{alnum:44}"),
    _key("turbopuffer-api-key", "tpuf_", rb"[A-Za-z0-9]{30,}", "{alnum:32}"),
    _key(
        "helicone-api-key",
        "sk-helicone- pk-helicone-",
        rb"(?:[a-z]{2}-)?[a-z0-9]{7}(?:-[a-z0-9]{7}){2,3}",
        "{lower:7}-{lower:7}-{lower:7}-{lower:7}",
        check=None,
    ),
    _key("traceloop-api-key", "tl_", rb"[a-f0-9]{32}", "{hex:32}"),
    _key("arize-api-key", "ak-", UUID + rb"-[A-Za-z0-9_-]{20,}", UUID_EXAMPLE + "-{b64u:32}"),
    _key("humanloop-api-key", "hl_sk_", rb"[a-f0-9]{40,}", "{hex:48}"),
    _key("promptlayer-api-key", "pl_", rb"[a-f0-9]{32}", "{hex:32}"),
    _key("requesty-api-key", "rqsty-sk-", rb"[A-Za-z0-9_-]{40,}", "{b64u:86}"),
    _key("cursor-api-key", "crsr_", rb"[a-f0-9]{40,}", "{hex:64}"),
    _key("amp-token", "sgamp_user_", rb"[A-Z0-9]{26}_[a-f0-9]{40,}", "{upper:26}_{hex:64}"),
    _key("literal-ai-key", "lsk_", rb"[A-Za-z0-9]{32,}", "{alnum:43}"),
    _key(
        "salad-cloud-key", "salad_cloud_", rb"[A-Za-z0-9]{1,7}_[A-Za-z0-9]{20,}", "user_{alnum:46}"
    ),
    _key("minimax-api-key", "sk-api- sk-cp-", rb"[A-Za-z0-9_-]{60,}", "{b64u:100}"),
    _key("friendli-token", "flp_", rb"[A-Za-z0-9]{30,}", "{alnum:46}"),
    _key("inception-api-key", "sk_", rb"[a-f0-9]{32}", "{hex:32}"),
    _key("featherless-api-key", "rc_", rb"[a-f0-9]{64}", "{hex:64}"),
    _key(
        "chutes-api-key",
        "cpk_",
        rb"[a-f0-9]{32}\.[a-f0-9]{32}\.[A-Za-z0-9]{32}",
        "{hex:32}.{hex:32}.{alnum:32}",
    ),
    _key(
        "venice-api-key",
        "VENICE_ADMIN_KEY_ VENICE_INFERENCE_KEY_ VENICE-ADMIN-KEY- VENICE-INFERENCE-KEY-",
        rb"[A-Za-z0-9_-]{32,}",
        "{b64u:43}",
    ),
    _key("coze-token", "pat_ sat_", rb"[A-Za-z0-9]{48,}", "{alnum:64}", before=BORDER),
    _key(
        "dify-key",
        "app- dataset-",
        rb"[A-Za-z0-9]{24}",
        "{alnum:24}",
        before=BORDER,
        check=has_random_run,
    ),
    _key("composio-api-key", "ak_ uak_", rb"[A-Za-z0-9_-]{20,}", "{b64u:20}", before=EDGE),
    _key("letta-api-key", "sk-let-", rb"[A-Za-z0-9+/]{60,}={0,2}", "{b64:90}=="),
    _key("bland-api-key", "org_", rb"[a-f0-9]{70,}", "{hex:70}", before=BORDER),
    _key("zep-api-key", "z_", rb"[A-Za-z0-9_-]{100,}(?:\.[A-Za-z0-9_-]{20,})?", "{b64u:140}"),
    _key("arcade-api-key", "arc_", rb"[A-Za-z0-9]{40,}", "{alnum:50}", before=BORDER),
    _key("nscale-api-key", "nscale_", rb"[A-Za-z0-9]{32,}", "{alnum:40}"),
    _key("parasail-api-key", "psk-", rb"[A-Za-z0-9_-]{32,}", "{alnum:40}"),
    Rule(
        "nvidia-ngc-key",
        "provider-keys",
        (),
        EDGE + rb"([A-Za-z0-9]{26}:" + UUID + rb")",
        check=is_key,
        trigger=rb":[0-9a-f]{8}-[0-9a-f]{4}-",
        window_before=48,
        matches=(f"{{alnum:26}}:{UUID_EXAMPLE}",),
        non_matches=("sha1:{hex:40}",),
    ),
    Rule(
        "ollama-api-key",
        "provider-keys",
        (),
        EDGE + rb"([a-f0-9]{32}\.(?:[A-Za-z0-9_-]{24}|[A-Za-z0-9]{16}))\b",
        check=is_key_after_dot,
        trigger=rb"[a-f0-9]{8}\.[A-Za-z0-9_-]{16}",
        window_before=48,
        matches=("{hex:32}.{b64u:24}", "{hex:32}.{alnum:16}"),
        non_matches=("{hex:32}.chunk.js.map.production",),
    ),
    Rule(
        "fal-key",
        "provider-keys",
        (),
        EDGE + rb"(" + UUID + rb":(?:[a-f0-9]{32}|fx))",
        trigger=rb":(?:[a-f0-9]{32}|fx)\b",
        window_before=48,
        matches=(UUID_EXAMPLE + ":{hex:32}", UUID_EXAMPLE + ":fx"),
        non_matches=(UUID_EXAMPLE + ":start",),
    ),
    Rule(
        "nebius-token",
        "provider-keys",
        (),
        EDGE + rb"(v1\.[A-Za-z0-9_-]{120,})",
        check=is_key,
        trigger=rb"v1\.[A-Za-z0-9_-]{20}",
        window_before=BORDER_LENGTH,
        matches=("v1.{b64u:180}",),
        non_matches=("v1.2.3",),
    ),
)
