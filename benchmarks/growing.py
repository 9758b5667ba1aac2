"""Costs that could grow with a session: a conversation's history, and the number of known values.

Each request of an agent has the whole conversation in it. Each answer brings new cookies, and none
is ever forgotten.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator
from statistics import median

from msgspec.structs import replace

from benchmarks.plan import Plan
from benchmarks.samples import make_exchange, make_sealer, make_stream_answer
from benchmarks.table import Bar, Line, compare_rounds, make_line
from benchmarks.unlike import UnlikeSamples
from runreel.config.schema import Limits
from runreel.core.match.matching import Matching
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.replay.query import build_query
from runreel.dialects import find_dialect
from runreel.model import Exchange

_TARGET = "/v1/chat/completions"
_CALLS = 100
_AROUND = 3
"""Calls on each side of one whose median is its cost."""
_EXCHANGES = 3_000
_FLAT = Bar(2)

_SENTENCE = (
    "the build failed because a module returns the value of its path, so we call the function with"
    " this list of arguments and read the file again\n"
)
_WORDS = _SENTENCE.split(" ")


async def measure_growing(plan: Plan) -> list[Line]:
    """Measure the CPU time of calls that repeat a conversation, and of a session's last answers."""
    return [
        *_measure_conversation(plan, "seal", _make_seal, bar=_FLAT),
        *_measure_conversation(plan, "query", _make_query),
        _measure_session(plan),
    ]


def _measure_conversation(
    plan: Plan,
    label: str,
    make_act: Callable[[], Callable[[Exchange], object]],
    *,
    bar: Bar | None = None,
) -> Iterator[Line]:
    """Yield the costs of the first call of a conversation and of two later ones."""
    samples = UnlikeSamples()
    exchanges = [
        make_exchange(number, make_stream_answer(samples.iter_events()), target=_TARGET, body=body)
        for number, body in enumerate(_iter_bodies(), start=1)
    ]
    rounds = [_measure_each_ms(make_act(), exchanges) for _ in range(plan.rounds)]
    first, middle, last = (
        [median(times[max(call - _AROUND, 0) : call + _AROUND]) for times in rounds]
        for call in (_AROUND, _CALLS // 2, _CALLS - _AROUND)
    )
    size = len(exchanges[-1].head.request.body) // 1000
    yield make_line("growing", f"{label}, first call", first, "ms")
    yield compare_rounds(
        "growing", f"{label}, call 50, {size // 2} KB", middle, first, unit="ms", bar=bar
    )
    yield compare_rounds("growing", f"{label}, call 100, {size} KB", last, first, unit="ms")


def _measure_session(plan: Plan) -> Line:
    """Return the cost of the last answers of a session, each with two new cookies."""
    samples = UnlikeSamples()
    exchanges = (
        _add_cookies(samples.make_exchange(number + 1), number) for number in range(_EXCHANGES)
    )
    times = _measure_each_ms(_make_seal(), exchanges)
    share = _EXCHANGES // plan.rounds // 4
    rounds = range(plan.rounds)
    first = [median(times[number * share : (number + 1) * share]) for number in rounds]
    last = [median(times[-(number + 1) * share :][:share]) for number in rounds]
    label = f"seal, answer {_EXCHANGES:,} with two cookies"
    return compare_rounds("growing", label, last, first, unit="ms", bar=_FLAT)


def _measure_each_ms(
    act: Callable[[Exchange], object], exchanges: Iterable[Exchange]
) -> list[float]:
    times: list[float] = []
    for exchange in exchanges:
        start = time.process_time()
        act(exchange)
        times.append((time.process_time() - start) * 1000)
    return times


def _make_seal() -> Callable[[Exchange], object]:
    return make_sealer().seal


def _make_query() -> Callable[[Exchange], object]:
    redactor, matching = Redactor(Rules.build(), Vault()), Matching(find_dialect)
    limit = Limits().max_body
    return lambda exchange: build_query(
        exchange.head.request, redactor=redactor, matching=matching, max_body=limit
    )


def _iter_bodies() -> Iterator[bytes]:
    """Yield the bodies of the requests, each with 2 KB more than the one before it."""
    letters = random.Random(3)  # noqa: S311 - the same each time
    messages: list[object] = [{"role": "system", "content": _make_text(letters, 300)}]
    for number in range(_CALLS):
        arguments = json.dumps({"path": f"/src/{number}.py", "text": _make_text(letters, 80)})
        call = {"id": f"call_{number}", "function": {"name": "edit", "arguments": arguments}}
        messages += (
            {"role": "user", "content": _make_text(letters, 170) + _make_address(number)},
            {"role": "assistant", "content": _make_text(letters, 70), "tool_calls": [call]},
        )
        yield json.dumps({"model": "gpt-4o", "stream": True, "messages": messages}).encode()


def _make_text(letters: random.Random, count: int) -> str:
    return " ".join(letters.choices(_WORDS, k=count))


def _make_address(number: int) -> str:
    """Return an e-mail address for each tenth call, else nothing."""
    return f" a{number}@b.org" if number % 10 == 0 else ""


def _add_cookies(exchange: Exchange, number: int) -> Exchange:
    letters = random.Random(number)  # noqa: S311 - the same each time
    cookies = (
        (b"Set-Cookie", b"%b=%b; path=/; HttpOnly" % (name, letters.randbytes(60).hex().encode()))
        for name in (b"__cf_bm", b"_cfuvid")
    )
    answer = exchange.answer
    return replace(exchange, answer=replace(answer, headers=(*answer.headers, *cookies)))
