"""Keys without a prefix after the name of their vendor alone: ``datadog: 3f…``.

Hashes and ids have the same forms, so only vendors are listed whose names stand for nothing else
in settings, each with the forms of its keys. Vendors of repositories are missing: after their names
stand commits.
"""

from __future__ import annotations

from runreel.core.redact.rules.randomness import is_hex, is_random_run
from runreel.core.redact.rules.rule import Rule
from runreel.core.regex.lazy_pattern import compile_later

_HEX = {
    32: "adobe alphavantage anyscale clearbit clickup coinmarketcap datadog digicert exchangerate"
    " finicity flickr freshdesk gnews hunterio ipgeolocation mailjet mapquest moralis mouseflow"
    " newsapi nylas omdb openweather openweathermap positionstack rapid7 scrapingbee serpstack"
    " shodan tmdb trello uptimerobot weatherapi weatherstack zhipu",
    40: "abuseipdb codacy cohere datadog deepgram fastspring gocanvas graphhopper launchdarkly"
    " lokalise opencage sendbird wakatime",
    64: "confluent dynatrace freshbooks infracost opsgenie sumologic virustotal",
}
_MIXED = {
    20: "finnhub gitter looker",
    24: "etsy looker pushover",
    25: "messagebird twitter",
    26: "mattermost",
    30: "twitch pushover",
    32: "adafruit algolia asana codecov droneci elevenlabs fastly mistral nytimes together"
    " voyageai zapier",
    36: "contentstack pipedrive",
    40: "cohere launchdarkly netlify zendesk",
    43: "contentful netlify",
    64: "coinbase confluent sumologic",
}
_BEFORE_VALUE = rb"['`*_]{0,3}(?:[ ]{0,4}(?:=>|:=|=|:|\|)|[ ]is[ ])[ ]{0,4}['`*]{0,3}"


def _build_pattern(alphabet: bytes, names_by_length: dict[int, str]) -> bytes:
    """Return a pattern of the vendors' names, each before values of its lengths."""
    return b"|".join(
        b"(?i:%b)%b(%b{%d})\\b"
        % ("|".join(names.split()).encode(), _BEFORE_VALUE, alphabet, length)
        for length, names in names_by_length.items()
    )


_NAMES = sorted(
    {name for table in (_HEX, _MIXED) for names in table.values() for name in names.split()}
)
_NAME_BEFORE = compile_later(
    rb"(?i)(?:\A|[\s\"'`*,;({\[|])[a-z0-9]+(?:[^A-Za-z0-9]{1,12}|[ ]is[ ]{1,5}['`*]{0,3})\Z"
)
_REST = compile_later(rb"[-_./@:+=]?[A-Za-z0-9]|/|[-_]")
_BEFORE = 40


def is_vendor_key(text: bytes) -> bool:
    """Return whether the text is a hexadecimal number with digits and letters, or random."""
    return is_random_run(text) or (is_hex(text) and not text.isdigit() and not text.isalpha())


def is_whole(data: bytes, start: int, end: int) -> bool:
    """Return whether the name of the vendor is a word, and the value no part of a longer text."""
    before = data[max(start - _BEFORE, 0) : start]
    return _NAME_BEFORE.search(before) is not None and _REST.match(data, end) is None


VENDORS = (
    Rule(
        "vendor-key",
        "services",
        tuple(name.encode() for name in _NAMES),
        _build_pattern(rb"[0-9a-f]", _HEX) + b"|" + _build_pattern(rb"[A-Za-z0-9]", _MIXED),
        check=is_vendor_key,
        context=is_whole,
        window_after=96,
        matches=(
            "Datadog: «{hex:32}»",
            "datadog = «{hex:40}»",
            "shodan is «{hex:32}»",
            "ADAFRUIT=«{lower:32}»",
            "Netlify: `«{alnum:43}»`",
            "| mattermost | «{lower:26}» |",
            "export DEEPGRAM='«{hex:40}»'",
        ),
        non_matches=(
            "datadog: {hex:12}",
            "datadog@{hex:40}",
            "datadog: sha256:{hex:64}",
            "image: datadog/agent:{hex:40}",
            "datadog: {hex:40}-amd64",
            "github: {hex:40}",
            "my-datadog: {hex:40}.js",
            "datadog: {digits:32}",
            "algolia: an_index_of_all_the_products_xx",
        ),
    ),
)
