"""Each spelling of a kind is passed over as a whole, and nothing around it is."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.search.engine import ENGINE, RE2, STANDARD
from runreel.core.redact.search.user_pattern import compile_user_pattern
from runreel.core.volatile import mask as mask_module
from runreel.core.volatile.kinds import KINDS
from runreel.core.volatile.mask import VolatileMask

TMP = "/tmp/"  # noqa: S108 - no file is created there
DATES = [
    ("ISO 8601, extended", "2026-11-30"),
    ("ISO 8601, basic", "20261130"),
    ("ISO 8601, a week", "2026-W49-1"),
    ("with slashes, year first", "2026/11/30"),
    ("a compact stamp with its time", "20261130T080000Z"),
    ("a stamp of a file name", "2026-11-30_08-00-00"),
    ("toDateString of JavaScript", "Mon Nov 30 2026"),
    ("ctime of C and Python, with its time", "Mon Nov 30 08:00:00 2026"),
    ("the command date, with its time", "Mon Nov 30 08:00:00 CET 2026"),
    ("RFC 2822", "Mon, 30 Nov 2026"),
    ("RFC 850", "Monday, 30-Nov-26"),
    ("a database's", "30-NOV-2026"),
    ("US, numbers", "11/30/2026"),
    ("US, two digits of the year", "11/30/26"),
    ("US, words", "November 30, 2026"),
    ("US, with its weekday", "Monday, November 30, 2026"),
    ("US, an ordinal number", "November 30th, 2026"),
    ("British", "30 November 2026"),
    ("British, of", "the 30th of November 2026"[4:]),
    ("a day without its year", "Monday, November 30"),
    ("a month of a year", "November 2026"),
    ("French, numbers", "30/11/2026"),
    ("German, numbers", "30.11.2026"),
    ("German, two digits of the year", "30.11.26"),
    ("German, words", "Montag, 30. November 2026"),
    ("German, March", "3. März 2027"),
    ("French", "lundi 30 novembre 2026"),
    ("French, August", "1er août 2026"),
    ("Spanish", "lunes, 30 de noviembre de 2026"),
    ("Portuguese", "segunda-feira, 30 de novembro de 2026"),
    ("Italian", "lunedì 30 novembre 2026"),
    ("Dutch", "maandag 30 november 2026"),
    ("Swedish", "måndag 30 november 2026"),
    ("Danish", "mandag den 30. november 2026"),
    ("Finnish", "30. marraskuuta 2026"),
    ("Polish", "30 listopada 2026"),
    ("Czech, its first letter beyond ASCII", "středa 30. září 2026"),
    ("Turkish", "30 Kas\u0131m 2026"),
    ("Russian", "понедельник, 30 ноября 2026"),
    ("Russian, upper case", "Понедельник, 30 ноября 2026"),
    ("Ukrainian", "30 листопада 2026"),
    ("Japanese", "2026年11月30日"),
    ("Japanese, with its weekday", "2026年11月30日(月)"),
    ("Japanese, an era", "令和8年11月30日"),
    ("Chinese, with its weekday", "2026年11月30日星期一"),
    ("Korean", "2026년 11월 30일 월요일"),
]
TIMES = [
    ("hours and minutes", "08:00"),
    ("seconds", "08:00:00"),
    ("microseconds", "08:00:00.123456"),
    ("a zone", "08:00:00Z"),
    ("an offset", "08:00:00+01:00"),
    ("a zone's name", "08:00:00 GMT"),
    ("JavaScript's zone", "08:00:00 GMT+0100 (Central European Standard Time)"),
    ("Java's zone", "08:00:00+01:00[Europe/Berlin]"),
    ("twelve hours", "8:00:00 AM"),
    ("twelve hours, with the narrow space of new browsers", "8:00:00\u202fAM"),
    ("an hour", "8 pm"),
    ("German", "08:00 Uhr"),
    ("French", "8h30"),
    ("Japanese", "午前8時30分"),
    ("Chinese", "下午8:30:00"),
]
OTHERS = [
    ("weekday", "English", "Monday"),
    ("weekday", "French", "lundi"),
    ("weekday", "Japanese", "月曜日"),
    ("uuid", "version 4", "550e8400-e29b-41d4-a716-446655440000"),
    ("uuid", "upper case", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8"),
    ("ulid", "", "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    ("epoch", "seconds", "1796025600"),
    ("epoch", "a fraction", "1796025600.25"),
    ("epoch", "milliseconds", "1796025600123"),
    ("epoch", "nanoseconds", "1796025600123456789"),
    ("temp_path", "mkstemp", f"{TMP}tmpab12cd"),
    ("temp_path", "mktemp", f"{TMP}tmp.Xy12abcdef"),
    ("temp_path", "macOS", "/var/folders/zz/zyxv_ab/T/tmpabc"),
    ("temp_path", "macOS, resolved", "/private/var/folders/zz/zyxv_ab/T/tmpabc"),
    ("temp_path", "Windows", r"C:\Users\me\AppData\Local\Temp\tmpab12"),
    ("temp_path", "Windows, within JSON", r"C:\\Users\\me\\AppData\\Local\\Temp\\tmpab12"),
    ("temp_path", "slashes that JSON has escaped", r"\/tmp\/tmpab12"),
    ("temp_path", "a folder of pytest", f"{TMP}pytest-of-user/pytest-12"),
    ("temp_path", "a worker's folder of pytest", f"{TMP}pytest-of-user/pytest-12/popen-gw1"),
    ("address", "of an object", "0x7f3a2c1b0d90"),
    ("hex_id", "a commit", "1a2b3c4"),
    ("hex_id", "a digest", "deadbeef00112233"),
    ("random_id", "letters of both cases and digits", "V1StGXR8Z5jdHi6B"),
    ("random_id", "short, behind a prefix", "req_8f3kd92lS0aQ"),
]
ROWS = [
    *(("date", reason, text) for reason, text in DATES),
    *(("time", reason, text) for reason, text in TIMES),
    *OTHERS,
]
WITH_CONTEXT = [
    ("port", "http://localhost:40123/cb", "http://localhost:⟨port⟩/cb"),
    ("port", "ws://[::1]:40123", "ws://[::1]:⟨port⟩"),
    ("port", "127.0.0.1:8080", "127.0.0.1:⟨port⟩"),
    ("host", "web-7d4b8c9f6d-x2kzq", "web-⟨host⟩"),
    ("host", "container id: 4f2a9c01d3e5", "container id: ⟨host⟩"),
    ("host", "hostname: build-a1b2c3", "hostname: build-⟨host⟩"),
    ("host", "pod api-web-9z8y7x, ready", "pod api-web-⟨host⟩, ready"),
    ("host", "runner-sX9_ab12-project-42-concurrent-0", "runner-⟨host⟩-project-42-concurrent-0"),
    ("duration", "for PT3.2S in all", "for ⟨duration⟩ in all"),
    ("weekday", "Сегодня понедельник.", "Сегодня ⟨weekday⟩."),
    ("weekday", "Dziś środa", "Dziś ⟨weekday⟩"),
    ("duration", "It took 3.2s.", "It took ⟨duration⟩."),
    ("duration", "done in 145 ms", "done in ⟨duration⟩"),
    ("duration", '{"duration_ms": 145}', '{"duration_ms": ⟨duration⟩}'),
    ("pid", "pid 4711", "pid ⟨pid⟩"),
    ("temp_path", f"{TMP}tmpab12cd/report.pdf", "⟨temp_path⟩/report.pdf"),
    ("temp_path", f"{TMP}tmpab12cd.pdf", "⟨temp_path⟩.pdf"),
    ("temp_path", f"{TMP}pytest-of-me/pytest-1/test_x0/a", "⟨temp_path⟩/test_x0/a"),
]
NOT_VOLATILE = [
    ("date", "a version", "1.2.3"),
    ("date", "an address", "10.11.20.26"),
    ("date", "a month that is a verb", "You may 3 times march 5"),
    ("date", "a long number", "202611301"),
    ("date", "a day that no month has", "2026-11-39"),
    ("time", "a ratio", "16:9"),
    ("time", "a minute that no hour has", "08:61"),
    ("epoch", "a number of another century", "9996025600"),
    ("epoch", "a part of a longer number", "17960256001"),
    ("uuid", "too short", "550e8400-e29b-41d4-a716-44665544000"),
    ("temp_path", "a folder of a user", "/home/me/tmp/report.pdf"),
    ("temp_path", "another folder", "/var/log/x"),
    ("hex_id", "a word", "defaced"),
    ("hex_id", "a number", "1234567"),
    ("random_id", "a long word", "internationalization"),
    ("random_id", "the name of a tool", "call_getMyUser2"),
    ("host", "a word", "host: build-server"),
    ("duration", "capital letters", "PTSD and PT"),
    ("port", "another host", "example.com:8080"),
    ("weekday", "a part of a word", "Mondays are fine"),
    ("duration", "a number of things", "in 3 steps"),
]
SURROUNDINGS = [
    ("alone", "{}"),
    ("in a sentence", "Today is {}."),
    ("in brackets", "({})"),
    ("in quotes", '"{}"'),
    ("in a file's name", "report_{}_final"),
    ("after an escaped line feed, as JSON in a string has it", r"a\n{}\nb"),
    ("twice", "{} {}"),
    ("beside letters of another script", "日付 {} です"),
]


JOINED_BY_UNDERSCORES = ("temp_path", "random_id")


def mask(text: str, *kinds: str) -> str:
    return VolatileMask(kinds).apply_to_text(text)


@pytest.mark.parametrize(("kind", "reason", "text"), ROWS, ids=str)
def test_a_spelling_is_passed_over_wherever_it_is(kind: str, reason: str, text: str) -> None:
    for place, surrounding in SURROUNDINGS:
        if kind in JOINED_BY_UNDERSCORES and "_" in surrounding:
            continue
        expected = surrounding.replace("{}", f"⟨{kind}⟩")
        assert mask(surrounding.replace("{}", text), kind) == expected, place


@pytest.mark.parametrize(("kind", "text", "expected"), WITH_CONTEXT, ids=str)
def test_the_rest_counts(kind: str, text: str, expected: str) -> None:
    assert mask(text, kind) == expected


@pytest.mark.parametrize(("kind", "reason", "text"), NOT_VOLATILE, ids=str)
def test_what_only_looks_alike_counts(kind: str, reason: str, text: str) -> None:
    assert mask(text, kind) == text


def test_several_kinds_in_one_text() -> None:
    text = "At 2026-11-30T08:00:00Z, run 550e8400-e29b-41d4-a716-446655440000 wrote /tmp/tmpa1/x."
    kinds = "uuid", "date", "time", "temp_path"
    assert mask(text, *kinds) == "At ⟨date⟩T⟨time⟩, run ⟨uuid⟩ wrote ⟨temp_path⟩/x."


MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31))
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(MOMENTS, MOMENTS, ZONES)
def test_any_two_moments_are_equal_in_every_spelling(
    one: datetime, other: datetime, zone: timezone
) -> None:
    spellings: list[Callable[[datetime], str]] = [
        lambda moment: moment.isoformat(),
        lambda moment: str(moment.replace(tzinfo=UTC)),
        lambda moment: moment.replace(microsecond=0, tzinfo=zone).isoformat(),
        lambda moment: format_datetime(moment.replace(tzinfo=zone)),
        lambda moment: format_datetime(moment.replace(tzinfo=UTC), usegmt=True),
        lambda moment: moment.ctime(),
        lambda moment: f"{moment:%a %b %d %Y}",
        lambda moment: f"{moment:%m/%d/%Y, %I:%M:%S %p}",
        lambda moment: f"{moment:%d.%m.%Y, %H:%M:%S}",
        lambda moment: f"{moment:%A, %B %d, %Y}",
        lambda moment: f"{moment:%A, %d %B %Y %H:%M}",
    ]
    masks = VolatileMask(["date", "time"])
    for spell in spellings:
        masked = {masks.apply_to_text(f"Now: {spell(moment)}!") for moment in (one, other)}
        assert len(masked) == 1, masked
        assert not any(character.isdigit() for character in masked.pop())


@given(st.text(), st.text(), st.uuids(), st.uuids())
def test_texts_are_equal_only_if_the_rest_is(
    before: str, after: str, one: uuid.UUID, other: uuid.UUID
) -> None:
    masks = VolatileMask(["uuid"])
    texts = [f"{before} {each} {after}" for each in (one, other)]
    assert masks.apply_to_text(texts[0]) == masks.apply_to_text(texts[1])
    assert masks.apply_to_text(f"{texts[0]}!") != masks.apply_to_text(texts[1])


@given(st.text(alphabet=st.characters(categories=["L", "Zs", "P"])))
def test_texts_without_digits_and_weekdays_never_change(text: str) -> None:
    assert mask(text, *(kind for kind in KINDS if kind != "weekday")) == text


@pytest.mark.skipif(RE2 is None, reason="there is one engine only")
@pytest.mark.parametrize(("kind", "reason", "text"), [*ROWS, *NOT_VOLATILE], ids=str)
def test_both_engines_find_the_same(
    kind: str, reason: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ENGINE is RE2
    with_re2 = mask(f"a {text}, b", kind)
    monkeypatch.setattr(mask_module, "ENGINE", STANDARD)
    mask_module._compile_kind.cache_clear()
    try:
        assert mask(f"a {text}, b", kind) == with_re2
    finally:
        mask_module._compile_kind.cache_clear()


def test_a_placeholder_counts() -> None:
    text = "REDACTED-api-key-1 REDACTED-x1B2c3D4e5F6g7H8-12"
    assert mask(text, *KINDS) == text


def test_a_pattern_is_passed_over_as_a_whole_and_before_the_kinds() -> None:
    masks = VolatileMask(["date"], [compile_user_pattern("(job|run)-[0-9]{4}-[0-9-]+")])
    assert masks.apply_to_text("job-2026-11-30 of 2026-11-30") == "⟨pattern⟩ of ⟨date⟩"


@pytest.mark.skipif(RE2 is None, reason="patterns need RE2")
@pytest.mark.parametrize("pattern", [r"\b[a-z]*", r"\b|x"])
def test_a_pattern_may_match_nothing_somewhere(pattern: str) -> None:
    masks = VolatileMask([], [compile_user_pattern(pattern)])
    for text in ("", "é bc 1 de", "x_y_12"):
        assert masks.apply_to_text(masks.apply_to_text(text)) != "?"


@pytest.mark.skipif(RE2 is None, reason="patterns need RE2")
def test_a_pattern_matches_characters() -> None:
    masks = VolatileMask([], [compile_user_pattern("über-[0-9]+|日.")])
    assert masks.apply_to_text("ä über-12 日本 é") == "ä ⟨pattern⟩ ⟨pattern⟩ é"


def test_parts_that_share_their_context_are_all_found() -> None:
    for between in ("_", r"\n", "/", " ", ",", "_x_"):
        text = between.join(["2026-11-30"] * 5)
        assert mask(text, "date") == between.join(["⟨date⟩"] * 5), between


def test_half_of_a_surrogate_pair_is_kept() -> None:
    assert mask("\ud800 2026-11-30", "date") == "\ud800 ⟨date⟩"


PATHS = [
    (b"/files/2026-11-30", "/files/⟨date⟩"),
    (b"/files/2026-11-30T08%3A00/a%2Fb", "/files/⟨date⟩T⟨time⟩/a%2Fb"),
    (b"/a%20b", "/a%20b"),
]


@pytest.mark.parametrize(("path", "expected"), PATHS, ids=str)
def test_a_path_keeps_its_percent_encoding(path: bytes, expected: str) -> None:
    assert VolatileMask(["date", "time"]).apply_to_path(path).decode() == expected


NUMBERS = [
    ("1796025600", "⟨epoch⟩"),
    ("1796025600.5", "⟨epoch⟩"),
    ("20261130", "20261130"),
    ("17", "17"),
]


@pytest.mark.parametrize(("digits", "expected"), NUMBERS)
def test_a_number_is_an_epoch_or_counts(digits: str, expected: str) -> None:
    assert VolatileMask(tuple(KINDS)).apply_to_number(digits) == expected


@pytest.mark.parametrize(
    ("one", "other", "kinds"),
    [
        ("on 2026-11-30 at 08:00", "on 2026-12-01 at 08:00", ("date",)),
        ("on 2026-11-30 at 08:00", "on 2026-12-01 at 09:00", ("date", "time")),
        ("on 2026-11-30 at 08:00", "on 2026-12-01 in 09:00", ()),
        ("on 2026-11-30", "on 2026-11-30", ()),
    ],
)
def test_the_kinds_in_which_texts_differ(one: str, other: str, kinds: tuple[str, ...]) -> None:
    assert VolatileMask(tuple(KINDS)).find_differing(one, other) == kinds
