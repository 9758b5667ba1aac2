"""Secrets that only a label announces: in prose, in settings, in code."""

from __future__ import annotations

from runreel.core.redact.rules.checks import is_random, is_token
from runreel.core.redact.rules.labels import (
    KEY,
    LONG_VALUE,
    PASSWORD,
    PASSWORD_WORDS,
    SECRET,
    SEPARATOR,
    TOKEN,
    VALUE,
    VALUE_IN_PROSE,
    VALUE_WITH_SIGNS,
)
from runreel.core.redact.rules.named_keys import NAME_AND_SIGN, has_no_other_owner
from runreel.core.redact.rules.password_checks import (
    is_key_with_signs,
    is_password,
    is_password_with_signs,
    is_quoted_password,
)
from runreel.core.redact.rules.randomness import has_rare_pairs
from runreel.core.redact.rules.rule import Rule
from runreel.core.regex.lazy_pattern import compile_later

_GROUP = "prose"

_PIN = (
    rb"(?:\bPIN(?:[ ][Cc]ode)?|\b[Pp]in[ ]code"
    rb"|\b(?i:security|verification|one[- ]time|2fa|mfa|otp|login|access|door|alarm|gate)"
    rb"[ ](?i:code|pin|passcode))"
)

_LONG_NUMBER = compile_later(rb"[0-9]{15,40}")
_MIN_LETTERS = 14
"""Letters, of which most pairs are rare in words."""

_ARN_OF_SECRET = compile_later(
    rb"arn:[a-z-]{3,10}:secretsmanager:[a-z0-9-]{0,20}:[0-9]{0,12}:secret:\Z"
)
_MAX_ARN = 80


def _is_outside_arn(data: bytes, start: int, end: int) -> bool:
    """Return whether a value is no name of a secret in AWS, as in ``arn:aws:…:secret:db``."""
    return _ARN_OF_SECRET.search(data, max(start - _MAX_ARN, 0), start) is None


def is_token_or_random_row(text: bytes) -> bool:
    """Return whether the text is a token, a number longer than counts and times, or no word."""
    if is_token(text) or _LONG_NUMBER.fullmatch(text) is not None:
        return True
    return len(text) >= _MIN_LETTERS and text.isalpha() and has_rare_pairs(text)


WITH_SIGNS = "value-with-signs"
"""The rule whose values may end with the name of the next one."""

