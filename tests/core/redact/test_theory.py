"""The example in ``runreel.core.redact`` is what happens."""

from __future__ import annotations

from runreel.core import redact
from runreel.core.dialect import Channels
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.redact.streams.body_texts import extract_texts
from runreel.model import Answer, Frame
from support.build import make_exchange

CHANNELS = Channels(pieces=frozenset({"delta"}))
HEADERS = ((b"content-type", b"text/event-stream"),)


def read_events(*, shown_as: str) -> list[bytes]:
    """Return three events of the docstring, from the one that begins with this text on."""
    lines = [line.strip() for line in (redact.__doc__ or "").splitlines()]
    data = [line for line in lines if line.startswith("data: ")]
    first = next(at for at, line in enumerate(data) if line.startswith(shown_as))
    return [line.encode() + b"\n\n" for line in data[first : first + 3]]


def test_the_example_is_true() -> None:
    events = read_events(shown_as='data: {"delta":"Use sk-proj-')
    expected = read_events(shown_as='data: {"delta":"Use REDACTED-')
    frames = tuple(Frame(at, len(event), True) for at, event in enumerate(events))
    answer = Answer(200, b"OK", HEADERS, b"".join(events), frames)
    clean = Redactor(Rules.build(), Vault()).redact_exchange(make_exchange(answer=answer), CHANNELS)
    assert clean.answer.body == b"".join(expected)
    assert [frame.length for frame in clean.answer.frames] == [len(event) for event in expected]
    (mark,) = clean.answer.marks
    assert mark.pieces == (20, 9, 20, 49, 10, 22, 79, 6, 10)
    texts = extract_texts(HEADERS, answer.body, CHANNELS, lambda _leaf: False).texts
    joined = next(text for text in texts if text.data.startswith(b"Use"))
    assert list(joined.iter_ranges(4, 56)) == [(20, 40), (60, 82), (102, 112)]


def test_with_an_id_in_each_event_a_reading_has_the_same_text() -> None:
    events = read_events(shown_as='data: {"delta":"Use sk-proj-')
    body = b"".join(
        event.replace(b"{", b'{"id":"m%d",' % number) for number, event in enumerate(events)
    )
    texts = extract_texts(HEADERS, body, CHANNELS, lambda _leaf: False)
    assert [text.data for text in texts.texts if text.data] == [body], "no event is split"
    [reading] = texts.readings
    start = reading.data.index(b"sk-proj-")
    assert (start, reading.data.index(b" today")) == (4, 56)
    assert reading.crosses_owners(4, 56)
