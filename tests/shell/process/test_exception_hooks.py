"""What Python prints by itself reaches the log without a word of what it is about."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.installed import install_with_pip

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

class Telling:
    def __repr__(self):
        return SECRET
"""

CASES = [
    ("a warning", "warnings.warn(SECRET)", "UserWarning"),
    ("a coroutine that nobody awaited", "fail_later(SECRET)", "RuntimeWarning"),
    ("an exception that is logged", "try: fail()\nexcept ValueError: log.exception('x')", "Value"),
    ("an exception that nobody caught", "fail()", "ValueError"),
    ("an interrupt that nobody caught", "raise KeyboardInterrupt(SECRET)", "KeyboardInterrupt"),
    ("a thread's exception", "threading.Thread(target=fail, name='worker').start()", "worker"),
    (
        "a finalizer's exception",
        "Telling.__del__ = lambda self: fail()\ndel_me = Telling()\ndel del_me",
        "unraisable_exception",
    ),
    (
        "a task's exception that nobody asked for",
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
        "a callback that took long",
        """
async def main():
    asyncio.get_running_loop().slow_callback_duration = 0
    asyncio.get_running_loop().call_soon(print, "", Telling())
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
    ("what faulthandler prints", "held = SECRET\nos.abort()", "Fatal Python error: Aborted"),
]


@pytest.fixture(scope="module")
def rich() -> Path:
    """A folder with rich, by which structlog prints tracebacks with locals."""
    return install_with_pip("rich", "rich>=14")


@pytest.mark.parametrize(("code", "told"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_nothing_of_a_fault_s_text_is_printed(code: str, told: str, rich: Path) -> None:
    for form, path in (("console", ""), ("console", str(rich)), ("json", "")):
        shown = printed(code, form, path)
        assert CANARY not in shown
        assert told in shown


def printed(code: str, form: str, path: str) -> str:
    """All that the code prints in a process of its own, with Python's and asyncio's debug modes."""
    return ran(f"{SET_UP}\nlog = structlog.get_logger()\n{code}", form, path)


def ran(script: str, form: str, path: str) -> str:
    command = [sys.executable, "-X", "dev", "-X", "tracemalloc", "-c", script, form]
    environ = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)  # noqa: S603
    return done.stdout + done.stderr


BARE = """
try:
    fail()
except ValueError:
    structlog.reset_defaults()
    structlog.get_logger().exception("x")
"""


def test_the_search_finds_what_python_and_structlog_print_as_they_come(rich: Path) -> None:
    assert CANARY in ran(
        SET_UP.replace("exception_hooks.install_exception_hooks()", "") + "warnings.warn(SECRET)",
        "json",
        "",
    )
    assert f"secret = '{CANARY}'" in ran(SET_UP + BARE, "json", str(rich))
