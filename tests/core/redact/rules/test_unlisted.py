"""The general rule: which texts it takes for keys, and which it leaves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.finders.detector import Detector
from runreel.core.redact.rules.examples import build_example
from runreel.core.redact.rules.unlisted import UNLISTED

DETECTOR = Detector(UNLISTED)

KEYS = [
    ("a word and letters and digits", "acme_{alnum:24}"),
    ("two words", "acme_live_{alnum:32}"),
    ("three words", "acme_eu_prod_{alnum:32}"),
    ("hyphens", "acme-live-{alnum:32}"),
    ("a version", "acme_v2_{alnum:32}"),
    ("capitals", "ACME_{upper:32}"),
    ("one case and digits", "acme_{lower:32}"),
    ("a rest with hyphens", "acme_{alnum:20}-{alnum:18}_{alnum:4}"),
    ("base64 with padding", "acme_{alnum:20}+{alnum:20}/{alnum:9}=="),
    ("parts with dots", "acme_{alnum:24}.{b64u:43}"),
    ("hexadecimal digits after a word that announces them", "acme_key_{hex:40}"),
    ("a word that announces a key and one that does not", "user_token_{alnum:24}"),
]

AROUND = [
    ("alone", "", ""),
    ("in a sentence", "Use ", "."),
    ("in quotes", "'", "'"),
    ("in brackets", "(", ")"),
    ("in a tag", "<b>", "</b>"),
    ("a parameter", "https://example.test/?k=", "&y=1"),
    ("a member", '{"value": "', '"}'),
    ("at the beginning of a text", '{"message": "', ' is new"}'),
    ("in a line of a text", '{"message": "', '\\nis new"}'),
    ("with a colour", "\x1b[32m", "\x1b[0m"),
    ("with an escaped colour", '{"text":"\\u001b[32m', '\\u001b[0m"}'),
]

OTHERS = [
    ("an identifier that the dialects know", "asst_{alnum:24}"),
    ("one in two words", "eval_data_{alnum:24}"),
    ("one with a hyphen", "chatcmpl-{alnum:29}"),
    ("one of Anthropic, whatever its prefix", "new_01{upper:22}"),
    ("one of another API", "cus_{alnum:24}"),
    ("a ULID", "new_01J9ZQ8W7X6V5T4S3R2P1N0MKH"),
    ("a hash", "new_{hex:40}"),
    ("a hash with its algorithm", "sha512-{b64u:86}"),
    ("a UUID", "new_{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}"),
    ("the public half of a key", "pk_live_{alnum:24}"),
    ("a short rest", "new_{alnum:12}"),
    ("a name", "text_embedding_ThreeLargeForEveryone2"),
    ("a slug", "how-to-configure-kubernetes-ingress-controllers2"),
    ("a model", "claude-sonnet-4-5-20250929"),
    ("a pod", "checkout-service-7d9f8c6b5d-x2x4z"),
    ("a chunk of a bundler", "vendors-node_modules_lodash_lodash_js-{hex:20}"),
    ("a class of CSS modules", "Button-module__primaryLargeOutlined__a8Xk2"),
    ("a constant", "VK_FORMAT_G10X6B10X6G10X6R10X6G10X6_422_UNORM"),
    ("a file", "logo_{alnum:24}.png"),
    ("a part of a path", "https://example.test/d/new_{alnum:24}/edit"),
    ("a part of an address", "ann@new-{alnum:24}"),
    ("the end of a longer text", "{b64u:60}-{b64u:60}-acme-{alnum:24}"),
    ("a member that names an identifier", '{"id": "new_{alnum:24}"}'),
    ("one in camel case", '{"taskId":"new_{alnum:24}"}'),
    ("one in JSON in JSON", '{\\"widget_id\\":\\"new_{alnum:24}\\"}'),
    ("an array of them", '{"ids": ["new_{alnum:24}"]}'),
    ("a header that names one", "x-request-id: new_{alnum:24}"),
    ("a parameter that names one", "?after=new_{alnum:24}"),
    ("an opaque member", '{"signature": "new_{alnum:24}"}'),
]


def find(text: str) -> set[tuple[int, int]]:
    return {(each.start, each.end) for each in DETECTOR.find(text.encode())}


@pytest.mark.parametrize("template", [k[1] for k in KEYS], ids=[k[0] for k in KEYS])
def test_a_prefix_and_a_random_rest_is_a_key(template: str) -> None:
    key = build_example(template).text
    for reason, before, after in AROUND:
        start = len(before.encode())
        assert find(before + key + after) == {(start, start + len(key))}, reason


@pytest.mark.parametrize("template", [o[1] for o in OTHERS], ids=[o[0] for o in OTHERS])
def test_what_has_another_meaning_is_left(template: str) -> None:
    assert find(build_example(template).text) == set()


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,80}", fullmatch=True))
def test_a_text_in_a_member_that_names_an_identifier_is_left(text: str) -> None:
    assert find(f'{{"object_id":"{text}"}}') == set()


@given(
    st.lists(
        st.sampled_from(["read", "write", "list", "user", "config", "index", "value"]), min_size=1
    )
)
def test_words_are_left(words: list[str]) -> None:
    for separator in ("_", "-", ""):
        assert find(separator.join(words)) == set()
    assert find("".join(map(str.capitalize, words)) + "_" + "_".join(words)) == set()
