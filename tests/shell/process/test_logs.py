"""The log: what it looks like, and what never reaches it."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any, Literal

import pytest
import structlog

from runreel.config import LogSettings
from runreel.errors import StoreError
from runreel.shell.process import logs

CANARY = "sk-test-canary-0123456789"

Format = Literal["auto", "console", "json"]


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def logged(write: Callable[[Any], None], **settings: Any) -> str:
    """What ``write``, handed a logger, leaves on the stream."""
    stream = StringIO()
    is_terminal = settings.pop("is_terminal", False)
    logs.configure_logging(LogSettings(**settings), stream, is_terminal=is_terminal)
    write(structlog.get_logger())
    return stream.getvalue()


def as_json(write: Callable[[Any], None], **settings: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(logged(write, format="json", **settings))
    return event


LOOKS = [
    ("a terminal gets lines for people", "auto", True, False),
    ("a file gets JSON", "auto", False, True),
    ("JSON on a terminal, if asked for", "json", True, True),
    ("lines for people in a file, if asked for", "console", False, False),
]


@pytest.mark.parametrize(
    ("form", "is_terminal", "json_expected"), [c[1:] for c in LOOKS], ids=[c[0] for c in LOOKS]
)
def test_the_look_is_chosen(form: Format, is_terminal: bool, json_expected: bool) -> None:
    line = logged(lambda log: log.info("ready"), format=form, is_terminal=is_terminal)
    assert line.startswith("{") is json_expected
    assert "ready" in line
    assert "\x1b" not in line, "colour only where the caller says so"


def test_an_event_has_its_time_in_utc_its_level_and_its_fields() -> None:
    event = as_json(lambda log: log.warning("miss", exchange=3, path="/v1/threads"))
    assert event.pop("timestamp").endswith("Z")
    assert event == {"event": "miss", "level": "warning", "exchange": 3, "path": "/v1/threads"}


def test_events_below_the_level_are_left_out() -> None:
    assert logged(lambda log: log.info("quiet"), level="warning") == ""


def test_colour_is_the_caller_s_choice() -> None:
    stream = StringIO()
    logs.configure_logging(LogSettings(format="console"), stream, is_terminal=False, color=True)
    structlog.get_logger().info("ready")
    assert "\x1b[" in stream.getvalue()


class Opaque:
    def __str__(self) -> str:
        return "an\x1b[2Jobject"


HOSTILE = [
    ("an escape", "\x1b]0;x\x07", "\\x1b]0;x\\x07"),
    ("a forged line", 'a\n{"event": "all is well"}', 'a\\x0a{"event": "all is well"}'),
    ("bytes", b"\x1b\xff", "\\x1bÿ"),
    ("within a list", ["\x1b"], ["\\x1b"]),
    ("within a mapping", {"\x1b": ("\x1b",)}, {"\\x1b": ["\\x1b"]}),
    ("an object", Opaque(), "an\\x1b[2Jobject"),
    ("a number stays one", 1.5, 1.5),
    ("a flag stays one", True, True),
    ("nothing", None, None),
    ("our own error speaks", StoreError("disk\nfull"), "disk\\x0afull"),
    ("a foreign error does not", ValueError(CANARY), "ValueError"),
]


@pytest.mark.parametrize(("value", "shown"), [c[1:] for c in HOSTILE], ids=[c[0] for c in HOSTILE])
def test_a_value_cannot_steer_the_terminal_or_forge_a_line(value: object, shown: object) -> None:
    assert as_json(lambda log: log.info("event", value=value))["value"] == shown
    console = logged(lambda log: log.info("event", value=value), format="console")
    assert console.count("\n") == 1
    assert "\x1b" not in console


def test_an_event_s_own_name_is_made_visible_too() -> None:
    assert as_json(lambda log: log.info("a\x1bb"))["event"] == "a\\x1bb"


def fail(secret: str) -> None:
    """Leave the secret in a local, in an exception's text and in that of its cause."""
    local = secret
    try:
        json.loads(f'"{local}')
    except ValueError as cause:
        raise RuntimeError(local) from cause


def log_exception(log: Any) -> None:
    try:
        fail(CANARY)
    except RuntimeError:
        log.exception("failed")


def log_exc_info(log: Any) -> None:
    try:
        fail(CANARY)
    except RuntimeError as error:
        log.critical("failed", exc_info=error)


def log_exc_tuple(log: Any) -> None:
    try:
        fail(CANARY)
    except RuntimeError:
        log.critical("failed", exc_info=sys.exc_info())


def log_stack(log: Any) -> None:
    local = CANARY
    log.error("failed", exc_info=None, stack_info=bool(local))


def log_stdlib(name: str) -> Callable[[Any], None]:
    def write(_log: Any) -> None:
        try:
            fail(CANARY)
        except RuntimeError:
            logging.getLogger(name).exception("bad request: %s", CANARY)

    return write


def log_asyncio(_log: Any) -> None:
    """An exception that nobody awaits, as asyncio itself logs it."""

    async def main() -> None:
        asyncio.get_running_loop().call_exception_handler(
            {"message": f"Task {CANARY} failed", "exception": ValueError(CANARY), "task": CANARY}
        )

    asyncio.run(main())


