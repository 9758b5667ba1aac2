"""Keys of those who serve models, by their shapes; where a shape is not the vendor's alone, by what
is written in front of it.
"""

from __future__ import annotations

from runreel.core.redact.rules.rule import Rule

PROVIDERS = (
    Rule(
        "openai-api-key",
        "provider-keys",
        (b"sk-", b"t3blbkfj"),
        rb"\bsk-(?:proj|svcacct|admin|None|service)-[A-Za-z0-9_-]{20,}"
        rb"|\bsk-(?:[a-z0-9][a-z0-9-]{0,40}-)?[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}"
        rb"|\bsk-[A-Za-z0-9]{32,}",
        before=70,
        hits=(
            "sk-proj-{b64u:74}T3BlbkFJ{b64u:74}",
            "sk-svcacct-{b64u:74}T3BlbkFJ{b64u:74}",
            "sk-admin-{b64u:74}T3BlbkFJ{b64u:74}",
            "sk-{alnum:20}T3BlbkFJ{alnum:20}",
            "sk-{alnum:48}",
        ),
        spares=("task-list-for-the-next-week-and-more", "sk-...", "sk-proj-...", "disk-{digits:4}"),
    ),
    Rule(
        "anthropic-api-key",
        "provider-keys",
        (b"sk-ant-",),
        rb"\bsk-ant-[a-z]{2,10}[0-9]{0,3}-[A-Za-z0-9_-]{20,}",
        hits=("sk-ant-api03-{b64u:93}AA", "sk-ant-admin01-{b64u:93}AA", "sk-ant-oat01-{b64u:93}AA"),
        spares=("sk-ant-...",),
    ),
    Rule(
        "google-api-key",
        "provider-keys",
        (b"aiza",),
        rb"\bAIza[A-Za-z0-9_-]{35}",
        hits=("AIza{b64u:35}",),
        spares=("AIza...",),
    ),
    Rule(
        "groq-api-key",
        "provider-keys",
        (b"gsk_",),
        rb"\bgsk_[A-Za-z0-9]{40,}",
        hits=("gsk_{alnum:52}",),
        spares=("gsk_...",),
    ),
    Rule(
        "huggingface-token",
        "provider-keys",
        (b"hf_", b"api_org_"),
        rb"\bhf_[A-Za-z0-9]{30,}|\bapi_org_[A-Za-z0-9]{30,}",
        hits=("hf_{letters:34}", "api_org_{letters:34}"),
        spares=("hf_hub_download(repo_id)", "hf_..."),
    ),
)
