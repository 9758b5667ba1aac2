"""The heap gives the memory of large blocks back."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys

import pytest

from runreel.shell.process.heap import limit_heap_growth

GROW_AND_SHRINK = """
import resource
from runreel.shell.process.heap import limit_heap_growth
assert limit_heap_growth()
def read_resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
bytes(20_000_000)  # glibc would take blocks of this size from its heap from now on
before = read_resident()
blocks, small = [], []
for number in range(50):
    blocks.append(b"x" * 1_000_000)
    small.append(bytes(1000 + number))
blocks.clear()
print(read_resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries have no mallopt")
def test_large_blocks_leave_no_holes() -> None:
    command = [sys.executable, "-c", GROW_AND_SHRINK]
    process = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert int(process.stdout) < 5_000_000


def test_a_library_without_mallopt_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    assert not limit_heap_growth()
