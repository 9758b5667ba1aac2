"""Keys of calls: what a quick search leaves out is what the exact one does not find."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runreel.core.diff.align.call_key import _GENERATED, _MAY_BE_GENERATED, build_call_key
from support.build import make_request

PARTS = st.sampled_from(
    [
        *("a", "Z", "0", "19", "-", "_", " ", "T10:20", ":", "é", "REDACTED-", "-1"),
        *("REDACTED-email-1", "@redacted.invalid", "2026-11-30", "0123456789ab", "abcdefghijkl"),
        *("msg_", "123e4567-e89b-12d3-a456-426614174000", "0aB1cD2eF3gH"),
    ]
)


@given(st.lists(PARTS, max_size=10).map("".join))
def test_the_quick_search_finds_part_of_all_that_is_generated(text: str) -> None:
    assert _GENERATED.search(text) is None or _MAY_BE_GENERATED.search(text)


def test_ids_and_moments_do_not_count_wherever_they_are() -> None:
    row = '{"thread_id": "t_%s", "text": "see %s of %s", "created_at": %s, "quote": "a\\"b"}'
    left, right = (
        build_call_key(make_request(body=(row % values).encode()), "runs.create", ())
        for values in (
            ("1", "file-0aB1cD2eF3gH", "2026-11-30", "1700000000"),
            ("2", "file-9zY8xW7vU6tS", "2026-12-01", "1700000009"),
        )
    )
    assert left.digest == right.digest
    assert list(left.ids) == ["t_1", "file-0aB1cD2eF3gH"]
    assert list(right.ids) == ["t_2", "file-9zY8xW7vU6tS"]
    other = make_request(body=(row % ("1", "a file", "2026-11-30", "1700000000")).encode())
    assert build_call_key(other, "runs.create", ()).digest != left.digest
