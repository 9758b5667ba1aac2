from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.finders.detector import Detector, TooManyFoundError
from runreel.core.redact.rules.rule import Rule
from runreel.core.redact.search.engine import ENGINE

KEY = Rule("key", "custom", (b"key-",), rb"\bkey-[a-z]{3,}")
NOTE = Rule("note", "custom", (b"note",), rb"[a-z]{0,3}note=([0-9]+)", window_before=3)
ANY = Rule("any", "custom", (), rb"\bq[0-9]\b")
EVEN = Rule("even", "custom", (b"n",), rb"\bn([0-9])", check=lambda value: int(value) % 2 == 0)
RULES = (KEY, NOTE, ANY, EVEN)
EMAIL = Rule("email", "personal", (b"@",), rb"[a-z]+@[a-z]+")
ROW = Rule(
    "row", "custom", (), rb"#{0,9}[0-9]{8}", trigger=rb"[0-9]{4}", window_before=9, window_after=12
)

MANY_SPACES = b" " * (1 << 16)
"""Of so many bytes, not all are searched without the pattern of all keywords."""


def find_secrets(text: bytes, *rules: Rule) -> set[tuple[bytes, str]]:
    detector = Detector(rules or RULES)
    detections = detector.find(text)
    detector.find(MANY_SPACES)
    assert detector.find(text) == detections, "with the pattern of all keywords"
    return {(text[each.start : each.end], each.rule.name) for each in detections}


CASES = [
    ("nothing", b"", set()),
    ("the whole match without a group", b"a key-abc b", {(b"key-abc", "key")}),
    ("the group if there is one", b"my note=12.", {(b"12", "note")}),
    ("a match that begins before its keyword", b"xyznote=7", {(b"7", "note")}),
    ("a keyword in any letter case", b"KEY-abc key-abc", {(b"key-abc", "key")}),
    ("no match in the middle of a word", b"monkey-abc", set()),
    ("a rule without a keyword", b"a q1 b", {(b"q1", "any")}),
    ("a value that the check rejects", b"n1 n2", {(b"2", "even")}),
    ("two rules", b"note=12 q1", {(b"12", "note"), (b"q1", "any")}),
    ("bytes that are not text", b"\xff\xed\xa0\x80 key-abc\xff", {(b"key-abc", "key")}),
]


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_find(text: bytes, expected: set[tuple[bytes, str]]) -> None:
    assert find_secrets(text) == expected


@pytest.mark.parametrize("length", [1, 500, 512, 513, 5_000, 200_000])
def test_a_match_may_be_longer_than_any_window(length: int) -> None:
    text = b"key-" + b"a" * (length + 2)
    assert find_secrets(b"x " + text + b" key-abc") == {(text, "key"), (b"key-abc", "key")}


@pytest.mark.parametrize("at", range((1 << 16) - 12, (1 << 16) + 3))
def test_a_keyword_may_cross_the_border_of_two_slices(at: int) -> None:
    text = b" " * at + b" key-abc note=1 " + b" " * 70_000
    assert find_secrets(text) == {(b"key-abc", "key"), (b"1", "note")}


@pytest.mark.parametrize("at", range((1 << 10) - 30, (1 << 10) + 5))
def test_further_matches_of_a_trigger_are_found(at: int) -> None:
    text = b"0000" + b" " * at + b"#########12345678" + b" " * 2_000 + b"87654321"
    assert find_secrets(text, ROW) == {(b"#########12345678", "row"), (b"87654321", "row")}


@given(st.text("key-note=12 q\n", max_size=60).map(str.encode))
def test_windows_find_the_same_as_a_search_of_the_whole_text(text: bytes) -> None:
    expected = {
        (text[slice(*match.span(min(pattern.groups, 1)))], rule.name)
        for rule in (KEY, NOTE, ANY)
        for pattern in [ENGINE.compile(rule.pattern)]
        for match in pattern.finditer(text)
    }
    assert find_secrets(text, KEY, NOTE, ANY) == expected


def test_without_rules_nothing_is_found() -> None:
    assert Detector(()).find(b"key-abc") == []


def test_the_digest_does_not_depend_on_the_order_of_rules() -> None:
    assert Detector(RULES).digest == Detector(RULES[::-1]).digest
    assert len({Detector(rules).digest for rules in ((), (KEY,), (NOTE,), RULES)}) == 4


def test_a_rule_can_refuse_what_the_text_around_it_refutes() -> None:
    def has_no_hash_before(data: bytes, start: int, end: int) -> bool:
        return data[max(start - 1, 0) : start] != b"#" and end <= len(data)

    rule = Rule("r", "tokens", (b"ab",), rb"ab[0-9]", context=has_no_hash_before)
    assert [each.start for each in Detector([rule]).find(b"ab1 #ab2 ab3")] == [0, 9]


