"""Words before a number that tell its meaning: a card, an identifier, a version, an address.

Each pattern is searched in the bytes before a number (``LABEL_WITHIN``), and ends where it begins.
"""

from __future__ import annotations

import re

from runreel.core.regex.lazy_pattern import compile_later

LABEL_WITHIN = 64
"""Bytes before a number in which its label is looked for."""

_CLOSING = rb"(?:[\s\"'`*_\\:=#()<>.~\[-]|\xef\xbc\x9a|</?[a-z0-9]{1,6}>){0,8}"
"""Punctuation between a label and its value, also of JSON and HTML; the colon may be fullwidth."""
_COPULA = (
    rb"(?:[ ](?:is|was|are|of|for|the|with|has|at|by|on|to|ist|war|lautet|est|es|era|jest"
    rb"|\xc3\xa8|\xc3\xa9|number|no\.?|nr\.?|nummer)(?![a-z])){0,3}"
)
_NUMBER_OF = rb"(?:[ _-]?(?:id|nos?|nr|num|number|nummer|code|ref|key))?\.?"

_KEY_NOUNS = (
    rb"ids?|uid|uuid|guid|oid|pid|tid|key|ref|references?|referenz|hash|checksum|crc|digest"
    rb"|fingerprint|nonce|seed|seq|sequence|offset|cursor|index|idx|token|trace|span|serial|imei"
    rb"|imsi|iccid|isbn|issn|gtin|upc|ean|sku|asin|barcode|timestamp|ts|time|epoch|date|count"
    rb"|counter|total|sum|size|bytes|length|version|revision|rev"
)
"""Names of keys, counters and times, which may also be those of a card (``card_id``)."""
_THING_NOUNS = (
    rb"orders?|invoices?|tickets?|tracking|shipments?|parcels?|packages?|transactions?|txn|req"
    rb"|requests?|sessions?|parts?|items?|products?|articles?|cases?|batch|lots?|jobs?|tasks?"
    rb"|runs?|builds?|commits?|changes?|bugs?|issues?|rows?|records?|rec|events?|threads?|tweets?"
    rb"|nodes?|devices?|process|amount|balance|prices?|claims?|policy|contracts?|booking"
    rb"|reservation|confirmation|pnr|files?|objects?|entity|resources?|assets?|docket"
    rb"|bestellung|bestell|auftrag|auftrags|rechnung|rechnungs|sendung|sendungs|kunden|vorgang"
    rb"|vorgangs|artikel|commande|facture|colis|suivi|dossier|pedido|factura|env\xc3\xado"
    rb"|referencia|ordine|fattura|spedizione|bestelling|factuur|zam\xc3\xb3wienie"
    rb"|(?:\xd0\x97|\xd0\xb7)\xd0\xb0\xd0\xba\xd0\xb0\xd0\xb7\xd0\xb0?"
    rb"|\xe6\xb3\xa8\xe6\x96\x87|(?:\xe8\xae\xa2|\xe8\xa8\x82)?\xe5\x8d\x95(?:\xe5\x8f\xb7)?"
    rb"|\xe8\xbf\x90\xe5\x8d\x95\xe5\x8f\xb7|\xec\xa3\xbc\xeb\xac\xb8"
)
"""Things that people number: orders and parcels in several languages, requests, files. Messages,
lines and pages are missing, because they also contain texts."""
_CODE_NOUNS = (
    rb"(?<!\")codes?|coupons?|vouchers?|gift(?:[ ]cards?)?|promo|discount|gate|locker|badge|models?"
    rb"|units?|plots?|permit|licen[cs]e|registration|certificate|passport|vin|plate|gutschein"
    rb"|code promo|kod|account|acct|po|wo|p/n|s/n|rma|ein|rx|incidents?|purchase|tags?"
    rb"|documents?|containers?|pallets?|meters?|samples?|specimens?|chassis|engine|kit|isbn|ndc"
    rb"|(?:users?|customers?|clients?|members?|employees?|students?|patients?)[ _-]?"
    rb"(?:id|no|nr|num|number)|nos?\.|nr\.|n\xc2\xb0|\xe2\x84\x96"
)
"""Things with codes in groups of digits, which may look like a national telephone number. What is
called as well is missing: companies, places, departments (``Inc.``, rooms, returns). A member
``"code"`` is none of them: it may hold a program, which also comes in pieces that have no name."""
_PERSON_NOUNS = rb"users?|customers?|clients?|members?|employees?|students?|patients?|channel|group"
"""Those who have a number of their own, and a telephone as well."""
_CAMEL_CASE = rb"(?-i:[a-z](?:I[dD]|Ref|Key|Hash|Time|Timestamp|Ts|Count|Seq|Index|Offset|Size))"


