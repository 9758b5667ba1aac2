from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.encoding import START, UNKNOWN, detect_encoding, encode

VALUE = 'a/b "\u00e9"\n<😀>~'
DATA = VALUE.encode()
QUOTED = json.dumps(VALUE, ensure_ascii=False)[1:-1]
ASCII = json.dumps(VALUE)[1:-1]

ENCODED = [
    ("plain", DATA, "plain"),
    ("in JSON", QUOTED.encode(), "plain json"),
    ("in JSON, ASCII only", ASCII.encode(), "plain json-ascii"),
    ("in JSON by PHP", ASCII.replace("/", "\\/").encode(), "plain json-ascii-slash"),
    ("in JSON with slashes escaped", QUOTED.replace("/", "\\/").encode(), "plain json-slash"),
    ("in JSON in JSON", json.dumps(QUOTED, ensure_ascii=False)[1:-1].encode(), "plain json json"),
    (
        "in JSON in JSON in JSON",
        json.dumps(json.dumps(ASCII)[1:-1])[1:-1].encode(),
        "plain json-ascii json json",
    ),
    ("in a query", quote(VALUE, safe="").encode(), "url"),
    ("in a path", quote(VALUE, safe="/:@!$&'()*+,;=").encode(), "url-path"),
    ("in a query, lower case", quote(VALUE, safe="").lower().encode(), "url-lower"),
    ("in a form", quote_plus(VALUE).encode(), "form"),
    ("in hex", DATA.hex().encode(), "hex"),
    ("in upper-case hex", DATA.hex().upper().encode(), "hex-upper"),
    ("in base64", base64.b64encode(DATA), "base64"),
    ("in base64 without padding", base64.b64encode(DATA).rstrip(b"="), "base64-bare"),
    ("in HTML", b"a/b &quot;\xc3\xa9&quot;\n&lt;\xf0\x9f\x98\x80&gt;~", "html"),
    ("in HTML in JSON", b"a/b &quot;\xc3\xa9&quot;\\n&lt;\xf0\x9f\x98\x80&gt;~", "html json"),
    (
        "each character in its own way",
        rb"\u0061\/b \"\u00E9\"\n\u003c\ud83d\ude00>~",
        "mixed usppsUssuuupp",
    ),
    (
        "each in its own way in JSON in JSON",
        json.dumps(json.dumps(r"\u0061\/b \"\u00E9\"\n\u003c\ud83d\ude00>~")[1:-1])[1:-1].encode(),
        "mixed usppsUssuuupp json json",
    ),
]


@pytest.mark.parametrize(("reason", "raw", "encoding"), ENCODED, ids=[c[0] for c in ENCODED])
def test_the_encoding_of_a_value_is_detected(reason: str, raw: bytes, encoding: str) -> None:
    assert detect_encoding(DATA, raw) == encoding
    assert encode(DATA, encoding) == raw


OTHERS = [
    ("hex in upper case", "a\u00e9😀", rb"a\u00E9\uD83D\uDE00", "plain json-ascii-upper"),
    ("base64 for URLs", "a?>?", base64.urlsafe_b64encode(b"a?>?"), "base64url"),
    ("without padding", "a?>?", base64.urlsafe_b64encode(b"a?>?").rstrip(b"="), "base64url-bare"),
    ("in JSON with a line end as \\u", "a\nb", rb"a\u000Ab", "mixed pUp"),
]


@pytest.mark.parametrize(("reason", "value", "raw", "encoding"), OTHERS, ids=[c[0] for c in OTHERS])
def test_the_encoding_of_other_values_is_detected(
    reason: str, value: str, raw: bytes, encoding: str
) -> None:
    assert detect_encoding(value.encode(), raw) == encoding
    assert encode(value.encode(), encoding) == raw


IN_JSON = [
    ("a value without escapes", b"abc", b"abc", "plain json"),
    ("one with them", b'a"c', b'a\\"c', "plain json"),
    ("in JSON in JSON", b'a"c', b'a\\\\\\"c', "plain json json"),
    ("in hex", b"abc", b"616263", "hex json"),
    ("needlessly escaped", b"abc", rb"\u0061bc", "mixed upp"),
    ("not valid in JSON", b'a"c', b'a"c', ""),
]


@pytest.mark.parametrize(
    ("reason", "value", "raw", "encoding"), IN_JSON, ids=[c[0] for c in IN_JSON]
)
def test_in_a_json_string_the_encoding_has_a_level_of_json(
    reason: str, value: bytes, raw: bytes, encoding: str
) -> None:
    assert detect_encoding(value, raw, in_json=True) == encoding
    assert encode(value, encoding) == (raw if encoding else None)


NOT_KNOWN = [
    ("another value", b"abc", b"abd"),
    ("fewer characters", b"abc", b"ab"),
    ("more of them", b"abc", b"abcd"),
    ("nothing", b"abc", b""),
    ("hex digits of mixed case", "\u00ea\u00e9".encode(), rb"\u00eA\u00e9"),
    ("half in base64", b"abcdefgh", base64.b64encode(b"xabcdefgh")[2:]),
]


@pytest.mark.parametrize(("reason", "value", "raw"), NOT_KNOWN, ids=[c[0] for c in NOT_KNOWN])
def test_bytes_that_no_steps_lead_to_have_no_known_encoding(
    reason: str, value: bytes, raw: bytes
) -> None:
    assert detect_encoding(value, raw) == UNKNOWN


