"""The command line as a whole: lazy imports, exit codes, and the output of errors."""

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

CommandInstaller = Callable[[Callable[[], Any]], None]


@pytest.fixture
def install_command(monkeypatch: pytest.MonkeyPatch) -> CommandInstaller:
    """Return a function that installs another one as the command ``runreel trial``."""

    def install(body: Callable[[], Any]) -> None:
        module = ModuleType("trial_commands")
        module.__dict__["trial"] = click.Command("trial", callback=body)
        monkeypatch.setitem(sys.modules, "trial_commands", module)
        monkeypatch.setitem(get_commands(), "trial", Command("trial_commands:trial", "Try."))

    return install


def get_commands() -> dict[str, Command]:
    assert isinstance(COMMANDS, dict)
    return COMMANDS


def build_raiser(error: BaseException) -> Callable[[], None]:
    def body() -> None:
        raise error

    return body


OUTCOMES = [
    ("nothing returned", lambda: None, 0),
    ("a code returned", lambda: 1, 1),
    ("a code through click", lambda: click.get_current_context().exit(7), 7),
    ("a failed operation", build_raiser(RunreelError("x")), 3),
    ("a locked cassette", build_raiser(CassetteLockedError("x")), 3),
    ("wrong configuration", build_raiser(ConfigError(("x",))), 2),
    ("an invalid command line", build_raiser(UsageError("x")), 2),
    ("an error of click", build_raiser(click.UsageError("x")), 2),
    ("an interrupt", build_raiser(KeyboardInterrupt()), 130),
    ("a bug", build_raiser(ZeroDivisionError()), 3),
]


@pytest.mark.parametrize(("body", "code"), [c[1:] for c in OUTCOMES], ids=[c[0] for c in OUTCOMES])
def test_exit_codes(body: Callable[[], Any], code: int, install_command: CommandInstaller) -> None:
    install_command(body)
    assert run(["trial"]) == code


def test_main_exits(install_command: CommandInstaller) -> None:
    install_command(lambda: 1)
    with pytest.raises(SystemExit) as caught:
        main(["trial"])
    assert caught.value.code == 1


MESSAGES: list[tuple[str, BaseException, list[str]]] = [
    ("one sentence", RunreelError("the port is taken"), ["runreel: the port is taken"]),
    ("lines below it", RunreelError("a\nb"), ["runreel: a", "b"]),
    ("one error", ConfigError(("config.toml:1: x",)), ["runreel: config.toml:1: x"]),
    (
        "several errors, one on each line",
        ConfigError(("config.toml:1: x", "RUNREEL_Y: y")),
        ["runreel: 2 errors in the settings", "config.toml:1: x", "RUNREEL_Y: y"],
    ),
    ("control characters", RunreelError("no \x1b[2J here"), ["runreel: no \\x1b[2J here"]),
]


@pytest.mark.parametrize(
    ("error", "output"), [c[1:] for c in MESSAGES], ids=[c[0] for c in MESSAGES]
)
def test_errors_go_to_standard_error(
    error: BaseException,
    output: list[str],
    install_command: CommandInstaller,
    capsys: pytest.CaptureFixture[str],
) -> None:
    install_command(build_raiser(error))
    run(["trial"])
    captured = capsys.readouterr()
    assert captured.err.splitlines() == output
    assert captured.out == ""


def test_a_bug_is_reported_by_type_and_location_without_its_text(
    install_command: CommandInstaller, capsys: pytest.CaptureFixture[str]
) -> None:
    install_command(build_raiser(ValueError(CANARY)))
    assert run(["trial"]) == 3
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("runreel: unexpected ValueError at ")
    assert first.endswith(": a bug in runreel")
    assert "RUNREEL_TRACEBACK=1" in second
    assert CANARY not in first + second


def test_the_traceback_of_a_bug_has_source_lines_only(
    install_command: CommandInstaller,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RUNREEL_TRACEBACK", "1")
    install_command(build_raiser(ValueError(CANARY)))
    assert run(["trial"]) == 3
    output = capsys.readouterr().err
    assert "unexpected ValueError" in output
    assert "    raise error" in output, "the line of source"
    assert CANARY not in output


USAGE = [
    (
        "a mistyped command",
        ["recrod"],
        ['runreel: there is no command "recrod"; did you mean "record"?', "Try: runreel --help"],
    ),
    (
        "a command without a similar one",
        ["zzz"],
        ['runreel: there is no command "zzz"', "Try: runreel --help"],
    ),
    (
        "a command with an escape sequence",
        ["\x1b[2J"],
        ['runreel: there is no command "\\x1b[2J"', "Try: runreel --help"],
    ),
    (
        "a mistyped option",
        ["config", "--jsn"],
        ["runreel: No such option '--jsn'. Did you mean '--json'?", "Try: runreel config --help"],
    ),
]


@pytest.mark.parametrize(("argv", "output"), [c[1:] for c in USAGE], ids=[c[0] for c in USAGE])
def test_wrong_usage_gets_a_suggestion_and_the_help_command(
    argv: list[str], output: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(argv) == 2
    assert capsys.readouterr().err.splitlines() == output


def test_without_arguments_the_next_steps_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    output = capsys.readouterr().out.splitlines()
    assert len(output) == 3
    assert [
        command in line for command, line in zip(("demo", "record", "replay"), output, strict=True)
    ]


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_every_command_and_exit_code(
    flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([flag]) == 0
    output = capsys.readouterr().out
    for name, command in COMMANDS.items():
        assert f"  {name} " in output
        assert command.help in output
    for code in range(4):
        assert f"\n    {code}  " in output


def test_version_lists_the_main_libraries(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == ["runreel", "Python", "aiohttp", "msgpack"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([name, "--help"]) == 0
    output = capsys.readouterr().out
    assert "Example" in output
    assert f"runreel {name}" in output.partition("Example")[2]


def test_color_is_forced_and_refused(
    install_command: CommandInstaller,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install_command(build_raiser(RunreelError("x")))
    monkeypatch.setenv("FORCE_COLOR", "1")
    run(["trial"])
    assert capsys.readouterr().err == "\x1b[31m\x1b[1mrunreel:\x1b[0m x\n"
    monkeypatch.setenv("NO_COLOR", "1")
    run(["trial"])
    assert capsys.readouterr().err == "runreel: x\n"


def run_process(*arguments: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *options, "-m", "runreel", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_imports_nothing_heavy(argument: str) -> None:
    process = run_process(argument, options=("-X", "importtime"))
    assert process.returncode == 0
    imported = {line.rpartition("|")[2].strip() for line in process.stderr.splitlines()}
    assert "click" in imported, "the list of imports was parsed"
    assert not {name for name in imported if name.partition(".")[0] in HEAVY}


def test_help_is_fast() -> None:
    start = time.perf_counter()
    run_process("--help")
    assert time.perf_counter() - start < 2, "a wide bound: 0.05 s on an idle machine"


def test_a_closed_pipe_is_not_an_error() -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "runreel", "config"]
    with os.fdopen(write, "wb") as pipe:
        process = subprocess.run(  # noqa: S603
            command, stdout=pipe, stderr=subprocess.PIPE, check=False, cwd=Path(__file__).parent
        )
    assert process.stderr == b""
    assert process.returncode == 141
