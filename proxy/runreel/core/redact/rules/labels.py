"""Building blocks of the rules for labelled secrets: label, separator and value."""

from __future__ import annotations

_IN_VALUE = rb"(?:[^ \t\r\n\\,;)\]}<>\"'`|&]|\\[^nrtubf\"\\/ \r\n])"
_LAST_OF_VALUE = rb"[^ \t\r\n\\,;)\]}<>\"'`|&.:]"
VALUE = rb"(" + _IN_VALUE + rb"{4,}" + _LAST_OF_VALUE + rb")"
LONG_VALUE = rb"(" + _IN_VALUE + rb"{11,}" + _LAST_OF_VALUE + rb")"
VALUE_IN_PROSE = VALUE.replace(b"&", b"").replace(b"{4,}", b"{4,254}")
"""Values. A value ends before a space, a quote, a closing bracket, a comma or semicolon, the full
stop of a sentence, the backslash of a JSON escape, and an ampersand. In prose it may contain
ampersands; it is not too long there, since some scripts have no spaces."""

SIGN = rb"[,;&|)\]}]"
"""A sign that ends most unquoted values."""
_PIECE = rb"[^ \t\r\n\\,;)\]}<>\"'`|&=:(\[{]"
_LAST = rb"[^ \t\r\n\\,;)\]}<>\"'`|&=:(\[{.]"
_MIXED = (
    _PIECE + rb"{0,64}(?:[A-Za-z]" + _PIECE + rb"{0,64}[0-9]|[0-9]" + _PIECE + rb"{0,64}[A-Za-z]"
    rb"|[a-z][A-Z]|[!#$%^*~?])(?:" + _PIECE + rb"{0,64}" + _LAST + rb")?"
)  # fmt: skip
VALUE_WITH_SIGNS = (
    rb"(" + _PIECE + rb"{1,64}(?:" + SIGN + _PIECE + rb"{0,64}){0,8}" + SIGN + _MIXED + rb")"
)
"""Values that signs divide which end most values. A piece after a sign belongs to the value if it
has letters and digits, or punctuation of passwords; a word does not, nor a name and its value
(``;Server=``), which is cut off the value (``finders.guesses.cut_off_name``)."""

_QUOTES = rb"['\"`*_)\]]{0,4}"
FOR = (
    rb"(?:[ ](?:for|of|to|on|at|pour|para|per|voor|dla"
    rb"|(?-i:f\xc3\xbcr|\xd0\xb4\xd0\xbb\xd1\x8f))[ ][^\r\n\":=.,;]{1,40}?)?"
)
"""The purpose of a secret, in English and seven other languages of Europe."""
SEPARATOR = (
    FOR
    + _QUOTES
    + rb"(?:[ \t]{0,8}(?:=>|:=|==?|:|->|\||(?-i:\xef\xbc\x9a|\xe6\x98\xaf))"
    + rb"|[ ](?:is|was|ist|est|es|lautet|(?-i:\xc3\xa8|\xc3\xa9))(?:[ ]now)?:?)"
    + rb"['\"`*_]{0,3}[ \t]{0,8}(?:\r?\n[ \t]{0,8})?['\"`*(\[]{0,3}"
)
"""Separator of a label and its value: a colon, an equals sign, ``is``, with quotes or asterisks."""

PASSWORD = (
    rb"(?:pass(?:word|wd|phrase|code|wort)|pwd|kennwort|senha|wachtwoord|mot[ ]de[ ]passe"
    rb"|(?-i:contrase\xc3\xb1a|has\xc5\x82o|\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c"
    rb"|\xe5\xaf\x86\xe7\xa0\x81))[0-9]?"
)
PASSWORD_WORDS = (
    *(b"password", b"passwd", b"passphrase", b"passcode", b"passwort", b"pwd"),
    *(b"kennwort", b"senha", b"wachtwoord", b"mot de passe"),
    *("contraseña".encode(), "hasło".encode(), "пароль".encode(), "密码".encode()),
)

KEY = (
    rb"(?:(?:api|access|secret|auth|client|private|encryption|signing|account|subscription|shared"
    rb"|pre-?shared|master|service|session|security|license|application|app|admin|deploy|webhook"
    rb"|consumer|hmac|jwt|cookie|account)[ _.-]?key)"
)
SECRET = rb"(?:secret|credentials?)"
TOKEN = (
    rb"(?:(?:auth|access|api|bearer|bot|refresh|session|id|security|oauth|deploy|csrf|xsrf|user"
    rb"|service|secret|admin|app|github|gitlab|slack|discord|telegram|hf|vault|npm|jwt|webhook"
    rb"|verification|reset|invite|my|hubspot|notion|linear|jira|stripe|twilio|sentry|heroku"
    rb"|cloudflare"
    rb"|digitalocean|aws|azure|gcp|openai|anthropic|mistral|replicate|huggingface|pinecone|figma"
    rb"|airtable|dropbox|shopify|spotify|twitter|zoom|okta|auth0|datadog|grafana)[ _-]?token"
    rb"|\btoken)"
)
