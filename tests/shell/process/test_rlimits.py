"""The limits of the process, and of the commands that it starts."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from runreel.shell.process.rlimits import allow_many_connections


def test_the_limit_on_open_files_is_raised() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        allow_many_connections()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= min(before[1], 65_536)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


SCRIPT = """
import ctypes, resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
from runreel.shell.process import rlimits
PRINT_LIMITS = '''
import ctypes, resource
print(
    resource.getrlimit(resource.RLIMIT_CORE)[0],
    resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    ctypes.CDLL(None).prctl(3, 0, 0, 0, 0),  # PR_GET_DUMPABLE
    flush=True,
)
'''
def print_limits_of_child():
    subprocess.run([sys.executable, "-c", PRINT_LIMITS], check=True)
exec(PRINT_LIMITS)
rlimits.harden_process()
rlimits.allow_many_connections()
exec(PRINT_LIMITS)
with rlimits.restore_inherited_limits():
    print_limits_of_child()
exec(PRINT_LIMITS)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl exists on Linux only")
def test_hardening_applies_to_the_process_but_not_to_its_children() -> None:
    command = [sys.executable, "-c", SCRIPT]
    process = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    before, hardened, child, after = (line.split() for line in process.stdout.splitlines())
    assert (hardened[0], hardened[2]) == ("0", "0")
    assert child == before, "the child has the old limits and is open to debuggers"
    assert after == hardened