LEAKS = [
    ("log.exception", log_exception, "RuntimeError from JSONDecodeError"),
    ("an exception passed along", log_exc_info, "RuntimeError from JSONDecodeError"),
    ("what sys.exc_info() says", log_exc_tuple, "RuntimeError from JSONDecodeError"),
    ("a stack", log_stack, None),
    ("aiohttp.server", log_stdlib("aiohttp.server"), "RuntimeError"),
    ("the root logger", log_stdlib(""), "RuntimeError"),
    ("asyncio's exception handler", log_asyncio, "ValueError"),
]


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize(("write", "error"), [c[1:] for c in LEAKS], ids=[c[0] for c in LEAKS])
def test_no_secret_reaches_the_log_by_a_traceback_or_a_library(
    write: Callable[[Any], None], error: str | None, form: Format
) -> None:
    line = logged(write, format=form)
    assert line.count("\n") == 1
    assert CANARY not in line
    assert error is None or error in line


def test_an_exception_is_told_by_type_and_by_the_place_in_our_code() -> None:
    event = as_json(log_exception)
    assert event["error"] == "RuntimeError from JSONDecodeError"
    file, _, line = event["where"].rpartition(":")
    assert Path(file).name.endswith(".py")
    assert line.isdigit()


def test_a_library_s_message_keeps_who_said_it_and_where() -> None:
    event = as_json(log_stdlib("aiohttp.server"))
    assert event["event"] == "library_message"
    assert event["logger"] == "aiohttp.server"
    assert event["level"] == "error"
    assert event["where"].startswith("test_logs.py:")


def test_a_level_that_a_library_made_up_is_rounded_down() -> None:
    assert as_json(lambda _: logging.getLogger("x").log(35, "x"))["level"] == "warning"
    assert as_json(lambda _: logging.getLogger("x").log(99, "x"))["level"] == "critical"


def test_libraries_are_heard_from_warnings_on_whatever_our_own_level() -> None:
    assert logged(lambda _: logging.getLogger("asyncio").info("x"), level="debug") == ""
    assert logged(lambda _: logging.getLogger("asyncio").warning("x"), level="error") == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_lines_that_a_full_disk_refuses_are_counted_and_nothing_is_raised() -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        logs.configure_logging(LogSettings(), full, is_terminal=False)
        log_exception(structlog.get_logger())
        logging.getLogger("aiohttp.server").error("refused")
    assert logs.count_lost_lines() == 2


def test_lines_without_a_reader_or_a_stream_are_counted() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as pipe:
        logs.configure_logging(LogSettings(), pipe, is_terminal=False)
        structlog.get_logger().error("nobody reads this")
    assert logs.count_lost_lines() == 1
    structlog.get_logger().error("closed by now")
    assert logs.count_lost_lines() == 2


def test_a_reader_that_has_stopped_reading_holds_nothing_up() -> None:
    read, write = os.pipe()
    with os.fdopen(write, "w") as pipe:
        logs.configure_logging(LogSettings(), pipe, is_terminal=False)
        for _ in range(2_000):
            structlog.get_logger().info("event", text="x" * 100)
        lost = logs.count_lost_lines()
        assert lost > 0
        assert len(os.read(read, 1_000_000)) > 50_000
        structlog.get_logger().info("heard again")
        assert b'"heard again"' in os.read(read, 1_000_000)
        assert logs.count_lost_lines() == lost
    os.close(read)


def test_a_closed_stream_in_memory_is_no_error_either() -> None:
    stream = StringIO()
    logs.configure_logging(LogSettings(), stream, is_terminal=False)
    stream.close()
    structlog.get_logger().error("lost")
    assert logs.count_lost_lines() == 1


def test_after_a_line_that_was_torn_the_next_one_begins_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, room = os.write, 20

    def filling(fd: int, data: memoryview) -> int:
        nonlocal room
        if not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = real(fd, data[:room])
        room -= written
        return written

    path = tmp_path / "log"
    with path.open("w", encoding="utf-8") as stream:
        logs.configure_logging(LogSettings(format="json"), stream, is_terminal=False)
        with monkeypatch.context() as full:
            full.setattr(os, "write", filling)
            structlog.get_logger().error("torn")
            structlog.get_logger().error("lost")
        structlog.get_logger().error("whole", path="\udcff")
        structlog.get_logger().error("next")
    torn, whole, following = path.read_text(encoding="utf-8").splitlines()
    assert len(torn) == 20
    assert [json.loads(line)["event"] for line in (whole, following)] == ["whole", "next"]
    assert logs.count_lost_lines() == 2


def test_without_a_configured_log_nothing_is_lost() -> None:
    structlog.reset_defaults()
    assert logs.count_lost_lines() == 0


UNREAD = """
import sys
import structlog
from runreel.config import LogSettings
from runreel.shell.process import logs
logs.configure_logging(LogSettings(), sys.stderr, is_terminal=False)
structlog.get_logger().error("nobody reads this")
sys.exit(7 if logs.count_lost_lines() == 1 else 1)
"""


def test_a_log_that_nobody_reads_does_not_change_how_the_process_ends() -> None:
    read, write = os.pipe()
    os.close(read)
    ended = subprocess.run([sys.executable, "-c", UNREAD], stderr=write, check=False)  # noqa: S603
    os.close(write)
    assert ended.returncode == 7
