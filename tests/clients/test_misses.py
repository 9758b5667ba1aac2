"""Misses as users of the openai package see them: in the exception's text, and in the log."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openai import AsyncOpenAI, NotFoundError

from support.canary import KEY
from support.proxy import serve_recording, serve_replay
from support.upstream import serve_scripts

pytestmark = [
    pytest.mark.clients,
    pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning"),
]

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
RUN: dict[str, Any] = {
    "assistant_id": "asst_1",
    "instructions": "You are a helpful assistant. Answer briefly, and name your sources.",
    "metadata": {"request_id": "7d7c1c1e-6d0a-4f6e-9a53-3d3b7c1f0a01"},
    "tools": [WEATHER],
}
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 47\r\n\r\n"
    b'{"id": "run_1", "object": "thread.run", "a": 1}'
)


def edit_prompt(run: dict[str, Any]) -> None:
    run["instructions"] = run["instructions"].replace("helpful", "terse")


def change_uuid(run: dict[str, Any]) -> None:
    run["metadata"]["request_id"] = "0f8fad5b-d9cb-469f-a165-70867728950e"


def change_tool_schema(run: dict[str, Any]) -> None:
    run["tools"][0]["function"]["parameters"]["properties"]["city"]["type"] = "array"


MISSES = [
    (
        edit_prompt,
        [
            '$.instructions: "You are a [-helpful -]{+terse +}assistant. Answer briefly, and …"',
            "The prompt was changed. If that is intended, record again: runreel record ",
        ],
        '"differs": ["$.instructions"]',
    ),
    (
        change_uuid,
        [
            "$.metadata.request_id is a UUID: probably new in each request.",
            '[runreel.match]: ignore = ["$.metadata.request_id"]',
        ],
        '"to_ignore": ["$.metadata.request_id"]',
    ),
    (
        change_tool_schema,
        [
            '$.tools[0].function.parameters.properties.city.type: recorded "string", sent "array"',
            'The tool "get_weather" was changed.',
        ],
        '"differs": ["$.tools[0].function.parameters.properties.city.type"]',
    ),
]


async def create(url: str, run: dict[str, Any]) -> None:
    async with AsyncOpenAI(base_url=f"{url}/v1", api_key=KEY) as client:
        await client.beta.threads.runs.create("thread_1", **run)


@pytest.mark.parametrize(
    ("change", "parts", "logged"), MISSES, ids=[row[0].__name__ for row in MISSES]
)
async def test_a_miss_in_the_exceptions_text_and_in_the_log(
    change: Callable[[dict[str, Any]], None], parts: list[str], logged: str, tmp_path: Path
) -> None:
    path = tmp_path / "c.cassette"
    async with serve_scripts([ANSWER]) as upstream, serve_recording(upstream.url, path) as proxy:
        await create(proxy.url, RUN)
    changed = copy.deepcopy(RUN)
    change(changed)
    async with serve_replay(path) as (url, player):
        await create(url, RUN)
        with pytest.raises(NotFoundError) as raised:
            await create(url, changed)
    text = str(raised.value)
    assert text.startswith("Error code: 404 - ")
    for part in parts:
        assert part in text
    assert player.tally.miss_count == 1, "the client does not retry"
    [line] = [
        line for line in (tmp_path / "proxy.log").read_text().splitlines() if '"miss"' in line
    ]
    assert logged in line
    assert not any(word in line for word in ("helpful", "terse", "0f8fad5b", "array"))
