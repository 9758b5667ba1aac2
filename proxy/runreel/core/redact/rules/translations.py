"""Labels of passwords, keys and PINs in other languages than English."""

from __future__ import annotations

from runreel.core.redact.rules.checks import is_random_token
from runreel.core.redact.rules.labels import FOR
from runreel.core.redact.rules.password_checks import is_password
from runreel.core.redact.rules.rule import Rule

_GROUP = "prose"


def _choose_one(words: str) -> bytes:
    """Return a pattern for one of the words, given on lines; ASCII letters match in any case.

    Engines compare bytes, so that other letters are given as capitals too.
    """
    return b"(?:%s)" % b"|".join(
        word.replace(" ", "[ ]").encode() if word.isascii() else b"(?-i:%s)" % word.encode()
        for line in words.strip().splitlines()
        for word in line.strip().split("|")
    )


_PASSWORD = _choose_one(
    """
    passwort|kennwort|zugangspasswort|wachtwoord|senha|palavra-passe|mot de passe
    mdp|clave|contrasena|contraseña|Contraseña|CONTRASEÑA|parola|parola d'ordine
    hasło|Hasło|HASŁO|şifre|Şifre|sifre|şifreniz|Şifreniz|пароль|Пароль|ПАРОЛЬ|lösenord
    lösenordet|Lösenord|Lösenordet|adgangskode|adgangskoden|passord|passordet|salasana|heslo
    jelszó|Jelszó|parola d'accesso|kata sandi|κωδικός|Κωδικός|κωδικός πρόσβασης
    Κωδικός πρόσβασης|كلمة المرور|كلمة السر|סיסמה|הסיסמה|पासवर्ड|รหัสผ่าน
    密码|密碼|口令|パスワード|비밀번호|암호
    mật khẩu|Mật khẩu
    """
)
_KEY = _choose_one(
    """
    api-schlüssel|API-Schlüssel|Api-Schlüssel|Schlüssel|schlüssel|Geheimschlüssel
    Zugriffsschlüssel|zugriffstoken|api-sleutel|sleutel|clé API|Clé API|clé d'API
    clé secrète|Clé secrète|clé privée|clé|clave de api|clave api|clave secreta
    clave privada|chave de api|chave da api|chave api|chave secreta|chiave api
    chiave segreta|klucz api|klucz|api anahtarı|API anahtarı|API Anahtarı|ключ API
    Ключ API|API-ключ|ключ|Ключ|токен|Токен|token d'accès|jeton d'accès|jeton
    token de acesso|token de acceso|APIキー|シークレットキー|アクセスキー|トークン
    API密钥|API 密钥|密钥|密鑰|金鑰
    访问令牌|令牌|API 키|API키|비밀 키|토큰
    """  # noqa: RUF001 - letters of Turkish and Russian
)
_PIN = _choose_one(
    """
    der PIN|die PIN|le PIN|il PIN|el PIN|o PIN
    geheimzahl|zugangscode|sicherheitscode|Bestätigungscode|code secret|code de vérification
    code pin|código PIN|Código PIN|código de verificación|código de verificação|código de seguridad
    pincode|codice di verifica|codice pin|verificatiecode|kod pin|kod weryfikacyjny
    doğrulama kodu|PIN kodu
    код подтверждения|Код подтверждения|ПИН-код|пин-код|验证码
    驗證碼|暗証番号|認証コード|인증번호|인증 코드
    """
)
_SEPARATOR = (
    FOR + rb"['`*_)\]]{0,4}(?:[ \t]{0,4}(?:=>|=|:|->|(?-i:\xef\xbc\x9a)|(?-i:\xef\xbc\x9d))"
    rb"|[ ](?-i:\xe2\x80\x93|\xe2\x80\x94)[ ]"
    rb"|[ ](?:lautet|ist|est|es|este|to|jest|is|er|je|on|adalah"
    rb"|(?-i:\xc3\xa4r|\xc3\xa9|\xc3\xa8|\xd1\x8d\xd1\x82\xd0\xbe))[ ]?:?"
    rb"|(?-i:\xe3\x81\xaf|\xe6\x98\xaf|\xe4\xb8\xba|\xe7\x82\xba|\xeb\x8a\x94|\xec\x9d\x80))"
    rb"[ \t]{0,4}['`*(\[]{0,3}(?-i:\xe3\x80\x8c|\xe3\x80\x8e|\xe2\x80\x9c|\xc2\xab[ ]?)?"
)
"""A colon or equals sign, also of full width, or the word for ``is``, and an opening quote."""