PROSE = (
    Rule(
        "labelled-password",
        _GROUP,
        PASSWORD_WORDS,
        rb"(?i)" + PASSWORD + rb"(?:=" + VALUE + rb"|" + SEPARATOR + VALUE_IN_PROSE + rb")",
        check=is_password,
        window_after=200,
        matches=(
            "password: «hunter2x9»",
            "passwd=«hunter2»",
            "password=«hunter2x»&next=1",
            "Password: «Tr0ub4dor&3»",
            "my password is «{alnum:12}»",
            "The password for the staging server is «{alnum:10}!»",
            "DB_PASSWORD=«{alnum:16}»",
            "postgresPassword: '«{alnum:9}»'",
            "**Password:** `«{alnum:14}»`",
            "| password | «{alnum:10}» |",
            "Passwort: «{alnum:10}»",
            "mot de passe : «{alnum:10}»",
            "la password è «{alnum:10}»",
            "contraseña: «{alnum:10}»",
            "密码: «{alnum:10}»",
            "密码是«{alnum:10}»",
            "passphrase: «correct-horse-9-battery»",
            "password:\n  «{alnum:10}»",
            "password: «{digits:9}»",
            "password: «hunterhunter»",
            "my password is «hunterhunter», please",
        ),
        non_matches=(
            "password: required",
            "password: username",
            "password: alphanumeric",
            "the password is required, and case-sensitive",
            "Password: must be at least 8 characters",
            "password is 8-20 characters long",
            'password = os.environ["PASSWORD"]',
            "password = get_password(user)",
            "password: str",
            "password: Optional[str] = None",
            "password: SecretStr",
            "password=user.password",
            "password=hashed_password",
            "password: <your-password>",
            "password: ********",
            "password: ${DB_PASSWORD}",
            "password: $PASSWORD",
            "password: {{ password }}",
            "password: '{password}'",
            "password: xxxxxxxx",
            "password: [REDACTED]",
            "password: REDACTED-password-1",
            "password: N/A",
            "forgot password: click here",
            "PWD=/home/ann/src2",
            "POSTGRES_PASSWORD=\nJWT_SECRETS=your-256-bits",
            "a password hash: sha256-based",
            "password.length > 8",
            "if (password === null) return",
            "Enter password:\n\nThen press return",
        ),
    ),
    Rule(
        WITH_SIGNS,
        _GROUP,
        (*PASSWORD_WORDS, b"secret", *NAME_AND_SIGN),
        rb"(?i:%b)(?:[ ]?=[ ]?|:[ ]?|[ ]is[ ])" % b"|".join((PASSWORD, b"secret", KEY, TOKEN))
        + VALUE_WITH_SIGNS,
        check=is_password_with_signs,
        window_after=200,
        window_before=16,
        matches=(
            "password=«hunter2,correct9X»",
            "PWD=«Kx9;mQ72|zT»",
            "Pwd=«k{digits:1};m{digits:3}»;Server=a",
            "password: «p4ss|w0rd!x9»",
            "user=bob,password=«Kx9;mQ72»,host=db",
            "secret=«{alnum:9}|{alnum:12}»",
            "api_key=«{alnum:12},{alnum:12}»",
            "api_key = «{alnum:9}|{alnum:12}»",
            "my API key is «{alnum:9};{alnum:12}».",
            "ACCESS_TOKEN=«{alnum:9};{alnum:12}»",
            "auth_token: «k{digits:3}){alnum:12}», token_limit=5",
        ),
        non_matches=(
            "fields=password,email,user2",
            "login(user=user,password=password,port=p1)",
            "password=None,retry2",
            "PWD=/tmp/build,c9x",
            "password=$DB_PASS,user9",
            "password: str, n: int",
            "password=config.password;v2x",
            "password=sha256,md5",
            "api_key=None,retry2",
            "token=tok,limit2=10",
            "the api key is k3y,you",
            "token=args.token,v2",
            "access_token=sha256,md5",
        ),
    ),
    Rule(
        "quoted-password",
        _GROUP,
        PASSWORD_WORDS,
        rb"(?i)" + PASSWORD + rb"['\"]?[ ]{0,4}(?:=>|:=|==?|:)[ ]{0,4}['\"`]"
        rb"([^'\"`\r\n\t\\ ]{5,128})",
        check=is_quoted_password,
        window_after=200,
        matches=(
            "password = '«swordfish»'",
            'login(user="ann", password="«p,s;s)w{digits:3}»")',
            "'password' => '«swordfish»'",
        ),
        non_matches=('password="string"', "password: 'required'", "password=''", 'name="password"'),
    ),
    Rule(
        "quoted-key",
        _GROUP,
        (b"secret", *NAME_AND_SIGN),
        rb"(?i)(?:"
        + KEY
        + rb"|secret|token|[a-z0-9][_-]key)['\"]?[ ]{0,4}(?:=>|:=|==?|:)[ ]{0,4}['\"`]"
        rb"([^'\"`\r\n\t\\ ]{8,})",
        check=is_key_with_signs,
        context=has_no_other_owner,
        window_after=200,
        window_before=16,
        matches=(
            'api_key="«k{digits:2}{lower:8},{lower:6}{digits:2}»"',
            "secret: '«k{digits:2}{lower:8}&{lower:6}{digits:2}»'",
            'client(token="«k{digits:2}{lower:8}){lower:6}{digits:2}»", n=1)',
            "acme_key = `«k{digits:2}{lower:8};{lower:6}{digits:2}»`",
        ),
        non_matches=(
            'cache_key="k1,k2,k3,k4"',
            'token="one,two,three"',
            'api_key="your-key,or-so"',
            'secret="{{ vault.secret1 }}"',
            "token: 'a|b|c|d|e|f|g'",
        ),
    ),
    Rule(
        "labelled-key",
        _GROUP,
        (),
        rb"(?i)" + KEY + SEPARATOR + VALUE,
        check=is_token_or_random_row,
        trigger=rb"(?i)" + KEY,
        window_after=200,
        matches=(
            "api_key: «{alnum:24}»",
            'api_key="«{hex:32}»"',
            "The API key is «{alnum:20}».",
            "the API key for the staging environment is «{alnum:20}»",
            "secret key = «{b64u:40}»",
            "private key: «0x{hex:64}»",
            "MISTRAL_API_KEY=«{alnum:32}»",
            "COHERE_API_KEY: «{alnum:40}»",
            "apiKey: '«{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}»'",
            "Ocp-Apim-Subscription-Key: «{hex:32}»",
            "datadog api key: «{hex:32}»",
            "PrivateKey = «{b64:43}=»",
            "export AZURE_OPENAI_API_KEY=«{alnum:84}»",
            "Vbout API key: «{digits:25}»",
        ),
        non_matches=(
            "api_key: str",
            "the api key is required",
            'api_key = os.environ["OPENAI_API_KEY"]',
            "api_key=config.openai.api_key2",
            "api_key: <your-key>",
            "api key: sk-...",
            "api_key: YOUR_API_KEY",
            "primary key: user_id1",
            "sort_key: created_at2",
            "an API key is 32 characters long",
            "Incorrect API key provided: sk-ab***************wxyz.",
            "private key: /etc/ssl/private/server1.key",
            "secret_key = secrets.token_hex(32)",
            "idempotency-key: {hex:32}",
            "the public key is {hex:64}",
        ),
    ),
    Rule(
        "labelled-secret",
        _GROUP,
        (b"secret", b"credential"),
        rb"(?i)" + SECRET + rb"(?:=" + VALUE + rb"|" + SEPARATOR + VALUE.replace(b"&", b"") + rb")",
        check=is_token_or_random_row,
        context=_is_outside_arn,
        window_after=200,
        matches=(
            "client_secret: «{b64u:40}»",
            "clientSecret = '«{alnum:24}»'",
            "the secret is «{alnum:12}»",
            "WEBHOOK_SECRET=«{alnum:16}»",
            "TOTP secret: «{base32:32}»",
            "the secret is «{alnum:12}&{alnum:12}»",
            "secret=«{alnum:12}»&client_id=x",
        ),
        non_matches=(
            "secret: true",
            "the secret of it is patience",
            "secret: bytes32",
            "client_secret=${CLIENT_SECRET}",
            "kind: Secret",
            "secret_name: db-credentials-v2",
            "arn:aws:secretsmanager:eu-west-1:{digits:12}:secret:{lower:4}-{alnum:6}",
        ),
    ),
    Rule(
        "labelled-token",
        _GROUP,
        (b"token",),
        rb"(?i)" + TOKEN + SEPARATOR + LONG_VALUE,
        check=is_token,
        window_after=200,
        window_before=16,
        matches=(
            "access_token: «{alnum:40}»",
            "token: «{hex:40}»",
            "the token is «{alnum:20}»",
            "accessToken=«{b64u:24}»",
            "SLACK_TOKEN=«{alnum:24}»",
            "auth token: «{hex:32}»",
        ),
        non_matches=(
            "token: str",
            '{"token":"eek-r1-","logprob":-0.2}',
            "the token is expired",
            "token = tokenizer.tokens[0]",
            "max_tokens: 4096",
            '{"token": "Hello", "logprob": -0.1}',
            "next_page_token: {alnum:24}",
            "nextPageToken={alnum:24}",
            "token_count=123456",
            "token: $TOKEN",
            "total_tokens: 579, prompt_tokens: 123",
        ),
    ),
    Rule(
        "spoken-key",
        _GROUP,
        (b"key ", b"token ", b"secret ", b"password "),
        rb"(?i)\b(?:(?:api|access|secret)[ _-]?key|token|secret|password)[ ]"
        rb"['\"`*]{0,3}([A-Za-z0-9_+/-]{16,}(?:[.|:=~][A-Za-z0-9_+/=-]+)*={0,2}"
        rb"|[A-Za-z0-9_+/-]+(?:[.|:=~][A-Za-z0-9_+/=-]+){2,})",
        check=is_random,
        window_after=200,
        window_before=8,
        matches=(
            "use the API key «{alnum:32}» for it",
            "with token «{hex:40}»",
            "cli --api-key «{alnum:36}.{b64u:60}.{b64u:40}» --verbose",
        ),
        non_matches=(
            "the token authentication_mechanism",
            "the password authentication protocol v2",
        ),
    ),
    Rule(
        "password-after-all",
        _GROUP,
        (
            b"as the password",
            b"as password",
            b"as my password",
            b"as your password",
            b"as a password",
        ),
        rb"(?i)[ '\"`(]([^ \t\r\n\\,;)\]}<>\"'`|]{5,128})['\"`)]?[ ]as[ ](?:the[ ]|my[ ]|your[ ]"
        rb"|a[ ])?password\b",
        check=is_password,
        window_after=200,
        window_before=132,
        matches=("Use «{alnum:12}» as the password.",),
        non_matches=("use it as the password", "store it hashed as a password"),
    ),
    Rule(
        "labelled-credentials",
        _GROUP,
        (b"credential", b"creds", b"login", b"log in", b"sign in", b"username"),
        rb"(?i)\b(?:credentials?|creds|login|log[ ]in(?:[ ]with)?|sign[ ]in(?:[ ]with)?"
        rb"|username/password)"
        rb"(?:[ ](?:is|are))?(?:[ ]?:[ ]{0,2}|[ ]{1,2})"
        rb"['\"`]?[A-Za-z0-9._@+-]{2,64}['\"`]?(?:[ ]/[ ]|[:/])['\"`]?"
        rb"([^ \t\r\n\\,;)\]}<>\"'`|/:]{4,128}[^ \t\r\n\\,;)\]}<>\"'`|/:.])",
        check=is_password,
        window_after=200,
        matches=("credentials: admin:«{alnum:10}»", "log in with ann / «{alnum:10}»"),
        non_matches=(
            "login: user/password",
            "credentials: see /etc/app",
            "log in with a browser / app",
            '{"credentialId":"{lower:12}"}',
        ),
    ),
    Rule(
        "labelled-pin",
        _GROUP,
        (),
        _PIN + rb"(?:[ ](?:for|of|to)[ ][^\r\n\":=.,;]{1,40}?)?"
        rb"['\"`*]{0,3}(?:[ ]?[:=]|[ ](?:is|was)(?:[ ]now)?:?)[ ]{0,2}['\"`*]{0,3}([0-9]{4,8})\b",
        trigger=_PIN,
        matches=("PIN: «4821»", "my PIN is «4821»", "The verification code is «{digits:6}»"),
        non_matches=(
            "GPIO pin: 4",
            "the access code is required",
            "status code: 404",
            "error code is 1001",
        ),
    ),
)
