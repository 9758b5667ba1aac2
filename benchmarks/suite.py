"""The sample suite, recorded once and replayed many times in random order.

``python -m benchmarks.suite`` records examples/python from the simulator and replays it with four
workers, in another order each time. The exchanges that a test plays must be the same each time.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "python"
OPTIONS = ("-q", "-p", "no:cacheprovider", "-p", "benchmarks.played", "-o", "junit_family=xunit1")
PYTEST = (sys.executable, "-m", "pytest", *OPTIONS)

Played: TypeAlias = Mapping[str, tuple[str, ...]]
"""By name of a test: the exchanges that it has played, and its misses."""


def main(arguments: Sequence[str]) -> None:
    """Record, replay, compare and print; exit with 1 if a replay differs or fails."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.suite", description=__doc__)
    parser.add_argument("--times", type=int, default=50, help="number of replays (50)")
    parser.add_argument("--workers", type=int, default=4, help="number of pytest-xdist workers (4)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the random orders (1)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="runreel-suite-") as folder:
        suite = Path(shutil.copytree(EXAMPLE, Path(folder) / "suite"))
        shutil.rmtree(suite / "cassettes")
        seconds = _record(suite)
        print(f"recorded: {seconds:.2f} s")
        _replay(suite, options.times, options.workers, random.Random(options.seed))  # noqa: S311 - an order, not a secret


def _record(suite: Path) -> float:
    with _run_simulator() as upstream:
        seconds, _ = _run_pytest(suite, "--runreel-mode=record", f"--runreel-upstream={upstream}")
    return seconds


@contextmanager
def _run_simulator() -> Iterator[str]:
    command = (sys.executable, "-m", "runreel", "simulate", "--listen", "127.0.0.1:0")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        assert process.stdout is not None
        try:
            yield process.stdout.readline().removeprefix("listening on ").strip()
        finally:
            process.terminate()


def _replay(suite: Path, times: int, workers: int, order: random.Random) -> None:
    durations: list[float] = []
    first: Played = {}
    for number in range(1, times + 1):
        tests = [f"test_travel_guide.py::{test}" for test in first]
        order.shuffle(tests)
        seconds, played = _run_pytest(suite, f"-n{workers}", *tests)
        durations.append(seconds)
        first = first or played
        if played != first:
            sys.exit(f"replay {number} differs: {played} instead of {first}")
    print(
        f"replayed {times} times with {workers} workers, {len(first)} tests each, in random order: "
        f"no miss, no difference; {min(durations):.2f} s minimum, "
        f"{statistics.median(durations):.2f} s median, {max(durations):.2f} s maximum"
    )


def _run_pytest(suite: Path, *arguments: str) -> tuple[float, Played]:
    """Run pytest; return its time in seconds and what each test has played; exit if one fails."""
    report = suite / "report.xml"
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    started = time.perf_counter()
    result = subprocess.run(  # noqa: S603 - our own command
        (*PYTEST, f"--junitxml={report}", *arguments),
        cwd=suite,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        sys.exit(result.stdout + result.stderr)
    return time.perf_counter() - started, _read_played(report)


def _read_played(report: Path) -> Played:
    cases = ET.parse(report).iter("testcase")  # noqa: S314 - pytest has just written it
    return {
        case.attrib["name"]: tuple(each.attrib["value"] for each in case.iter("property"))
        for case in cases
    }


if __name__ == "__main__":
    main(sys.argv[1:])