_VALUE = rb"([!#$%&*+./0-9:=?@A-Z^_a-z{~-]{4,}[!#$%&*+/0-9=?@A-Z^_a-z~-])"
"""ASCII only: the next word may follow without a space, as ``です`` does."""

TRANSLATIONS = (
    Rule(
        "translated-password",
        _GROUP,
        (),
        rb"(?i)" + _PASSWORD + _SEPARATOR + _VALUE,
        check=is_password,
        trigger=rb"(?i)" + _PASSWORD,
        window_after=200,
        matches=(
            "Das Passwort lautet «{alnum:12}»",
            "Das Passwort für den Server lautet «{alnum:12}»",
            "Lösenordet är «{alnum:12}»",
            "Salasana on «{alnum:12}»",
            "Κωδικός πρόσβασης: «{alnum:12}»",
            "كلمة المرور: «{alnum:12}»",
            "पासवर्ड: «{alnum:12}»",
            "รหัสผ่าน: «{alnum:12}»",
            "clave: «{alnum:12}»",
            "A senha é «{alnum:12}»",
            "Hasło to «{alnum:12}»",
            "Şifre: «{alnum:12}»",
            "Пароль: «{alnum:12}»",
            "パスワードは«{alnum:12}»です",
            "密碼：«{alnum:12}»",  # noqa: RUF001 - the colon of Chinese texts
            "비밀번호는 «{alnum:12}»",
        ),
        non_matches=(
            "Passwort: erforderlich",
            "senha: obrigatória",
            "la clave es la paciencia",
            "Пароль: обязательно",
            "パスワード: 必須",
            "密码错误",
            "비밀번호를 입력하세요",
            "mot de passe oublié",
        ),
    ),
    Rule(
        "translated-key",
        _GROUP,
        (),
        rb"(?i)" + _KEY + _SEPARATOR + _VALUE,
        check=is_random_token,
        trigger=rb"(?i)" + _KEY,
        window_after=200,
        matches=(
            "API-Schlüssel: «{hex:32}»",
            "clé secrète : «{alnum:24}»",
            "clave de API: «{alnum:24}»",
            "la chiave API è «{alnum:24}»",
            "ключ API: «{alnum:24}»",
            "APIキーは«{alnum:24}»",
            "API密钥：«{alnum:24}»",  # noqa: RUF001 - the colon of Chinese texts
            "API 키: «{alnum:24}»",
        ),
        non_matches=(
            "der Schlüssel: user_id1",
            "clé : valeur",
            "ключ: значение",
            "jeton: created_at2",
            "klucz: tenant-42",
        ),
    ),
    Rule(
        "translated-pin",
        _GROUP,
        (),
        rb"(?i)" + _PIN + _SEPARATOR + rb"([0-9]{4,8})\b",
        trigger=rb"(?i)" + _PIN,
        window_after=100,
        matches=(
            "Geheimzahl: «4821»",
            "验证码：«{digits:6}»",  # noqa: RUF001 - the colon of Chinese texts
            "暗証番号は«4821»",
            "인증번호: «{digits:6}»",
            "Código PIN: «4821»",
        ),
        non_matches=("Sicherheitscode: siehe Karte", "验证码错误"),
    ),
)
