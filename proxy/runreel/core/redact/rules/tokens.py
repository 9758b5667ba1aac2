"""Tokens and keys in a standard format (JWT, PEM), and headers with credentials, quoted in text."""

from __future__ import annotations

import re

from runreel.core.redact.rules.checks import is_basic, is_no_stand_in, is_token
from runreel.core.redact.rules.key_rule import BORDER_LENGTH, EDGE
from runreel.core.redact.rules.password_checks import is_password
from runreel.core.redact.rules.randomness import has_random_run, is_random_run
from runreel.core.redact.rules.rule import Rule

_GROUP = "tokens"

_LINE_BREAK = rb"(?:[ \t\r\n]|\\{1,4}[nrt])"
"""Line break in PEM, also as an escape that has not been decoded."""

_TWELVE_WORDS = "able baker candy delta eager fable giant habit igloo joker karma lemon"

_BAR = re.compile(rb"\||%(?:7[Cc])?")


def has_random_end(text: bytes) -> bool:
    """Return whether what is after the bar is random, apart from ``-`` and ``_`` in it."""
    return is_random_run(_BAR.split(text)[-1].translate(None, b"-_"))


TOKENS = (
    Rule(
        "jwt",
        _GROUP,
        (b"eyj", b"ewog", b"ewoi"),
        rb"(?:ghs_[0-9]{1,12}_|hf_oauth_)?(?:eyJ|ewo[gi])[A-Za-z0-9_-]{8,}={0,2}"
        rb"\.(?:eyJ|ewo[gi])[A-Za-z0-9_-]{8,}={0,2}(?:\.[A-Za-z0-9_-]*)?"
        rb"|eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){3}\.[A-Za-z0-9_-]{8,}"
        rb"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
        window_before=20,
        window_after=8192,
        matches=(
            "eyJ{alnum:33}.eyJ{b64u:120}.{b64u:43}",
            "eyJ{alnum:33}.eyJ{b64u:900}.{b64u:342}",
            "eyJ{alnum:33}.eyJ{b64u:60}.",
            "ghs_123_eyJ{alnum:33}.eyJ{b64u:60}.{b64u:43}",
            "hf_oauth_eyJ{alnum:33}.eyJ{b64u:60}.{b64u:43}",
            "ewog{alnum:33}.ewog{b64u:60}.{b64u:43}",
            "eyJ{alnum:33}.{b64u:60}.{b64u:43}",
            "eyJ{alnum:60}.{b64u:300}.{b64u:16}.{b64u:200}.{b64u:22}",
        ),
        non_matches=("eyJ", "eyJ{alnum:20}", "eyJ... is how a JWT begins"),
    ),
    Rule(
        "private-key",
        _GROUP,
        (b"private key", b"privatekey"),
        rb"-----BEGIN[ ]?[A-Z0-9 ]{0,30}PRIVATE[ ]?KEY(?:[ ]?BLOCK)?-----"
        rb"(?:" + _LINE_BREAK + rb"|(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID):"
        rb"[^\r\n\"\\]{0,120}" + _LINE_BREAK + rb")*"
        rb"([A-Za-z0-9+/=]{16,}(?:" + _LINE_BREAK + rb"+[A-Za-z0-9+/=]{16,})*"
        rb"(?:"
        + _LINE_BREAK
        + rb"+[A-Za-z0-9+/=]{1,15})?(?:"
        + _LINE_BREAK
        + rb"+=[A-Za-z0-9+/]{4})?)"
        rb"(?:" + _LINE_BREAK + rb"*-----END[ A-Z0-9]{0,40}-----)?",
        window_before=60,
        window_after=8192,
        matches=(
            "-----BEGIN PRIVATE KEY-----\n«{b64:64}\n{b64:20}==»\n-----END PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
            "DEK-Info: AES-128-CBC,{HEX:32}\n\n«{b64:64}\n{b64:10}=»\n"
            "-----END RSA PRIVATE KEY-----",
            "-----BEGIN OPENSSH PRIVATE KEY-----\\n«{b64:70}»\\n-----END OPENSSH PRIVATE KEY-----",
            "-----BEGIN EC PRIVATE KEY----- «{b64:64} {b64:64}» -----END EC PRIVATE KEY-----",
            "-----BEGIN OPENSSHPRIVATEKEY-----\n«{b64:70}»\n-----END OPENSSHPRIVATEKEY-----",
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n«{b64:64}\n={b64:4}»\n"
            "-----END PGP PRIVATE KEY BLOCK-----",
        ),
        non_matches=(
            "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
            "-----BEGIN PUBLIC KEY-----\n{b64:64}\n-----END PUBLIC KEY-----",
            "-----BEGIN CERTIFICATE-----\n{b64:64}\n{b64:64}\n-----END CERTIFICATE-----",
        ),
    ),
    Rule(
        "putty-private-key",
        _GROUP,
        (b"private-lines:",),
        rb"Private-Lines:[ ][0-9]{1,3}"
        + _LINE_BREAK
        + rb"+([A-Za-z0-9+/=]{20,}(?:"
        + _LINE_BREAK
        + rb"+[A-Za-z0-9+/=]{20,})*)",
        window_after=8192,
        matches=("Private-Lines: 2\n«{b64:64}\n{b64:40}»",),
        non_matches=("Private-Lines: 2\n",),
    ),
    Rule(
        "private-key-der",
        _GROUP,
        (
            b"ibadanbgkqhkig9w0baqefaasc",
            b"ibaakc",
            b"mc4caqawbqydk2vwbcieic",
            b"b3blbnnzac1rzxktdje",
        ),
        rb"MII[A-Za-z0-9+/]{2}[QgwA]IBADANBgkqhkiG9w0BAQEFAASC[A-Za-z0-9+/]{60,}={0,2}"
        rb"|MII[A-Za-z0-9+/]{3}IBAAKC[A-Za-z0-9+/]{60,}={0,2}"
        rb"|MC4CAQAwBQYDK2VwBCIEI[A-Za-z0-9+/]{43}="
        rb"|b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/]{60,}={0,2}",
        window_before=6,
        matches=(
            "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC{b64:400}",
            "MIIEowIBAAKC{b64:400}==",
            "b3BlbnNzaC1rZXktdjE{b64:300}==",
        ),
        non_matches=("MIIDdzCCAl+gAwIBAgIE{b64:400}",),
    ),
    Rule(
        "kubeconfig-key",
        _GROUP,
        (b"ls0tls1crudjti", b"client-key-data"),
        rb"LS0tLS1CRUdJTi[A-Za-z0-9+/]{0,24}(?:UFJJVkFURSBLRV|QUklWQVRFIEtFW|BSSVZBVEUgS0VZ)"
        rb"[A-Za-z0-9+/]{40,}={0,2}"
        rb"|\bclient-key-data['\"]?:[ ]{0,2}['\"]?([A-Za-z0-9+/]{40,}={0,2})",
        matches=(
            "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVkt{b64:400}==",
            "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0{b64:400}",
            "client-key-data: «{b64:200}»",
            "LS0tLS1CRUdJTiBFQyBQUklWQVRFIEtFWS0{b64:200}=",
        ),
        non_matches=("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0{b64:400}==",),
    ),
    Rule(
        "bearer-token",
        _GROUP,
        (b"bearer ",),
        rb"(?i)\bbearer[ ]{1,3}(?:token[ ]{1,2})?([A-Za-z0-9._~+/|%:=-]{7,}[A-Za-z0-9_~+/|=-])",
        check=is_token,
        matches=(
            "Authorization: Bearer «{b64u:32}»",
            "send it as bearer «{alnum:12}» please",
            "Bearer «{letters:40}»",
            "Bearer «12|{alnum:40}»",
            "Bearer «{alnum:12}%2F{alnum:12}=={alnum:4}»",
        ),
        non_matches=(
            "Bearer <token>",
            "Bearer token authentication",
            "Bearer $TOKEN",
            "a bearer of good news",
            "Bearer YOUR_API_KEY",
            "Bearer sk-...",
        ),
    ),
    Rule(
        "basic-credentials",
        _GROUP,
        (b"basic ",),
        rb"(?i)\bbasic[ ]{1,3}([A-Za-z0-9+/_-]{6,}={0,2})",
        check=is_basic,
        matches=("Authorization: Basic «YW5uOmh1bnRlcjJ4OQ==»", "basic «YTpi{alnum:0}YzEy»"),
        non_matches=("basic understanding of it", "Basic authentication", "Basic <credentials>"),
    ),
    Rule(
        "header-credential",
        _GROUP,
        (
            b"authorization",
            b"api-key",
            b"auth-token",
            b"auth-key",
            b"private-token",
            b"subscription-key",
            b"functions-key",
            b"access-token",
            b"vault-token",
        ),
        rb"(?i)\b(?:(?:proxy-)?authorization|(?:x-)?(?:[a-z]{1,12}-){0,2}(?:api-key|auth-token"
        rb"|auth-key|"
        rb"access-token|subscription-key|functions-key|vault-token)|private-token)"
        rb"['\"`]{0,2}[ ]{0,2}[:=][ ]{0,2}['\"`]?"
        rb"(?:(?:bearer|basic|token|bot|api-?key|key|digest|negotiate|oauth|ssws)[ ]{1,2})?"
        rb"([A-Za-z0-9._~+/:=|%&-]{5,}[A-Za-z0-9_~+/=|-])",
        check=is_password,
        window_before=40,
        matches=(
            "-H 'X-Api-Key: «{hex:32}»'",
            "X-Api-Key: «{alnum:10}&{alnum:9}|{alnum:9}+{alnum:9}%2F{alnum:9}==»",
            "Authorization: token «{alnum:20}»",
            "authorization: «{b64u:24}»",
            "api-key: «{alnum:10}»",
            "Ocp-Apim-Subscription-Key: «{hex:32}»",
        ),
        non_matches=(
            "authorization: required",
            "Authorization: Bearer <token>",
            "the api-key: header",
            "x-api-key: $KEY",
        ),
    ),
    Rule(
        "cookie-value",
        _GROUP,
        (b"cookie",),
        rb"(?i)\b(?:set-)?cookie['\"`]{0,2}[ ]{0,2}[:=][ ]{0,2}['\"`]?[A-Za-z0-9_.-]{1,64}="
        rb"([^;,)\"'`<> \t\r\n\\]{5,}(?:;[ ]?[A-Za-z0-9_.-]{1,64}=[^;,)\"'`<> \t\r\n\\]{6,})*"
        rb"[^;,)\"'`<> \t\r\n\\.])",
        check=is_password,
        matches=("Cookie: sid=«{alnum:32}»", "Set-Cookie: session=«{b64u:40}»; Path=/; HttpOnly"),
        non_matches=("a cookie: small and sweet", "Set-Cookie: theme=dark; Path=/"),
    ),
    Rule(
        "session-cookie",
        _GROUP,
        (
            b"sessid",
            b"sessionid",
            b"connect.sid",
            b"csrftoken",
            b"_session=",
            b"remember_token",
            b"xsrf-token",
        ),
        rb"(?i)\b(?:phpsessid|jsessionid|aspsessionid[a-z]*|asp\.net_sessionid|connect\.sid"
        rb"|sessionid"
        rb"|csrftoken|xsrf-token|remember_token|[a-z]{1,20}_session)="
        rb"([A-Za-z0-9%._+/|:=~-]{15,}[A-Za-z0-9%_+/|=~-])",
        check=is_token,
        window_before=20,
        matches=(
            "JSESSIONID=«{HEX:32}»",
            "connect.sid=«s%3A{alnum:32}.{alnum:43}»",
            "laravel_session=«{alnum:40}»",
        ),
        non_matches=("sessionid=...", "PHPSESSID is the name of a cookie"),
    ),
    Rule(
        "otpauth-secret",
        _GROUP,
        (b"otpauth",),
        rb"(?i)otpauth(?:-migration)?://[^ \t\r\n\"'<>]{1,200}?[?&](?:secret"
        rb"|data)=([A-Z0-9%+/_-]{8,}={0,6})",
        check=is_no_stand_in,
        matches=(
            "otpauth://totp/Acme:ann?secret=«{base32:32}»&issuer=Acme",
            "otpauth://hotp/a?counter=1&secret=«{base32:16}»",
        ),
        non_matches=("otpauth://totp/", "an otpauth URL holds a secret"),
    ),
    Rule(
        "numbered-token",
        _GROUP,
        (),
        # Laravel Sanctum's (id, bar, forty characters) and Facebook's (application, bar, secret)
        EDGE + rb"([0-9]{1,10}\|[A-Za-z0-9]{40}(?:[a-f0-9]{8})?|[0-9]{13,18}(?:\||%7[Cc]?)"
        rb"[A-Za-z0-9_-]{27,40})\b",
        check=has_random_end,
        trigger=rb"[0-9](?:\||%7[Cc]?)[A-Za-z0-9_-]{27}",
        window_before=BORDER_LENGTH + 20,
        matches=("12|{alnum:40}", "{digits:15}|{alnum:27}"),
        non_matches=("12|{hex:40}", "1|2|3", "| 12|{lower:8} |"),
    ),
    Rule(
        "vault-legacy-token",
        _GROUP,
        (),
        EDGE + rb"(s\.[A-Za-z0-9]{24}\b)",
        check=has_random_run,
        trigger=rb"s\.[A-Za-z0-9]{24}",
        window_before=BORDER_LENGTH,
        matches=("s.{alnum:24}",),
        non_matches=("s.{lower:8}", "class.getTheLongestMethodName12()"),
    ),
    Rule(
        "password-hash",
        _GROUP,
        (
            b"$2a$",
            b"$2b$",
            b"$2y$",
            b"$argon2",
            b"$6$",
            b"$5$",
            b"$1$",
            b"$y$",
            b"$apr1$",
            b"pbkdf2_sha",
            b"$krb5",
        ),
        rb"\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}|\$argon2(?:id|i"
        rb"|d)\$v=[0-9]+\$[^ \t\r\n\"':]{20,}[A-Za-z0-9+/]"
        rb"|\$(?:1|5|6|y|apr1)\$[./A-Za-z0-9=$]{28,}[/A-Za-z0-9]"
        rb"|\$krb5(?:asrep|tgs|pa)\$[0-9]{2}\$[^ \t\r\n\"']{0,120}[0-9a-f$]{64,}"
        rb"|pbkdf2_sha[0-9]{3}\$[0-9]{4,8}\$[A-Za-z0-9]{8,}\$[A-Za-z0-9+/]{40,}=?",
        matches=(
            "$2b$12${alnum:53}",
            "$argon2id$v=19$m=65536,t=3,p=4${b64:22}${b64:43}",
            "$6${alnum:16}${alnum:86}",
            "$krb5asrep$23$ann@example.org:{hex:32}${hex:200}",
            "pbkdf2_sha256$600000${alnum:22}${b64:43}=",
        ),
        non_matches=("$1$", "it costs $5$ or $6$"),
    ),
    Rule(
        "query-secret",
        _GROUP,
        (b"key=", b"signature=", b"auth=", b"code=", b"token=", b"secret=", b"credential="),
        rb"(?i)[?&](?:key|api[_-]?key|access[_-]?key|subscription-key|(?:x-(?:amz"
        rb"|goog)-)?signature|auth|code"
        rb"|x-(?:amz|goog)-credential|x-amz-security-token|(?:access_|auth_|id_|refresh_"
        rb"|session_)?token"
        rb"|(?:client_)?secret)=([A-Za-z0-9%._~+/|:=*!-]{7,}[A-Za-z0-9%_~+/|=*-])",
        check=is_token,
        window_before=24,
        matches=(
            "https://api.example.test/v1?key=«{alnum:32}»&q=1",
            "https://acme.azurewebsites.net/api/f?code=«{b64u:54}%3D%3D»",
            "https://b.s3.amazonaws.com/k?X-Amz-Signature=«{hex:64}»",
            "https://example.test/cb?code=«{alnum:20}»&state=x",
            "https://example.test/cb?token=«{digits:3}|{alnum:20}%2F{alnum:9}~{alnum:4}»&state=x",
        ),
        non_matches=(
            "https://example.test/?key=value",
            "?code=...",
            "https://example.test/?key=YOUR_API_KEY",
        ),
    ),
    Rule(
        "seed-phrase",
        _GROUP,
        (b"phrase", b"mnemonic", b"recovery words"),
        rb"(?i)\b(?:(?:seed|recovery|backup|mnemonic|secret|secret recovery)[ _-]?(?:phrase|words)"
        rb"|mnemonic)"
        rb"['\"`*]{0,3}(?:[ ](?:is|was))?[ ]{0,2}:?[ ]{0,2}['\"`*]{0,3}("
        rb"(?:[a-z]{3,8}[ ]){11,23}[a-z]{3,8})\b",
        check=is_no_stand_in,
        window_before=24,
        matches=(
            f"seed phrase: «{_TWELVE_WORDS}».",
            f"My recovery phrase is «{_TWELVE_WORDS}».",
        ),
        non_matches=("the seed phrase has twelve words", "a mnemonic: never eat soggy waffles"),
    ),
)