STARTS = [
    ("the first bytes", b"abcdefghij", b"abcdefgh", False, "start plain"),
    ("all but the last one", b"abcdefghij", b"abcdefghi", False, "start plain"),
    ("in a JSON string", b'ab"cdefghij', b'ab\\"cdefg', True, "start plain json"),
    ("that end within an escape", b'abcdefg"hij', b"abcdefg\\", True, "start plain json"),
    ("of a value that needs no escapes", b"abcdefghij", b"abcdefgh", True, "start plain json"),
    ("all of them", b"abcdefghij", b"abcdefghij", False, "plain"),
    ("fewer than a beginning has", b"abcdefghij", b"abcdefg", False, UNKNOWN),
    ("other bytes", b"abcdefghij", b"abcdefgx", False, UNKNOWN),
    ("the last bytes", b"abcdefghij", b"cdefghij", False, UNKNOWN),
    ("more bytes than the value has", b"abcdefghij", b"abcdefghijk", False, UNKNOWN),
    (
        "in hex, which no snapshot shows",
        b"abcdefghij",
        b"abcdefghij".hex()[:16].encode(),
        False,
        UNKNOWN,
    ),
]


@pytest.mark.parametrize(
    ("reason", "value", "raw", "in_json", "encoding"), STARTS, ids=[c[0] for c in STARTS]
)
def test_the_beginning_of_a_value_is_detected(
    reason: str, value: bytes, raw: bytes, in_json: bool, encoding: str
) -> None:
    assert detect_encoding(value, raw, in_json=in_json) == encoding
    encoded = encode(value, encoding.removeprefix(START))
    assert encoded is None if encoding == UNKNOWN else (encoded or b"").startswith(raw)


def test_a_value_cannot_be_encoded_as_a_beginning_since_its_length_is_not_known() -> None:
    assert encode(b"abcdefghij", f"{START}plain") is None


HOSTILE = [
    ("unknown", UNKNOWN),
    ("an unknown name", "rot13"),
    ("a level first", "json"),
    ("an encoding after a level", "plain json hex"),
    ("two encodings", "hex hex"),
    ("one level too many", "plain json json json json"),
    ("so many levels that the result would fill the memory", "plain" + " json" * 60),
    ("an empty step", "plain "),
    ("no styles", "mixed"),
    ("valid styles and an unknown level", "mixed sps rot13"),
    ("one level too many after styles", "mixed sps json json json json"),
    ("too few styles", "mixed p"),
    ("too many styles", "mixed ppppp"),
]


@pytest.mark.parametrize(("reason", "encoding"), HOSTILE, ids=[c[0] for c in HOSTILE])
def test_an_invalid_encoding_encodes_nothing(reason: str, encoding: str) -> None:
    assert encode(b'"\\"', encoding) is None


VALUES = st.text('ab/"\\\n\u00e9😀\x01<&', max_size=6).map(str.encode) | st.binary(max_size=6)
ESCAPED = st.sampled_from(["plain", "html", "url", "url-path", "url-lower", "form"])
DIGITS = st.sampled_from(["hex", "hex-upper", "base64", "base64url"])
BARE = st.sampled_from(["base64-bare", "base64url-bare"])
LEVELS = st.sampled_from(
    ["json", "json-ascii", "json-ascii-upper", "json-slash", "json-ascii-slash"]
)


@given(VALUES, ESCAPED | DIGITS | BARE, st.lists(LEVELS, max_size=3))
def test_every_encoding_is_detected(value: bytes, encoding: str, levels: list[str]) -> None:
    raw = encode(value, " ".join([encoding, *levels]))
    assert raw is not None
    assert encode(value, detect_encoding(value, raw)) == raw


@given(VALUES, VALUES)
def test_any_two_values_are_accepted(value: bytes, raw: bytes) -> None:
    encoding = detect_encoding(value, raw)
    assert encoding == UNKNOWN or encode(value, encoding) == raw


@given(st.text('ab"\\\n', min_size=9).map(str.encode), st.booleans(), st.data())
def test_every_beginning_of_eight_bytes_is_detected(
    value: bytes, in_json: bool, data: st.DataObject
) -> None:
    usual = "plain json" if in_json else "plain"
    encoded = encode(value, usual) or b""
    raw = encoded[: data.draw(st.integers(8, len(encoded) - 1))]
    encoding = detect_encoding(value, raw, in_json=in_json)
    assert (encode(value, encoding.removeprefix(START)) or b"").startswith(raw)


@given(VALUES, st.text("psuUx ", max_size=9))
def test_any_styles_are_accepted(value: bytes, styles: str) -> None:
    characters = len(value.decode("utf-8", "surrogateescape"))
    raw = encode(value, f"mixed {styles}")
    assert raw is None or characters <= len(styles) <= 2 * characters or " " in styles


@given(st.text('ab"\\/\n\u00e9😀', max_size=6), st.data())
def test_any_mixture_of_escapes_is_detected(value: str, data: st.DataObject) -> None:
    styles = data.draw(st.text("psuU", min_size=9, max_size=9))
    raw = "".join(map(_escaped, value, styles)).encode()
    assert encode(value.encode(), detect_encoding(value.encode(), raw)) == raw


def _escaped(character: str, style: str) -> str:
    units = [character.encode("utf-16-be").hex()[at : at + 4] for at in range(0, 8, 4)]
    digits = "".join(f"\\u{unit if style == 'u' else unit.upper()}" for unit in units if unit)
    shortest = json.dumps(character, ensure_ascii=False)[1:-1]
    return digits if style in "uU" else shortest
