"""``-- COMMAND``: a program that does not know of the proxy is recorded and replayed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import httpx
import pytest

from runreel.simulator import serve_simulator
from support.canary import KEY
from support.proxy import read_exchanges, serve_recording
from support.wrapped import run_wrapped

pytestmark = [pytest.mark.clients, pytest.mark.slow]

HERE = Path(__file__).parent
SCRIPT = [sys.executable, str(HERE / "scripts" / "with_openai.py"), "sync"]
TRANSCRIPT = json.loads((HERE / "transcript.json").read_text(encoding="utf-8"))
UNCHANGED_HEADERS = {"RUNREEL_REPLAY_SHORTEN_WAITS": "false"}
"""Setting that keeps all headers as recorded, since whole answers are compared."""


async def test_a_program_is_recorded_and_replayed_without_a_key(tmp_path: Path) -> None:
    async with serve_simulator() as upstream:
        live = await run_wrapped(
            tmp_path, "record", "trip", "--upstream", upstream, "--", *SCRIPT, key=KEY
        )
    assert live.code == 0, live.errors
    played = await run_wrapped(tmp_path, "replay", "trip", "--", *SCRIPT, **UNCHANGED_HEADERS)
    assert played.code == 0, played.errors
    recorded = read_exchanges(tmp_path / "cassettes" / "trip.cassette")
    result = json.loads(live.output)
    assert result["transcript"] == TRANSCRIPT
    assert len(recorded) == len(result["wire"])
    assert played.output == live.output, "runreel prints nothing to standard output"


PRINT_ENVIRONMENT = (
    "import os; print([os.environ[n] for n in ('OPENAI_BASE_URL', 'OPENAI_API_KEY')])"
)
EXIT_WITH_7 = "import sys; print('bye'); sys.exit(7)"
KILL_ITSELF = "import os, signal; print('bye', flush=True); os.kill(os.getpid(), signal.SIGKILL)"
TERMINATE_ITSELF = (
    "import os, signal; print('bye', flush=True); os.kill(os.getpid(), signal.SIGTERM)"
)

ENDS = [
    ("the exit code is that of the program", EXIT_WITH_7, 7),
    ("a killed program gives 128 and the signal", KILL_ITSELF, 128 + 9),
    ("a terminated program gives 128 and the signal", TERMINATE_ITSELF, 128 + 15),
]


async def record_cassette(path: Path) -> None:
    """Record one call to ``path``."""
    async with (
        serve_simulator() as upstream,
        serve_recording(upstream, path) as proxy,
        httpx.AsyncClient(base_url=proxy.url) as client,
    ):
        await client.get("/v1/models")


@pytest.mark.parametrize("command", ["record", "replay"])
@pytest.mark.parametrize(("reason", "program", "code"), ENDS, ids=[row[0] for row in ENDS])
async def test_the_exit_code_of_the_program_is_passed_on(
    tmp_path: Path, reason: str, program: str, code: int, command: str
) -> None:
    path = tmp_path / "c.cassette"
    await record_cassette(path)
    upstream = ["--upstream", "http://127.0.0.1:9"] if command == "record" else []
    result = await run_wrapped(
        tmp_path, command, str(path), *upstream, "--", sys.executable, "-c", program
    )
    assert (result.code, result.output) == (code, "bye\n")
    assert len(read_exchanges(path)) == 1, "a program without requests leaves the old recording"


ASK_AND_FAIL = """
import os, sys, urllib.request
url, key = os.environ["OPENAI_BASE_URL"], os.environ["OPENAI_API_KEY"]
request = urllib.request.Request(f"{url}/models", headers={"Authorization": f"Bearer {key}"})
urllib.request.urlopen(request).read()
sys.exit(7)
"""


async def test_a_program_that_fails_is_recorded_as_well(tmp_path: Path) -> None:
    async with serve_simulator() as upstream:
        program = [sys.executable, "-c", ASK_AND_FAIL]
        result = await run_wrapped(
            tmp_path, "record", "c", "--upstream", upstream, "--", *program, key=KEY
        )
    [exchange] = read_exchanges(tmp_path / "cassettes" / "c.cassette")
    assert (result.code, exchange.head.operation, exchange.answer.status) == (7, "models.list", 200)


async def test_the_program_gets_the_url_of_the_proxy_and_a_placeholder_key(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record_cassette(path)
    result = await run_wrapped(
        tmp_path, "replay", str(path), "--", sys.executable, "-c", PRINT_ENVIRONMENT
    )
    assert result.output.startswith("['http://127.0.0.1:")
    assert result.output.endswith("/v1', 'runreel-needs-no-key']\n")


async def test_the_program_keeps_its_own_key(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record_cassette(path)
    result = await run_wrapped(
        tmp_path,
        "replay",
        str(path),
        "--",
        sys.executable,
        "-c",
        PRINT_ENVIRONMENT,
        key="sk-test-own",
    )
    assert result.output.endswith("/v1', 'sk-test-own']\n")


async def test_a_program_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record_cassette(path)
    result = await run_wrapped(tmp_path, "replay", str(path), "--", "./no-such-program")
    assert (result.code, result.output) == (2, "")
    assert "./no-such-program" in result.errors
