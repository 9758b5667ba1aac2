"""The lock: one writer at a time, and an error that names the holder."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from runreel.errors import CassetteLockedError
from runreel.shell.store import CassetteReader, CassetteWriter, repair_cassette
from runreel.shell.store.folder import Folder
from runreel.shell.store.lock import CassetteLock
from support.build import make_header

HOLDER = """
import sys
from pathlib import Path
from runreel.core.cassette import CassetteHeader
from runreel.shell.store import CassetteWriter

writer = CassetteWriter.create(Path(sys.argv[1]), CassetteHeader(1, "test"))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.cassette"


def test_two_writers_in_one_process_conflict_and_the_holder_is_named(path: Path) -> None:
    writer = CassetteWriter.create(path, make_header())

    for attempt in (
        lambda: CassetteWriter.create(path, make_header()),
        lambda: CassetteWriter.append_to(path),
        lambda: repair_cassette(path),
    ):
        with pytest.raises(CassetteLockedError) as caught:
            attempt()
        assert caught.value.path == path
        pattern = rf"is being written by process {os.getpid()} since \d\d:\d\d:\d\d UTC; wait"
        assert re.search(pattern, str(caught.value))
    CassetteReader.open(path).close()

    writer.close()
    CassetteWriter.append_to(path).close()


def test_two_processes_conflict_until_the_first_is_killed(path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(  # noqa: S603  # our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(CassetteLockedError, match=f"process {holder.pid} since"):
            CassetteWriter.append_to(path)
        holder.kill()
    assert path.with_name(".x.cassette.lock").exists()

    CassetteWriter.append_to(path).close()
    assert not path.with_name(".x.cassette.lock").exists()


HOLDERS = [
    ("not written yet", b"", "another process;"),
    ("written in part", b"12", "another process;"),
    ("anything", b"\xff\x1b[2J a b c d", "another process;"),
    ("an escape sequence for a host", b"1 \x1b[2J 2026-01-01T00:00:00", "another process;"),
    ("this host", f"12 {socket.gethostname()} 2026-01-01T10:20:30\n".encode(), "process 12 since"),
    ("another host", b"12 elsewhere 2026-01-01T10:20:30", "process 12 on elsewhere since 10:20:30"),
]


@pytest.mark.parametrize(("reason", "text", "message"), HOLDERS, ids=[c[0] for c in HOLDERS])
def test_the_holder_is_named_if_the_lock_file_is_valid(
    reason: str, text: bytes, message: str, path: Path
) -> None:
    writer = CassetteWriter.create(path, make_header())
    path.with_name(".x.cassette.lock").write_bytes(text)

    with pytest.raises(CassetteLockedError, match=f"is being written by {message}"):
        CassetteWriter.append_to(path)
    writer.close()


def test_a_lock_on_a_file_that_was_removed_meanwhile_is_acquired_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(path.parent)
    first = CassetteLock.acquire(folder, path)
    real_open = Folder.open
    inodes: list[int] = []

    def open_then_release(self: Folder, name: str, *, create_mode: int | None = None) -> int:
        fd = real_open(self, name, create_mode=create_mode)
        if not inodes:
            first.release()
        inodes.append(os.fstat(fd).st_ino)
        return fd

    monkeypatch.setattr(Folder, "open", open_then_release)
    second = CassetteLock.acquire(folder, path)
    monkeypatch.undo()

    assert len(inodes) == 2
    with pytest.raises(CassetteLockedError):
        CassetteLock.acquire(folder, path)
    second.release()
    folder.close()


def test_a_removed_lock_file_does_not_prevent_a_new_lock(path: Path) -> None:
    lock = path.with_name(".x.cassette.lock")
    writer = CassetteWriter.create(path, make_header())
    lock.unlink()
    other = CassetteWriter.append_to(path)
    writer.close()
    assert lock.exists()
    other.close()
    assert not lock.exists()


def test_concurrent_threads_never_hold_the_lock_together(path: Path) -> None:
    holders, max_holders, acquired = 0, 0, 0
    counting = threading.Lock()

    def contend() -> None:
        nonlocal holders, max_holders, acquired
        while acquired < 200:
            try:
                with ExitStack() as stack:
                    folder = Folder(path.parent)
                    stack.callback(folder.close)
                    lock = CassetteLock.acquire(folder, path)
                    with counting:
                        holders += 1
                        acquired += 1
                        max_holders = max(max_holders, holders)
                    with counting:
                        holders -= 1
                    lock.release()
            except CassetteLockedError:
                continue

    threads = [threading.Thread(target=contend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max_holders == 1
