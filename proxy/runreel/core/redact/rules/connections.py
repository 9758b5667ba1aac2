"""Passwords in the URLs and connection strings of databases and other servers."""

from __future__ import annotations

from runreel.core.redact.rules.checks import is_no_stand_in, is_token
from runreel.core.redact.rules.password_checks import is_password
from runreel.core.redact.rules.rule import Rule

_GROUP = "connections"

_DATABASES = (
    rb"postgres(?:ql)?|mysqlx?|mariadb|mssql|sqlserver|oracle|mongodb|rediss?|valkey|amqps?"
    rb"|clickhouse|cockroachdb"
    rb"|snowflake|cassandra|couchdb|neo4j|bolt|nats|kafka|ldaps?"
)

_PORT_OF_POSTGRES = rb":(?:543[0-9]|6432|\*):"

CONNECTIONS = (
    Rule(
        "database-password",
        _GROUP,
        (b"://",),
        rb"(?i)\b(?:" + _DATABASES + rb")(?:\+[a-z0-9]{1,20}){0,2}://[^ \t\r\n/:@\"'<>`]{0,128}"
        rb":([^ \t\r\n@\"'<>`]{1,200})@[A-Za-z0-9\[(]",
        check=is_no_stand_in,
        window_before=40,
        matches=(
            "postgres://ann:«{alnum:16}»@db.internal:5432/app?sslmode=require",
            "postgresql+asyncpg://ann:«p/w?{alnum:8}#1»@db.internal/app",
            "mongodb+srv://ann:«{alnum:20}»@cluster0.abcde.mongodb.net/app",
            "redis://:«{hex:32}»@cache.internal:6379/0",
            "amqp://guest:«{alnum:9}»@mq.internal:5672/%2f",
            "mysql://root:«{alnum:9}»@localhost/app",
            "mssql+pyodbc://sa:«{alnum:9}!»@sql.internal/app",
        ),
        non_matches=(
            "postgres://localhost:5432/app",
            "postgres://user:<password>@localhost/app",
            "postgres://user:${DB_PASSWORD}@localhost/app",
            "redis://cache:6379/0",
            "mongodb://user:****@localhost/app",
        ),
    ),
    Rule(
        "url-password",
        _GROUP,
        (b"://",),
        rb"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^ \t\r\n/?#:@\"'<>`]{0,128}"
        rb":([^ \t\r\n/?#\"'<>`]{1,200})@[A-Za-z0-9\[]",
        check=is_no_stand_in,
        window_before=22,
        matches=(
            "https://ann:«{alnum:12}»@example.test/path",
            "ftp://ann:«p@ss{alnum:4}»@files.example.test/",
            "http://proxy:«{alnum:8}»@proxy.internal:3128",
            "smtp://ann%40example.test:«{alnum:12}»@smtp.example.test:587",
        ),
        non_matches=(
            "https://example.test:8080/a@b",
            "https://example.test/@ann/post:1@2",
            "https://user:$PASS@example.test",
            "https://user:{password}@example.test",
        ),
    ),
    Rule(
        "url-token",
        _GROUP,
        (b"://",),
        rb"\bhttps?://([A-Za-z0-9_-]{16,})@[A-Za-z0-9]",
        check=is_token,
        window_before=6,
        matches=(
            "https://«{hex:40}»@git.example.test/a.git",
            "https://«{hex:32}»@o1.ingest.example.test/1",
        ),
        non_matches=("https://organisation-name@dev.azure.com/a",),
    ),
    Rule(
        "mysql-dsn-password",
        _GROUP,
        (b"@tcp(", b"@unix("),
        rb"\b[A-Za-z0-9_.-]{1,64}:([^ \t\r\n\"'`@]{1,128})@(?:tcp|unix)\(",
        check=is_no_stand_in,
        window_before=200,
        matches=("ann:«{alnum:12}»@tcp(127.0.0.1:3306)/app",),
        non_matches=("user:<password>@tcp(localhost)/app",),
    ),
    Rule(
        "connection-string-password",
        _GROUP,
        (b"password", b"pwd"),
        rb"(?i)(?:server|data source|host|address|uid|user|user ?id|username|database"
        rb"|initial catalog"
        rb"|driver|port|endpoint|dbname)[ ]?=[^\"\r\n]{0,200}?(?:;[ ]?|[^,;][ ])(?:password"
        rb"|pwd)[ ]?="
        rb"[ ]?'?([^;\"'<> \t\r\n]{0,127}[^;\"'<> \t\r\n,.])",
        check=is_no_stand_in,
        window_before=240,
        matches=(
            "Server=db.internal;Database=app;User Id=ann;Password=«{alnum:12}»;Encrypt=true",
            "Driver={ODBC Driver 18};Server=db;UID=ann;PWD=«swordfish»",
            "host=db.internal port=5432 user=ann password=«swordfish» dbname=app",
        ),
        non_matches=(
            "Server=db;User Id=ann;Password=<password>;",
            "host=db user=ann password=$PGPASSWORD",
            "Server=db;User Id=ann;Password={password};",
        ),
    ),
    Rule(
        "jdbc-password",
        _GROUP,
        (b"jdbc:",),
        rb"(?i)\bjdbc:[^ \t\r\n\"'<>`]{3,300}?[?&;:]password="
        rb"([^&;,)\]} \t\r\n\"'<>`]{0,127}[^&;,)\]} \t\r\n\"'<>`.])",
        check=is_no_stand_in,
        matches=(
            "jdbc:postgresql://db/app?user=ann&password=«swordfish»&ssl=true",
            "jdbc:sqlserver://db;user=ann;password=«{alnum:9}»;encrypt=true",
        ),
        non_matches=("jdbc:postgresql://db:5432/app", "jdbc:mysql://db/app?password=${PASSWORD}"),
    ),
    Rule(
        "oracle-password",
        _GROUP,
        (b"jdbc:oracle:", b"sqlplus "),
        rb"(?i)\b(?:jdbc:oracle:[a-z]{2,6}:|sqlplus[ ])[^ \t\r\n\"'/]{1,64}/"
        rb"([^ \t\r\n\"'@/]{1,64})@",
        check=is_no_stand_in,
        matches=(
            "jdbc:oracle:thin:ann/«{alnum:9}»@db:1521/app",
            "sqlplus ann/«tiger{digits:2}»@db",
        ),
        non_matches=("jdbc:oracle:thin:@db:1521/app",),
    ),
    Rule(
        "netrc-password",
        _GROUP,
        (b"login",),
        rb"\blogin[ \t\r\n]+[^ \t\r\n\"]{1,64}[ \t\r\n]+password[ \t\r\n]+"
        rb"([^ \t\r\n\"'<>]{4,127}[^ \t\r\n\"'<>,.])",
        check=is_password,
        matches=("machine example.test login ann password «{alnum:12}»",),
        non_matches=("use login name password field",),
    ),
    Rule(
        "pgpass-password",
        _GROUP,
        (),
        rb"(?:\b[A-Za-z0-9.-]{1,100}|\*)"
        + _PORT_OF_POSTGRES
        + rb"[A-Za-z0-9_*-]{1,64}:[A-Za-z0-9_.-]{1,64}:"
        rb"([^ \t\r\n\"'<>:]{4,127}[^ \t\r\n\"'<>:,.])",
        check=is_no_stand_in,
        trigger=_PORT_OF_POSTGRES,
        window_before=100,
        matches=(
            "db.internal:6432:*:ann:«{alnum:12}»",
            "db.internal:5432:app:ann:«{alnum:12}»",
        ),
        non_matches=("localhost:5432:app",),
    ),
)
