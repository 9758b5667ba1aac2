"""What a server shows on a terminal: sentences that fit, apart from a command's output."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from runreel.core.report.columns import count_columns
from support.client import ask, build_get
from support.process import run_runreel
from support.proxy import record_bodies
from support.screen import Screen, run_on_screen
from support.upstream import build_ok, serve_scripts

pytestmark = pytest.mark.slow

EVENTS = ["listening", "exchange_replayed", "session_ended"]
ANYWHERE = ("--listen", "127.0.0.1:0")
FETCH = "curl -s ${OPENAI_BASE_URL%/v1}"


def fetch(*paths: str, code: int = 0) -> tuple[str, ...]:
    """Return the arguments for a command that fetches paths, prints "done" and exits."""
    lines = [f"{FETCH}{path} >/dev/null" for path in paths]
    return ("--", "sh", "-c", "; ".join([*lines, "echo done", f"exit {code}"]))


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """Return a folder with a cassette of ``GET /1`` and ``GET /2``."""
    await record_bodies(tmp_path / "c.cassette", b"1", b"2")
    return tmp_path


async def show(
    *arguments: str, folder: Path, columns: int = 80, env: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run a command line on a terminal; return its exit code and what was shown."""
    result = await asyncio.to_thread(
        run_on_screen, *arguments, cwd=folder, columns=columns, env=env
    )
    return result.code, result.output


async def test_a_replay_behind_a_command_ends_with_a_summary(folder: Path) -> None:
    code, shown = await show("replay", "c.cassette", *fetch("/1"), folder=folder)
    output, *summary = shown.splitlines()
    assert (code, output) == (0, "done")
    assert summary[0] == "runreel: Replayed 1 request from c.cassette."
    assert summary[1] == "Not played: 1 exchange (2)."
    assert summary[2].startswith("Base URL: http://127.0.0.1:")
    assert len(summary) == 3


async def test_a_miss_behind_a_command_is_a_failure_with_its_reason(folder: Path) -> None:
    code, shown = await show("replay", "c.cassette", *fetch("/1", "/new"), folder=folder)
    output, summary = shown.split("runreel:")
    assert (code, output) == (1, "done\n")
    assert "1 request missed" in summary
    assert "First miss: GET /new: no exchange in c.cassette answers this request" in summary
    assert "\n  runreel record c.cassette --upstream" in summary


EXITS = [
    ("the command's own code takes precedence", (), fetch("/new", code=7), 7),
    ("no miss", (), fetch("/1"), 0),
    ("a warning on request", ("--on-miss", "warn"), fetch("/new"), 0),
    ("a failure on request", ("--on-miss", "fail"), fetch("/new"), 1),
]


@pytest.mark.parametrize(
    ("options", "command", "code"), [row[1:] for row in EXITS], ids=[row[0] for row in EXITS]
)
async def test_the_exit_code_after_a_miss(
    options: Sequence[str], command: Sequence[str], code: int, folder: Path
) -> None:
    end = await run_runreel("replay", "c.cassette", *options, *command, cwd=folder)
    assert end.code == code
    events = [json.loads(line) for line in end.errors.splitlines()]
    assert events[-1]["event"] == "session_ended", "a pipe gets JSON only"


UNUSED = [
    ("a warning", (), 0, True),
    ("a failure", ("--on-unused", "fail"), 1, True),
    ("a failure, quietly", ("--on-unused", "fail", "-q"), 1, True),
    ("none", ("--on-unused", "ignore"), 0, False),
]


@pytest.mark.parametrize(
    ("options", "code", "warns"), [row[1:] for row in UNUSED], ids=[row[0] for row in UNUSED]
)
async def test_a_command_that_sends_no_request_gets_one_hint(
    options: Sequence[str], code: int, warns: bool, folder: Path
) -> None:
    command = ("--", sys.executable, "-c", "pass")
    end, shown = await show("replay", "c.cassette", *options, *command, folder=folder)
    assert (end, shown.count("no request came to http"), "No request came" in shown) == (
        code,
        int(warns),
        False,
    )


async def test_an_unused_server_gets_one_hint(folder: Path) -> None:
    for on_unused, in_summary, warnings in (("warn", 1, 0), ("ignore", 0, 0), ("fail", 0, 1)):
        options = ("--on-unused", on_unused, *ANYWHERE)
        server = Screen("replay", "c.cassette", *options, cwd=folder)
        await asyncio.to_thread(server.read_until, "Base URL for clients: http")
        server.interrupt()
        end = await asyncio.to_thread(server.wait)
        shown = end.output
        counts = (shown.count("No request came:"), shown.count("no request came to http"))
        assert counts == (in_summary, warnings), shown


