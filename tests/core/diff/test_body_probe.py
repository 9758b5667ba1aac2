"""Which ids a quick comparison of two bodies pairs."""

from __future__ import annotations

import json

import pytest

from runreel.core.diff.body_probe import probe_answer_bodies, probe_request_bodies
from runreel.core.diff.ids.tokens import Clocks

LEFT = {"id": "msg_R8sTq2Wv", "text": "one"}
RIGHT = {"id": "msg_K4mLp7Xz", "text": "one", "more": [True, 2]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize("is_answer", [True, False])
def test_ids_are_paired_in_bodies_of_another_structure(is_answer: bool, encoding: str) -> None:
    left, right = (json.dumps(value).encode(encoding) for value in (LEFT, RIGHT))
    if is_answer:
        probe = probe_answer_bodies(left, right, (), Clocks(0), frozenset())
    else:
        probe = probe_request_bodies(left, right, Clocks(0))
    assert not probe.is_alike
    assert (LEFT["id"], RIGHT["id"]) in [pair[:2] for pair in probe.pairs]


def test_a_body_without_members_for_ids_has_none() -> None:
    probe = probe_answer_bodies(b"[1,2]", b'{"x": "msg_R8sTq2Wv"}', (), Clocks(0), frozenset())
    assert (probe.is_alike, [*probe.pairs]) == (False, [])
