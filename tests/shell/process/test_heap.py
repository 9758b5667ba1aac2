"""The heap gives the memory of large blocks back."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from runreel.shell.process import heap
from runreel.shell.process.heap import limit_heap_growth, release_free_memory

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


FREE_SMALL_BLOCKS = """
import resource
from runreel.shell.process.heap import release_free_memory
def read_resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
before = read_resident()
blocks = [b"x" * 20_000 for _ in range(2_000)]
last = bytes(20_000)  # it lies behind the others, so the heap does not shrink by itself
blocks.clear()
release_free_memory()
print(read_resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries cannot do it")
@pytest.mark.parametrize("program", [GROW_AND_SHRINK, FREE_SMALL_BLOCKS], ids=["large", "small"])
def test_memory_of_freed_blocks_is_given_back(program: str) -> None:
    command = [sys.executable, "-c", program]
    process = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert int(process.stdout) < 5_000_000


def test_a_library_without_mallopt_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap, "_LIBRARY", object())
    assert not limit_heap_growth()
    release_free_memory()
