"""Keys without a prefix after the name of their vendor alone: ``datadog: 3f…``.

Hashes and ids have the same forms. So only vendors are listed whose names are no words, and stand
for nothing else before such values: neither hosts of code, after whose names stand commits, nor
those whose ids look like keys (Notion, Spotify, YouTube). The list is that of public scanners.
"""

from __future__ import annotations

from runreel.core.redact.rules.randomness import is_hex, is_random_run
from runreel.core.redact.rules.rule import Rule
from runreel.core.regex.lazy_pattern import compile_later

_VENDORS = frozenset(
    b"""
    abuseipdb adafruit adobe airbrake airtable aiven algolia alphavantage anyscale apifonica
    apify apilayer apimetrics apitemplate appfollow appointedd appoptics appsynergy asana
    assemblyai atera atlassian autoklose avaza aviationstack axonaut ayrshare bannerbear
    baremetrics beebole besnappy besttime betterstack bitbar bitly blazemeter blitapp
    blocknative blynk bombbomb boostnote borgbase browshot bscscan buddyns budibase bugherd
    bugsnag buttercms caflou calendarific calendly calorieninja campayn canva capsulecrm
    carboninterface centralstationcrm chartmogul checklyhq circleci clarifai clearbit clickup
    cliengo clockify cloudconvert cloudflare cloudimage cloudmersive cloudplan cloudsight
    cloudsmith cloverly clustdoc codacy codeclimate codecov codequiry cohere coinapi coinbase
    coinlayer coinlib coinmarketcap commercejs confluent contentful conversiontools convertapi
    convertkit countrylayer coveralls craftmypdf crowdin cryptocompare currencyfreaks
    currencylayer currencyscoop currentsapi d7network dareboost databricks datadog deepai
    deepgram detectify detectlanguage dfuse diffbot diggernaut digicert digitalocean discord
    disqus docparser documo dronahq droneci dropbox dynalist dynatrace dyspatch
    eagleeyenetworks easypost ecostruxureit edenai elasticemail elevenlabs etherscan ethplorer
    eventbrite everhour exchangerate exchangerateapi exchangeratesapi extractorapi fastforex
    fastly fastspring feedier fetchrss finage financialmodelingprep finicity finnhub fleetbase
    flexport flickr flightapi flightlabs formbucket formcraft foursquare freshbooks freshdesk
    fullstory geckoboard geoapify geocodify getgeoapi getresponse gitter glassnode gocardless
    grafana graphhopper groovehq gtmetrix guardianapi gumroad happyscribe hellosign helpcrunch
    helpscout heroku hiveage holidayapi hubspot huggingface hunterio hybiscus iconfinder
    iexcloud imagekit imagga infracost infura instabot intercom interseller intrinio
    ip2location ipapi ipgeolocation ipinfo ipinfodb ipquality ipstack jotform jumpcloud
    jupiterone karmacrm kickbox klaviyo klipfolio knapsackpro kylas languagelayer launchdarkly
    leadfeeder lemlist lemonsqueezy lendflow lessannoyingcrm lexigram linenotify linkedin
    linkpreview livestorm loadmill loginradius logzio lokalise looker loyverse lunchmoney
    madkudu mailboxlayer mailchimp mailerlite mailgun mailjet mailjetsms mailmodo mailsac
    mandrill mapbox mapquest marketstack mattermost mavenlink maxmind mediastack meistertask
    mesibo messagebird metrilo mindmeister mistral mixmax mockaroo monkeylearn moosend moralis
    mouseflow myintervals netlify newrelic newsapi newscatcher nftport ngrok nicereply
    nightfall numverify nvapi nylas nytimes oanda omnisend onesignal onfleet oopspam opencage
    opencagedata openuv openweather openweathermap opsgenie optimizely overloop owlbot pagarme
    pagerduty pandadoc pandascore paperform paralleldots parseur partnerstack pastebin
    paydirtapp paymongo paypal paystack pdflayer pdfshift peopledatalabs pepipost pipedream
    pipedrive pixabay podio pollsapi positionstack postageapp posthog postman postmark powrbot
    prodpad prospectcrm proxycrawl pubnub pushbullet pushover pyowm qualaroo qubole rapid7
    rapidapi reachmail rebrandly rentman requestfinance restpack ritekit rocketreach rockset
    route4me salesblink salescookie salesflare salesforce scrapeowl scraperapi scraperbox
    scrapestack scrapfly scrapingant scrapingbee screenshotapi screenshotlayer securitytrails
    selectpdf sendbird sendgrid sendinblue sentry serphouse serpstack sherpadesk shipday
    shippo shodan shopify shotstack shutterstock signaturit signupgenius sigopt simfin
    simplesat simplynoted simvoly slack smartsheets snipcart snowflake sparkpost speechtextai
    spoonacular sportsmonk squarespace squareup sslmate statuscake statuspage statuspal
    stitchdata stockdata storecove stormboard stormglass storyblok stripe sumologic supabase
    supernotes surveybot surveysparrow swiftype tallyfy taxjar technicalanalysisapi tefter
    telegram teletype telnyx theoddsapi thingsboard ticketmaster tickettailor tiingo timecamp
    timezoneapi tmetric todoist toggl tomtom tradier travelpayouts travisci trello truenas
    twelvedata twitch twitter tyntec typeform ubidots uclassify unplugg unsplash uplead
    uptimerobot urlscan userflow userstack vatlayer vbout verimail veriphone viewneo
    virustotal visualcrossing voiceflow voicegain voodoosms voyageai vpnapi vultr wakatime
    walkscore wandb weatherapi weatherbit weatherstack web3storage webflow webscraper
    webscraping whoxy wistia worksnaps workstack worldcoinindex worldweather wrike yandex
    youneedabudget yousign zapier zendesk zenkit zenrows zenscrape zeplin zerobounce zerotier
    zhipu zipcodeapi zipcodebase zonkafeedback
    """.split()
)

