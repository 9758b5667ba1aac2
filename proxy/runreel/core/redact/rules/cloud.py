"""Keys of AWS and Azure, by their format and by the settings that contain them."""

from __future__ import annotations

from runreel.core.redact.rules.checks import is_key, is_no_stand_in
from runreel.core.redact.rules.key_rule import BORDER_LENGTH, EDGE
from runreel.core.redact.rules.rule import Rule

_GROUP = "cloud"

CLOUD = (
    Rule(
        "aws-access-key-id",
        _GROUP,
        (b"akia", b"asia", b"abia", b"acca"),
        rb"A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}",
        check=is_key,
        matches=("AKIA{base32:16}", "ASIA{base32:16}"),
        non_matches=("AKIA...", "Asia"),
    ),
    Rule(
        "aws-secret-access-key",
        _GROUP,
        (b"secret",),
        rb"(?i)secret[ _-]?(?:access[ _-]?)?key(?:[ ]is)?[^A-Za-z0-9/+\"]{0,4}\"?"
        rb"[^A-Za-z0-9/+\"]{1,6}"
        rb"\"?([A-Za-z0-9/+]{40})",
        check=is_key,
        matches=(
            "aws_secret_access_key = «{b64:40}»",
            "AWS_SECRET_ACCESS_KEY=«{b64:40}»",
            "SecretAccessKey: «{b64:40}»",
            "The secret access key is «{b64:40}»",
        ),
        non_matches=("the secret access key is forty characters long",),
    ),
    Rule(
        "aws-key-pair",
        _GROUP,
        (b"akia", b"asia"),
        rb"A[KS]IA[A-Z0-9]{16}(?:[^A-Za-z0-9/+\"]{1,5}|[ ]/[ ])([A-Za-z0-9/+]{40})",
        check=is_key,
        matches=("AKIA{base32:16},«{b64:40}»", "AKIA{base32:16} / «{b64:40}»"),
        non_matches=("AKIA... and its secret",),
    ),
    Rule(
        "aws-session-token",
        _GROUP,
        (b"iqojb3jpz2lu", b"fwogzxivyxdz", b"fqogzxivyxdz"),
        rb"(?:IQoJb3JpZ2lu|F[wQ]oGZXIvYXdz)[A-Za-z0-9+/]{80,}={0,2}",
        check=is_key,
        matches=("IQoJb3JpZ2luX2Vj{b64:300}==", "FwoGZXIvYXdz{b64:200}=="),
        non_matches=("IQoJb3JpZ2lu",),
    ),
    Rule(
        "aws-bedrock-key",
        _GROUP,
        (b"absk", b"bedrock-api-key-"),
        EDGE + rb"(ABSK[A-Za-z0-9+/]{60,}={0,2})"
        rb"|(bedrock-api-key-[A-Za-z0-9+/_-]{60,}={0,2})",
        check=is_key,
        window_before=BORDER_LENGTH,
        matches=("ABSK{b64:128}", "bedrock-api-key-{b64:150}"),
        non_matches=("ABSK", "bedrock-api-key-..."),
    ),
    Rule(
        "azure-storage-key",
        _GROUP,
        (b"accountkey", b"sharedaccesskey", b"sharedsecretvalue"),
        rb"(?i)(?:accountkey|sharedaccesskey|sharedsecretvalue)[ ]?=[ ]?"
        rb"([A-Za-z0-9+/%]{16,}={0,2})",
        check=is_no_stand_in,
        matches=(
            "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=«{b64:86}==»;"
            "EndpointSuffix=core.windows.net",
            "Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=Root;"
            "SharedAccessKey=«{b64:43}=»",
        ),
        non_matches=(
            "AccountKey=<key>",
            "AccountKey=...",
            "SharedAccessKeyName=RootManageSharedAccessKey",
        ),
    ),
    Rule(
        "azure-shared-access-signature",
        _GROUP,
        (b"sig=",),
        rb"(?:\b|_)sig=([A-Za-z0-9%+/_-]{24,}={0,2})",
        check=is_no_stand_in,
        matches=(
            "https://acme.blob.core.windows.net/c/b?sv=2022-11-02&sr=b&sp=r&sig=«{alnum:43}%3D»",
            "https://prod-1.westeurope.logic.azure.com/workflows/a/triggers/manual?sig=«{b64u:43}»",
            "SharedAccessSignature sr=x&sig=«{alnum:41}%2Ba»&se=1700000000&skn=k",
        ),
        non_matches=("sig=...", "https://example.test/?design=modern"),
    ),
    Rule(
        "azure-identifiable-key",
        _GROUP,
        (
            b"azse",
            b"acdb",
            b"+ast",
            b"azfu",
            b"azca",
            b"aiot",
            b"+asb",
            b"+aeh",
            b"+arm",
            b"+acr",
            b"jqqj9",
            b"+aba",
            b"+amc",
            b"apim",
            b"azeg",
        ),
        rb"[A-Za-z0-9]{52}JQQJ9[9DH][A-Za-z0-9]{24,28}|[A-Za-z0-9]{42}AzSe[A-D][A-Za-z0-9]{5}"
        rb"|[A-Za-z0-9+/]{76}(?:\+ASt|\+ABa|\+AMC|ACDb|APIM)[A-Za-z0-9+/]{6}=="
        rb"|[A-Za-z0-9_-]{44}AzFu[A-Za-z0-9_-]{6}=="
        rb"|[A-Za-z0-9]{33}AzCa[A-P][A-Za-z0-9]{5}="
        rb"|[A-Za-z0-9+/]{33}(?:AIoT|AZEG|\+ASb|\+AEh|\+ARm)[A-Za-z0-9+/]{5,6}="
        rb"|[A-Za-z0-9+/]{42}\+ACR[A-Za-z0-9+/]{6}",
        check=is_key,
        window_before=76,
        matches=(
            "{alnum:52}JQQJ99{upper:26}",
            "{alnum:42}AzSeA{alnum:5}",
            "{b64:76}+ASt{b64:6}==",
            "{b64:76}ACDb{b64:6}==",
            "{b64:76}+ABa{b64:6}==",
            "{b64:76}APIM{b64:6}==",
            "{b64:33}AZEG{b64:6}=",
            "{b64u:44}AzFu{alnum:6}==",
            "{alnum:33}AzCaA{alnum:5}=",
            "{b64:33}+ASb{b64:6}=",
        ),
        non_matches=("ACDb", "AIoT devices"),
    ),
    Rule(
        "azure-client-secret",
        _GROUP,
        (b"q~",),
        rb"[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{30,33}[A-Za-z0-9_~-]",
        check=is_key,
        window_before=4,
        matches=("{alnum:3}8Q~{b64u:34}",),
        non_matches=("Q~A",),
    ),
    Rule(
        "azure-devops-token",
        _GROUP,
        (b"azdo",),
        rb"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}",
        check=is_key,
        window_before=76,
        matches=("{alnum:76}AZDO{alnum:4}",),
        non_matches=("AZDO",),
    ),
)
