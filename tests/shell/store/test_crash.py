"""Crash safety: ``kill -9`` during a write, and a limit on the file's size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runreel.core.cassette import encode_exchange
from runreel.shell.store import CassetteReader, CassetteWriter
from support.build import make_exchange

WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from support.build import make_answer, make_exchange, make_header
from runreel.core.cassette import encode_exchange
from runreel.shell.store import AppendError, CassetteWriter

writer = CassetteWriter.create(Path(sys.argv[1]), make_header(), fsync="never")
answer = make_answer(b"data: " + b"x" * 300_000)
"""
FOREVER = """
number = 0
while True:
    number += 1
    writer.append([encode_exchange(make_exchange(number, answer=answer))])
    print(number, flush=True)
"""
LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
records = [encode_exchange(make_exchange(number, answer=answer)) for number in range(1, 6)]
try:
    writer.append(records)
except AppendError as error:
    print(error.stored, error, flush=True)
writer.append([encode_exchange(make_exchange(9))])
writer.close()
"""
TESTS = str(Path(__file__).parents[2])


def start(program: str, path: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", WRITER + program, str(path), TESTS]
    return subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603  # our own program


@pytest.mark.parametrize("acknowledged", [1, 2, 7, 20])
def test_kill_9_loses_no_acknowledged_record(acknowledged: int, tmp_path: Path) -> None:
    path = tmp_path / "x.cassette"
    with start(FOREVER, path) as writer:
        assert writer.stdout is not None
        for _ in range(acknowledged):
            last = int(writer.stdout.readline())
        writer.kill()
        last = max(last, *map(int, writer.stdout.read().splitlines()), 0)

    with CassetteReader.open(path) as cassette:
        cassette.raise_if_damaged()
        count = len(cassette.heads)
        assert last <= count <= last + 1
        assert [head.number for head in cassette.heads] == list(range(1, count + 1))
        assert all(
            len(cassette.read_answer(head.number).body) == head.size for head in cassette.heads
        )

    continued = CassetteWriter.append_to(path)
    assert continued.next_number == count + 1
    continued.close()


def test_kill_9_of_a_new_recording_leaves_the_old_cassette(tmp_path: Path) -> None:
    path = tmp_path / "x.cassette"
    with start("writer.append([encode_exchange(make_exchange(1))]); writer.close()", path):
        pass
    old = path.read_bytes()
    with start(FOREVER, path) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        writer.kill()

    assert path.read_bytes() == old
    with CassetteReader.open(path.with_name("x.cassette.recording")) as cassette:
        assert cassette.heads[0].number == 1


def test_a_size_limit_loses_only_the_records_that_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "x.cassette"
    with start(LIMITED, path) as writer:
        assert writer.stdout is not None
        output = writer.stdout.read().decode()

    assert output.startswith("3 ")
    assert "the record could not be written: File too large" in output
    with CassetteReader.open(path) as cassette:
        cassette.raise_if_damaged()
        assert cassette.torn is None
        assert [head.number for head in cassette.heads] == [1, 2, 3, 9]
        assert cassette.read_answer(9) == make_exchange(9).answer
    assert path.read_bytes().endswith(encode_exchange(make_exchange(9)))
