"""Completion in a shell: what is offered for a command line, and the three shells themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import pytest
from click.shell_completion import CompletionItem, ShellComplete

from runreel.cli import COMMANDS, runreel
from runreel.core.cassette import encode_exchange
from support.build import make_cassette, make_exchange, make_request
from support.installed import skip_unavailable
from support.proxy import record_bodies


@pytest.fixture(autouse=True)
async def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with cassettes of several kinds."""
    monkeypatch.chdir(tmp_path)
    for name in ("refund", "checkout/cart"):
        await record_bodies(tmp_path / "cassettes" / f"{name}.cassette", b"1", b"2")
    (tmp_path / "cassettes" / ".hidden").mkdir()
    (tmp_path / "cassettes" / ".hidden" / "no.cassette").write_bytes(make_cassette())
    (tmp_path / "here.cassette").write_bytes(b"damaged")
    return tmp_path


def complete(*words: str) -> list[CompletionItem]:
    """Return what is offered for the last of the words behind ``runreel``."""
    return ShellComplete(runreel, {}, "runreel", "_").get_completions(list(words[:-1]), words[-1])


CASSETTES = ["checkout/cart", "here.cassette", "refund"]

LINES: list[tuple[str, Sequence[str], Sequence[str]]] = [
    ("a command", ("re",), ["record", "replay", "redact"]),
    ("every cassette, by name", ("replay", ""), CASSETTES),
    ("one cassette", ("show", "ref"), ["refund"]),
    ("behind an option", ("replay", "--speed", "4", "check"), ["checkout/cart"]),
    ("the second of two cassettes", ("diff", "refund", "che"), ["checkout/cart"]),
    ("several cassettes", ("scan", "refund", "che"), ["checkout/cart"]),
    ("an exchange", ("show", "refund", ""), ["1", "2"]),
    ("an exchange of another cassette", ("explain", "nowhere", "refund", ""), ["1", "2"]),
    ("an exchange that begins like this", ("show", "refund", "2"), ["2"]),
    ("exchanges to export", ("export", "refund", "1", ""), ["1", "2"]),
    ("a cassette to search", ("grep", "text", "che"), ["checkout/cart"]),
    ("cassettes for an agent", ("mcp", "refund", "che"), ["checkout/cart"]),
    ("options of mcp", ("mcp", "--"), ["--config", "--help"]),
    ("no cassette to follow", ("tail", "re"), []),
    (
        "options to follow with",
        ("tail", "--"),
        ["--events", "--filter", "--json", "--config", "--help"],
    ),
    ("none of a cassette that is not there", ("show", "nowhere", ""), []),
    ("none of a damaged one", ("show", "here.cassette", ""), []),
    ("an option", ("replay", "x", "--on"), ["--on-miss", "--on-unplayed", "--on-unused"]),
    ("the values of a setting", ("replay", "--order", ""), ["causal", "any", "strict"]),
    ("those of a mode", ("auto", "--mode", "n"), ["new_episodes", "none"]),
    ("a speed", ("replay", "--speed", "i"), ["instant"]),
    ("one of a list", ("match", "--volatile", "date,uu"), ["date,uuid"]),
    ("a shell", ("completion", ""), ["bash", "zsh", "fish"]),
]


@pytest.mark.parametrize(("words", "values"), [r[1:] for r in LINES], ids=[r[0] for r in LINES])
def test_what_is_offered(words: Sequence[str], values: Sequence[str]) -> None:
    assert [item.value for item in complete(*words)] == values


FILES = [
    ("a path of a cassette", ("replay", "sub/")),
    ("a word of the wrapped command", ("replay", "refund", "--", "python", "a")),
    ("a file with settings", ("replay", "--config", "c")),
]


@pytest.mark.parametrize("words", [row[1] for row in FILES], ids=[row[0] for row in FILES])
def test_a_file_is_left_to_the_shell(words: Sequence[str]) -> None:
    assert [item.type for item in complete(*words)] == ["file"]


def test_an_exchange_comes_with_its_call_and_a_command_with_its_help() -> None:
    assert [item.help for item in complete("show", "refund", "1")] == ["GET /1 200"]
    assert [item.help for item in complete("verify")] == [COMMANDS["verify"].help]


@pytest.mark.parametrize(
    ("config", "values"),
    [('cassettes = "tapes"', ["a", "here.cassette"]), ("cassettes = 1", CASSETTES)],
    ids=["another folder", "a mistake in the settings"],
)
def test_the_folder_is_that_of_the_settings(
    config: str, values: Sequence[str], folder: Path
) -> None:
    (folder / "tapes").mkdir()
    (folder / "tapes" / "a.cassette").write_bytes(make_cassette())
    (folder / "config.toml").write_text(f"[runreel]\n{config}\n")
    assert [item.value for item in complete("replay", "")] == values


def test_control_characters_in_a_recording_are_visible(folder: Path) -> None:
    exchange = make_exchange(1, request=make_request(target="/\u202e".encode()))
    path = folder / "cassettes" / "x.cassette"
    path.write_bytes(make_cassette(encode_exchange(exchange)))
    assert [item.help for item in complete("show", "x", "")] == ["POST /\\u202e 200"]


def test_every_option_whose_help_lists_values_offers_them() -> None:
    options = {
        (command, parameter.opts[0]): set(parameter.metavar.split("|"))
        for command in ("record", "replay", "auto")
        for parameter in get_command(command).params
        if parameter.metavar and "|" in parameter.metavar
    }
    assert len(options) > 5
    for (command, option), values in options.items():
        offered = {item.value for item in complete(command, option, "")}
        assert {value for value in values if value.islower()} <= offered


def test_every_command_offers_cassettes_for_its_first_argument() -> None:
    others = {"completion", "git", "import", "rules", "tail"}  # a shell, files, a text, a URL
    commands = {
        name
        for name in COMMANDS
        if any(isinstance(each, click.Argument) for each in get_command(name).params)
    }
    assert len(commands - others) > 10
    for name in commands - others:
        text = ("text",) if name == "grep" else ()
        assert [item.value for item in complete(name, *text, "ref")] == ["refund"], name


def get_command(name: str) -> click.Command:
    command = runreel.get_command(click.Context(runreel), name)
    assert command is not None
    return command


SHELLS = [
    (
        "bash",
        'eval "$(runreel completion bash)"; COMP_WORDS=(runreel show ref); COMP_CWORD=2; '
        '_runreel_completion runreel; printf "%s\\n" "${COMPREPLY[@]}"',
    ),
    (
        "zsh",
        'autoload -U compinit; compinit -D; eval "$(runreel completion zsh)"; '
        'compadd() { printf "%s\\n" $completions }; words=(runreel show ref); CURRENT=3; '
        "_runreel_completion",
    ),
    ("fish", 'runreel completion fish | source; complete -C "runreel show ref"'),
]


@pytest.mark.slow
@pytest.mark.parametrize(("shell", "script"), SHELLS, ids=[row[0] for row in SHELLS])
def test_a_shell_completes_a_cassette(shell: str, script: str, folder: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        skip_unavailable(f"{shell} is not installed")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "HOME": str(folder)}
    result = subprocess.run(  # noqa: S603 - our own script
        [program, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["refund"], result.stderr
