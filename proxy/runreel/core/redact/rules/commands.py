"""Secrets on command lines and in environments."""

from __future__ import annotations

from runreel.core.redact.rules.checks import is_random_token
from runreel.core.redact.rules.named_keys import has_no_other_owner
from runreel.core.redact.rules.password_checks import (
    is_password,
    is_password_with_letter,
    is_quoted_password,
)
from runreel.core.redact.rules.rule import Rule

_GROUP = "prose"

_WORD = rb"([^ \t\r\n\\,;)\]}<>\"'`|&]{4,}[^ \t\r\n\\,;)\]}<>\"'`|&.])"
_ARGUMENT = rb"([^- \t\r\n\\,;)\]}<>\"'`|&]" + _WORD[1:].replace(b"{4,}", b"{3,}")
_ASSIGNED = rb"[ ]?=[ ]?['\"]?" + _WORD
_SETTING = rb"(?:pass|pwd|pw|pat|jwt|sas|creds?)"
_ON_LINE = rb"(?:[^\r\n\"|;&]{0,120}?[ ])?"
"""Other arguments of a command."""

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
        rb"\b(?:[A-Z][A-Z0-9_]{0,60}(?:SECRET|PASSWORD|PASSWD|TOKEN|_PASS|_PWD|API_?KEY|ACCESS_KEY"
        rb"|(?:SECRET|PRIVATE|ENCRYPTION|SIGNING|MASTER|AUTH|ADMIN)_KEY|CREDENTIALS?)"
        rb"|SECRET_KEY_BASE)"
        rb"=['\"]?([^ \t\r\n\\,;)\]}<>\"'`|&]{5,}[^ \t\r\n\\,;)\]}<>\"'`|&.])",
        check=is_quoted_password,
        context=has_no_other_owner,
        window_after=200,
        window_before=60,
        matches=(
            "export DB_PASSWORD=«swordfish»",
            "export FOO_TOKEN=«{alnum:16}»",
            "POSTGRES_PASSWORD=«{alnum:9}»",
            "SMTP_PASS='«{alnum:9}»'",
            "-e MYSQL_ROOT_PASSWORD=«tiger{digits:3}»",
            "SECRET_KEY_BASE=«{alnum:16}»",
            "K3S_TOKEN=«{alnum:16}»",
        ),
        non_matches=(
            "DB_PASSWORD=$SECRET",
            "API_TOKEN=required",
            "MAX_TOKENS=4096000",
            "API_KEY=${KEY}",
            "NEXT_TOKEN={alnum:24}",
        ),
    ),
    Rule(
        "environment-setting",
        _GROUP,
        (b"_token:", b"_token :", b"_key:", b"_key :", b"_key_base:"),
        rb"\b[A-Z][A-Z0-9]{0,20}(?:_[A-Z0-9]{1,20}){0,6}_(?:TOKEN|KEY|KEY_BASE)"
        rb"[ ]?:[ ]{1,4}['\"]?" + _WORD,
        check=is_random_token,
        context=has_no_other_owner,
        window_after=200,
        window_before=100,
        matches=(
            "env:\n  PYPI_TOKEN: «{alnum:16}»\n",
            "LITELLM_SALT_KEY: '«{alnum:16}»'",
            "SECRET_KEY_BASE: «{alnum:16}»",
        ),
        non_matches=(
            "NEXT_TOKEN: {alnum:16}",
            "CACHE_KEY: {alnum:16}",
            "MAX_TOKENS: 4096",
            "PYPI_TOKEN: ${{ secrets.PYPI_TOKEN }}",
            "ERR_TOKEN: unexpected",
        ),
    ),
    Rule(
        "environment-key",
        _GROUP,
        (b"_pat", b"_jwt", b"_sas", b"_cred", b"_auth"),
        rb"\b[A-Z][A-Z0-9_]{0,60}_(?:PAT|JWT|SAS|CREDS?|AUTH)" + _ASSIGNED,
        check=is_password_with_letter,
        window_after=200,
        window_before=60,
        matches=(
            "export GH_PAT=«{alnum:40}»",
            "$env:SERVICE_JWT = '«{alnum:24}»'",
            "BLOB_SAS=«{alnum:24}»",
            "REDISCLI_AUTH=«tiger{digits:3}»",
            "DB_CREDS=«{alnum:24}»",
        ),
        non_matches=(
            "GH_PAT=$TOKEN",
            "HTTP_AUTH=none",
            "AUTH_TYPE=oauth2",
            "DATA_PATH=src2/data3",
            "SMTP_AUTH=1234567",
        ),
    ),
    Rule(
        "environment-random-key",
        _GROUP,
        (b"_key", b"_dsn"),
        rb"\b[A-Z][A-Z0-9_]{0,60}_(?:KEY|DSN)" + _ASSIGNED,
        check=is_random_token,
        context=has_no_other_owner,
        window_after=200,
        window_before=60,
        matches=("PINECONE_KEY=«{hex:32}»", "export OPENAI_KEY='«{alnum:40}»'"),
        non_matches=(
            "SORT_KEY=created_at2",
            "CACHE_KEY=v2-users-list",
            "APP_DSN=sqlite:///app.db",
            "PARTITION_KEY=tenant-42",
            "SHARD_KEY={alnum:16}",
        ),
    ),
    Rule(
        "dockerfile-secret",
        _GROUP,
        (b"env ", b"arg ", b"setx ", b"set -"),
        rb"\b(?:ENV|ARG|setx|set[ ]-[gUx]{1,3})[ ]{1,4}[A-Z][A-Z0-9_]{0,60}"
        rb"(?:SECRET|PASSWORD|PASSWD|TOKEN|_PASS|_PWD|API_?KEY|ACCESS_KEY|SECRET_KEY)[ ]{1,4}['\"]?"
        + _WORD,
        check=is_quoted_password,
        window_after=200,
        matches=(
            "ENV DB_PASSWORD «swordfish»",
            "setx DB_PASSWORD «tiger{digits:3}»",
            "set -gx GH_TOKEN «{alnum:16}»",
        ),
        non_matches=("ENV DB_PASSWORD $SECRET", "set the ENV DB_PASSWORD first", "ARG API_TOKEN"),
    ),
    Rule(
        "setting-secret",
        _GROUP,
        (),
        rb"(?i)\b(?:[a-z0-9]{1,30}[_.-]){1,4}" + _SETTING + rb"['\"]?[ ]?[:=][ ]?['\"]?" + _WORD,
        check=is_password_with_letter,
        trigger=rb"(?i)[_.-]" + _SETTING + rb"['\"]?[ ]?[:=]",
        window_after=200,
        window_before=64,
        matches=(
            "db_pass: «{alnum:12}»",
            "ftp.pass=«{alnum:12}»",
            "smtp_pwd = '«{alnum:12}»'",
            "github_pat: «{alnum:40}»",
            "db-creds: «{alnum:24}»",
        ),
        non_matches=(
            "first_pass: 0.9912345",
            "test_pass: required",
            "token_endpoint_auth: method-2",
            "db_pass: ${PASS}",
            "file_path: src2/data3",
            "db_pass = get_pass(db1)",
        ),
    ),
    Rule(
        "command-line-secret",
        _GROUP,
        (b"-pass", b"-pwd", b"-token", b"-secret", b"-key", b"-pat "),
        rb"--(?:[a-z0-9]{1,20}-){0,3}(?:pass(?:word|wd|phrase)?|pwd|token|secret(?:-value)?|pat"
        rb"|(?:api|secret|access|auth|private|encryption|signing|license|account|app|master)-key)"
        rb"[= ]['\"]?([^ \t\r\n\\\"'`<>|;]{5,254}[^ \t\r\n\\\"'`<>|;,.])",
        check=is_password,
        window_after=200,
        window_before=64,
        matches=(
            "docker login --username ann --password «{alnum:12}»",
            "deploy --token=«{alnum:20}»",
            "tool --db-password '«{alnum:12}»'",
            "tool --aws-secret-access-key «{alnum:40}»",
        ),
        non_matches=(
            "--password option",
            "--token $TOKEN",
            "--password <password>",
            "--secret id=mysecret",
            "--password-file /run/secrets/db1",
            "--token-limit 128000",
            "--cache-key v2-linux-x64",
        ),
    ),
    Rule(
        "curl-password",
        _GROUP,
        (
            *(b"-u ", b"--user ", b"-u'", b"--user=", b"curl "),
            *(b"http -a", b"https -a", b"http --auth", b"https --auth"),
        ),
        rb"(?:[ ](?:-u|--user)|\bhttps?[ ](?:-a|--auth))[ =]?['\"]?[^ \t\r\n:\"'$<{]{1,64}:"
        rb"([^ \t\r\n\"'`]{3,254}[^ \t\r\n\"'`,.])",
        check=is_quoted_password,
        window_after=200,
        window_before=1,
        matches=(
            "curl -u ann:«{alnum:9}» https://example.test",
            "curl --user 'ann:«{alnum:9}»' x",
            "curl -s -uann:«{alnum:9}» https://example.test",
            "http -a ann:«{alnum:9}» GET example.test/items",
        ),
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
    Rule(
        "command-password",
        _GROUP,
        (
            *(b"sshpass", b"login", b"redis-cli", b"mongo", b"sqlcmd", b"ldap", b"pass:"),
            *(b"storepass", b"keypass", b"htpasswd", b"smbclient", b"zip "),
            *(b"requirepass", b"masterauth", b"bcp ", b"7z", b"twine", b"lftp", b"rabbitmqctl"),
            *(b"snmp", b"rclone obscure", b"net use", b"gh secret set"),
        ),
        rb"\b(?:sshpass[ ]{1,4}-p[ ]?"
        rb"|(?:docker|podman|nerdctl|helm[ ]registry|oras|az|oc|skopeo|buildah|cf)[ ]login[ ]"
        + _ON_LINE
        + rb"-p[ ]"
        rb"|redis-cli[ ]" + _ON_LINE + rb"-a[ ]"
        rb"|mongo(?:sh|dump|restore|export|import)?[ ]" + _ON_LINE + rb"-p[ ]"
        rb"|(?:sqlcmd|bcp)[ ]" + _ON_LINE + rb"-P[ ]?"
        rb"|(?:un)?zip[ ]" + _ON_LINE + rb"-P[ ]"
        rb"|7z[azr]?[ ][a-z][ ]" + _ON_LINE + rb"-p"
        rb"|twine[ ]upload[ ]" + _ON_LINE + rb"-p[ ]"
        rb"|lftp[ ]" + _ON_LINE + rb"-u[ ][^ ,\r\n\"]{1,64},"
        rb"|rabbitmqctl[ ]" + _ON_LINE + rb"(?:add_user|change_password)[ ][^ \r\n\"-]{1,64}[ ]"
        rb"|snmp[a-z]{2,12}[ ]" + _ON_LINE + rb"-[AX][ ]"
        rb"|gh[ ]secret[ ]set[ ]" + _ON_LINE + rb"(?:-b|--body)[ =]"
        rb"|ldap(?:search|add|modify|delete|passwd|whoami)[ ]" + _ON_LINE + rb"-w[ ]"
        rb"|htpasswd[ ]-[a-zA-Z]{0,6}b[a-zA-Z]{0,6}[ ](?:[^ \r\n\"']{1,100}[ ]){1,2}"
        rb"|smbclient[ ]" + _ON_LINE + rb"-U[ ]?[^ \r\n\"%]{1,64}%"
        rb"|(?:vault[ ]login|rclone[ ]obscure|requirepass|masterauth)[ ])['\"]?"
        + _ARGUMENT
        + rb"|[ ]-pass(?:in|out)?[ ]pass:"
        + _ARGUMENT
        + rb"|[ ]-(?:dest|src|new)?(?:store|key)pass[ ]['\"]?"
        + _ARGUMENT
        + rb"|\bnet[ ]use[ ](?:[A-Z]:[ ])?[^ \r\n\"]{3,100}[ ](?:/user:[^ \r\n\"]{1,100}[ ])?"
        + _ARGUMENT.replace(b"[^- ", b"[^-/ ", 1),
        check=is_quoted_password,
        window_after=200,
        window_before=64,
        matches=(
            "sshpass -p '«swordfish»' ssh ann@example.test",
            "docker login -u ann -p «{alnum:12}» registry.example.test",
            "az login --service-principal -u x -p «{alnum:24}» --tenant y",
            "redis-cli -h cache -a «{alnum:12}» ping",
            "mongosh -u ann -p «{alnum:12}»",
            "sqlcmd -S db -U sa -P «{alnum:12}»",
            "ldapsearch -D cn=admin -w «{alnum:12}» -b dc=x",
            "htpasswd -b users ann «{alnum:12}»",
            "smbclient //s/x -U ann%«{alnum:12}»",
            "vault login «{alnum:24}»",
            "requirepass «{alnum:12}»",
            "openssl pkcs12 -in a.p12 -passin pass:«{alnum:12}»",
            "keytool -storepass «{alnum:12}» -list",
            "bcp app.dbo.t out t.csv -U sa -P «{alnum:12}»",
            "zip -P «{alnum:12}» a.zip b",
            "7z x -p«{alnum:12}» a.7z",
            "twine upload -u ann -p «{alnum:12}» dist/a.whl",
            "cf login -u ann -p «{alnum:12}»",
            "lftp -u ann,«{alnum:12}» ftp.example.test",
            "rabbitmqctl add_user ann «{alnum:12}»",
            "snmpwalk -v3 -u ann -A «{alnum:12}» host",
            "net use Z: //s/x «{alnum:12}» /user:ann",
            "net use Z: //s/x /user:ann «{alnum:12}»",
            "rclone obscure «{alnum:12}»",
            "gh secret set DB_PASSWORD --body «{alnum:12}»",
        ),
        non_matches=(
            "sshpass -p $PASS ssh example.test",
            "docker run -p 8080:8080 image2",
            "redis-cli -a ${REDIS_PASSWORD} ping",
            "vault login -method=oidc",
            "ssh -p 2222 ann@host12",
            "docker login -p",
            "7z a -pzip archive2",
            "net use Z: //s/x /user:ann",
            "gh secret set DB_PASSWORD < secret.txt",
            "snmpwalk -A $PASS host1",
        ),
    ),
    Rule(
        "configured-secret",
        _GROUP,
        (b"configure set", b"config set"),
        rb"(?i)\b(?:configure|config)[ ]set[ ][^ \r\n\"]{0,80}"
        rb"(?:secret_access_key|session_token|authToken|_password|_auth|token|secret|password)[ =]"
        + _WORD,
        check=is_password,
        window_after=200,
        matches=(
            "aws configure set aws_secret_access_key «{b64:40}»",
            "npm config set //registry.npmjs.org/:_authToken «{alnum:36}»",
        ),
        non_matches=("aws configure set region eu-west-1", "npm config set token $NPM_TOKEN"),
    ),
    Rule(
        "sql-password",
        _GROUP,
        (
            b"identified ",
            b"password '",
            b"password n'",
            b"password(",
            b"password =",
            b"password for ",
        ),
        rb"(?i)\bIDENTIFIED(?:[ ]WITH[ ][a-z0-9_']{1,40})?[ ](?:BY|AS)[ ](?:PASSWORD[ ])?['\"]"
        rb"([^'\"\r\n\\]{4,128})"
        rb"|\bPASSWORD(?:[ ](?:FOR[ ][a-z0-9_'@%.*-]{1,100}[ ]?=[ ]?)?"
        rb"|[ ]?=[ ]?N?|[ ]N|[ ]?\([ ]?)'([^'\"\r\n\\]{4,128})'",
        check=is_quoted_password,
        window_after=200,
        matches=(
            "CREATE USER ann IDENTIFIED BY '«{alnum:12}»'",
            "CREATE USER ann IDENTIFIED WITH mysql_native_password BY '«swordfish»'",
            "CREATE ROLE ann WITH LOGIN PASSWORD '«{alnum:12}»'",
            "CREATE LOGIN ann WITH PASSWORD = N'«{alnum:12}»'",
            "SET PASSWORD FOR ann = PASSWORD('«{alnum:12}»')",
            "SET PASSWORD FOR 'ann'@'%' = '«{alnum:12}»'",
        ),
        non_matches=(
            "the user is identified by 'name'",
            "ALTER ROLE ann PASSWORD NULL",
            "CREATE USER ann IDENTIFIED BY '${PASS}'",
            "CREATE ROLE ann PASSWORD 'required'",
        ),
    ),
    Rule(
        "sql-bare-password",
        _GROUP,
        (b"identified by ", b"create secret", b"replace secret", b"persistent secret"),
        rb"(?i)\b(?:USER|CONNECT[ ]TO)[ ][a-z0-9_$#]{1,64}[ ]IDENTIFIED[ ]BY[ ]"
        + _WORD
        + rb"|\bCREATE[ ](?:OR[ ]REPLACE[ ])?(?:PERSISTENT[ ])?SECRET[ ][^\r\n\"]{0,200}?"
        rb"\b(?:SECRET|TOKEN)[ ]'([^'\"\r\n\\]{4,254})'",
        check=is_password,
        window_after=300,
        window_before=100,
        matches=(
            "CREATE DATABASE LINK l CONNECT TO ann IDENTIFIED BY «{alnum:12}» USING 'x'",
            "ALTER USER ann IDENTIFIED BY «{alnum:12}»;",
            "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET '«{alnum:24}»');",
        ),
        non_matches=("each user ann identified by name", "CREATE SECRET s (TYPE s3)"),
    ),
)
