from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.texts.text import Text, TextKind
from runreel.core.redact.texts.text_views import iter_json_levels, iter_views

LEVELS = [
    ("plain, and no escape", b"abc", TextKind.PLAIN, [0]),
    ("a document is one level", b'{"a": "\\n"}', TextKind.JSON, [0, 1]),
    ("the content of a string has no level 0", b'{\\"a\\": 1}', TextKind.JSON_STRING, [1]),
    ("the content of a string, without escapes", b"abc", TextKind.JSON_STRING, []),
    (
        "three levels",
        json.dumps(json.dumps(json.dumps('"'))).encode(),
        TextKind.PLAIN,
        [0, 1, 2, 3],
    ),
    ("five levels and no more", b"\\" * 256, TextKind.PLAIN, [0, 1, 2, 3, 4, 5]),
]


@pytest.mark.parametrize(("reason", "data", "kind", "levels"), LEVELS, ids=[c[0] for c in LEVELS])
def test_levels_of_json_strings(
    reason: str, data: bytes, kind: TextKind, levels: list[int]
) -> None:
    assert [level for level, _ in iter_json_levels(Text(data, kind))] == levels


SECRET = "say friend & enter: melon~4711"
BASE64 = base64.b64encode(SECRET.encode()).decode()
ENCODED = [
    ("as it is", SECRET, TextKind.PLAIN),
    ("in JSON", json.dumps({"a": SECRET}).replace("/", "\\/"), TextKind.JSON),
    ("all as \\u", "".join(f"\\u{ord(c):04x}" for c in SECRET), TextKind.JSON_STRING),
    ("in JSON in JSON, with a line end", json.dumps(json.dumps(SECRET + "\n")), TextKind.JSON),
    ("in a URL", "?a=" + "".join(f"%{ord(c):02x}" for c in SECRET), TextKind.PLAIN),
    ("in HTML", SECRET.replace("&", "&amp;"), TextKind.PLAIN),
    ("in a URL in JSON", json.dumps("\t%73" + SECRET[1:]), TextKind.JSON),
    (
        "in HTML in JSON in JSON",
        json.dumps(json.dumps(SECRET.replace("&", "&#38;"))),
        TextKind.PLAIN,
    ),
    ("in base64", BASE64, TextKind.PLAIN),
    ("in base64 in JSON", json.dumps("\n" + BASE64), TextKind.PLAIN),
    ("in hex in a quoted string", '\\"' + SECRET.encode().hex(), TextKind.JSON_STRING),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "raw", "kind"), ENCODED, ids=[c[0] for c in ENCODED])
def test_a_secret_is_in_a_view_of_its_text(reason: str, raw: str, kind: TextKind) -> None:
    data = raw.encode()
    views = [view for view in iter_views(Text(data, kind)) if SECRET.encode() in view.data]
    assert views
    for view in views:
        at = view.data.index(SECRET.encode())
        start, end = view.to_raw_start(at), view.to_raw_end(at + len(SECRET))
        assert 0 <= start < end <= len(data)
        again = Text(data[start:end], TextKind.JSON_STRING if kind is TextKind.JSON else kind)
        assert any(SECRET.encode() in view.data for view in iter_views(again))


def test_no_more_than_five_levels_are_decoded() -> None:
    assert len([*iter_views(Text(b"\\" * 256, TextKind.PLAIN))]) == 5


@given(
    st.binary(max_size=30) | st.text('\\"u0&#;%4aB', max_size=30).map(str.encode),
    st.sampled_from(TextKind),
)
def test_any_bytes_are_accepted(data: bytes, kind: TextKind) -> None:
    text = Text(data, kind)
    for view in (*iter_views(text), *(view for _, view in iter_json_levels(text))):
        ends = [(view.to_raw_start(at), view.to_raw_end(at + 1)) for at in range(len(view.data))]
        assert all(0 <= start < end <= len(data) for start, end in ends)
