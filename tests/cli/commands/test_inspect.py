"""``runreel inspect``: the page of cassettes, from its start to Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from runreel.cli import run
from runreel.cli.commands.inspect import InspectedPaths
from runreel.core.cassette import encode_exchange
from support.build import make_cassette, make_exchange
from support.inspector import get_api, get_raw
from support.process import start_runreel
from support.recordings import write_recording


@pytest.mark.slow
async def test_a_cassette_that_grows_is_followed_until_ctrl_c(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "a.cassette", [make_exchange(1)])
    arguments = ("inspect", "a.cassette", "--no-open", "--listen", "127.0.0.1:0")
    async with start_runreel(*arguments, cwd=tmp_path) as process:
        line = await process.read_line()
        url = line.split()[-1].removesuffix("/-/")
        before = await get_api(url, "exchanges")
        with path.open("ab") as file:
            file.write(encode_exchange(make_exchange(2)))
        after = await get_api(url, "exchanges")
        while after["total"] < 2:
            await asyncio.sleep(0.01)
            after = await get_api(url, "exchanges")
        page = await get_raw(url, "/-/")
        result = await process.stop(signal.SIGINT)
    assert line.startswith("inspecting at http://127.0.0.1:")
    assert [row["number"] for row in before["rows"]] == [1]
    assert [row["number"] for row in after["rows"]] == [1, 2]
    assert page.status == 200
    assert result.code == 0
    assert result.errors == ""


def test_names_and_files_that_are_being_recorded(tmp_path: Path) -> None:
    folder = tmp_path / "cassettes"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.cassette", "a.cassette.recording", "sub/b.cassette", "a.cassette.lock"):
        (folder / name).write_bytes(make_cassette())
    other = tmp_path / "c.cassette"
    other.write_bytes(make_cassette())
    assert InspectedPaths((), folder).list_paths() == {
        "a": folder / "a.cassette",
        "sub/b": folder / "sub/b.cassette",
        "a (recording)": folder / "a.cassette.recording",
    }
    assert list(InspectedPaths(("sub/b.cassette", "a"), folder).list_existing()) == [
        "a",
        "a (recording)",
    ]
    assert list(InspectedPaths((str(other),), folder).list_paths()) == [str(other)[:-9]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gone"], "no cassette at"),
        (["--listen", "x:y:z"], "--listen"),
        (["--listen", "0.0.0.0:0"], "set RUNREEL_TOKEN"),
    ],
)
def test_mistakes_are_errors_at_the_start(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cassettes").mkdir()
    assert run(["inspect", *arguments]) in {2, 3}
    assert message in capsys.readouterr().err


def test_without_a_cassette_folder_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["inspect"]) == 3
    error = capsys.readouterr().err
    assert "there is no cassette folder cassettes" in error
    assert "runreel record NAME" in error
