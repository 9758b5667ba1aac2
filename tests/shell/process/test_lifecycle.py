"""The end of a serving process and of the command that it runs."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from runreel.errors import UsageError
from runreel.shell.process.lifecycle import StopSignals, build_client_environment, run_command


async def run(code: str, *signals: signal.Signals, grace: float = 10.0) -> int:
    """Run a Python command while the proxy receives ``signals``; return its exit code."""
    stop = StopSignals()
    for number in signals:
        stop.add(number)
    return await asyncio.wait_for(
        run_command([sys.executable, "-c", code], {}, stop, grace=grace), 20
    )


CODES = [
    ("a command that ends", "raise SystemExit(7)", (), 7),
    ("a command that a signal ends", "import os; os.kill(os.getpid(), 9)", (), 137),
    ("SIGTERM is forwarded", "import time; time.sleep(30)", (signal.SIGTERM,), 143),
    (
        "SIGINT is not forwarded: the command ends by itself",
        "import time; time.sleep(0.3); raise SystemExit(7)",
        (signal.SIGINT,),
        7,
    ),
    (
        "a second signal kills the command",
        "import time; time.sleep(30)",
        (signal.SIGINT, signal.SIGINT),
        137,
    ),
]


@pytest.mark.parametrize(
    ("why", "code", "signals", "expected"), CODES, ids=[row[0] for row in CODES]
)
async def test_the_exit_code_is_that_of_the_command(
    why: str, code: str, signals: tuple[signal.Signals, ...], expected: int
) -> None:
    assert await run(code, *signals) == expected


async def test_a_command_that_ignores_sigterm_is_killed_after_the_grace(tmp_path: Path) -> None:
    stop, ready = StopSignals(), tmp_path / "ready"
    code = "import pathlib, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    code += "pathlib.Path(sys.argv[1]).touch(); time.sleep(30)"
    command = [sys.executable, "-c", code, str(ready)]
    running = asyncio.ensure_future(run_command(command, {}, stop, grace=0.2))
    while not ready.exists():  # noqa: ASYNC110  # another process creates it
        await asyncio.sleep(0.01)
    stop.add(signal.SIGTERM)
    assert await asyncio.wait_for(running, 20) == 137


async def test_a_missing_program_is_an_error() -> None:
    with pytest.raises(UsageError, match="cannot run no-such-program: No such file"):
        await run_command(["no-such-program"], {}, StopSignals(), grace=1)


ENVIRONMENTS: list[tuple[str, Mapping[str, str], bool, str, str]] = [
    ("SDKs find the proxy", {}, False, "OPENAI_BASE_URL", "http://127.0.0.1:1/v1"),
    ("Azure's SDK adds the path itself", {}, False, "AZURE_OPENAI_ENDPOINT", "http://127.0.0.1:1"),
    (
        "a value that is set is replaced",
        {"OPENAI_BASE_URL": "x"},
        False,
        "OPENAI_BASE_URL",
        "http://127.0.0.1:1/v1",
    ),
    ("recording gets no dummy key", {}, False, "OPENAI_API_KEY", ""),
    ("replay gets a dummy key", {}, True, "OPENAI_API_KEY", "runreel-needs-no-key"),
    ("a key that is set stays", {"OPENAI_API_KEY": "k"}, True, "OPENAI_API_KEY", "k"),
    ("the proxy is called directly", {}, True, "no_proxy", "127.0.0.1,localhost"),
    ("other hosts in NO_PROXY stay", {"NO_PROXY": "a"}, True, "NO_PROXY", "a,127.0.0.1,localhost"),
]


@pytest.mark.parametrize(
    ("why", "environ", "replays", "name", "value"),
    ENVIRONMENTS,
    ids=[row[0] for row in ENVIRONMENTS],
)
def test_the_environment_of_the_command(
    why: str, environ: Mapping[str, str], replays: bool, name: str, value: str
) -> None:
    variables = build_client_environment(
        "http://127.0.0.1:1", prefix="/v1", with_dummy_key=replays, environ=environ
    )
    assert variables.get(name, "") == value
