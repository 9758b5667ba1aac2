"""A proposed line helps, it is as narrow as can be, and no line is proposed that does not help."""

from __future__ import annotations

import json
import tomllib
from datetime import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.config import MatchSettings
from runreel.core.explain.miss import Miss, explain_miss
from runreel.core.match.matching import Matching, learn_answers
from runreel.core.match.rules import MatchRules
from runreel.dialects import find_dialect
from runreel.model import Request
from support.build import make_head, make_request
from support.requests import FORM, NO_TYPE, make_body_request

TMP = "/tmp/"  # noqa: S108 - no file is created there


def explain(recorded: Request, sent: Request, rules: MatchRules | None = None) -> Miss:
    matching = Matching(find_dialect, rules or MatchRules())
    return explain_miss(sent, [make_head(request=recorded)], matching)


def read_rules(lines: list[str]) -> MatchRules:
    """Return the rules of a configuration file with these lines."""
    table = tomllib.loads("\n".join(lines))
    return MatchRules.from_settings(msgspec.convert(table, MatchSettings))


def match_by(lines: list[str], one: Request, other: Request) -> bool:
    matching = Matching(find_dialect, read_rules(lines))
    return matching.fingerprint(one) == matching.fingerprint(other)


def make_prompt(text: str) -> Request:
    messages = [{"role": "system", "content": text}, {"role": "user", "content": "Hi"}]
    return make_body_request(json.dumps({"model": "m", "messages": messages}).encode())


DAY, NEXT_DAY = "Today is Mon Nov 30 2026. Be kind.", "Today is Tue Dec 1 2026. Be kind."
PROMPTS = [
    ("a date", DAY, NEXT_DAY, ['volatile = ["date"]']),
    (
        "a date and a time",
        "Now: 2026-11-30T08:00:00Z.",
        "Now: 2026-12-01T09:30:00Z.",
        ['volatile = ["date", "time"]'],
    ),
    (
        "a weekday alone",
        "It is Monday, 08:00.",
        "It is Tuesday, 09:00.",
        ['volatile = ["time", "weekday"]'],
    ),
    (
        "several kinds",
        f"Run 550e8400-e29b-41d4-a716-446655440000 of {TMP}tmpab12cd/x at localhost:4001",
        f"Run 6ba7b810-9dad-11d1-80b4-00c04fd430c8 of {TMP}tmpef34gh/x at localhost:4002",
        ['volatile = ["uuid", "temp_path", "port"]'],
    ),
    ("an epoch", "at 1796025600123", "at 1796025700123", ['volatile = ["epoch"]']),
    ("a duration", "It took 3.2s.", "It took 3.45s.", ['volatile = ["duration"]']),
    ("a pod", "on web-7d4b8c9f6d-x2kzq", "on web-7d4b8c9f6d-b4wlz", ['volatile = ["host"]']),
    (
        "a name with a number",
        "Handle order-4711 now.",
        "Handle order-4712 now.",
        ['patterns = ["order-[0-9]+"]'],
    ),
    (
        "a code after a word",
        "The ticket 8f3kz2 is open.",
        "The ticket 9a1xy7 is open.",
        ['patterns = ["ticket [0-9a-z]+"]'],
    ),
    (
        "a date and a name with a number",
        "On 2026-11-30, handle order-4711.",
        "On 2026-12-01, handle order-4712.",
        ['volatile = ["date"]', 'patterns = ["order-[0-9]+"]'],
    ),
    ("an edited word", "Be kind.", "Be terse.", []),
    ("an edited number", "Answer in 3 sentences.", "Answer in 5 sentences.", []),
    ("a date and an edited word", DAY, NEXT_DAY.replace("kind", "terse"), []),
    ("a date that is gone", DAY, "Be kind.", []),
]


@pytest.mark.parametrize(
    ("reason", "one", "other", "lines"), PROMPTS, ids=[row[0] for row in PROMPTS]
)
def test_the_lines_for_a_prompt(reason: str, one: str, other: str, lines: list[str]) -> None:
    recorded, sent = make_prompt(one), make_prompt(other)
    miss = explain(recorded, sent)
    assert miss.proved.proposal.format_lines(miss.rules) == lines
    if lines:
        assert f"set under [runreel.match]: {' and '.join(lines)}" in miss.format_message("c", "")
        assert match_by(lines, recorded, sent)
        assert not match_by(lines, recorded, make_prompt(other + " Be terse."))
    else:
        assert "[runreel.match]" not in miss.format_message("c", "")
        assert "The prompt was changed." in miss.format_message("c", "")


UUIDS = "550e8400-e29b-41d4-a716-446655440000", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
PLACES = [
    ("a path", [make_request(target=f"/a/{each}/b".encode()) for each in UUIDS], ["volatile"]),
    (
        "plain text",
        [make_body_request(f"x {each} y".encode(), NO_TYPE) for each in UUIDS],
        ["volatile"],
    ),
    (
        "the text of a query",
        [make_request(target=f"/a?b=x+{each}".encode()) for each in UUIDS],
        ["volatile"],
    ),
    (
        "a whole value of a query",
        [make_request(target=f"/a?b={each}".encode()) for each in UUIDS],
        ["ignore"],
    ),
    ("a field", [make_body_request(f"a={each}".encode(), FORM) for each in UUIDS], ["ignore"]),
    (
        "a member and a prompt",
        [
            make_body_request(json.dumps({"id": each, "prompt": f"for {each}"}).encode())
            for each in UUIDS
        ],
        ["ignore", "volatile"],
    ),
    ("a whole prompt", [make_prompt(each) for each in UUIDS], ["volatile"]),
]


