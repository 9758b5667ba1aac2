"""Events of a stream for a comparison: those that repeat others mean the same as read alone."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.diff.changes import stream_items
from runreel.core.diff.changes.stream_items import StreamItem, list_items
from runreel.core.diff.ids.folding import Folding
from runreel.core.diff.ids.id_map import IdMap
from runreel.core.diff.ids.tokens import Clocks
from runreel.core.match.canonical_json import CanonicalJson
from runreel.core.trace.build import build_trace
from runreel.core.trace.model import TraceEvent
from runreel.dialects import find_dialect
from support.build import make_answer, make_exchange, make_request

IDS = IdMap({"msg_left": "msg_right", "call_12": "call_98"}, {})
IDS.by_right.update({right: left for left, right in IDS.by_left.items()})
NAMES = frozenset({"text", "content"})
NOISE = frozenset({"pad", "seq"})

TEXTS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(["", "msg_right", "msg_left", 'a "text": "b', "\\", "\n", '"', "pad", "é"]),
)
VALUES = st.one_of(
    TEXTS.map(lambda text: {"text": text}),
    TEXTS.map(lambda text: {"id": "msg_right", "text": text, "pad": text, "seq": len(text)}),
    TEXTS.map(lambda text: {"choices": [{"content": text, "created": 1_700_000_000 + len(text)}]}),
    st.lists(TEXTS, max_size=2).map(lambda texts: {"text": texts, "content": {"text": "x"}}),
    st.tuples(TEXTS, TEXTS).map(lambda pair: {pair[0]: {"text": pair[1]}, "usage": {"n": 1}}),
    st.sampled_from([{"pad": "a", "seq": None, "n": 1.5}, [{"text": "a"}], "text", {}]),
)
DATA = st.one_of(
    VALUES.map(json.dumps),
    VALUES.map(lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))),
    st.sampled_from(
        ['{"text": "a", "text": "b"}', '{"text": "a\\qb"}', '{"text": "a', '{"a\\"text": "b"}']
    ),
)


def build_items(data: Sequence[str], ids: IdMap | None) -> list[StreamItem]:
    body = b"".join(b"data: %b\n\n" % each.encode("utf-8", "surrogatepass") for each in data)
    answer = make_answer(body)
    request = make_request()
    trace = build_trace(make_exchange(request=request, answer=answer), find_dialect(request))
    return list_items(answer, trace, NAMES, Folding(IDS, Clocks(0), NOISE), ids)


def drop_noise(value: CanonicalJson | None) -> object:
    if isinstance(value, list):
        return [drop_noise(each) for each in value]
    if isinstance(value, dict):
        return {name: drop_noise(each) for name, each in value.items() if name not in NOISE}
    return value


@pytest.mark.parametrize("ids", [None, IDS], ids=["left", "right"])
@given(data=st.lists(DATA, max_size=8))
def test_events_that_repeat_others_are_as_if_read_alone(data: list[str], ids: IdMap | None) -> None:
    items = build_items(data, ids)
    alone = [item for each in data for item in build_items([each], ids)]
    assert [item.content for item in items] == [item.content for item in alone]
    assert [item.has_usage for item in items] == [item.has_usage for item in alone]
    values = [drop_noise(item.value) for item in items]
    assert values == [drop_noise(item.value) for item in alone]


def test_events_that_repeat_others_are_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []
    read_item = stream_items._Stripper._read_item

    def count(self: stream_items._Stripper, event: TraceEvent, data: str) -> StreamItem:
        reads.append(data)
        return read_item(self, event, data)

    monkeypatch.setattr(stream_items._Stripper, "_read_item", count)
    data = [
        json.dumps({"id": "msg_right", "delta": {"text": f"{n}"}, "seq": n, "pad": "x" * n})
        for n in range(20)
    ]
    items = build_items(data, IDS)
    assert len(reads) == 1
    assert [item.texts for item in items] == [(str(n),) for n in range(20)]
    assert '"id": "msg_left"' in items[-1].data
