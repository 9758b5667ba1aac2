from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.finders.detector import Detector
from runreel.core.redact.rules import RULES
from runreel.core.redact.rules.key_rule import BORDER, EDGE, PREFIX_TRIGGER, build_key_rule
from runreel.core.redact.search.engine import ENGINE
from support.secrets import make_secret

REST = "q7RxT2mKp9ZvB4nW"
FREQUENT = (
    *("asst", "call", "chatcmpl", "fc", "item", "msg", "req", "resp"),
    *("rs", "run", "step", "thread", "toolu"),
)


def find(text: str, prefix: str, before: bytes) -> set[tuple[int, int]]:
    rest = rb"[A-Za-z0-9]{16}"
    rule = build_key_rule("k", prefix, rest, "{alnum:16}", group="services", before=before)
    return {(each.start, each.end) for each in Detector([rule]).find(text.encode())}


BORDERS = [
    ("at the beginning", "", (True, True, True)),
    ("after a space", "a ", (True, True, True)),
    ("after an underscore", "key_", (True, True, True)),
    ("after a colour of a terminal", "\x1b[1;32m", (True, True, True)),
    ("after an escaped colour", "\\u001b[32m", (True, True, True)),
    ("after a digit", "7", (True, True, False)),
    ("after a capital", "X", (True, True, False)),
    ("after a letter", "x", (True, False, False)),
]


@pytest.mark.parametrize(
    ("before", "expected"), [b[1:] for b in BORDERS], ids=[b[0] for b in BORDERS]
)
def test_a_border_decides_after_what_a_prefix_counts(
    before: str, expected: tuple[bool, bool, bool]
) -> None:
    text = f"{before}acme_{REST} end"
    span = {(len(before), len(before) + len("acme_") + len(REST))}
    for border, is_expected in zip((b"", BORDER, EDGE), expected, strict=True):
        assert find(text, "acme_", border) == (span if is_expected else set()), border


def test_a_short_prefix_has_a_border() -> None:
    assert find(f"task_{REST}", "sk_", b"") == set()
    assert find(f"the sk_{REST}", "sk_", b"") == {(4, 23)}


@pytest.mark.slow
@given(st.from_regex(r"[a-z]{1,10}", fullmatch=True))
def test_the_trigger_is_in_every_prefix_but_those_that_end_like_frequent_ones(word: str) -> None:
    pattern = ENGINE.compile(PREFIX_TRIGGER)
    is_found = next(pattern.finditer(f"{word}_{REST}".encode()), None) is not None
    assert is_found is not word.endswith(tuple(FREQUENT))


@pytest.mark.parametrize("word", FREQUENT)
def test_the_trigger_passes_over_the_identifiers_of_streams(word: str) -> None:
    assert re.search(PREFIX_TRIGGER, f'"id":"{word}_{REST}"'.encode()) is None
    assert re.search(PREFIX_TRIGGER, f'"id":"{word[1:]}_{REST}"'.encode()) is not None


BLOB = "gAAAAABo3y" * 12
SHORT_PREFIXES = [
    ("encoded data may have any key in it", f"{BLOB}_{{key}}{BLOB}", False),
    ("a short name before a key", "prod_eu_{key}", True),
    ("a key behind encoded data and a separator", f"{BLOB}={{key}}", True),
    ("a colour of a terminal", "\x1b[32m{key}", True),
]


@pytest.mark.parametrize(
    ("why", "template", "expected"), SHORT_PREFIXES, ids=[row[0] for row in SHORT_PREFIXES]
)
def test_keys_within_encoded_data(why: str, template: str, expected: bool) -> None:
    key = make_secret("voyage-api-key")
    detections = Detector(RULES).find(template.format(key=key).encode())
    assert any(each.rule.name == "voyage-api-key" for each in detections) is expected
