"""The request headers that choose an answer."""

from __future__ import annotations

import pytest

from runreel.core.http.negotiation import (
    classify_accept,
    find_best_type,
    list_varying,
    rate_answer,
)
from runreel.model import Headers

VARYING = [
    ("no Vary", (), set()),
    (
        "names in any letter case",
        (b"Accept-Language, X-Tenant",),
        {b"accept-language", b"x-tenant"},
    ),
    ("several headers", (b"Accept", b"prefer,,"), {b"accept", b"prefer"}),
    ("anything at all", (b"*",), set()),
    ("credentials", (b"Authorization, Cookie, X-Api-Key, x-session-token",), set()),
    ("the place of a page", (b"Origin, Access-Control-Request-Method, Sec-Fetch-Site",), set()),
    ("the proxy's own coding", (b"Accept-Encoding",), set()),
    ("the version of a client", (b"User-Agent, x-stainless-package-version",), set()),
    ("ids of a call", (b"X-Request-Id, x-correlation-id, traceparent",), set()),
]


@pytest.mark.parametrize(("reason", "values", "names"), VARYING, ids=[row[0] for row in VARYING])
def test_names_in_vary(reason: str, values: tuple[bytes, ...], names: set[bytes]) -> None:
    assert list_varying(tuple((b"Vary", value) for value in values)) == names


def make_accept(*values: str) -> Headers:
    return tuple((b"Accept", value.encode()) for value in values)


DEFAULTS = [
    ("none at all", make_accept()),
    ("curl, httpx, fetch", make_accept("*/*")),
    ("openai's clients", make_accept("application/json")),
    ("axios", make_accept("application/json, text/plain, */*")),
    ("a quality", make_accept("application/json;q=0.9, */*;q=0.5")),
    ("a character set", make_accept("Application/JSON; charset=utf-8")),
    ("Java's", make_accept("*; q=.2, */*; q=.2")),
    ("a refusal is no wish", make_accept("application/json, text/html;q=0")),
]


@pytest.mark.parametrize(("client", "headers"), DEFAULTS, ids=[row[0] for row in DEFAULTS])
def test_the_defaults_of_clients_are_the_same(client: str, headers: Headers) -> None:
    assert classify_accept(headers) == b""


OTHERS = [
    ("events", make_accept("text/event-stream"), b"text/event-stream"),
    ("events of any client", make_accept("text/event-stream, */*"), b"text/event-stream"),
    (
        "MCP, in any order and number of headers",
        make_accept("text/event-stream", "application/json"),
        b"application/json, text/event-stream",
    ),
    ("text alone", make_accept("text/plain"), b"text/plain"),
    ("another type", make_accept("text/csv;header=present"), b"text/csv"),
]


@pytest.mark.parametrize(("reason", "headers", "types"), OTHERS, ids=[row[0] for row in OTHERS])
def test_other_types_count(reason: str, headers: Headers, types: bytes) -> None:
    assert classify_accept(headers) == types


RATINGS = [
    ("no wish", make_accept(), b"text/csv", 1.0),
    ("no type", make_accept("text/csv"), b"", 1.0),
    ("the type itself", make_accept("text/csv"), b"Text/CSV; charset=utf-8", 1.0),
    ("another type", make_accept("text/csv"), b"application/json", 0.0),
    ("any", make_accept("text/csv, */*;q=0.1"), b"application/json", 0.1),
    ("any text", make_accept("text/*;q=0.3, */*;q=0.1"), b"text/html", 0.3),
    ("the most specific range decides", make_accept("*/*, text/html;q=0"), b"text/html", 0.0),
    ("JSON of a kind", make_accept("application/json"), b"application/problem+json", 1.0),
    ("the bytes of a file", make_accept("application/octet-stream"), b"audio/mpeg", 1.0),
    ("nonsense", make_accept(";;,x,/;q=9"), b"text/csv", 0.0),
]


@pytest.mark.parametrize(
    ("reason", "headers", "media_type", "rating"), RATINGS, ids=[row[0] for row in RATINGS]
)
def test_rate_answer(reason: str, headers: Headers, media_type: bytes, rating: float) -> None:
    assert rate_answer(headers, media_type) == rating


def test_the_preferred_answer_is_chosen() -> None:
    answers: list[Headers] = [((b"content-type", kind),) for kind in (b"text/csv", b"text/html")]
    assert find_best_type(make_accept("text/html, text/csv;q=0.5"), answers) == 1
    assert find_best_type(make_accept("*/*"), answers) == 0
    assert find_best_type(make_accept("image/png"), answers) is None
    assert find_best_type(make_accept(), []) is None
