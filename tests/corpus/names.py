"""Names that announce a secret by their words, notations of a name and a value, and harmless names.

The names are those that services, tools and configurations use, independently of runreel's tables.
A prose template contains a label, a command or a statement with a password.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from corpus.run_streams import SplitText
from corpus.values import Dice
from corpus.writing import Escape, write_json
from runreel.model import Exchange
from support.build import make_exchange, make_request

HEADERS = """
    X-Internal-Token Token Authentication X-Original-Authorization x-litellm-key X-Webhook-Secret
    DD-APPLICATION-KEY X-Service-Auth X-Jwt X-Bearer-Token X-Shared-Secret CB-ACCESS-PASSPHRASE
    X-Tenant-Secret Deploy-Token X-Signing-Key RequestVerificationToken
"""
MEMBERS = """
    DBPassword mysql_pwd smtpPass keystorePassword password_confirmation bot_token githubToken
    sasToken personal_access_token code_verifier hmac_secret SecretString storageAccountPrimaryKey
    functionKey privateKeyPem wpa_passphrase sessionCookie newPassword api_key_2 PGPASSWORD
"""
NOTATIONS = {
    "pair": '{{"env":[{{"name":"{name}","value":"{value}"}}]}}',
    "pair-of-postman": '{{"key":"{name}","type":"string","value":"{value}","enabled":true}}',
    "pair-with-capitals": '{{"Value":"{value}","Name":"{name}"}}',
    "row": '{{"headers":[["Accept","*/*"],["{name}","{value}"]]}}',
    "element": "<r><{name}>{value}</{name}></r>",
    "attribute": '<r><server host="a" {name}="{value}"/></r>',
    "setting": '<appSettings><add key="{name}" value="{value}"/></appSettings>',
    "element-in-json": '{{"text":"<{name}>{value}</{name}>"}}',
    "pair-in-json": '{{"arguments":"{{\\"name\\":\\"{name}\\",\\"value\\":\\"{value}\\"}}"}}',
}
"""Bodies with a name and a value, for values without special characters."""

PROSE = """
    export GH_PAT={value}
    set SERVICE_JWT={value}
    smtp_pwd: {value}
    github_pat = {value}
    sshpass -p {value} ssh ann@build.internal
    docker login -u ann -p {value} registry.internal
    curl -uann:{value} https://api.internal/v1
    redis-cli -h cache -a {value} ping
    tool --db-password {value} run
    CREATE USER ann IDENTIFIED BY '{value}';
    ALTER ROLE ann WITH PASSWORD '{value}';
    Das Passwort lautet {value}
    mot de passe : {value}
    La contraseña es {value}
    A senha é {value}
    la password è {value}
    Het wachtwoord is {value}
    Hasło to {value}
    Şifre: {value}
    Пароль: {value}
    パスワードは{value}です
    密码是{value}
    비밀번호: {value}
"""

HARMLESS = {
    "max_tokens": 4096,
    "prompt_tokens": 1234567,
    "token": "the",
    "tokens": ["Hello", " world"],
    "stop_token": "</s>",
    "next_page_token": "CAUQAA9f8e7d6c5b4a39281706",
    "continuation_token": "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMg",
    "progressToken": "a1B2c3D4e5F6g7H8i9J0",
    "prompt_cache_key": "bucket1b9f2c7d4e8a0f3a",
    "idempotency_key": "k8Jd83hfKs92LwPqZx7v",
    "key": "topic",
    "primary_key": "user_id1",
    "public_key": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE",
    "session_id": "9f86d081884c7d659a2feaa0c55ad015",
    "thread_id": "thread_abc123DEF456ghi789JKL012",
    "system_fingerprint": "fp_44709d6fcb",
    "signature": "EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds4f7SuqzQmAlG2Lx9hVdsFH0y1",
    "encrypted_content": "gAAAAABoISQ24OyVRYbkYfukdJoqdzWT3uiErKInHDClgAaXeky44N77j7",
    "code": "rate_limit_exceeded",
    "state": "requires_action",
    "hash": "9fceb02d0ae598e95dc970b74767f19372d61af8",
    "auth": "oauth2",
    "credentials": "same-origin",
    "password": {"type": "string"},
    "passwordPolicy": "min-12-chars",
    "secret_name": "db-credentials-v2",
    "pass": True,
    "token_type": "refresh2",
    "cookies": "necessary",
    "connection": "keep-alive",
}
"""Members with values that must not change."""


def build_header(name: str, source: SplitText, _: Escape) -> Exchange:
    """Build a request with the secret in a header."""
    header = (name.encode(), source.text.encode())
    return make_exchange(request=make_request(headers=(header, (b"X-Last", b"1")), body=b"{}"))


def build_member(name: str, source: SplitText, _: Escape) -> Exchange:
    """Build a request with the secret in a member of its JSON."""
    return _build_body(json.dumps({"a": [1], name: source.text, "z": {}}))


def build_notation(template: str, name: str, source: SplitText, _: Escape) -> Exchange:
    """Build a request with the secret in a notation."""
    return _build_body(template.format(name=name, value=source.text))


def build_harmless(name: str, value: object, dice: Dice) -> Exchange:
    """Build a request with a harmless name, in JSON and beside its value."""
    rows = [{name: value, "n": dice.number(1, 9)}, {"name": name, "value": value}]
    return _build_body(write_json(rows, lambda text: text))


def iter_prose(templates: str, value: str) -> Iterator[str]:
    """Yield the texts of these templates, one a line, with this value in them."""
    for line in templates.strip().splitlines():
        yield line.strip().replace("\\n", "\n").format(value=value)


def _build_body(body: str) -> Exchange:
    is_xml = body.startswith("<")
    content_type = b"application/xml" if is_xml else b"application/json"
    headers = ((b"Content-Type", content_type),)
    return make_exchange(request=make_request(headers=headers, body=body.encode()))