async def test_without_a_command_a_miss_is_a_warning(folder: Path) -> None:
    server = Screen("replay", "c.cassette", *ANYWHERE, cwd=folder)
    shown = await asyncio.to_thread(server.read_until, "Base URL for clients: http")
    url = shown.split()[2]
    assert "Replaying c.cassette; Ctrl+C stops." in shown
    await ask(url, build_get("/new"))
    await asyncio.to_thread(server.read_until, "miss:")
    server.interrupt()
    end = await asyncio.to_thread(server.wait)
    assert end.code == 0
    assert f"Base URL for clients: {url}/v1\n" in end.output
    assert f"In a browser: {url}/-/\n" in end.output
    assert "First miss: GET /new" in end.output


async def test_a_recording_shows_a_line_for_each_exchange(tmp_path: Path) -> None:
    async with serve_scripts([build_ok(b"live")]) as upstream:
        options = ("--upstream", f"{upstream.url}/api/v1", *ANYWHERE)
        server = Screen("record", "c.cassette", *options, cwd=tmp_path)
        shown = await asyncio.to_thread(server.read_until, "Base URL for clients: http")
        url = shown.split()[2]
        await ask(url, build_get("/one"))
        await asyncio.to_thread(server.read_until, "GET /one")
        server.interrupt()
        end = await asyncio.to_thread(server.wait)
    assert f"Base URL for clients: {url} (without /v1, which the upstream's URL has)" in " ".join(
        end.output.split()
    )
    assert "\x1b[32mrecorded\x1b[0m 1: 200 GET /one (" in end.output
    assert "runreel: Recorded 1 exchange in c.cassette. Replay it with:" in end.output


async def test_a_failed_command_is_said_to_leave_the_old_cassette(folder: Path) -> None:
    async with serve_scripts([build_ok(b"live")]) as upstream:
        record = ("record", "c.cassette", "--upstream", upstream.url)
        code, shown = await show(*record, *fetch("/3", code=7), folder=folder, columns=200)
    assert code == 7
    assert shown.splitlines()[:3] == [
        "done",
        "\x1b[33mwarning:\x1b[0m c.cassette: the recording up to the failure is kept as "
        "c.cassette.failed",
        "runreel: Recorded 1 exchange, but the command failed: c.cassette is as it was before.",
    ]


@pytest.mark.parametrize("columns", [40, 80, 200])
async def test_every_line_fits_the_terminal(columns: int, folder: Path) -> None:
    env = {"NO_COLOR": "1"}
    server = Screen("replay", "c.cassette", *ANYWHERE, cwd=folder, columns=columns, env=env)
    shown = await asyncio.to_thread(server.read_until, "Ctrl+C")
    url = shown.split()[2]
    await ask(url, build_get("/" + "long/" * 60 + "%1b[2J"))
    await asyncio.to_thread(server.read_until, "miss: ")
    await ask(url, build_get("/1"))
    await asyncio.to_thread(server.read_until, "replayed 1: 200 ")
    server.interrupt()
    lines = (await asyncio.to_thread(server.wait)).output.splitlines()
    assert lines.pop(0) == f"listening on {url}"
    wide = [line for line in lines if count_columns(line) > columns]
    assert all(line.startswith("  runreel record") for line in wide), "only a command to copy"
    assert "\x1b" not in "".join(lines).replace("^C", "")


QUIET = [
    ("quiet", "-q", "/1", False),
    ("quiet, but with a miss", "-q", "/new", True),
]


@pytest.mark.parametrize(
    ("option", "path", "has_summary"), [row[1:] for row in QUIET], ids=[row[0] for row in QUIET]
)
async def test_quiet(option: str, path: str, has_summary: bool, folder: Path) -> None:
    _, shown = await show("replay", "c.cassette", option, *fetch(path), folder=folder)
    assert ("runreel: Replayed" in shown) is has_summary
    assert shown.startswith("done\n")


async def test_verbose_shows_all_fields(folder: Path) -> None:
    arguments = ("replay", "c.cassette", "-v", *fetch("/1"))
    _, shown = await show(*arguments, folder=folder, env={"NO_COLOR": "1"})
    assert "exchange_replayed" in shown
    assert "status=200" in shown


async def test_quiet_and_verbose_keep_json_in_a_pipe(folder: Path) -> None:
    for option, events in (("-q", []), ("-v", EVENTS)):
        end = await run_runreel("replay", "c.cassette", option, *fetch("/1"), cwd=folder)
        assert [json.loads(line)["event"] for line in end.errors.splitlines()] == events


async def test_a_log_file_gets_json_beside_the_terminal(folder: Path) -> None:
    options = ("replay", "c.cassette", "--log-file", "run.log")
    for _ in range(2):
        _, shown = await show(*options, *fetch("/1"), folder=folder)
        assert "runreel: Replayed 1 request" in shown
    lines = (folder / "run.log").read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines] == 2 * EVENTS


async def test_a_log_file_that_cannot_be_written_is_an_error(folder: Path) -> None:
    end = await run_runreel("replay", "c.cassette", "--log-file", "no/x", *ANYWHERE, cwd=folder)
    assert (end.code, end.output) == (2, "")
    assert "the log file no/x cannot be written: No such file or directory" in end.errors
