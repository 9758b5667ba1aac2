"""The benchmarks run to their end and print their table; speed is not tested."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent


def test_a_quick_row_prints_a_table_with_numbers() -> None:
    finished = subprocess.run(  # noqa: S603 - our own script
        [ROOT / "benchmarks" / "run", "--quick", "--rounds", "1", "--only", "stream"],
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    table = finished.stdout.partition("\n\n")[2].splitlines()
    assert table[0].split() == ["row", "what", "runreel", "beside", "it", "ratio", "bar"]
    judged = [line for line in table if line.endswith(("ok", "MISSED"))]
    for line, unit in zip(judged, ("/s", "us") * 2, strict=True):
        row, _, ours, theirs, ratio, _, _ = re.split(r"  +", line)
        assert row == "stream"
        assert ours.endswith(unit)
        assert theirs.endswith(unit)
        assert float(ratio) > 0


def run_soak(*arguments: str, timeout: float = 110) -> str:
    finished = subprocess.run(  # noqa: S603 - our own script
        [ROOT / "benchmarks" / "soak", *arguments],
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def test_a_short_soak_loses_and_misses_nothing() -> None:
    printed = run_soak("--minutes", "0.05", "--clients", "12", "--rate", "40", "--interval", "1")
    [recorded] = re.findall(r"answered ([\d,]+), in the cassette ([\d,]+), missing (\d+)", printed)
    [replayed] = re.findall(r"replayed ([\d,]+), not replayed (\d+)", printed)
    assert recorded[0] == recorded[1] == replayed[0]
    assert recorded[2] == replayed[1] == "0"
    assert int(recorded[0]) > 60
    for kind in ("stream", "poll", "upload", "early", "leave", "reset", "stall", "429", "50"):
        assert f" {kind}" in printed, kind
    assert len(re.findall(r"^ +\d+ +\d+\.\d +\d+ +\d+ +\d+ +\d+ ", printed, re.MULTILINE)) >= 4


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_uploads_that_are_answered_early_are_stored_whole_or_marked(loop: str) -> None:
    printed = run_soak("--early", "60", "--clients", "8", "--loop", loop)
    counts = dict(re.findall(r"'(\w+)': (\d+)", printed))
    assert not counts.keys() - {"whole", "marked"}
    assert sum(map(int, counts.values())) == 60


@pytest.mark.timeout(240)
def test_what_was_acknowledged_survives_interruptions_and_all_else_is_said() -> None:
    printed = run_soak("--rounds", "6", timeout=230)
    assert len(re.findall(r"^ +1 .*: ok$", printed, re.MULTILINE)) == 6
