"""Hostile cassettes through every command: bounded memory, and no unexpected exception."""

from __future__ import annotations

from pathlib import Path

import pytest

from runreel import cli
from support.hostile import BUILDERS, COMMANDS, DEMO, MEGABYTE, build_mutants, measure_commands

_COSTLY = ("explain --json", "ls --events", "redact", "replay", "scan json", "show 1 --json")
_KINDS = ("deepest json", "emails", "escapes", "headers", "json lines", "tiny events", "notes")
_MUTANTS = list(build_mutants(DEMO.read_bytes(), 50, seed=13))
_IN_PROCESS = {name: arguments for name, arguments in COMMANDS.items() if name != "replay"}


@pytest.mark.parametrize("kind", _KINDS)
def test_no_command_takes_much_memory_for_a_hostile_cassette(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()

    costs = dict(measure_commands(BUILDERS[kind](MEGABYTE), folder, _COSTLY))

    assert set(costs) == set(_COSTLY)
    for name, cost in costs.items():
        assert not cost.crashed, name
        assert cost.code in (0, 1, 3), name
        assert cost.megabytes < 300, name


@pytest.mark.parametrize("name", _IN_PROCESS)
def test_no_command_fails_unexpectedly_on_a_mutant(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    request = tmp_path / "request.json"
    request.write_text('{"method": "GET", "target": "/v1/threads/thread_1/runs"}')
    path = tmp_path / "mutant.cassette"
    arguments = [str(path) if each == "@" else each for each in _IN_PROCESS[name]]
    if name.startswith("explain"):
        arguments.insert(2, str(request))
    for data in _MUTANTS:
        path.write_bytes(data)

        code = cli.run(arguments)

        assert code in (0, 1, 2, 3)
        errors = capfd.readouterr().err
        assert "a bug in runreel" not in errors
