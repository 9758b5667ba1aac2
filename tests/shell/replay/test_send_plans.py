"""Send plans: the bytes sent for an exchange, by the settings of a session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runreel.config import ReplaySettings, Speed
from runreel.core.cassette import encode_exchange
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.replay.restore import Bindings, BoundRequest
from runreel.core.replay.send_plan import SendPlan
from runreel.dialects import find_dialect
from runreel.errors import RunreelError
from runreel.model import Exchange, ExchangeHead, OmittedReason
from runreel.shell.replay import send_plans as module
from runreel.shell.replay.send_plans import AnswerValues, ClientFraming, SendPlans
from runreel.shell.store import CassetteReader
from support.build import make_answer, make_cassette, make_exchange, make_request

NOBODY = AnswerValues(BoundRequest(make_request(), {}))
RECORDED = ReplaySettings(speed=Speed.RECORDED)
PATIENT = make_answer(
    b"a", b"b", headers=((b"Retry-After", b"9"), (b"Transfer-Encoding", b"chunked"))
)


@contextmanager
def open_send_plans(
    path: Path,
    *exchanges: Exchange,
    settings: ReplaySettings = RECORDED,
    bindings: Bindings | None = None,
    outcome_headers: bool = False,
) -> Iterator[tuple[SendPlans, CassetteReader]]:
    path.write_bytes(make_cassette(*map(encode_exchange, exchanges)))
    with CassetteReader.open(path) as reader:
        plans = SendPlans(
            reader,
            settings,
            bindings=bindings,
            find_dialect=find_dialect,
            outcome_headers=outcome_headers,
        )
        yield plans, reader


async def get_plan(
    plans: SendPlans,
    head: ExchangeHead,
    values: AnswerValues = NOBODY,
    client: ClientFraming = ClientFraming(http10=False, keep_alive=True),  # noqa: B008 - it is a value
) -> SendPlan:
    plan = plans.get_short(head, values, client)
    return await plans.get_long(head, values, client) if plan is None else plan


def join_data(plan: SendPlan) -> bytes:
    return b"".join(piece.data for piece in plan.pieces)


SETTINGS = [
    ("as recorded", RECORDED, 4, b"Retry-After: 9"),
    ("instant", ReplaySettings(speed=Speed.INSTANT), 1, b"Retry-After: 0"),
    (
        "instant, with the recorded waits",
        ReplaySettings(speed=Speed.INSTANT, shorten_waits=False),
        1,
        b"Retry-After: 9",
    ),
]


@pytest.mark.parametrize(
    ("why", "settings", "count", "wait"), SETTINGS, ids=[row[0] for row in SETTINGS]
)
async def test_the_settings_change_the_plan(
    tmp_path: Path, why: str, settings: ReplaySettings, count: int, wait: bytes
) -> None:
    exchange = make_exchange(answer=PATIENT)
    with open_send_plans(tmp_path / "c", exchange, settings=settings) as (plans, reader):
        plan = await get_plan(plans, reader.heads[0])
    assert len(plan.pieces) == count
    assert wait in join_data(plan)


@pytest.mark.parametrize("outcome_headers", [True, False])
async def test_the_outcome_headers_are_optional(tmp_path: Path, outcome_headers: bool) -> None:
    exchange = make_exchange(answer=PATIENT)
    with open_send_plans(tmp_path / "c", exchange, outcome_headers=outcome_headers) as (
        plans,
        reader,
    ):
        data = join_data(await get_plan(plans, reader.heads[0]))
    for header in (b"x-runreel-outcome: replayed", b"x-runreel-exchange: 1"):
        assert (header in data) is outcome_headers


async def test_a_plan_is_built_once_for_each_kind_of_request(tmp_path: Path) -> None:
    with open_send_plans(tmp_path / "c", make_exchange(answer=PATIENT)) as (plans, reader):
        [head] = reader.heads
        plan = await get_plan(plans, head)
        assert await get_plan(plans, head) is plan
        assert join_data(
            await get_plan(plans, head, client=ClientFraming(http10=True, keep_alive=False))
        ) != join_data(plan)


async def test_only_the_last_plan_of_a_large_answer_is_cached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_CACHED_ANSWER", 1)
    exchanges = [make_exchange(number, answer=PATIENT) for number in (1, 2)]
    with open_send_plans(tmp_path / "c", *exchanges) as (plans, reader):
        one, two = reader.heads
        first = await get_plan(plans, one)
        assert await get_plan(plans, one) is first
        await get_plan(plans, two)
        assert await get_plan(plans, one) is not first


async def test_an_answer_without_its_body_cannot_be_sent(tmp_path: Path) -> None:
    exchange = make_exchange(answer=make_answer(omitted=OmittedReason.MAX_BODY))
    with (
        open_send_plans(tmp_path / "c", exchange) as (plans, reader),
        pytest.raises(
            RunreelError, match=r"exchange 1 of .* without its answer's body: .*max_body"
        ),
    ):
        await get_plan(plans, reader.heads[0])


async def test_the_latest_values_of_the_client_replace_the_placeholders(tmp_path: Path) -> None:
    def build_exchange(mail: str) -> Exchange:
        request = make_request(body=b'{"to": "%s"}' % mail.encode())
        return make_exchange(
            request=request, answer=make_answer(b"data: hello %s\n\n" % mail.encode())
        )

    rules = Rules.build()
    live = build_exchange("ann.lee@example.org")
    channels = find_dialect(live.head.request).channels
    stored = Redactor(rules, Vault()).redact_exchange(live, channels)
    vault = Vault()
    bindings, redactor = Bindings(vault), Redactor(rules, vault)
    with open_send_plans(tmp_path / "c", stored, bindings=bindings) as (plans, reader):
        [head] = reader.heads
        assert b"hello REDACTED-email-1" in join_data(await get_plan(plans, head))
        for mail in ("zoe@example.net", "yan@example.net"):
            request = redactor.redact_request(build_exchange(mail).head.request).request
            bound = bindings.bind(head.request, request)
            values = AnswerValues(bound)
            data = join_data(await get_plan(plans, head, values))
            assert b"hello %s" % mail.encode() in data
