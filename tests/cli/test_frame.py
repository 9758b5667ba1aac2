"""The frame: commands that load when they run, exit codes, and what errors look like."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest

from runreel.cli import COMMANDS, Command, main, run
from runreel.errors import CassetteLockedError, ConfigError, RunreelError, UsageError

CANARY = "sk-test-canary-0123456789"
HEAVY = ("aiohttp", "asyncio", "msgpack", "msgspec", "structlog")

Trial = Callable[[Callable[[], Any]], None]


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch) -> Trial:
    """Makes a function the command ``runreel trial``."""

    def install(body: Callable[[], Any]) -> None:
        module = ModuleType("trial_commands")
        module.__dict__["trial"] = click.Command("trial", callback=body)
        monkeypatch.setitem(sys.modules, "trial_commands", module)
        monkeypatch.setitem(dict_of_commands(), "trial", Command("trial_commands:trial", "Try."))

    return install


def dict_of_commands() -> dict[str, Command]:
    assert isinstance(COMMANDS, dict)
    return COMMANDS


def raising(error: BaseException) -> Callable[[], None]:
    def body() -> None:
        raise error

    return body


OUTCOMES = [
    ("nothing returned", lambda: None, 0),
    ("a code returned", lambda: 1, 1),
    ("a code through click", lambda: click.get_current_context().exit(7), 7),
    ("an operation that failed", raising(RunreelError("x")), 3),
    ("a locked cassette", raising(CassetteLockedError("x")), 3),
    ("wrong configuration", raising(ConfigError(("x",))), 2),
    ("a command line that cannot be", raising(UsageError("x")), 2),
    ("click's own complaint", raising(click.UsageError("x")), 2),
    ("an interrupt", raising(KeyboardInterrupt()), 130),
    ("a fault of ours", raising(ZeroDivisionError()), 3),
]


@pytest.mark.parametrize(("body", "code"), [c[1:] for c in OUTCOMES], ids=[c[0] for c in OUTCOMES])
def test_exit_codes(body: Callable[[], Any], code: int, trial: Trial) -> None:
    trial(body)
    assert run(["trial"]) == code


def test_main_exits(trial: Trial) -> None:
    trial(lambda: 1)
    with pytest.raises(SystemExit) as caught:
        main(["trial"])
    assert caught.value.code == 1


MESSAGES: list[tuple[str, BaseException, list[str]]] = [
    ("one sentence", RunreelError("the port is taken"), ["runreel: the port is taken"]),
    ("lines below it", RunreelError("a\nb"), ["runreel: a", "b"]),
    ("one mistake", ConfigError(("config.toml:1: x",)), ["runreel: config.toml:1: x"]),
    (
        "several mistakes, one per line",
        ConfigError(("config.toml:1: x", "RUNREEL_Y: y")),
        ["runreel: 2 mistakes in the settings", "config.toml:1: x", "RUNREEL_Y: y"],
    ),
    ("control characters", RunreelError("no \x1b[2J here"), ["runreel: no \\x1b[2J here"]),
]


@pytest.mark.parametrize(
    ("error", "shown"), [c[1:] for c in MESSAGES], ids=[c[0] for c in MESSAGES]
)
def test_errors_go_to_standard_error(
    error: BaseException, shown: list[str], trial: Trial, capsys: pytest.CaptureFixture[str]
) -> None:
    trial(raising(error))
    run(["trial"])
    captured = capsys.readouterr()
    assert captured.err.splitlines() == shown
    assert captured.out == ""


def test_a_fault_tells_its_type_and_place_and_not_its_text(
    trial: Trial, capsys: pytest.CaptureFixture[str]
) -> None:
    trial(raising(ValueError(CANARY)))
    assert run(["trial"]) == 3
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("runreel: unexpected ValueError at ")
    assert first.endswith(": a fault in runreel")
    assert "RUNREEL_TRACEBACK=1" in second
    assert CANARY not in first + second


def test_a_fault_s_way_is_shown_on_demand_in_lines_of_source_only(
    trial: Trial, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNREEL_TRACEBACK", "1")
    trial(raising(ValueError(CANARY)))
    assert run(["trial"]) == 3
    shown = capsys.readouterr().err
    assert "unexpected ValueError" in shown
    assert "    raise error" in shown, "the line of source"
    assert CANARY not in shown


USAGE = [
    (
        "a mistyped command",
        ["recrod"],
        ['runreel: there is no command "recrod"; did you mean "record"?', "Try: runreel --help"],
    ),
    (
        "a command like no other",
        ["zzz"],
        ['runreel: there is no command "zzz"', "Try: runreel --help"],
    ),
    (
        "a command that holds an escape",
        ["\x1b[2J"],
        ['runreel: there is no command "\\x1b[2J"', "Try: runreel --help"],
    ),
    (
        "a mistyped option",
        ["config", "--jsn"],
        ["runreel: No such option '--jsn'. Did you mean '--json'?", "Try: runreel config --help"],
    ),
]


@pytest.mark.parametrize(("argv", "shown"), [c[1:] for c in USAGE], ids=[c[0] for c in USAGE])
def test_wrong_usage_says_what_was_meant_and_where_help_is(
    argv: list[str], shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(argv) == 2
    assert capsys.readouterr().err.splitlines() == shown


def test_no_arguments_say_what_to_do_next(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == 3
    assert [
        command in line for command, line in zip(("demo", "record", "replay"), shown, strict=True)
    ]


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_every_command_and_exit_code(
    flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([flag]) == 0
    shown = capsys.readouterr().out
    for name, command in COMMANDS.items():
        assert f"  {name} " in shown
        assert command.help in shown
    for code in range(4):
        assert f"\n    {code}  " in shown


def test_version_names_what_we_stand_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == ["runreel", "Python", "aiohttp", "msgpack"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert "Example" in shown
    assert f"runreel {name}" in shown.partition("Example")[2]


def test_color_is_forced_and_refused(
    trial: Trial, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    trial(raising(RunreelError("x")))
    monkeypatch.setenv("FORCE_COLOR", "1")
    run(["trial"])
    assert capsys.readouterr().err == "\x1b[31m\x1b[1mrunreel:\x1b[0m x\n"
    monkeypatch.setenv("NO_COLOR", "1")
    run(["trial"])
    assert capsys.readouterr().err == "runreel: x\n"


def runreel(*arguments: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *options, "-m", "runreel", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_imports_nothing_heavy(argument: str) -> None:
    done = runreel(argument, options=("-X", "importtime"))
    assert done.returncode == 0
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "click" in imported, "the list of imports was understood"
    assert not {name for name in imported if name.partition(".")[0] in HEAVY}


def test_help_is_quick() -> None:
    started = time.perf_counter()
    runreel("--help")
    assert time.perf_counter() - started < 2, "a wide bound: 0.05 s on an idle machine"


def test_whoever_reads_the_output_may_leave_early() -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "runreel", "config"]
    with os.fdopen(write, "wb") as pipe:
        done = subprocess.run(  # noqa: S603
            command, stdout=pipe, stderr=subprocess.PIPE, check=False, cwd=Path(__file__).parent
        )
    assert done.stderr == b""
    assert done.returncode == 141
