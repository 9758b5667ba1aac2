"""Serving with a command: the cassette that each mode leaves, and the exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from runreel.config import Config, ModeName, ReplaySettings, UpstreamUrl
from runreel.errors import UsageError
from runreel.shell.serve import serve
from runreel.shell.serve_options import ServeOptions
from support.proxy import ANYWHERE, LIMITS, read_exchanges, record_bodies
from support.upstream import build_ok, serve_scripts

CLIENT = """
import json, os, sys, urllib.error, urllib.request
base = os.environ["OPENAI_BASE_URL"].removesuffix("/v1")
code, output, *paths = json.loads(sys.argv[1])
with open(output, "w") as file:
    for path in paths:
        try:
            print(urllib.request.urlopen(base + path).read().decode(), file=file)
        except urllib.error.HTTPError as error:
            print(error.code, file=file)
sys.exit(code)
"""


def client(code: int, *paths: str, output: Path | str = "/dev/null") -> tuple[str, ...]:
    """Return a command that sends GET for these paths and exits with this code.

    It ignores errors. The file ``output`` gets the bodies, and the status codes of errors.
    """
    return (sys.executable, "-c", CLIENT, json.dumps([code, str(output), *paths]))


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """Record a cassette of ``GET /1`` and ``GET /2``."""
    return await record_bodies(tmp_path / "c.cassette", b"1", b"2")


def bodies(path: Path) -> list[bytes]:
    return [each.answer.body for each in read_exchanges(path)] if path.exists() else []


async def run(
    path: Path | None,
    *command: str,
    mode: ModeName = "replay",
    settings: ReplaySettings | None = None,
    append: bool = False,
    keep_on_failure: bool = False,
) -> int:
    """Serve ``path`` to a command, with an upstream that answers ``live``; return the exit code."""
    async with serve_scripts([build_ok(b"live")]) as upstream:
        config = Config(
            listen=ANYWHERE,
            limits=LIMITS,
            mode=mode,
            upstream=UpstreamUrl(upstream.url),
            replay=settings or ReplaySettings(),
        )
        folder = path.parent if path else Path()
        options = ServeOptions(
            config, folder, path, append=append, command=command, keep_on_failure=keep_on_failure
        )
        return await serve(options, lambda _url: None)


LIVE = b"live"
MODES: list[tuple[ModeName, bool, str, list[bytes]]] = [
    ("auto", False, "1 live", [b"1", b"2", LIVE]),
    ("new_episodes", False, "1 live", [b"1", b"2", LIVE]),
    ("replay", False, "1 404", [b"1", b"2"]),
    ("none", False, "1 404", [b"1", b"2"]),
    ("once", False, "1 404", [b"1", b"2"]),
    ("passthrough", False, "live live", [b"1", b"2"]),
    ("record", False, "live live", [LIVE, LIVE]),
    ("all", False, "live live", [LIVE, LIVE]),
    ("record", True, "live live", [b"1", b"2", LIVE, LIVE]),
]


@pytest.mark.parametrize(("mode", "append", "answers", "stored"), MODES)
async def test_the_answers_and_the_cassette_of_each_mode(
    mode: ModeName,
    append: bool,
    answers: str,
    stored: list[bytes],
    path: Path,
    tmp_path: Path,
) -> None:
    command = client(0, "/1", "/new", output=tmp_path / "output")
    assert await run(path, *command, mode=mode, append=append) == 0
    assert (tmp_path / "output").read_text().split() == answers.split()
    assert bodies(path) == stored


FAILURES: list[tuple[str, ModeName, bool, list[bytes], list[bytes]]] = [
    ("the recording is kept beside the cassette", "record", False, [b"1", b"2"], [LIVE]),
    ("the added exchanges are removed", "auto", False, [b"1", b"2"], []),
    ("keep_on_failure replaces the cassette", "record", True, [LIVE], []),
    ("keep_on_failure keeps the added exchanges", "auto", True, [b"1", b"2", LIVE], []),
]


@pytest.mark.parametrize(
    ("mode", "keep", "stored", "aside"), [row[1:] for row in FAILURES], ids=[r[0] for r in FAILURES]
)
async def test_a_failed_command_does_not_replace_a_good_cassette(
    mode: ModeName, keep: bool, stored: list[bytes], aside: list[bytes], path: Path
) -> None:
    assert await run(path, *client(7, "/new"), mode=mode, keep_on_failure=keep) == 7
    assert bodies(path) == stored
    assert bodies(path.with_name("c.cassette.failed")) == aside


@pytest.mark.parametrize("mode", ["record", "once"])
async def test_a_failed_first_recording_is_kept(mode: ModeName, tmp_path: Path) -> None:
    path = tmp_path / "new.cassette"
    assert await run(path, *client(7, "/new"), mode=mode) == 7
    assert bodies(path) == [LIVE], "there was no cassette to replace"


EXITS: list[tuple[str, ReplaySettings, list[str], int]] = [
    ("no miss, all played", ReplaySettings(), ["/1", "/2"], 0),
    ("a miss is not a failure by default", ReplaySettings(), ["/1", "/miss"], 0),
    ("on_miss = fail", ReplaySettings(on_miss="fail"), ["/1", "/miss"], 1),
    ("strict", ReplaySettings(strict=True), ["/1", "/1"], 1),
    ("on_miss = fail, but no miss", ReplaySettings(on_miss="fail"), ["/1", "/1"], 0),
    ("an unplayed exchange is not a failure by default", ReplaySettings(), ["/1"], 0),
    ("on_unplayed = warn", ReplaySettings(on_unplayed="warn"), ["/1"], 0),
    ("on_unplayed = fail", ReplaySettings(on_unplayed="fail"), ["/1"], 1),
    (
        "on_unplayed = fail, but all were played",
        ReplaySettings(on_unplayed="fail"),
        ["/2", "/1"],
        0,
    ),
]


@pytest.mark.parametrize(
    ("settings", "paths", "code"), [row[1:] for row in EXITS], ids=[row[0] for row in EXITS]
)
async def test_the_exit_code_of_a_replay(
    settings: ReplaySettings, paths: Sequence[str], code: int, path: Path
) -> None:
    assert await run(path, *client(0, *paths), settings=settings) == code


async def test_the_exit_code_of_the_command_takes_precedence(path: Path) -> None:
    assert await run(path, *client(7, "/miss"), settings=ReplaySettings(strict=True)) == 7


async def test_a_failed_command_replaces_no_cassette_of_sessions_by_name(path: Path) -> None:
    path.with_name("old.cassette").write_bytes(path.read_bytes())
    assert await run(path, *client(7, "/@old/new"), mode="record") == 7
    assert bodies(path.with_name("old.cassette")) == [b"1", b"2"]


TOKENS = [
    ("a short one", "guess-me", "at least 16"),
    ("one that is not ASCII", "k\u00e9y-that-is-long-enough", "ASCII"),
]


@pytest.mark.parametrize(
    ("token", "message"), [row[1:] for row in TOKENS], ids=[row[0] for row in TOKENS]
)
async def test_a_token_that_can_be_guessed_is_refused(
    token: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNREEL_TOKEN", token)
    options = ServeOptions(replace(Config(), listen=ANYWHERE, mode="replay"), tmp_path, None)
    with pytest.raises(UsageError, match=message) as error:
        await serve(options, lambda _url: None)
    assert token not in str(error.value)