GIVING_WAY = [
    ("the same range", rb"kx_[0-9]{4}", b"kx_1234", ["named"]),
    ("the end", rb"x_[0-9]{4}", b"kx_1234", ["named"]),
    ("the beginning", rb"kx_[0-9]{2}", b"kx_1234", ["general", "named"]),
    ("elsewhere", rb"y_[0-9]{4}", b"kx_1234 y_1234", ["general", "named"]),
]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"), [g[1:] for g in GIVING_WAY], ids=[g[0] for g in GIVING_WAY]
)
def test_a_general_rule_gives_way_to_one_that_knows_the_kind(
    pattern: bytes, text: bytes, expected: list[str]
) -> None:
    general = Rule("general", "tokens", (b"kx",), rb"kx_[0-9]{4}", is_general=True)
    named = Rule("named", "tokens", (b"_",), pattern, window_before=4)
    detections = Detector([general, named]).find(text)
    assert sorted(each.rule.name for each in detections) == expected


def test_two_rules_for_one_secret_come_in_the_order_of_the_table() -> None:
    one = Rule("one", "tokens", (b"aa",), rb"[a-z]{4}[0-9]")
    two = Rule("two", "tokens", (b"bb",), rb"[a-z]{4}[0-9]", window_before=2)
    names = [each.rule.name for each in Detector((one, two)).find(b"bb aabb7")]
    assert names == ["one", "two"]


CROSSING = [
    ("a built-in rule", Rule("one", "tokens", (), rb"\{"), False),
    ("a literal", Rule("literal", "custom", (b"project falcon",), rb"Project Falcon"), False),
    ("a literal with a border in it", Rule("literal", "custom", (b'1}, {"a',), rb'1}, {"a'), True),
    ("a pattern", Rule("ticket", "custom", (), rb"ACME-[0-9]+"), True),
]


@pytest.mark.parametrize(
    ("rule", "expected"), [c[1:] for c in CROSSING], ids=[c[0] for c in CROSSING]
)
def test_rules_that_may_match_across_objects(rule: Rule, *, expected: bool) -> None:
    assert Detector((EMAIL, rule)).may_cross_objects is expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule("one", "tokens", (), rb"\{"), False),
        (Rule("literal", "custom", (b"project falcon",), rb"Project Falcon"), False),
        (Rule("literal", "custom", (b'1, "a": 2',), rb'1, "a": 2'), True),
        (Rule("literal", "custom", (b"1},",), rb"1},"), True),
        (Rule("ticket", "custom", (), rb"ACME-[0-9]+"), True),
    ],
)
def test_rules_that_may_match_across_strings(rule: Rule, *, expected: bool) -> None:
    assert Detector((EMAIL, rule)).may_cross_strings is expected


SHARED = rb"\b[a-z]{2}_[0-9]{4}"
ALIKE = [
    Rule(f"r{at}", "tokens", (), rb"\b(%c%c_[0-9]{6,40})" % (97 + at, 97 + at), trigger=SHARED)
    for at in range(12)
]
"""Rules with the same trigger, of which a pattern for all of them is made."""
GENERAL = Rule("any", "tokens", (), rb"\b[a-z]{2}_[0-9]{4,}", trigger=SHARED, is_general=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"aa_123456 zz_123456 ll_123456", {(b"aa_123456", "r0"), (b"ll_123456", "r11")}),
        (b"zz_123456 " * 300 + b"bb_123456", {(b"bb_123456", "r1")}),
        (b"ba_123456", set()),
        (b"cc_" + b"1" * 40, {(b"cc_" + b"1" * 40, "r2")}),
    ],
)
def test_rules_with_the_same_trigger_are_found(
    text: bytes, expected: set[tuple[bytes, str]]
) -> None:
    assert find_secrets(text, *ALIKE) == expected
    found = find_secrets(text, *ALIKE, GENERAL)
    assert {each for each in found if each[1] != "any"} == expected
    assert (b"zz_123456", "any") in found or b"zz" not in text


REFUTED = Rule("r", "tokens", (b"ab",), rb"ab[0-9]", context=lambda data, start, end: False)


@pytest.mark.parametrize(
    ("reason", "text", "rule", "expected"),
    [
        ("it is there", b"x ab1", Rule("r", "tokens", (b"ab",), rb"ab[0-9]"), True),
        ("it is not", b"x ab", Rule("r", "tokens", (b"ab",), rb"ab[0-9]"), False),
        ("what is around it might refute it", b"x ab1", REFUTED, True),
        (
            "its own check refutes it",
            b"x ab1",
            Rule("r", "tokens", (b"ab",), rb"ab[0-9]", check=lambda value: False),
            False,
        ),
    ],
)
def test_what_may_be_found(reason: str, text: bytes, rule: Rule, *, expected: bool) -> None:
    assert Detector([rule]).may_find(text) is expected
    assert expected or not Detector([rule]).find(text)


def test_a_search_that_finds_too_much_is_given_up() -> None:
    detector = Detector(RULES).limit(3)
    assert len(detector.find(b"note=1 " * 3)) == 3
    with pytest.raises(TooManyFoundError, match="more than 3 secrets"):
        detector.find(b"note=1 " * 4)
