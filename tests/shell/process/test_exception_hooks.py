"""Warnings and uncaught exceptions reach the log without their texts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.installed import install_with_pip

pytestmark = pytest.mark.slow

CANARY = "sk-test-canary-0123456789"

SET_UP = """
import asyncio, os, sys, threading, warnings
import aiohttp, structlog
from runreel.config import LogSettings
from runreel.shell.process import exception_hooks, logs

SECRET = "-".join(("sk", "test", "canary", "0123456789"))  # not in a line of source
logs.configure_logging(LogSettings(format=sys.argv[1]), sys.stderr, is_terminal=True)
exception_hooks.install_exception_hooks()
warnings.simplefilter("always")

def fail(secret=SECRET):
    local = secret
    raise ValueError(local)

async def fail_later(secret=SECRET):
    fail(secret)

class SecretRepr:
    def __repr__(self):
        return SECRET
"""

CASES = [
    ("a warning", "warnings.warn(SECRET)", "UserWarning"),
    ("a coroutine that was not awaited", "fail_later(SECRET)", "RuntimeWarning"),
    ("an exception that is logged", "try: fail()\nexcept ValueError: log.exception('x')", "Value"),
    ("an uncaught exception", "fail()", "ValueError"),
    ("an uncaught interrupt", "raise KeyboardInterrupt(SECRET)", "KeyboardInterrupt"),
    ("a thread's exception", "threading.Thread(target=fail, name='worker').start()", "worker"),
    (
        "a finalizer's exception",
        "SecretRepr.__del__ = lambda self: fail()\ndel_me = SecretRepr()\ndel del_me",
        "unraisable_exception",
    ),
    (
        "an exception of a task that was not awaited",
        """
async def main():
    asyncio.create_task(fail_later(), name=SECRET)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
asyncio.run(main())
""",
        "ValueError",
    ),
    (
        "a slow callback",
        """
async def main():
    asyncio.get_running_loop().slow_callback_duration = 0
    asyncio.get_running_loop().call_soon(print, "", SecretRepr())
    await asyncio.sleep(0)
sys.stdout = open(os.devnull, "w")
asyncio.run(main(), debug=True)
""",
        "base_events.py",
    ),
    (
        "a client session that was left open",
        """
async def main():
    aiohttp.ClientSession(headers={"Authorization": SECRET})
asyncio.run(main())
""",
        "ResourceWarning",
    ),
    ("the output of faulthandler", "local = SECRET\nos.abort()", "Fatal Python error: Aborted"),
]


@pytest.fixture(scope="module")
def rich() -> Path:
    """Install rich, with which structlog prints tracebacks with locals; return its folder."""
    return install_with_pip("rich", "rich>=14")


@pytest.mark.parametrize(("code", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_no_text_of_a_warning_or_an_exception_is_printed(
    code: str, expected: str, rich: Path
) -> None:
    for form, path in (("console", ""), ("console", str(rich)), ("json", "")):
        output = run_code(code, form, path)
        assert CANARY not in output
        assert expected in output


def run_code(code: str, form: str, path: str) -> str:
    """Run the code after ``SET_UP`` in a new process; return all that it prints."""
    return run_script(f"{SET_UP}\nlog = structlog.get_logger()\n{code}", form, path)


def run_script(script: str, form: str, path: str) -> str:
    command = [sys.executable, "-X", "dev", "-X", "tracemalloc", "-c", script, form]
    environ = {**os.environ, "PYTHONPATH": path}
    process = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)  # noqa: S603
    return process.stdout + process.stderr


UNCONFIGURED = """
try:
    fail()
except ValueError:
    structlog.reset_defaults()
    structlog.get_logger().exception("x")
"""


def test_without_the_hooks_python_and_structlog_print_the_secret(rich: Path) -> None:
    assert CANARY in run_script(
        SET_UP.replace("exception_hooks.install_exception_hooks()", "") + "warnings.warn(SECRET)",
        "json",
        "",
    )
    assert f"secret = '{CANARY}'" in run_script(SET_UP + UNCONFIGURED, "json", str(rich))
