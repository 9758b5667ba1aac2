"""Serving with a command: what each mode leaves on the disk, and with which code it ends."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from runreel.config import Config, ModeName, ReplaySettings, UpstreamUrl
from runreel.errors import UsageError
from runreel.shell.serve import ServeOptions, serve
from support.proxy import ANYWHERE, LIMITS, build_ok, read_exchanges, record_bodies
from support.upstream import serve_scripts

CLIENT = """
import json, os, sys, urllib.error, urllib.request
base = os.environ["OPENAI_BASE_URL"].removesuffix("/v1")
code, heard, *paths = json.loads(sys.argv[1])
with open(heard, "w") as file:
    for path in paths:
        try:
            print(urllib.request.urlopen(base + path).read().decode(), file=file)
        except urllib.error.HTTPError as error:
            print(error.code, file=file)
sys.exit(code)
"""


def client(code: int, *paths: str, heard: Path | str = "/dev/null") -> tuple[str, ...]:
    """A command that gets these paths, swallows errors, and ends with this code.

    It writes down what it ``heard``: bodies, and the status of errors.
    """
    return (sys.executable, "-c", CLIENT, json.dumps([code, str(heard), *paths]))


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A cassette of ``GET /1`` and ``GET /2``."""
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
    """The exit code of serving ``path`` to a command, before an upstream that says ``live``."""
    async with serve_scripts([build_ok(b"live")]) as upstream:
        config = Config(
            listen=ANYWHERE,
            limits=LIMITS,
            mode=mode,
            upstream=UpstreamUrl(upstream.url),
            replay=settings or ReplaySettings(),
        )
        folder = path.parent if path else Path()
        service = ServeOptions(
            config, folder, path, append=append, command=command, keep_on_failure=keep_on_failure
        )
        return await serve(service, lambda _url: None)


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


@pytest.mark.parametrize(("mode", "append", "heard", "left"), MODES)
async def test_what_a_mode_answers_and_leaves(
    mode: ModeName,
    append: bool,
    heard: str,
    left: list[bytes],
    path: Path,
    tmp_path: Path,
) -> None:
    command = client(0, "/1", "/new", heard=tmp_path / "heard")
    assert await run(path, *command, mode=mode, append=append) == 0
    assert (tmp_path / "heard").read_text().split() == heard.split()
    assert bodies(path) == left


FAILURES: list[tuple[str, ModeName, bool, list[bytes], list[bytes]]] = [
    ("what it recorded is kept beside", "record", False, [b"1", b"2"], [LIVE]),
    ("what it added is taken away", "auto", False, [b"1", b"2"], []),
    ("unless it is told to keep it", "record", True, [LIVE], []),
    ("unless it is told to keep what it added", "auto", True, [b"1", b"2", LIVE], []),
]


@pytest.mark.parametrize(
    ("mode", "keep", "left", "aside"), [row[1:] for row in FAILURES], ids=[r[0] for r in FAILURES]
)
async def test_a_failed_command_does_not_replace_a_good_cassette(
    mode: ModeName, keep: bool, left: list[bytes], aside: list[bytes], path: Path
) -> None:
    assert await run(path, *client(7, "/new"), mode=mode, keep_on_failure=keep) == 7
    assert bodies(path) == left
    assert bodies(path.with_name("c.cassette.failed")) == aside


@pytest.mark.parametrize("mode", ["record", "once"])
async def test_a_failed_first_recording_is_kept(mode: ModeName, tmp_path: Path) -> None:
    path = tmp_path / "new.cassette"
    assert await run(path, *client(7, "/new"), mode=mode) == 7
    assert bodies(path) == [LIVE], "it replaces nothing"


EXITS: list[tuple[str, ReplaySettings, list[str], int]] = [
    ("all is well", ReplaySettings(), ["/1", "/2"], 0),
    ("a miss is the client's business", ReplaySettings(), ["/1", "/miss"], 0),
    ("unless misses fail", ReplaySettings(on_miss="fail"), ["/1", "/miss"], 1),
    ("or it is strict", ReplaySettings(strict=True), ["/1", "/1"], 1),
    ("no miss, no failure", ReplaySettings(on_miss="fail"), ["/1", "/1"], 0),
    ("unplayed is fine", ReplaySettings(), ["/1"], 0),
    ("unplayed is said", ReplaySettings(on_unplayed="warn"), ["/1"], 0),
    ("unplayed fails", ReplaySettings(on_unplayed="fail"), ["/1"], 1),
    ("all was played", ReplaySettings(on_unplayed="fail"), ["/2", "/1"], 0),
]


@pytest.mark.parametrize(
    ("settings", "paths", "code"), [row[1:] for row in EXITS], ids=[row[0] for row in EXITS]
)
async def test_what_a_replay_ends_with(
    settings: ReplaySettings, paths: Sequence[str], code: int, path: Path
) -> None:
    assert await run(path, *client(0, *paths), settings=settings) == code


async def test_a_commands_own_code_goes_first(path: Path) -> None:
    assert await run(path, *client(7, "/miss"), settings=ReplaySettings(strict=True)) == 7


async def test_sessions_by_name_of_a_failed_command_fail_with_it(path: Path) -> None:
    path.with_name("old.cassette").write_bytes(path.read_bytes())
    assert await run(path, *client(7, "/@old/new"), mode="record") == 7
    assert bodies(path.with_name("old.cassette")) == [b"1", b"2"]


TOKENS = [
    ("a short one", "guess-me", "at least 16"),
    ("one that is no text", "k\u00e9y-that-is-long-enough", "ASCII"),
]


@pytest.mark.parametrize(
    ("token", "said"), [row[1:] for row in TOKENS], ids=[row[0] for row in TOKENS]
)
async def test_a_token_that_can_be_guessed_is_refused(
    token: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNREEL_TOKEN", token)
    service = ServeOptions(replace(Config(), listen=ANYWHERE, mode="replay"), tmp_path, None)
    with pytest.raises(UsageError, match=said) as refusal:
        await serve(service, lambda _url: None)
    assert token not in str(refusal.value)
