"""Each part of an upload is compared by its places: file name, type, content, other headers."""

from __future__ import annotations

import pytest

from runreel.core.match.matching import Matching
from runreel.core.match.rules import MatchRules
from runreel.dialects import find_dialect
from runreel.model import Request
from support.requests import make_multipart

FILE = b'Content-Disposition: form-data; name="f"; filename="a.txt"\r\nContent-Type: text/plain'
FIELD = b'Content-Disposition: form-data; name="model"\r\n\r\nwhisper-2024-01-02'


def make_upload(head: bytes = FILE, content: bytes = b"x", field: bytes = FIELD) -> Request:
    return make_multipart(b"b", field, head + b"\r\n\r\n" + content)


def compare(recorded: Request, sent: Request, rules: MatchRules) -> list[str]:
    """Return the places where two requests differ, which is none if they are the same call."""
    matching = Matching(find_dialect, rules)
    listed = matching.find_differences(recorded, sent).listed
    assert bool(listed) == (matching.fingerprint(recorded) != matching.fingerprint(sent))
    return [each.path for each in listed]


CHANGES = [
    ("the file name", make_upload(FILE.replace(b"a.txt", b"b.txt")), "filename.f"),
    ("the type", make_upload(FILE.replace(b"plain", b"csv")), "content-type.f"),
    ("no type", make_upload(FILE.partition(b"\r\n")[0]), "content-type.f"),
    ("the content", make_upload(content=b"y"), "content.f"),
    ("another header", make_upload(FILE + b"\r\nX-A: 1"), "part-headers.f"),
    ("a field", make_upload(field=FIELD + b"3"), "form.model"),
]


@pytest.mark.parametrize(("reason", "sent", "place"), CHANGES, ids=[row[0] for row in CHANGES])
def test_a_difference_is_at_its_place_and_can_be_ignored_there(
    reason: str, sent: Request, place: str
) -> None:
    recorded = make_upload()
    assert compare(recorded, sent, MatchRules()) == [place]
    assert compare(recorded, sent, MatchRules.parse([place])) == []
    others = {row[2] for row in CHANGES} - {place}
    assert compare(recorded, sent, MatchRules.parse(others)) == [place]


def test_a_part_is_ignored_as_a_whole_by_its_name() -> None:
    sent = make_upload(FILE.replace(b"a.txt", b"b.csv").replace(b"plain", b"csv"), b"y")
    assert compare(make_upload(), sent, MatchRules()) == [
        "filename.f",
        "content-type.f",
        "content.f",
    ]
    assert compare(make_upload(), sent, MatchRules.parse(["form.f"])) == []


NAMES = [
    ("quoted", b'; filename="a b.txt"', b'; filename="a c.txt"'),
    ("with an escaped quote", b'; filename="a\\".txt"', b'; filename="a\\"b.txt"'),
    ("not quoted", b"; filename=a.txt", b"; filename=b.txt"),
    ("before the name", b'; filename="name=.txt"', b'; filename="name=x.txt"'),
]


@pytest.mark.parametrize(("reason", "one", "other"), NAMES, ids=[row[0] for row in NAMES])
def test_the_name_of_a_file(reason: str, one: bytes, other: bytes) -> None:
    heads = [
        b"Content-Disposition: form-data" + each + b'; name="f"\r\nContent-Type: text/plain'
        if reason.startswith("before")
        else FILE.replace(b'; filename="a.txt"', each)
        for each in (one, other)
    ]
    recorded, sent = map(make_upload, heads)
    assert compare(recorded, sent, MatchRules()) == ["filename.f"]


def test_a_file_that_is_not_text_is_described() -> None:
    recorded, sent = (make_upload(content=b"\x89PNG\0" + bytes([n]) * 900) for n in (1, 2))
    matching = Matching(find_dialect)
    [listed] = matching.find_differences(recorded, sent).listed
    assert listed.recorded.startswith("a file that is not text (905 bytes, SHA-256 ")
    assert listed.recorded != listed.sent
    assert not listed.words
    assert listed.volatile is None


def test_a_date_in_a_file_name_is_passed_over_and_a_model_is_not() -> None:
    rules = MatchRules().with_masked(["date"])
    recorded, sent = (
        make_upload(FILE.replace(b"a.txt", b"a-2026-11-%d.txt" % day)) for day in (29, 30)
    )
    assert compare(recorded, sent, rules) == []
    assert compare(recorded, make_upload(field=FIELD.replace(b"01-02", b"03-04")), rules)


def test_repeated_parts_are_compared_in_their_order() -> None:
    one, other = (FILE + b"\r\n\r\n" + each for each in (b"1", b"2"))
    recorded, sent = make_multipart(b"b", one, other), make_multipart(b"b", other, one)
    assert compare(recorded, sent, MatchRules())
    assert compare(recorded, make_multipart(b"c", one, other), MatchRules()) == []