def _build_label(*nouns: bytes) -> re.Pattern[bytes]:
    """Build a pattern of a name with one of these nouns, up to the value that it announces."""
    noun = rb"(?:(?:\A|[^A-Za-z])(?:%b)|%b)" % (b"|".join(nouns), _CAMEL_CASE)
    return compile_later(rb"(?i)" + noun + _NUMBER_OF + _COPULA + _CLOSING + rb"\Z")


KEY_LABEL = _build_label(_KEY_NOUNS)
"""Names that no card number and no telephone number has: ``card_id: ``."""
THING_LABEL = _build_label(_KEY_NOUNS, _THING_NOUNS, _CODE_NOUNS)
"""Names of numbered things: ``order no. ``, ``"invoice": "``."""
_SERIES = (
    rb"rooms?|suites?|flights?|trains?|bus(?:es)?|routes?|chapters?|sections?|paragraphs?|pages?"
    rb"|pp?\.|appendix|exhibits?|figures?|fig\.|tables?|volumes?|vol\.|lessons?|exercises?"
    rb"|questions?|steps?|rules?|seats?|booths?|aisles?|shelf|shelves|bins?|slots?|apartments?"
    rb"|apt\.|vehicles?|machines?|sensors?|catalog(?:ue)?|forms?|schedules?|scores?|range"
    rb"|clauses?|verses?|beds?|wards?|lanes?|platforms?|piers?|docks?|tracks?|episodes?|seasons?"
    rb"|levels?|stages?|phases?|rounds?|matches|match|games?|sheets?|slides?|recipes?|hymns?"
    rb"|problems?|theorems?|equations?|strains?|compounds?|genes?|stars?|frames?|blocks?|zones?"
    rb"|sectors?|wells?|pumps?|valves?|cables?|pipes?|motors?|tools?|bolts?|screws?|ports?|pins?"
    rb"|coordinates|years|drawings?|specs?|experiments?|patents?|standards?"
)
"""Things in a series, which have a number at once after their name. With a colon between them
(``Room: ``) the number is that of a telephone there."""
SERIES_LABEL = compile_later(
    rb"(?i)(?:\A|[^A-Za-z])(?:%b)(?:[ ](?:nos?\.?|nr\.?|number|#))?[ ]{1,2}['\"`*]{0,2}\Z" % _SERIES
)
"""The name of such a thing: ``flight ``, ``see chapter ``."""
CALL = compile_later(rb"(?i)\b(?:at|call|dial|ring|reach|contact)[ :]{1,2}['\"`(*]{0,2}\Z")
"""Words after which a thing is called: ``the station at 415-555-0132``."""
IDENTIFIER_LABEL = _build_label(_KEY_NOUNS, _THING_NOUNS, _PERSON_NOUNS)
"""The same, and persons: ``customer 4123…`` is not a card."""