_TO_VALUE = rb"['`*_]{0,3}(?:[ ]{0,4}(?:=>|:=|=|:|\|)|[ ]is[ ])[ ]{0,4}['`*]{0,3}"
_NAME_BEFORE = compile_later(
    rb"(?:\A|[\s\"'`*,;({\[|])([A-Za-z0-9]{3,24})['`*_]{0,3}(?:[ ]{0,4}(?:=>|:=|=|:|\|)|[ ]is[ ])"
    rb"[ ]{0,4}['`*]{0,3}\Z"
)
_REST = compile_later(rb"[./@:+=]?[A-Za-z0-9]|[/_-]")
_LENGTHS_OF_HEX = (32, 40, 48, 64)
"""Lengths of keys in hexadecimal digits; shorter ones are ids."""
_HASH = compile_later(rb"0x|[0-9a-f]{20,}[_-]")
"""The beginning of an address or a hash with a suffix."""
_BEFORE = 48


def is_vendor_key(text: bytes) -> bool:
    """Return whether the text is a hexadecimal number of a key's length, or random otherwise."""
    joined = text.translate(None, b"-_")
    if not is_hex(joined):
        return is_random_run(joined) and not _HASH.match(text)
    is_number = len(text) in _LENGTHS_OF_HEX and text == joined
    return is_number and not text.isdigit() and not text.isalpha()


def has_vendor(data: bytes, start: int, end: int) -> bool:
    """Return whether the word before a value is a vendor's name, and the value goes no further."""
    name = _NAME_BEFORE.search(data[max(start - _BEFORE, 0) : start])
    return name is not None and name[1].lower() in _VENDORS and _REST.match(data, end) is None


VENDORS = (
    Rule(
        "vendor-key",
        "tokens",
        tuple(sorted(_VENDORS)),
        rb"[A-Za-z0-9]" + _TO_VALUE + rb"([A-Za-z0-9_-]{20,128})",
        check=is_vendor_key,
        context=has_vendor,
        window_after=160,
        matches=(
            "Datadog: «{hex:32}»",
            "datadog = «{hex:40}»",
            "shodan is «{alnum:32}»",
            "ADAFRUIT=«{lower:32}»",
            "Netlify: `«{alnum:43}»`",
            "| mattermost | «{lower:26}» |",
            "export DEEPGRAM='«{hex:40}»'",
            "**Pipedrive**: «{b64u:128}»",
        ),
        non_matches=(
            "datadog: {hex:12}",
            "datadog@{hex:40}",
            "datadog: sha256:{hex:64}",
            "image: datadog/agent:{hex:40}",
            "datadog: {hex:40}-amd64",
            "datadog: {hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}",
            "github: {hex:40}",
            "notion: {hex:32}",
            "my-datadog: {hex:40}",
            "datadog: {digits:32}",
            "etherscan: 0x{hex:64}",
            "algolia: an_index_of_all_the_products_xx",
        ),
    ),
)
