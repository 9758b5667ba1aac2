"""``-- COMMAND``: the address that it listens on, the variables of the command, and no request."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import pytest

from runreel.core.client_variables import BASE_URLS
from support.process import ProcessResult, run_runreel, start_runreel
from support.proxy import record_bodies

PRINT = "import json, os; print(json.dumps(dict(os.environ)))"
ASK = "import os, urllib.request as u; u.urlopen(os.environ['U']).read()"
ASK_QUIETLY = f"import contextlib\nwith contextlib.suppress(OSError): {ASK}"
KEYS = (
    "OPENAI_API_KEY",
    "AZURE_OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GEMINI_API_KEY",
    "GROQ_API_KEY",
    "MISTRAL_API_KEY",
    "CO_API_KEY",
)


async def wrap(
    folder: Path, *options: str, code: str = PRINT, mode: str = "replay", **environment: str
) -> ProcessResult:
    """Wrap a Python command in a replay of a cassette with ``GET /1`` and ``GET /2``."""
    path = folder / "c.cassette"
    if not path.exists():
        await record_bodies(path, b"1", b"2")
    command = ("--", sys.executable, "-c", code)
    return await run_runreel(mode, "c.cassette", *options, *command, cwd=folder, env=environment)


def read_variables(result: ProcessResult) -> dict[str, str]:
    assert result.code == 0, result.errors
    variables: dict[str, str] = json.loads(result.output)
    return variables


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("source", ["--listen", "config.toml", "RUNREEL_LISTEN"])
async def test_the_address_is_honoured_where_it_is_set(tmp_path: Path, source: str) -> None:
    address = f"127.0.0.1:{find_free_port()}"
    if source == "config.toml":
        (tmp_path / source).write_text(f'[runreel]\nlisten = "{address}"\n')
    options = (source, address) if source == "--listen" else ()
    environment = {source: address} if source == "RUNREEL_LISTEN" else {}
    result = await wrap(tmp_path, *options, **environment)
    assert read_variables(result)["ANTHROPIC_BASE_URL"] == f"http://{address}"
    assert f'"url": "http://{address}", "event": "listening"' in result.errors


async def test_else_it_is_any_free_port_which_the_log_says(tmp_path: Path) -> None:
    result = await wrap(tmp_path)
    url = read_variables(result)["ANTHROPIC_BASE_URL"]
    assert not url.endswith(":7357")
    assert f'"url": "{url}", "event": "listening"' in result.errors


async def test_every_client_finds_the_server(tmp_path: Path) -> None:
    variables = read_variables(await wrap(tmp_path))
    url = variables["ANTHROPIC_BASE_URL"]
    assert {name: variables[name] for name in BASE_URLS} == {
        name: url + path for name, path in BASE_URLS.items()
    }


async def test_replay_sets_keys_that_are_missing_and_no_others(tmp_path: Path) -> None:
    own = {"GOOGLE_API_KEY": "own", "ANTHROPIC_AUTH_TOKEN": "own", "OPENAI_API_KEY": "own"}
    without = dict.fromkeys((*KEYS, "COHERE_API_KEY"), "")
    variables = read_variables(await wrap(tmp_path, **{**without, **own}))
    dummies = {name for name in KEYS if variables[name] == "runreel-needs-no-key"}
    assert dummies == {"AZURE_OPENAI_API_KEY", "GROQ_API_KEY", "MISTRAL_API_KEY", "CO_API_KEY"}
    assert variables["OPENAI_API_KEY"] == "own"
    assert "AWS_ACCESS_KEY_ID" not in variables


async def test_recording_sets_no_keys(tmp_path: Path) -> None:
    upstream = ("--upstream", "http://127.0.0.1:9")
    without = dict.fromkeys(KEYS, "")
    variables = read_variables(await wrap(tmp_path, *upstream, mode="auto", **without))
    assert {variables[name] for name in KEYS} == {""}


async def test_own_variables_are_set_and_others_left_out(tmp_path: Path) -> None:
    options = ("--env", "MY_URL=/api/v2", "--env", "OPENAI_BASE_URL=", "--env", "OLLAMA_HOST")
    variables = read_variables(await wrap(tmp_path, *options, OLLAMA_HOST="own"))
    url = variables["ANTHROPIC_BASE_URL"]
    assert variables["MY_URL"] == f"{url}/api/v2"
    assert variables["OPENAI_BASE_URL"] == url
    assert variables["OLLAMA_HOST"] == "own"


@pytest.mark.parametrize("entry", ["MY-URL=/v1", "=/v1", "MY_URL=v1", "MY_URL=/a b", "9=/", ""])
async def test_an_invalid_variable_is_a_usage_error(tmp_path: Path, entry: str) -> None:
    result = await wrap(tmp_path, "--env", entry)
    assert result.code == 2
    assert '--env: must be a list of variables such as ["MY_API_URL=/v1"]' in result.errors


UNUSED = [
    ("the default", (), "pass", 0, True),
    ("warn", ("--on-unused", "warn"), "pass", 0, True),
    ("fail", ("--on-unused", "fail"), "pass", 1, True),
    ("ignore", ("--on-unused", "ignore"), "pass", 0, False),
    ("the command's own code stays", ("--on-unused", "fail"), "raise SystemExit(7)", 7, True),
    ("a request", ("--on-unused", "fail", "--env", "U=/1"), ASK, 0, False),
    ("a miss is a request, and fails", ("--env", "U=/9"), ASK_QUIETLY, 1, False),
]


@pytest.mark.parametrize(
    ("why", "options", "code", "exit_code", "hints"), UNUSED, ids=[row[0] for row in UNUSED]
)
async def test_a_command_without_a_request_is_noticed(
    tmp_path: Path, why: str, options: tuple[str, ...], code: str, exit_code: int, hints: bool
) -> None:
    result = await wrap(tmp_path, *options, code=code)
    assert result.code == exit_code, result.errors
    lines = [line for line in result.errors.splitlines() if "no_request_came" in line]
    assert bool(lines) == hints
    for line in lines:
        entry = json.loads(line)
        assert {*BASE_URLS} <= {*entry["variables"]}
        assert "--env NAME=/PATH" in entry["hint"]


async def test_a_folder_without_a_session_is_noticed_too(tmp_path: Path) -> None:
    command = ("--", sys.executable, "-c", "pass")
    result = await run_runreel("replay", "./", "--on-unused", "fail", *command, cwd=tmp_path)
    assert (result.code, "no_request_came" in result.errors) == (1, True)


@pytest.mark.parametrize(
    ("on_unused", "code", "hints"), [("warn", 0, True), ("ignore", 0, False), ("fail", 1, True)]
)
async def test_a_server_without_a_command_gives_a_hint_at_its_end(
    tmp_path: Path, on_unused: str, code: int, hints: bool
) -> None:
    await record_bodies(tmp_path / "c.cassette", b"1")
    arguments = ("replay", "c.cassette", "--listen", "127.0.0.1:0", "--on-unused", on_unused)
    async with start_runreel(*arguments, cwd=tmp_path) as process:
        await process.wait_until_ready()
        ended = await process.stop()
    events = {entry["event"]: entry for entry in map(json.loads, ended.errors.splitlines())}
    assert (ended.code, "hint" in events["session_ended"]) == (code, hints)
    assert ("no_request_came" in events) == (on_unused == "fail")


async def test_a_folder_to_serve_must_exist(tmp_path: Path) -> None:
    result = await wrap(tmp_path, "--serve", "missing")
    assert (result.code, "there is no such folder" in result.errors) == (2, True)


@pytest.mark.parametrize("origin", ["localhost:5173", "http://a/path", "http://a b"])
async def test_an_invalid_origin_is_a_usage_error(tmp_path: Path, origin: str) -> None:
    result = await wrap(tmp_path, "--cors", f"{origin},http://ok")
    assert (result.code, "--cors: must be a list of origins" in result.errors) == (2, True)
