"""The benchmarks run to their end and print their table; speed is not tested."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_a_quick_row_prints_a_table_with_numbers() -> None:
    finished = subprocess.run(  # noqa: S603 - our own script
        [ROOT / "benchmarks" / "run", "--quick", "--rounds", "1", "--only", "stream"],
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    table = finished.stdout.partition("\n\n")[2].splitlines()
    assert table[0].split() == ["row", "what", "runreel", "beside", "it", "ratio", "bar"]
    judged = [line for line in table if line.endswith(("ok", "MISSED"))]
    assert len(judged) == 2
    for line, unit in zip(judged, ("/s", "us"), strict=True):
        row, _, ours, theirs, ratio, _, _ = re.split(r"  +", line)
        assert row == "stream"
        assert ours.endswith(unit)
        assert theirs.endswith(unit)
        assert float(ratio) > 0