@pytest.mark.parametrize(("place", "requests", "names"), PLACES, ids=[row[0] for row in PLACES])
def test_the_lines_for_other_places(place: str, requests: list[Request], names: list[str]) -> None:
    miss = explain(requests[0], requests[1])
    lines = miss.proved.proposal.format_lines(miss.rules)
    assert [line.partition(" = ")[0] for line in lines] == names
    assert match_by(lines, *requests)
    assert " and ".join(lines) in miss.format_message("c", "")


HEADERS = [
    ("a condition", b"If-Modified-Since", ['ignore = ["headers.if-modified-since"]']),
    ("one that the answers vary by", b"X-Day", ['ignore = ["headers.x-day"]']),
    ("one that the settings name", b"X-At", ['ignore = ["headers.x-at"]']),
]


@pytest.mark.parametrize(("why", "name", "lines"), HEADERS, ids=[row[0] for row in HEADERS])
def test_the_lines_for_a_header(why: str, name: bytes, lines: list[str]) -> None:
    matching = Matching(find_dialect, MatchRules.parse(headers=["x-at"]))
    days = b"Mon, 30 Nov 2026 08:00:00 GMT", b"Tue, 01 Dec 2026 08:00:00 GMT"
    recorded, sent = (make_request("GET", b"/a", ((name, day),), b"") for day in days)
    head = make_head(request=recorded)
    learn_answers(matching, [head], lambda number: ((b"Vary", b"X-Day"),))
    miss = explain_miss(sent, [head], matching)
    assert miss.proved.proposal.format_lines(miss.rules) == lines
    rules = miss.proved.proposal.extend(miss.rules)
    extended = Matching(find_dialect, rules)
    learn_answers(extended, [head], lambda number: ((b"Vary", b"X-Day"),))
    assert extended.fingerprint(recorded) == extended.fingerprint(sent)


def test_the_line_for_a_text_in_a_header() -> None:
    recorded, sent = (
        make_request("GET", b"/a", ((b"Last-Event-ID", b"of %b, 3" % each.encode()),), b"")
        for each in UUIDS
    )
    miss = explain(recorded, sent)
    assert miss.proved.proposal.format_lines(miss.rules) == ['volatile = ["uuid"]']
    assert match_by(['volatile = ["uuid"]'], recorded, sent)


def test_the_lines_contain_what_is_set_already() -> None:
    rules = MatchRules.parse(["$.user"]).with_masked(["uuid"], ["job-[0-9]+"])
    recorded, sent = make_prompt(DAY), make_prompt(NEXT_DAY)
    miss = explain(recorded, sent, rules)
    assert miss.proved.proposal.format_lines(rules) == ['volatile = ["uuid", "date"]']
    assert miss.to_document("c", "")["proposal"] == {
        "ignore": [],
        "volatile": ["date"],
        "patterns": [],
        "lines": ['volatile = ["uuid", "date"]'],
    }


def test_what_is_passed_over_is_no_difference() -> None:
    rules = MatchRules().with_masked(["date"])
    edited = make_prompt(NEXT_DAY.replace("kind", "terse"))
    miss = explain(make_prompt(DAY), edited, rules)
    assert '"Today is ⟨date⟩. Be [-kind' in miss.format_message("c", "") or (
        'recorded "Today is ⟨date⟩. Be kind."' in miss.format_message("c", "")
    )


def test_a_change_beside_a_volatile_place_is_named_too() -> None:
    recorded = make_body_request(json.dumps({"prompt": DAY, "top_p": 1}).encode())
    sent = make_body_request(json.dumps({"prompt": NEXT_DAY, "top_p": 0}).encode())
    text = explain(recorded, sent).format_message("c", "")
    assert '[runreel.match]: volatile = ["date"] The request was changed.' in text


MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1))
NUMBERS = st.integers(10**6, 10**9)
VALUES = {
    "uuid": st.uuids().map(str),
    "iso": MOMENTS.map(datetime.isoformat),
    "words": MOMENTS.map(lambda moment: f"{moment:%A, %B %d, %Y}"),
    "epoch": MOMENTS.map(lambda moment: str(int(moment.timestamp()))),
    "path": NUMBERS.map(lambda number: f"{TMP}tmp{number}/report.txt"),
    "port": st.integers(1024, 65535).map(lambda port: f"http://127.0.0.1:{port}/cb"),
    "duration": NUMBERS.map(lambda number: f"took {number / 1000}s"),
    "order": NUMBERS.map(lambda number: f"order-{number}"),
}
WORDS = st.lists(st.sampled_from(["be", "kind", "to", "them,", "and\n", "terse."]), max_size=8)


@given(st.data())
def test_every_proposal_is_proved(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from([*VALUES]), min_size=1, max_size=3, unique=True))
    words = data.draw(WORDS)
    pieces = [data.draw(st.tuples(VALUES[name], VALUES[name])) for name in names]
    recorded, sent = (
        make_prompt(" ".join([*words, *(f"on {pair[side]} and" for pair in pieces), "end"]))
        for side in (0, 1)
    )
    miss = explain(recorded, sent)
    lines = miss.proved.proposal.format_lines(miss.rules)
    if lines:
        assert match_by(lines, recorded, sent)
    elif miss.differences.listed:
        pytest.fail(f"nothing is proposed for {names}")
