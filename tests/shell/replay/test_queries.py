"""Queries are built without blocking the event loop, and with one vault in several threads."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from runreel.core.bind.bound_values import ClientValues
from runreel.core.match.matching import Matching
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.redact.redactor import RedactedRequest
from runreel.core.replay.clean_calls import CleanCalls
from runreel.dialects import find_dialect
from runreel.model import Request
from runreel.shell.replay.queries import MAX_SHORT_BODY, QueryBuilder, SharedVault
from support.build import make_request

SHORT = make_request(body=b'{"to": "ann.lee@example.org"}')
ENCODED = make_request(body=b"x", headers=((b"Content-Encoding", b"gzip"),))


def build_long(number: int, size: int = MAX_SHORT_BODY + 1) -> Request:
    return make_request(body=b"%d %s" % (number, b"x" * size))


class GatedRedactor(Redactor):
    """A redactor that notes the threads and the requests, and waits for its gate before each."""

    def __init__(self, vault: Vault) -> None:
        super().__init__(Rules.build(), vault)
        self.gate = threading.Event()
        self.has_begun = threading.Event()
        self.requests: list[Request] = []
        self.threads: set[int] = set()

    def redact_request(self, request: Request, *, rules_only: bool = False) -> RedactedRequest:
        self.requests.append(request)
        self.threads.add(threading.get_ident())
        self.has_begun.set()
        assert self.gate.wait(10)
        return super().redact_request(request, rules_only=rules_only)


def build_queries(
    vault: Vault, client_values: ClientValues | None = None
) -> tuple[QueryBuilder, GatedRedactor]:
    large = GatedRedactor(vault)
    queries = QueryBuilder(
        Redactor(Rules.build(), vault),
        large,
        Matching(find_dialect),
        client_values=client_values or ClientValues(),
        clean_calls=CleanCalls(Rules.build().digest, vault),
        max_body=1 << 20,
        pool=None,
    )
    return queries, large


LONG = [
    ("a long body", build_long(1)),
    ("a body that is too long to be cached", build_long(1, 1 << 17)),
    ("an encoded body, which may become a long one", ENCODED),
]


@pytest.mark.parametrize(("why", "request_"), LONG, ids=[row[0] for row in LONG])
async def test_a_short_request_does_not_wait_for_a_long_one(why: str, request_: Request) -> None:
    queries, large = build_queries(SharedVault())
    long = asyncio.create_task(queries.build(request_))
    await asyncio.to_thread(large.has_begun.wait, 10)
    query = await queries.build(SHORT)
    assert b"REDACTED-email-1" in query.request.body
    assert not long.done()
    large.gate.set()
    assert (await long).plain.body == request_.body
    assert threading.get_ident() not in large.threads


async def test_long_requests_keep_their_order() -> None:
    queries, large = build_queries(SharedVault())
    sent = [build_long(number) for number in range(8)]
    building = [asyncio.create_task(queries.build(request)) for request in sent]
    large.gate.set()
    await asyncio.gather(*building)
    assert large.requests == sent


async def test_a_long_request_that_is_repeated_is_redacted_once() -> None:
    queries, large = build_queries(SharedVault())
    large.gate.set()
    first = await queries.build(build_long(1))
    assert await queries.build(build_long(1)) is first
    assert len(large.requests) == 1


RECORDED, OWN, NEW = b"a1" * 8, b"b2" * 8, b"c3" * 8
SIZES = [("a short request", 0), ("a long request", MAX_SHORT_BODY), ("a huge request", 1 << 17)]


def bind_value(client_values: ClientValues, own: bytes) -> None:
    header = b"X-Correlation-Id"
    recorded, sent = (make_request(headers=((header, each),)) for each in (RECORDED, own))
    client_values.bind(recorded, sent, (), lambda value: True)


@pytest.mark.parametrize(("why", "size"), SIZES, ids=[row[0] for row in SIZES])
async def test_recorded_values_take_the_place_of_those_that_the_client_has_made(
    why: str, size: int
) -> None:
    client_values = ClientValues()
    bind_value(client_values, OWN)
    queries, large = build_queries(SharedVault(), client_values)
    large.gate.set()
    sent = make_request(body=b'{"id": "%s", "text": "%s"}' % (OWN, b"x" * size))
    query = await queries.build(sent)
    assert RECORDED in query.request.body
    assert OWN not in query.plain.body
    assert query.sent is sent


async def test_values_that_are_bound_meanwhile_do_not_count_for_a_long_request() -> None:
    client_values = ClientValues()
    bind_value(client_values, OWN)
    queries, large = build_queries(SharedVault(), client_values)
    body = b"%s %s %s" % (OWN, NEW, b"x" * MAX_SHORT_BODY)
    building = asyncio.create_task(queries.build(make_request(body=body)))
    await asyncio.to_thread(large.has_begun.wait, 10)
    bind_value(client_values, NEW)
    large.gate.set()
    assert (await building).plain.body == body.replace(OWN, RECORDED)


def test_threads_give_a_value_one_placeholder_and_a_placeholder_one_value() -> None:
    vault, count, threads = SharedVault(), 300, 4
    start = threading.Barrier(threads)

    def add_all() -> list[bytes]:
        start.wait()
        return [vault.assign_placeholder("key", b"value-%06d" % each) for each in range(count)]

    with ThreadPoolExecutor(threads) as pool:
        results = [future.result() for future in [pool.submit(add_all) for _ in range(threads)]]
    assert all(placeholders == results[0] for placeholders in results)
    assert len(set(results[0])) == count
    assert [vault.get_value(each) for each in results[0]] == [
        b"value-%06d" % each for each in range(count)
    ]


async def test_a_request_that_is_repeated_is_redacted_once() -> None:
    queries, _ = build_queries(SharedVault())
    first, other = await queries.build(SHORT), await queries.build(make_request(body=b"{}"))
    again = await queries.build(make_request(body=bytes(bytearray(SHORT.body))))
    assert again is first
    assert await queries.build(make_request(body=b"{}")) is other
    assert (await queries.build(make_request("PUT", body=SHORT.body))).request.method == "PUT"