CARD_LABEL = compile_later(
    rb"(?i)(?:\b|_|credit|debit|bank|(?-i:[a-z](?=C)))card(?!in|io|board|igan|s? (?:id|ref))"
    rb"|\bpan\b|\bcc(?:n|num|_?number|[ -]no)?\b|union[ _-]?pay|maestro|visa\b|master[ ]?card|amex"
    rb"|american[ ]express|\bjcb\b|diners|kart[aeiyu]|kredit?kart|carte|tarjeta|cartao"
    rb"|cart\xc3\xa3o"
    rb"|\xe5\x8d\xa1|\xe3\x82\xab\xe3\x83\xbc\xe3\x83\x89|\xec\xb9\xb4\xeb\x93\x9c"
    rb"|(?:\xd0\xba|\xd0\x9a)\xd0\xb0\xd1\x80\xd1\x82|account[_ ]?number"
)
"""Words for a card; anywhere before a number."""
PAYMENT_LABEL = compile_later(
    rb"(?i)\b(?:pay(?:ment|ing)?|paid|charged?|debit|credit|checkout|billing|bezahl\w*|zahl\w*)\b"
)
"""Words for a payment, which may also be said of an order."""
CARD_MEMBER = compile_later(rb"(?i)\"(?:number|num|no)\\*+\"\s*+:\s*+(?:\\*+\")?\Z")
"""JSON members of a card whose name does not tell it."""
_TEXTS = (
    rb"text|content|message|input|output|query|prompt|note|comment|response|answer|reply|question"
    rb"|description|instruction|result|value|delta|data"
)
TEXT_MEMBER = compile_later(
    rb"(?i)(?:\A|[^:\s\\]\s*+|\"(?:\w*(?:%b)s?|q)\\*+\"\s*+:\s*+)\\*+\"\Z" % _TEXTS
)
"""The quote that opens a string, unless it is a JSON member whose name is not one of a text."""
AFTER_CARD = compile_later(
    rb"(?i)[\s\"',;:()]{1,4}(?:exp|valid|cvv|cvc|cvn|visa\b|master|amex"
    rb"|(?:0[1-9]|1[0-2])[ ]?[/-][ ]?(?:20)?[0-9]{2}\b(?![/-]|\.[0-9]))"
)
"""Words and dates after a card's number: its code, its kind, when it expires."""

_EXPIRY = rb"(?<![0-9/.-])(?:0[1-9]|1[0-2])[ ]?/[ ]?(?:20)?[2-4][0-9](?![0-9/-]|\.[0-9])"
_CELLS = rb"(?:[^\r\n,;|\t]{0,32}[,;|\t]){%d,%d}"
EXPIRY_BEFORE = compile_later(
    _EXPIRY + rb"[^\r\n,;|\t]{0,3}" + _CELLS % (1, 3) + rb"[^\r\n,;|\t]{0,16}\Z"
)
EXPIRY_AFTER = compile_later(
    rb"[^\r\n,;|\t]{0,3}" + _CELLS % (1, 4) + rb"[^\r\n,;|\t0-9]{0,16}" + _EXPIRY
)
"""The month in which a card expires, in another field of the same row or object."""

_LINKING_WORDS = rb"use|used|using|try|with|and|note|this|here|mine"
OPENING = compile_later(
    rb"(?i)(?:\A|\n|[\"'`(>*]|[\x80-\xff]|[^\s:=]:[ ]?|[a-z0-9_\]]=|\b(?:%b)[ ])[ '\"`*(]{0,3}\Z"
    % _LINKING_WORDS
)
"""Beginnings of a text, and words before anything. Other words before bare digits name a thing
that has a number."""

