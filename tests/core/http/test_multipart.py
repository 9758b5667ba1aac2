from __future__ import annotations

import pytest

from runreel.core.http.multipart import BodyPart, find_boundary, split_parts

TYPES = [
    ("plain", b"multipart/form-data; boundary=abc", b"abc"),
    ("quoted", b'multipart/form-data; boundary="a b;c"', b"a b;c"),
    ("letter case, other parameters", b"Multipart/Mixed; charset=x; BOUNDARY=abc; y=z", b"abc"),
    ("no boundary", b"multipart/form-data; charset=x", None),
    ("not multipart", b"application/json; boundary=abc", None),
    ("nothing", b"", None),
]


@pytest.mark.parametrize(("reason", "value", "boundary"), TYPES, ids=[c[0] for c in TYPES])
def test_the_boundary_in_a_content_type(reason: str, value: bytes, boundary: bytes | None) -> None:
    assert find_boundary(value) == boundary


BODIES = [
    ("one part", b"--b\r\nA: 1\r\n\r\nx\r\n--b--\r\n", [b"x"], True),
    (
        "two parts, no final line break",
        b"--b\r\nA: 1\r\n\r\nx\r\n--b\r\nA: 1\r\n\r\ny\r\n--b--",
        [b"x", b"y"],
        True,
    ),
    ("an empty part", b"--b\r\nA: 1\r\n\r\n\r\n--b--", [b""], True),
    ("no headers", b"--b\r\n\r\nx\r\n--b--", [b"x"], True),
    ("spaces after a boundary", b"--b \t\r\nA: 1\r\n\r\nx\r\n--b--", [b"x"], True),
    ("a longer line is content", b"--b\r\nA: 1\r\n\r\nx\r\n--bc\r\n--b--", [b"x\r\n--bc"], True),
    ("no parts", b"--b--\r\n", [], True),
    ("truncated in the content", b"--b\r\nA: 1\r\n\r\nx", [b"x"], False),
    ("truncated in the headers", b"--b\r\nA: 1\r\n\r\nx\r\n--b\r\nA: 1\r\n", [b"x"], False),
    ("text before the first boundary", b"hello\r\n--b\r\nA: 1\r\n\r\nx\r\n--b--", [b"x"], False),
    ("text after the closing boundary", b"--b\r\nA: 1\r\n\r\nx\r\n--b--\r\nhello", [b"x"], False),
    ("closed twice", b"--b\r\nA: 1\r\n\r\nx\r\n--b--\r\n--b--", [b"x"], False),
    ("a header without a colon", b"--b\r\nhello\r\n\r\nx\r\n--b--", [], False),
    ("headers without an empty line", b"--b\r\n\r\n--b--", [], False),
    ("another boundary", b"--c\r\nA: 1\r\n\r\nx\r\n--c--", [], False),
    ("nothing", b"", [], False),
]


@pytest.mark.parametrize(
    ("reason", "body", "contents", "is_well_formed"), BODIES, ids=[c[0] for c in BODIES]
)
def test_a_body_is_split_into_parts(
    reason: str, body: bytes, contents: list[bytes], is_well_formed: bool
) -> None:
    multipart = split_parts(body, b"b")
    assert [body[part.start : part.end] for part in multipart.parts] == contents
    assert multipart.is_well_formed is is_well_formed


NAMES = [
    ("quoted", (b"Content-Disposition", b'form-data; name="a b"'), b"a b"),
    ("unquoted", (b"content-disposition", b"form-data; name=a"), b"a"),
    ("a file has a name too", (b"Content-Disposition", b'form-data; filename="x"; name="a"'), b"a"),
    ("only a file name", (b"Content-Disposition", b'form-data; filename="x"'), None),
    ("empty", (b"Content-Disposition", b'form-data; name=""'), b""),
    ("an attachment", (b"Content-Disposition", b'attachment; name="a"'), None),
    ("another header", (b"Content-Type", b'form-data; name="a"'), None),
]


@pytest.mark.parametrize(("reason", "header", "name"), NAMES, ids=[c[0] for c in NAMES])
def test_the_name_of_a_part(reason: str, header: tuple[bytes, bytes], name: bytes | None) -> None:
    assert BodyPart((header,), 0, 0).name == name
