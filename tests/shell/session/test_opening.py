"""Opening a session: what was opened is closed again, even if nobody waits for it any more."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from runreel.config import Config, UpstreamUrl
from runreel.model import Mode
from runreel.shell.session.opening import ServerResources, open_session
from runreel.shell.session.session import SessionSpec
from runreel.shell.store import CassetteReader, CassetteWriter
from support.build import make_cassette
from support.proxy import LIMITS

CONFIG = replace(Config(limits=LIMITS), upstream=UpstreamUrl("http://127.0.0.1:9"))
MODES = [Mode.REPLAY, Mode.RECORD, Mode.AUTO]


def list_open_files(below: Path) -> set[str]:
    """Return what the descriptors of this process lead to, as far as it is below a folder."""
    folder = Path("/proc/self/fd") if Path("/proc/self/fd").exists() else Path("/dev/fd")
    targets = set()
    for each in folder.iterdir():
        try:
            targets.add(os.readlink(each))
        except OSError:
            continue
    return {target for target in targets if target.startswith(str(below))}


@pytest.mark.parametrize("mode", MODES)
async def test_a_cassette_opened_for_a_cancelled_task_is_closed(
    mode: Mode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client of the control API may leave while a worker opens the file."""
    path = tmp_path / "x.cassette"
    if mode is not Mode.RECORD:
        path.write_bytes(make_cassette())
    is_open, go_on = threading.Event(), threading.Event()

    def hold(open_cassette: Any) -> Any:
        def open_slowly(*arguments: Any, **options: Any) -> Any:
            result = open_cassette(*arguments, **options)
            is_open.set()
            go_on.wait(10)
            return result

        return open_slowly

    opener = "open" if mode is Mode.REPLAY else "create" if mode is Mode.RECORD else "append_to"
    owner = CassetteReader if mode is Mode.REPLAY else CassetteWriter
    monkeypatch.setattr(owner, opener, hold(getattr(owner, opener)))
    spec = SessionSpec("s", path, mode, CONFIG)
    task = asyncio.ensure_future(open_session(spec, ServerResources.build(CONFIG.limits)))
    assert await asyncio.to_thread(is_open.wait, 10)
    task.cancel()
    await asyncio.sleep(0)  # the cancellation reaches the task before the file is there
    go_on.set()

    with pytest.raises(asyncio.CancelledError):
        await task

    assert list_open_files(tmp_path) == set()
    names = {each.name for each in tmp_path.iterdir()}
    assert names == (set() if mode is Mode.RECORD else {"x.cassette"})
