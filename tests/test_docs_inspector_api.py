"""docs/inspector-api.md: its endpoints, parameters and members are those of the API."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runreel.core.inspector.rows import RowPlace, build_row
from runreel.shell.inspector.sources.errors import STATUSES
from support.activity import follow
from support.build import make_head
from support.client import ask, build_get
from support.control import open_session
from support.inspector import get_api, get_raw
from support.proxy import record_bodies, serve_sessions
from support.recordings import record_program, write_recording

TEXT = (Path(__file__).parents[1] / "docs" / "inspector-api.md").read_text(encoding="utf-8")
EXAMPLES = {
    "recordings": "recordings",
    "exchanges": "exchanges?limit=1&order=desc&recording=a&filter=&after=",
    "filter": "filter?text=stauts:1",
    "x/RECORDING/N": "x/a/1",
    "x/RECORDING/N/events": "x/a/1/events?from=1&limit=1",
    "x/RECORDING/N/bytes": "x/a/1/bytes?part=answer&from=0&to=1",
    "x/RECORDING/N/marks": "x/a/1/marks",
    "x/RECORDING/N/rule": "x/a/1/rule?part=answer&from=0&to=1",
    "runs/RECORDING": "runs/a?after=0&limit=1",
    "runs/RECORDING/ID": "runs/a/{run}",
    "stats": "stats?recording=a&filter=&by=model",
    "diff": "diff?a=a:1&b=a:1&run=0&filter=&timing=1&ignore=$.x&ignore=$.y",
    "misses": "misses?recording=a",
    "misses/RECORDING/ID": "misses/m/1",
}


def read_section(name: str) -> str:
    return TEXT.partition(f"### `{name}`\n")[2].partition("\n### ")[0]


def test_each_endpoint_is_in_the_table_and_has_a_section() -> None:
    table = re.findall(r"^\| `([^`]+)` \| [^|]+ \|$", TEXT.partition("## Endpoints")[2], re.M)
    endpoints = [*EXAMPLES, "x/RECORDING/N/copy", "live"]
    assert set(endpoints) <= set(table)
    assert all(map(read_section, endpoints))


async def test_each_endpoint_answers_with_the_members_on_the_page(tmp_path: Path) -> None:
    write_recording(tmp_path / "a.cassette", record_program("assistants", 1))
    await record_bodies(tmp_path / "m.cassette", b"1")
    async with serve_sessions(tmp_path) as (url, _):
        await open_session(url, cassette="a")
        await open_session(url, cassette="m")
        await ask(url, build_get("/@m/2"))
        run = (await get_api(url, "runs/a"))["runs"][0]["id"]
        for name, path in EXAMPLES.items():
            section = read_section(name)
            document = await get_api(url, path.format(run=run))
            assert document.pop("schema_version") == 1
            for key in document:
                assert f"`{key}`" in section, (name, key)
            for parameter in re.findall(r"[?&](\w+)=", path):
                assert f"`{parameter}" in section, (name, parameter)
        copy = await get_raw(url, "/-/api/x/a/1/copy?as=curl")
        assert copy.status == 200
        async with follow(url, path="/-/api/live") as follower:
            kind, _ = await follower.read()
            assert f"| `{kind}` |" in read_section("live")


def test_the_members_of_a_row() -> None:
    row = build_row(make_head(), None, RowPlace("a", 0))
    section = read_section("exchanges")
    assert [key for key in row if f"`{key}`" not in section] == []


@pytest.mark.parametrize(("status", "code"), sorted(STATUSES.values()))
def test_the_errors(status: int, code: str) -> None:
    assert re.search(rf"\| {status} \| `{code}` \|", TEXT)


async def test_the_parameters_that_are_not_on_the_page_are_refused(tmp_path: Path) -> None:
    async with serve_sessions(tmp_path) as (url, _):
        answer = await get_raw(url, "/-/api/recordings?nothing=1")
    assert answer.status == 400
