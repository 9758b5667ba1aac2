"""What the kernel lets the process do, and what it lets the commands that it starts."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from runreel.shell.process.rlimits import allow_many_connections


def test_the_limit_on_open_files_goes_up() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        allow_many_connections()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= min(before[1], 65_536)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


HARDENED = """
import ctypes, resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
from runreel.shell.process import rlimits
TELL = '''
import ctypes, resource
print(
    resource.getrlimit(resource.RLIMIT_CORE)[0],
    resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    ctypes.CDLL(None).prctl(3, 0, 0, 0, 0),  # PR_GET_DUMPABLE
    flush=True,
)
'''
def tell_of_child():
    subprocess.run([sys.executable, "-c", TELL], check=True)
exec(TELL)
rlimits.harden_process()
rlimits.allow_many_connections()
exec(TELL)
with rlimits.restore_inherited_limits():
    tell_of_child()
exec(TELL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_a_hardened_process_leaves_no_core_hides_its_memory_and_spares_its_children() -> None:
    command = [sys.executable, "-c", HARDENED]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    before, hardened, child, after = (line.split() for line in done.stdout.splitlines())
    assert (hardened[0], hardened[2]) == ("0", "0")
    assert child == before, "its soft limits, and open to debuggers"
    assert after == hardened