ADDRESS_LABEL = compile_later(
    rb"(?i)(?:(?:\b|_)(?:ips?|ipv4|addr|address|addresses|hosts?|src|dst|server|client|peer|remote"
    rb"|dns|gateway|from|inet|ping|forwarded-for|real-ip)\b[\s\"'`:=!\[(\\]{1,6}|://|@)\Z"
)
"""Names of network addresses, and the beginning of a URL."""
COMPARED_ADDRESS = compile_later(
    rb"(?i)(?:ip|ipv4|addr|address|host|src|dst|server|client|peer)[ ]?[=!]=[ ]?\Z"
)
"""The same in a filter: ``ip.src==81.2.69.142``."""
_VERSIONED = (
    rb"version|(?:\b|_)(?:ver|rev(?:ision)?|r?v)|release|firmware|build|patch|hotfix|upgraded?"
    rb"|updated?|downgraded?|latest|stable|since|compatible"
    rb"|(?:fixed|introduced|added|removed|deprecated|available|patched)[ ]in"
)
_PRODUCTS = (
    rb"chrom(?:e|ium)|firefox|safari|edge|opera|electron|node\.?js|python|pypy|java|jdk|jre|\.net"
    rb"|dotnet|cuda|cudnn|windows|android|ios|macos|linux|ubuntu|debian|kernel|nginx|apache|openssl"
    rb"|postgres(?:ql)?|mysql|mariadb|redis|oracle|sql[ ]server|visual[ ]studio|office|excel"
    rb"|outlook"
    rb"|docker|kubernetes|helm|terraform|gradle|maven|npm|pip|rust|golang|ruby|php|perl|tensorflow"
    rb"|pytorch|numpy|v8|bios|uefi|webview2?|directx|nvidia|driver|runtime|sdk|framework|library"
    rb"|package|module|plugin|agent|assembly|[a-z0-9]\.(?:dll|exe|jar),?"
)
_SECTIONS = (
    rb"section|sec|chapter|clause|appendix|article|annex|figure|fig|table|paragraph|para|abschnitt"
    rb"|kapitel|ziffer|sezione|secci\xc3\xb3n|chapitre|oid|objectidentifier"
)
_OTHER_VERSION = rb"(?:[0-9.]{7,15}[ ]?(?:to|and|or|,|->|\xe2\x86\x92|-)[ ]?v?)?"
VERSION_LABEL = compile_later(
    rb"(?i)(?:%b|\b(?:%b)|(?:\b|_)(?:%b)|\xc2\xa7)s?\.?(?:[ ]notes)?"
    rb"(?:[ ](?:to|from|is|was|version|v|of|for|with))?"
    rb"['\"`*(\\]{0,4}[ ]?(?:[:=>]{0,2}|&gt;)[ ]?['\"`*(\\]{0,4}v?%b\Z"
    rb"|(?:[^=]==|[<>~!]=|[\^~]|~>)[ ]?v?\Z"
    rb"|(?:\A|[\s\"'`(;,])[A-Za-z][A-Za-z0-9_.+-]*/v?\Z"  # Chrome/81.2.69.142
    rb"|[A-Za-z][A-Za-z0-9]*(?<!\bip)(?<!host)(?<!client)(?<!server)(?<!node)-v?\Z|\.so\.\Z"
    rb"|/(?:tags?|releases?|download|versions?|archive)/v?\Z"
    rb"|[A-Za-z0-9](?:\.[A-Za-z0-9_-]+:|/)[A-Za-z0-9_.-]+:\Z"  # com.example:library:81.2.69.142
    rb"|\b(?-i:[A-Z][A-Za-z0-9]+(?:\.[A-Z][A-Za-z0-9]*)+[ ])\Z"  # System.Text.Json 81.2.69.142
    rb"|\b(?:npm|yarn|pnpm|gem|pip3?|cargo|brew|docker[ ]pull)\b[^\r\n]{1,40}[@:',\"][ '\"]{0,2}"
    rb"v?\Z"
    rb"|(?:\A|\n|[ ])#{1,6}[ ]\[?\Z" % (_VERSIONED, _PRODUCTS, _SECTIONS, _OTHER_VERSION)
)
"""Names of versions and of sections, and other texts that only a version follows."""
AFTER_VERSION = compile_later(
    rb"-[A-Za-z]|\+[a-z]|\.(?:dll|exe|jar|zip|tar|t?gz|whl|deb|rpm|nupkg|msi|dmg|apk|so|pkg|vsix)\b"
)
"""Continuations of a version: ``-rc.1``, ``.tar.gz``."""

HASH_LABEL = compile_later(
    rb"(?i)(?:fingerprint|thumbprint|sha-?[0-9]*|md5|hash|digest|serial|key[ _-]?id)\W{0,8}\Z"
)
"""Names of hashes, whose groups of digits may look like an address (IPv6)."""
