"""Keys after the names of vendors, and after words for a credential without a sign between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.finders.detector import Detector
from runreel.core.redact.rules.examples import build_example
from runreel.core.redact.rules.named_keys import NAMED_KEYS
from runreel.core.redact.rules.vendor_names import (
    VENDORS,
    VENDORS_WITH_HASHES,
    VENDORS_WITH_UUIDS,
)
from runreel.core.redact.rules.vendors import VENDOR_KEYS, find_check

DETECTOR = Detector((*NAMED_KEYS, *VENDOR_KEYS))
UUID = "{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}"

FOUND = [
    ("a colon", "datadog: «{hex:32}»"),
    ("a fullwidth colon", "datadog\uff1a«{hex:32}»"),
    ("only a space", "DATADOG «{hex:32}»"),
    ("a cell of a table", "| Datadog | «{hex:32}» |"),
    ("two words", "New Relic: «{lower:32}»"),
    ("hyphens", "new-relic: «{lower:32}»"),
    ("capitals within the name", "DataDog: «{hex:32}»"),
    ("a word for a credential", "datadog SECRET «{hex:32}»"),
    ("several words for a credential", "datadog private access token «{hex:32}»"),
    ("glued words", "datadogAPIKEY «{hex:32}»"),
    ("glued words in lower case", "coinlayerkey=«{lower:32}»"),
    ("a short value after a label and a sign", "uclassify_token=«{alnum:12}»"),
    ("a UUID after a label", f"bannerbear key «{UUID}»"),
    ("a UUID, if the vendor's keys are such", f"heroku: «{UUID}»"),
    ("two hexadecimal numbers", "budibase: «{hex:32}-{hex:64}»"),
    ("pieces", "mailmodo: «k9h43jw-c2u8uq4-7wn6vsb-zwg333w»"),
    ("a value that begins with a hyphen", "lokalise: «-{lower:32}»"),
    ("no hash, if hashes stand after the name", "docker: «{lower:40}»"),
    ("any owner and SECRET", "acme SECRET «{lower:32}»"),
    ("any owner and a glued word", "acmeTOKEN «{lower:32}»"),
    ("any owner, hexadecimal digits", "acme token «{hex:32}»"),
    ("any owner and a UUID after a clear label", f"acme API key «{UUID}»"),
]
LEFT = [
    ("another word", "colour: {hex:32}"),
    ("a part of a name", "my-datadog: {hex:32}"),
    ("a part of a path", "lib/datadog/{hex:32}"),
    ("the end of a path", "lib/datadog: {hex:32}"),
    ("a UUID", f"datadog: {UUID}"),
    ("a short value", "datadog: {lower:12}"),
    ("a commit", "github: {hex:40}"),
    ("a digest", "docker: sha256:{hex:64}"),
    ("a number", "datadog: {digits:32}"),
    ("an id of an API", "openai: chatcmpl-{alnum:29}"),
    ("an id of a vendor", "stripe: cus_{alnum:24}"),
    ("an id of Airtable", "airtable: tbl{alnum:14}"),
    ("a public key", "posthog: phc_{alnum:43}"),
    ("a URL", "sentry: https://sentry.example/{hex:32}"),
    ("an image", "grafana: grafana/grafana:11.2.0-{hex:32}"),
    ("an address", "etherscan: 0x{hex:64}"),
    ("a model", "anthropic: claude-3-5-sonnet-20241022"),
    ("a model with capitals", "huggingface: Qwen/Qwen3-235B-A22B"),
    ("a version", "elevenlabs: v2.1.0-rc.3+20261103"),
    ("a time", "datadog: 2026-11-03T10:15:30.123456Z"),
    ("a call", "datadog = createClientForV2OfTheApi()"),
    ("a word between", "sentry commit {hex:40}"),
    ("a label that announces nothing", "openai model {lower:32}"),
    ("a key of something else", "cache key {hex:32}"),
    ("a token of something else", "next token {lower:32}"),
    ("a public key after a label", "host key SHA256:{b64:43}"),
    ("a key with an article", "the key {hex:32}"),
    ("a UUID after any key", f"order key {UUID}"),
]


@pytest.mark.parametrize("template", [row[1] for row in FOUND], ids=[row[0] for row in FOUND])
def test_a_key_is_found(template: str) -> None:
    text, marked = build_example(template)
    assert {(each.start, each.end) for each in DETECTOR.find(text.encode())} == set(marked)


@pytest.mark.parametrize("template", [row[1] for row in LEFT], ids=[row[0] for row in LEFT])
def test_what_has_another_meaning_is_left(template: str) -> None:
    assert DETECTOR.find(build_example(template).text.encode()) == []


def test_the_lists_of_vendors_are_disjoint_and_written_alike() -> None:
    lists = (VENDORS, VENDORS_WITH_HASHES, VENDORS_WITH_UUIDS)
    assert sum(map(len, lists)) == len(frozenset().union(*lists))
    assert all(name == name.lower() and name.isalnum() for names in lists for name in names)


@pytest.mark.parametrize("name", [b"New Relic", b"NEW-RELIC", b"new_relic", b"NewRelic"])
def test_a_name_is_known_however_it_is_written(name: bytes) -> None:
    assert find_check(name) is not None


@given(st.lists(st.sampled_from(["read", "user", "config", "v2"]), min_size=1, unique=True))
def test_words_after_a_vendor_are_left(words: list[str]) -> None:
    for separator in ("_", "-", "", "/"):
        assert DETECTOR.find(f"datadog: {separator.join(words)}".encode()) == []
