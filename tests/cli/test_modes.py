"""The serving commands: their options, cassette folders, and addresses other than loopback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from msgspec.structs import asdict

from runreel.cli import run
from runreel.shell.serve_options import ServeOptions
from support.client import ask, build_get
from support.control import ask_in_session, call_control, end_session, open_session
from support.process import run_runreel, start_runreel
from support.proxy import read_exchanges, record_bodies
from support.upstream import build_ok, serve_scripts

ANYWHERE = ("--listen", "127.0.0.1:0")
NOWHERE = "http://127.0.0.1:1"


def read_bodies(path: Path) -> list[bytes]:
    return [each.answer.body for each in read_exchanges(path)]


OPTIONS = [
    ("auto's mode", ("auto", "c", "--mode", "none"), {}, {"mode": "none"}),
    ("from the environment", ("auto", "c"), {"RUNREEL_MODE": "once"}, {"mode": "once"}),
    ("record is record", ("record", "c"), {"RUNREEL_MODE": "none"}, {"mode": "record"}),
    ("replay is replay", ("replay", "c"), {"RUNREEL_MODE": "all"}, {"mode": "replay"}),
    ("errors", ("record", "c", "--no-record-errors"), {}, {"record_errors": False}),
    (
        "and back",
        ("auto", "c", "--record-errors"),
        {"RUNREEL_RECORD_ERRORS": "false"},
        {"record_errors": True},
    ),
    ("misses", ("replay", "c", "--on-miss", "fail"), {}, {"on_miss": "fail"}),
    ("the rest", ("auto", "c", "--on-unplayed", "warn"), {}, {"on_unplayed": "warn"}),
    ("strict", ("auto", "c", "--strict"), {}, {"strict": True, "order": "strict"}),
    ("any order", ("replay", "c", "--order", "any"), {}, {"order": "any", "strict": False}),
    ("workers", ("replay", "c", "--workers", "3"), {}, {"workers": 3}),
    ("an order", ("auto", "c"), {"RUNREEL_MATCH_ORDER": "strict"}, {"order": "strict"}),
]


@pytest.mark.parametrize(
    ("arguments", "env", "expected"), [row[1:] for row in OPTIONS], ids=[r[0] for r in OPTIONS]
)
def test_options_become_settings(
    arguments: Sequence[str],
    env: Mapping[str, str],
    expected: Mapping[str, object],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    services: list[ServeOptions] = []
    monkeypatch.setattr("runreel.cli.serving_options._run_server", services.append)
    monkeypatch.setattr("runreel.cli.serving_options.start_log", lambda _config: None)
    monkeypatch.chdir(tmp_path)
    for name, value in {"RUNREEL_UPSTREAM": NOWHERE, **env}.items():
        monkeypatch.setenv(name, value)
    assert run(arguments) == 0
    config = services[0].config
    values = {**asdict(config), **asdict(config.replay), "order": config.order}
    assert {name: values[name] for name in expected} == expected


@pytest.mark.slow
async def test_a_failed_command_leaves_the_old_cassette(tmp_path: Path) -> None:
    path = await record_bodies(tmp_path / "c.cassette", b"1")
    fails = ("--", "sh", "-c", "curl -s ${OPENAI_BASE_URL%/v1}/2; exit 7")
    for option, code, expected in (((), 7, [b"1"]), (("--keep-on-failure",), 7, [b"live"])):
        async with serve_scripts([build_ok(b"live")]) as upstream:
            record = ("record", "c.cassette", "--upstream", upstream.url, *option)
            end = await run_runreel(*record, *fails, cwd=tmp_path)
        assert (end.code, end.output, read_bodies(path)) == (code, "live", expected)
        assert ("kept as c.cassette.failed" in end.errors) == (not option)


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["tapes/", "./tapes"])
async def test_a_folder_serves_sessions_by_name(folder: str, tmp_path: Path) -> None:
    await record_bodies(tmp_path / "tapes" / "sub" / "c.cassette", b"1")
    async with start_runreel("replay", folder, *ANYWHERE, cwd=tmp_path) as process:
        url = await process.wait_until_ready()
        nameless = await ask(url, build_get("/1"))
        base = await open_session(url, cassette="sub/c")
        played = await ask_in_session(base, build_get("/1"))
        report = await end_session(url, "c")
        end = await process.stop()
    assert (nameless.status, played.body, end.code) == (404, b"1", 0)
    assert report["played"] == [1]


@pytest.mark.slow
async def test_a_missing_folder_is_created_for_the_first_recording(tmp_path: Path) -> None:
    async with (
        serve_scripts([build_ok(b"live")]) as upstream,
        start_runreel(
            "record", "new/", "--upstream", upstream.url, *ANYWHERE, cwd=tmp_path
        ) as process,
    ):
        url = await process.wait_until_ready()
        assert not (tmp_path / "new").exists()
        await ask(url, build_get("/@c/1"))
        end = await process.stop()
    assert (end.code, read_bodies(tmp_path / "new" / "c.cassette")) == (0, [b"live"])


@pytest.mark.slow
async def test_a_server_with_a_cassette_serves_sessions_by_name_as_well(tmp_path: Path) -> None:
    await record_bodies(tmp_path / "own.cassette", b"own")
    await record_bodies(tmp_path / "cassettes" / "named.cassette", b"named")
    async with start_runreel("replay", "own.cassette", *ANYWHERE, cwd=tmp_path) as process:
        url = await process.wait_until_ready()
        answers = [await ask(url, build_get(path)) for path in ("/1", "/@named/1", "/@default/1")]
        _, listed = await call_control(url, "GET")
        report = await end_session(url, "default")
        late = await ask(url, build_get("/1"))
        end = await process.stop()
    assert [answer.body for answer in answers] == [b"own", b"named", b"own"]
    assert {each["name"] for each in listed["sessions"]} == {"default", "named"}
    assert (report["replayed"], late.status, end.code) == (2, 410, 0)


@pytest.mark.slow
async def test_on_a_public_address_the_control_api_needs_a_token(tmp_path: Path) -> None:
    token = "a-token-that-nobody-guesses"
    everywhere = ("replay", "none/", "--listen", "0.0.0.0:0")
    async with start_runreel(*everywhere, cwd=tmp_path) as process:
        url = await process.wait_until_ready()
        closed, _ = await call_control(url, "GET")
        end = await process.stop()
    assert (closed, "control_is_off" in end.errors) == (403, True)
    async with start_runreel(*everywhere, cwd=tmp_path, env={"RUNREEL_TOKEN": token}) as process:
        url = await process.wait_until_ready()
        opened, _ = await call_control(url, "GET", "", None, f"Authorization: Bearer {token}")
        end = await process.stop()
    assert (opened, end.errors) == (200, "")


@pytest.mark.slow
async def test_auto_needs_an_upstream(tmp_path: Path) -> None:
    end = await run_runreel("auto", "c", *ANYWHERE, cwd=tmp_path)
    assert (end.code, "--upstream" in end.errors) == (2, True)
    assert list(tmp_path.iterdir()) == []
