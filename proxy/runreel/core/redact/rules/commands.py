"""Secrets on command lines and in environments."""

from __future__ import annotations

from runreel.core.redact.rules.checks import is_password, is_quoted_password
from runreel.core.redact.rules.rule import Rule

_GROUP = "prose"

COMMANDS = (
    Rule(
        "environment-secret",
        _GROUP,
        (
            b"secret",
            b"password",
            b"passwd",
            b"token",
            b"_pass",
            b"_key",
            b"apikey",
            b"credential",
            b"_pwd",
        ),
        rb"\b[A-Z][A-Z0-9_]{0,60}(?:SECRET|PASSWORD|PASSWD|TOKEN|_PASS|_PWD|API_?KEY|ACCESS_KEY"
        rb"|(?:SECRET|PRIVATE|ENCRYPTION|SIGNING|MASTER|AUTH|ADMIN)_KEY|CREDENTIALS?)"
        rb"=['\"]?([^ \t\r\n\\,;)\]}<>\"'`|&]{5,254}[^ \t\r\n\\,;)\]}<>\"'`|&.])",
        check=is_quoted_password,
        window_after=200,
        window_before=60,
        matches=(
            "export DB_PASSWORD=«swordfish»",
            "export FOO_TOKEN=«{alnum:16}»",
            "POSTGRES_PASSWORD=«{alnum:9}»",
            "SMTP_PASS='«{alnum:9}»'",
            "-e MYSQL_ROOT_PASSWORD=«tiger{digits:3}»",
        ),
        non_matches=(
            "DB_PASSWORD=$SECRET",
            "API_TOKEN=required",
            "MAX_TOKENS=4096000",
            "API_KEY=${KEY}",
        ),
    ),
    Rule(
        "command-line-secret",
        _GROUP,
        (b"--pass", b"--token", b"--api-key", b"--secret", b"--access-", b"--auth-", b"--client-s"),
        rb"--(?:pass(?:word|wd|phrase)?|token|api-key|secret(?:-key)?|access-(?:key|token)"
        rb"|auth-token"
        rb"|client-secret)[= ]['\"]?([^ \t\r\n\\\"'`<>|;]{5,254}[^ \t\r\n\\\"'`<>|;,.])",
        check=is_password,
        window_after=200,
        matches=(
            "docker login --username ann --password «{alnum:12}»",
            "deploy --token=«{alnum:20}»",
        ),
        non_matches=(
            "--password option",
            "--token $TOKEN",
            "--password <password>",
            "--secret id=mysecret",
        ),
    ),
    Rule(
        "curl-password",
        _GROUP,
        (b"-u ", b"--user ", b"-u'"),
        rb"[ ](?:-u|--user)[ ]?['\"]?[^ \t\r\n:\"'$<{]{1,64}:"
        rb"([^ \t\r\n\"'`]{3,254}[^ \t\r\n\"'`,.])",
        check=is_quoted_password,
        window_after=200,
        window_before=1,
        matches=("curl -u ann:«{alnum:9}» https://example.test", "curl --user 'ann:«{alnum:9}»' x"),
        non_matches=("curl -u user:$PASS https://example.test", "docker run -u 1000:1000 image"),
    ),
    Rule(
        "mysql-password",
        _GROUP,
        (b"mysql",),
        rb"\bmysql(?:dump|admin|import)?[ ][^\r\n\"|]{0,100}?[ ]?-p"
        rb"([^ \t\r\n\"'<$-][^ \t\r\n\"'`]{3,64}[^ \t\r\n\"'`,.])",
        check=is_password,
        window_after=200,
        matches=("mysql -u root -p«{alnum:9}» app",),
        non_matches=("mysql -u root -p app", "mysqldump -h db -P3306 app"),
    ),
)
