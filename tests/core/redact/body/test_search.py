from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from runreel.core.redact.body.search import BodySearch, TextFindings
from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.finders.detector import TooManyFoundError
from runreel.core.redact.finders.name_lookup import NameLookup
from runreel.core.redact.streams.body_texts import extract_texts
from runreel.core.redact.texts.leaf import Leaf
from support.streams import CHANNELS, make_event

SSE = ((b"Content-Type", b"text/event-stream"),)
KEY = "ghp_" + "aB3d" * 9
OTHER = "ghp_" + "Zx9w" * 9
RULES = Rules.build()


def build_search(max_found: int = 1000) -> BodySearch:
    names = NameLookup(RULES)
    fields = names.find_member_field, names.find_parameter_field
    return BodySearch(RULES, *fields, max_found=max_found)


def find(*events: bytes, is_truncated: bool = False) -> list[TextFindings]:
    """Return the findings in a stream of these events."""
    search = build_search()
    texts = extract_texts(SSE, b"".join(events), CHANNELS, search.announces_secret)
    return search.find(SSE, texts.texts, texts.readings, is_truncated=is_truncated)


def list_secrets(findings: Sequence[TextFindings]) -> list[bytes]:
    return sorted(
        {
            each.value
            for one in findings
            for secrets in (one.credentials, one.matches)
            for each in secrets
        }
    )


def list_beginnings(findings: Sequence[TextFindings]) -> list[tuple[bytes, bytes]]:
    """Return each beginning with the secret that it is the beginning of."""
    return sorted(
        {
            (one.text.data[each.start : each.end], each.whole.value)
            for one in findings
            for each in one.beginnings
        }
    )


def build_events(*pieces: str, name: str = "text") -> list[bytes]:
    """Return events with an id each, so that only a reading joins them."""
    return [make_event({"id": f"m{at}", name: piece}) for at, piece in enumerate(pieces)]


SECRETS: list[tuple[str, list[bytes], list[str]]] = [
    ("in one event", build_events(f"my {KEY}", " and"), [KEY]),
    ("in a channel", [make_event({"text": each}) for each in (KEY[:20], KEY[20:])], [KEY]),
    ("in a reading", build_events(f"my {KEY[:9]}", KEY[9:20], f"{KEY[20:]} and"), [KEY]),
    (
        "of a name, in a channel of its own",
        [make_event({"text": f"t{at}", "password": f"Hunter22{at}"}) for at in range(2)],
        ["Hunter220", "Hunter221"],
    ),
    ("two in two events stay two", build_events(KEY, OTHER), [KEY, OTHER]),
    ("nothing", build_events("my ", "text"), []),
    ("no events", [], []),
    (
        "a placeholder in a reading",
        build_events("password: REDACTED-", "github-", "token-1 and"),
        [],
    ),
]


@pytest.mark.parametrize(("reason", "events", "secrets"), SECRETS, ids=[c[0] for c in SECRETS])
def test_secrets_are_found_in_texts_and_across_them(
    reason: str, events: list[bytes], secrets: list[str]
) -> None:
    assert list_secrets(find(*events)) == sorted(secret.encode() for secret in secrets)


def test_a_whole_secret_takes_the_place_of_its_part() -> None:
    """In the first event, the key of an older format is whole; the reading shows the newer one."""
    key = "xoxb-" + "1234567890-" * 2 + "aB3dE5fG7hJ9kL2mN4pQ6rS8"
    findings = find(*build_events(f"my {key[:40]}", f"{key[40:]} and"))
    assert list_secrets(findings) == [key.encode()]
    ranges = [
        [*one.text.iter_ranges(match.start, match.end)] for one in findings for match in one.matches
    ]
    assert all(len(each) == 2 for each in ranges)


@pytest.mark.parametrize("cut", [14, 18, 24], ids=["before", "within", "after"])
def test_the_text_of_another_channel_is_not_a_part_of_a_secret_after_its_name(cut: int) -> None:
    text = '{"password": "Hunter2233"}'
    pieces = [(1, text[:cut]), (0, "It is late, Ann"), (1, text[cut:]), (0, " now")]
    events = [make_event({"index": index, "text": piece}) for index, piece in pieces]
    assert list_secrets(find(*events)) == [b"Hunter2233"]


SNAPSHOTS: list[tuple[str, list[str], list[tuple[str, str]]]] = [
    (
        "cut off",
        [f"my {KEY[:15]}", f"my {KEY[:30]}", f"my {KEY} ok"],
        [(KEY[:15], KEY), (KEY[:30], KEY)],
    ),
    ("cut off before it tells anything", [f"my {KEY[:4]}", f"my {KEY} ok"], []),
    ("only whole", [f"my {KEY} ok", f"my {KEY} ok I say"], []),
]


