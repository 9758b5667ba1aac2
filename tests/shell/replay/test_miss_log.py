"""The misses of a session that are kept."""

from __future__ import annotations

from runreel.shell.replay.miss_log import (
    MAX_ENDED_REQUEST_BYTES,
    MAX_FIRST_MISSES,
    MAX_LAST_MISSES,
    MAX_REQUEST_BYTES,
    MissLog,
)
from support.build import make_request


def list_with_requests(log: MissLog) -> list[int]:
    return [miss.number for miss in log.list_kept() if miss.request is not None]


def test_the_first_and_the_last_misses_are_kept_with_their_numbers() -> None:
    log = MissLog()
    count = MAX_FIRST_MISSES + 2 * MAX_LAST_MISSES
    numbers = [log.add({"n": each}, at=f"t{each}") for each in range(1, count + 1)]
    assert numbers == list(range(1, count + 1))
    kept = log.list_kept()
    last = range(count - MAX_LAST_MISSES + 1, count + 1)
    assert [each.number for each in kept] == [*range(1, MAX_FIRST_MISSES + 1), *last]
    assert all(each.document == {"n": each.number} for each in kept)
    assert all(each.at == f"t{each.number}" for each in kept)
    assert len(log.first_documents) == MAX_FIRST_MISSES
    assert log.count == count


def test_of_small_requests_the_first_and_the_last_are_kept() -> None:
    log = MissLog()
    count = MAX_LAST_MISSES + 50
    for each in range(count):
        log.add({}, make_request(target=b"/%d" % each))
    assert list_with_requests(log) == [1, *range(count - MAX_LAST_MISSES + 2, count + 1)]


def test_large_requests_are_kept_as_far_as_there_is_room_the_newest_first() -> None:
    log = MissLog()
    body = b"x" * (MAX_REQUEST_BYTES // 4 - 2048)
    for _ in range(10):
        log.add({}, make_request(body=body))
    assert list_with_requests(log) == [1, 8, 9, 10]
    log.add({}, make_request(body=b"y" * (2 * MAX_REQUEST_BYTES)))
    assert list_with_requests(log) == [1]
    log.add({}, make_request())
    assert list_with_requests(log) == [1, 12]
    assert len(log.list_kept()) == 12


def test_at_the_end_of_the_session_less_is_kept() -> None:
    log = MissLog()
    body = b"x" * (MAX_ENDED_REQUEST_BYTES // 2 - 2048)
    for _ in range(10):
        log.add({}, make_request(body=body))
    log.trim()
    assert list_with_requests(log) == [1, 10]
    assert len(log.list_kept()) == 10


def test_a_log_without_requests_can_be_trimmed() -> None:
    log = MissLog()
    log.add({})
    log.trim()
    assert list_with_requests(log) == []
