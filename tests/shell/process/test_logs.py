"""The log: its formats, and the texts that never reach it."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any, Literal

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from runreel.config import LogSettings
from runreel.errors import StoreError
from runreel.shell.process import logs
from support.logs import restore_logging

CANARY = "sk-test-canary-0123456789"

Format = Literal["auto", "console", "json"]


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    with restore_logging():
        yield


def capture_log(write: Callable[[Any], None], **settings: Any) -> str:
    """Call ``write`` with a logger; return the text that it writes to the stream."""
    stream = StringIO()
    is_terminal = settings.pop("is_terminal", False)
    logs.configure_logging(LogSettings(**settings), stream, is_terminal=is_terminal)
    write(structlog.get_logger())
    return stream.getvalue()


def capture_event(write: Callable[[Any], None], **settings: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(capture_log(write, format="json", **settings))
    return event


FORMATS = [
    ("a terminal gets readable lines", "auto", True, False),
    ("a file gets JSON", "auto", False, True),
    ("JSON on a terminal, on request", "json", True, True),
    ("readable lines in a file, on request", "console", False, False),
]


@pytest.mark.parametrize(
    ("form", "is_terminal", "json_expected"), [c[1:] for c in FORMATS], ids=[c[0] for c in FORMATS]
)
def test_the_format_depends_on_the_setting_and_the_terminal(
    form: Format, is_terminal: bool, json_expected: bool
) -> None:
    line = capture_log(lambda log: log.info("ready"), format=form, is_terminal=is_terminal)
    assert line.startswith("{") is json_expected
    assert "ready" in line
    assert "\x1b" not in line, "no colour unless the caller asks for it"


def test_an_event_has_its_time_in_utc_its_level_and_its_fields() -> None:
    event = capture_event(lambda log: log.warning("miss", exchange=3, path="/v1/threads"))
    assert event.pop("timestamp").endswith("Z")
    assert event == {"event": "miss", "level": "warning", "exchange": 3, "path": "/v1/threads"}


def test_events_below_the_level_are_left_out() -> None:
    assert capture_log(lambda log: log.info("quiet"), level="warning") == ""


def test_colour_is_used_if_the_caller_asks_for_it() -> None:
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
    ("a number", 1.5, 1.5),
    ("a flag", True, True),
    ("nothing", None, None),
    ("the text of our own error", StoreError("disk\nfull"), "disk\\x0afull"),
    ("only the type of another error", ValueError(CANARY), "ValueError"),
]


@pytest.mark.parametrize(
    ("value", "expected"), [c[1:] for c in HOSTILE], ids=[c[0] for c in HOSTILE]
)
def test_a_value_cannot_control_the_terminal_or_forge_a_line(
    value: object, expected: object
) -> None:
    assert capture_event(lambda log: log.info("event", value=value))["value"] == expected
    console = capture_log(lambda log: log.info("event", value=value), format="console")
    assert console.count("\n") == 1
    assert "\x1b" not in console


def test_control_characters_in_an_event_name_are_escaped() -> None:
    assert capture_event(lambda log: log.info("a\x1bb"))["event"] == "a\\x1bb"


def fail(secret: str) -> None:
    """Raise an exception with the secret in a local, in its text and in that of its cause."""
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
    """Log the exception of a task that is not awaited, as asyncio does."""

    async def main() -> None:
        asyncio.get_running_loop().call_exception_handler(
            {"message": f"Task {CANARY} failed", "exception": ValueError(CANARY), "task": CANARY}
        )

    asyncio.run(main())


LEAKS = [
    ("log.exception", log_exception, "RuntimeError from JSONDecodeError"),
    ("an exception passed along", log_exc_info, "RuntimeError from JSONDecodeError"),
    ("the tuple of sys.exc_info()", log_exc_tuple, "RuntimeError from JSONDecodeError"),
    ("a stack", log_stack, None),
    ("aiohttp.server", log_stdlib("aiohttp.server"), "RuntimeError"),
    ("the root logger", log_stdlib(""), "RuntimeError"),
    ("asyncio's exception handler", log_asyncio, "ValueError"),
]


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize(("write", "error"), [c[1:] for c in LEAKS], ids=[c[0] for c in LEAKS])
def test_no_secret_reaches_the_log_through_a_traceback_or_a_library(
    write: Callable[[Any], None], error: str | None, form: Format
) -> None:
    line = capture_log(write, format=form)
    assert line.count("\n") == 1
    assert CANARY not in line
    assert error is None or error in line


def test_an_exception_is_logged_with_its_type_and_the_place_in_the_code() -> None:
    event = capture_event(log_exception)
    assert event["error"] == "RuntimeError from JSONDecodeError"
    file, _, line = event["where"].rpartition(":")
    assert Path(file).name.endswith(".py")
    assert line.isdigit()


def test_a_message_of_a_library_is_logged_with_its_logger_and_place() -> None:
    event = capture_event(log_stdlib("aiohttp.server"))
    assert event["event"] == "library_message"
    assert event["logger"] == "aiohttp.server"
    assert event["level"] == "error"
    assert event["where"].startswith("test_logs.py:")


def test_a_level_of_a_library_is_rounded_down() -> None:
    assert capture_event(lambda _: logging.getLogger("x").log(35, "x"))["level"] == "warning"
    assert capture_event(lambda _: logging.getLogger("x").log(99, "x"))["level"] == "critical"


def test_messages_of_libraries_are_logged_from_warning_level_on() -> None:
    assert capture_log(lambda _: logging.getLogger("asyncio").info("x"), level="debug") == ""
    assert capture_log(lambda _: logging.getLogger("asyncio").warning("x"), level="error") == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full exists on Linux only")
def test_lines_that_do_not_fit_on_the_disk_are_counted() -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        logs.configure_logging(LogSettings(), full, is_terminal=False)
        log_exception(structlog.get_logger())
        logging.getLogger("aiohttp.server").error("refused")
    assert logs.count_lost_lines() == 2


def test_lines_to_a_closed_pipe_or_stream_are_counted() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as pipe:
        logs.configure_logging(LogSettings(), pipe, is_terminal=False)
        structlog.get_logger().error("nobody reads this")
    assert logs.count_lost_lines() == 1
    structlog.get_logger().error("closed by now")
    assert logs.count_lost_lines() == 2


def test_a_reader_that_has_stopped_reading_does_not_block() -> None:
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


class Loop:
    """An event loop whose iteration ends when the test says so."""

    def __init__(self) -> None:
        self.callbacks: list[Callable[[], None]] = []

    def call_soon(self, callback: Callable[[], None]) -> None:
        self.callbacks.append(callback)

    def end_iteration(self) -> None:
        callbacks, self.callbacks = self.callbacks, []
        for callback in callbacks:
            callback()


def test_lines_of_one_iteration_are_written_together(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, writes = Loop(), list[str]()
    stream = StringIO()
    monkeypatch.setattr(stream, "write", writes.append)
    logs.configure_logging(LogSettings(format="json"), stream, is_terminal=False)
    log = structlog.get_logger()
    with logs.write_in_batches(loop.call_soon):
        log.info("one")
        log.debug("below the level")
        log.info("two")
        assert not writes
        assert len(loop.callbacks) == 1
        loop.end_iteration()
        log.info("three")
        loop.end_iteration()
    assert [[json.loads(line)["event"] for line in text.splitlines()] for text in writes] == [
        ["one", "two"],
        ["three"],
    ]


WRITTEN_AT_ONCE = [
    ("a warning", lambda: structlog.get_logger().warning("last")),
    ("the end of the batches", lambda: None),
    ("a line of another thread", lambda: run_in_thread(structlog.get_logger().info)),
    ("a look at the lines that were lost", logs.count_lost_lines),
    ("the end of the process", logs.flush_log),
]


def run_in_thread(log: Callable[[str], None]) -> None:
    thread = threading.Thread(target=log, args=("last",))
    thread.start()
    thread.join()


@pytest.mark.parametrize(("why", "act"), WRITTEN_AT_ONCE, ids=[row[0] for row in WRITTEN_AT_ONCE])
def test_lines_are_written_before(why: str, act: Callable[[], object]) -> None:
    stream, loop = StringIO(), Loop()
    logs.configure_logging(LogSettings(format="json"), stream, is_terminal=False)
    with logs.write_in_batches(loop.call_soon):
        structlog.get_logger().info("first")
        act()
        if why != "the end of the batches":
            assert stream.getvalue()
    events = [json.loads(line)["event"] for line in stream.getvalue().splitlines()]
    assert events in (["first"], ["first", "last"])


def test_without_a_configured_log_there_are_no_batches() -> None:
    structlog.reset_defaults()
    with logs.write_in_batches(Loop().call_soon):
        logs.flush_log()


def test_lines_of_a_batch_that_are_not_written_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, real = Loop(), os.write
    path = tmp_path / "log"
    with path.open("w", encoding="utf-8") as stream:
        logs.configure_logging(LogSettings(format="json"), stream, is_terminal=False)
        with logs.write_in_batches(loop.call_soon), monkeypatch.context() as patch:
            for number in range(5):
                structlog.get_logger().info("event", number=number)
            rows: list[int] = []

            def write_some(fd: int, data: bytes) -> int:
                if rows:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                rows.append(real(fd, data[: len(data) // 2]))
                return rows[0]

            patch.setattr(os, "write", write_some)
            loop.end_iteration()
        structlog.get_logger().info("next")
    assert logs.count_lost_lines() == 3
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["event"] for line in (*lines[:2], lines[3])] == [
        "event",
        "event",
        "next",
    ]


def test_each_write_to_a_pipe_ends_with_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, real, writes = Loop(), os.write, list[bytes]()

    def write(fd: int, data: bytes) -> int:
        writes.append(bytes(data))
        return real(fd, data)

    read, end = os.pipe()
    with os.fdopen(end, "w") as pipe:
        logs.configure_logging(LogSettings(format="json"), pipe, is_terminal=False)
        monkeypatch.setattr(os, "write", write)
        with logs.write_in_batches(loop.call_soon):
            for number in range(100):
                structlog.get_logger().info("event", text="x" * number)
            structlog.get_logger().info("a line that is too long", text="x" * 6000)
        monkeypatch.undo()
    assert all(len(data) <= select.PIPE_BUF for data in writes)
    *short, start, _ = writes
    assert len(short) > 2
    assert all(data.endswith(b"\n") for data in short)
    assert start.startswith(b'{"text": "xxx')
    lines = os.read(read, 1_000_000).splitlines()
    assert [len(json.loads(line)["text"]) for line in lines] == [*range(100), 6000]
    os.close(read)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text(), VALUES))
def test_an_event_is_spelled_as_by_json(fields: dict[str, Any]) -> None:
    names = {"event", "level", "timestamp", "exc_info", "stack_info", "_logger", "_name"}
    fields = {name: value for name, value in fields.items() if name not in names}
    line = capture_log(lambda log: log.bind(**fields).info("x"), format="json").rstrip("\n")
    assert line == json.dumps(json.loads(line))


def test_lines_to_a_closed_stream_in_memory_are_counted() -> None:
    stream = StringIO()
    logs.configure_logging(LogSettings(), stream, is_terminal=False)
    stream.close()
    structlog.get_logger().error("lost")
    assert logs.count_lost_lines() == 1


def test_the_line_after_a_torn_line_begins_a_new_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, room = os.write, 20

    def fill_disk(fd: int, data: memoryview) -> int:
        nonlocal room
        if not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = real(fd, data[:room])
        room -= written
        return written

    path = tmp_path / "log"
    with path.open("w", encoding="utf-8") as stream:
        logs.configure_logging(LogSettings(format="json"), stream, is_terminal=False)
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", fill_disk)
            structlog.get_logger().error("torn")
            structlog.get_logger().error("lost")
        structlog.get_logger().error("whole", path="\udcff")
        structlog.get_logger().error("next")
    torn, whole, following = path.read_text(encoding="utf-8").splitlines()
    assert len(torn) == 20
    assert [json.loads(line)["event"] for line in (whole, following)] == ["whole", "next"]
    assert logs.count_lost_lines() == 2


def test_without_a_configured_log_no_line_is_lost() -> None:
    structlog.reset_defaults()
    assert logs.count_lost_lines() == 0


SCRIPT = """
import sys
import structlog
from runreel.config import LogSettings
from runreel.shell.process import logs
logs.configure_logging(LogSettings(), sys.stderr, is_terminal=False)
structlog.get_logger().error("nobody reads this")
sys.exit(7 if logs.count_lost_lines() == 1 else 1)
"""


def test_a_log_without_a_reader_does_not_change_the_exit_code() -> None:
    read, write = os.pipe()
    os.close(read)
    process = subprocess.run([sys.executable, "-c", SCRIPT], stderr=write, check=False)  # noqa: S603
    os.close(write)
    assert process.returncode == 7


def test_lines_are_held_back_as_long_as_a_command_runs() -> None:
    stream = StringIO()
    logs.configure_logging(LogSettings(), stream, is_terminal=True)
    log = structlog.get_logger()
    logs.hold_lines()
    log.info("usual")
    log.warning("miss", method="GET", path="/")
    for number in range(103):
        log.warning("problem", number=number)
    assert stream.getvalue() == ""
    logs.release_lines()
    lines = stream.getvalue().splitlines()
    assert lines[0] == "warning: problem: number=0"
    assert lines[99:] == ["warning: problem: number=99", "3 more warnings; --log-file keeps all"]
    log.info("usual")
    log.warning("late")
    logs.release_lines()
    assert stream.getvalue().splitlines()[101:] == ["warning: late"]


def test_json_is_never_held_back() -> None:
    def write(log: Any) -> None:
        logs.hold_lines()
        log.info("usual")
        logs.print_sentence("for people")
        logs.release_lines()

    assert json.loads(capture_log(write, format="json"))["event"] == "usual"
    assert not logs.has_sentences()


def test_a_default_session_ends_with_a_summary_and_others_with_a_line() -> None:
    def write(log: Any) -> None:
        counts = {"recorded": 1, "replayed": 2, "missed": 0}
        log.info("session_ended", session="default", **counts)
        log.info("session_ended", session="refund", **counts)
        logs.print_sentence("for people")

    assert capture_log(write, is_terminal=True).splitlines() == [
        "session refund ended: 1 recorded, 2 replayed, 0 missed",
        "for people",
    ]


COLORS = [
    (
        "green",
        {"event": "exchange_replayed", "status": 200},
        "\x1b[32mreplayed\x1b[0m 1: 200 GET /",
    ),
    (
        "an error",
        {"event": "exchange_replayed", "status": 404},
        "\x1b[33mreplayed\x1b[0m 1: 404 GET /",
    ),
    ("a miss", {"event": "miss"}, "\x1b[33mmiss:\x1b[0m GET /: nothing like it is recorded"),
]


@pytest.mark.parametrize(("fields", "line"), [r[1:] for r in COLORS], ids=[r[0] for r in COLORS])
def test_the_first_word_is_coloured(fields: dict[str, Any], line: str) -> None:
    stream = StringIO()
    logs.configure_logging(LogSettings(), stream, is_terminal=True, color=True)
    write = (
        structlog.get_logger().warning if fields["event"] == "miss" else structlog.get_logger().info
    )
    write(fields.pop("event"), exchange=1, method="GET", path="/", **fields)
    assert stream.getvalue() == line + "\n"


def test_lines_fit_the_width_at_the_time() -> None:
    stream, widths = StringIO(), iter([30, 40])
    logs.configure_logging(LogSettings(), stream, is_terminal=True, get_width=lambda: next(widths))
    for _ in range(2):
        structlog.get_logger().info(
            "exchange_replayed", exchange=1, status=200, method="GET", path="/" + "x" * 50
        )
    assert [len(line) for line in stream.getvalue().splitlines()] == [30, 40]


def test_a_file_gets_all_events_as_json(tmp_path: Path) -> None:
    path = tmp_path / "run.log"

    def write(log: Any) -> None:
        logs.hold_lines()
        log.info("usual", value="\x1b")
        log.debug("below the level")

    assert capture_log(write, is_terminal=True, file=str(path)) == ""
    (line,) = path.read_text().splitlines()
    assert json.loads(line)["value"] == "\\x1b"