@pytest.mark.parametrize(
    ("reason", "snapshots", "beginnings"), SNAPSHOTS, ids=[c[0] for c in SNAPSHOTS]
)
def test_snapshots_show_beginnings_of_a_secret(
    reason: str, snapshots: list[str], beginnings: list[tuple[str, str]]
) -> None:
    findings = find(*build_events(*snapshots))
    assert list_secrets(findings) == [KEY.encode()]
    assert list_beginnings(findings) == [
        (beginning.encode(), whole.encode()) for beginning, whole in beginnings
    ]


def test_a_key_that_is_the_beginning_of_another_one_is_its_beginning() -> None:
    key = "sk-ant-api03-" + "aB3dE5fG7h" * 9 + "-AA"
    findings = find(*build_events(f"my {key[:60]}", f"my {key} ok"))
    assert list_secrets(findings) == [key.encode()]
    assert list_beginnings(findings) == [(key[:60].encode(), key.encode())]


@pytest.mark.parametrize("is_truncated", [True, False])
def test_half_a_secret_is_found_where_the_body_breaks_off(is_truncated: bool) -> None:
    """JSON that breaks off shows it, even if nobody says that the body is truncated.

    If somebody does, the end of every string may be one of a secret.
    """
    half = KEY[:20]
    whole, last = build_events("my ", f"key {half}")
    truncated = last[: last.index(half.encode()) + len(half)]
    expected = [half.encode()] if is_truncated else []
    assert list_secrets(find(whole, last, is_truncated=is_truncated)) == expected
    assert list_secrets(find(whole, truncated, is_truncated=is_truncated)) == [half.encode()]


def test_half_a_secret_is_found_at_the_end_of_every_channel() -> None:
    half = KEY[:20]
    events = [make_event({"id": each, "text": f"key {half}"}) for each in "mmnn"]
    assert list_secrets(find(*events)) == []
    assert list_secrets(find(*events, is_truncated=True)) == [half.encode()]


def test_a_name_announces_a_leaf_that_is_a_secret() -> None:
    search = build_search()
    for path, is_announced in [(("password",), True), (("text",), False), (("n", 0), False)]:
        assert (
            search.announces_secret(Leaf(path, 0, 4, is_string=True, is_complete=True))
            is is_announced
        )


IN_ONE_OF_MANY: list[tuple[str, dict[str, object], bytes]] = [
    ("in an id", {"id": KEY}, KEY.encode()),
    ("in another string", {"x": f"a {KEY} b"}, KEY.encode()),
    ("in a string with escapes", {"x": f'"{KEY}"\n'}, KEY.encode()),
    ("in JSON in a string", {"x": json.dumps({"password": "Hunter22b"})}, b"Hunter22b"),
    ("told by the name beside it", {"name": "password", "value": "Hunter22b"}, b"Hunter22b"),
    ("in markup", {"x": "<password>Hunter22b</password>"}, b"Hunter22b"),
    ("a number", {"x": 4242424242424242}, b"4242424242424242"),
]


@pytest.mark.parametrize(
    ("reason", "members", "secret"), IN_ONE_OF_MANY, ids=[c[0] for c in IN_ONE_OF_MANY]
)
def test_a_secret_in_one_of_many_like_events_is_found(
    reason: str, members: dict[str, object], secret: bytes
) -> None:
    usual = {"id": "m", "card": 1, "name": "n", "value": "v", "x": 5 if secret.isdigit() else "s"}
    padding = {"padding": "of many words that come again " * 4}
    values = [{**usual, "id": f"m{at}", **padding, "text": f"t{at}"} for at in range(30)]
    values[17] |= members
    events = [*map(make_event, values)]
    texts = extract_texts(SSE, b"".join(events), CHANNELS, lambda leaf: False)
    assert texts.texts[0].condensed is not None
    assert secret in list_secrets(find(*events))


DENSE = [
    ("in one text", [" ".join([KEY] * 4)]),
    ("in several texts together", [KEY, f"a {KEY}", f"b {KEY}", f"c {KEY}"]),
    ("that names announce", [json.dumps([{"password": f"pw{at}.secret"} for at in range(4)])]),
]


@pytest.mark.parametrize(("where", "contents"), DENSE, ids=[c[0] for c in DENSE])
def test_a_body_with_too_many_secrets_is_given_up(where: str, contents: Sequence[str]) -> None:
    search = build_search()
    events = [make_event(f"kind{at}", each) for at, each in enumerate(contents)]
    texts = extract_texts(SSE, b"".join(events), CHANNELS, search.announces_secret)
    count = sum(
        len(one.credentials) + len(one.matches)
        for one in search.find(SSE, texts.texts, (), is_truncated=False)
    )
    assert count >= 4
    assert build_search(count).find(SSE, texts.texts, (), is_truncated=False)
    with pytest.raises(TooManyFoundError):
        build_search(count - 1).find(SSE, texts.texts, (), is_truncated=False)
