"""examples/python: replayed without a network, re-recorded, and the report of a miss."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from runreel.simulator import serve_simulator

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[1] / "examples" / "python"
ALL = 8
QUIET = ("-q", "-p", "no:cacheprovider", "--no-header")


class Run(NamedTuple):
    """A finished run of pytest."""

    code: int | None
    output: str


async def run(folder: Path, *arguments: str) -> Run:
    """Run the suite in a process of its own, without the settings of this one."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("RUNREEL", "OPENAI", "PYTEST")) and name != "CI"
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", *QUIET, *arguments),
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return Run(process.returncode, output.decode())


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """Return a copy of the sample suite."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "python"))


async def test_it_is_replayed_and_has_no_orphans() -> None:
    played = await run(EXAMPLE, "--runreel-check-orphans")
    assert played.code == 0, played.output
    assert f"{ALL} passed" in played.output
    assert "no cassettes without a test" in played.output


async def test_it_is_recorded_and_replayed(example: Path) -> None:
    shutil.rmtree(example / "cassettes")
    async with serve_simulator() as upstream:
        options = ("--runreel-mode=record", f"--runreel-upstream={upstream}")
        recorded = await run(example, *options)
    played = await run(example, "-n2")
    assert (recorded.code, played.code) == (0, 0), recorded.output + played.output
    assert len(list(example.rglob("*.cassette"))) == ALL


EDITS = [
    (
        "an edited prompt",
        "test_travel_guide.py",
        'guide.answer("What should I see in Lisbon?")',
        'guide.answer("What must I see in Lisbon?")',
        "test_an_answer_comes_whole",
        "$.content",
    ),
    (
        "a tool with a changed schema",
        "travel_guide.py",
        '"required": ["city"]',
        '"required": ["city"], "additionalProperties": False',
        "test_the_guide_looks_the_weather_up_while_telling",
        "$.tools[0].function.parameters",
    ),
]


@pytest.mark.parametrize(
    ("why", "file", "old", "new", "test", "path"), EDITS, ids=[row[0] for row in EDITS]
)
async def test_a_miss_reports_the_difference(
    example: Path, why: str, file: str, old: str, new: str, test: str, path: str
) -> None:
    text = (example / file).read_text(encoding="utf-8")
    assert old in text
    (example / file).write_text(text.replace(old, new), encoding="utf-8")
    played = await run(example, f"test_travel_guide.py::{test}")
    assert played.code == 1
    assert f"no answer in cassettes/test_travel_guide/{test}.cassette" in played.output
    assert f"which differs in {path}" in played.output
    assert f"pytest --runreel-mode=record test_travel_guide.py::{test}" in played.output


CHANGING_FIELD = ("threads.create()", 'threads.create(metadata={"trace": str(uuid.uuid4())})')
TRACED = "test_travel_guide.py::test_an_answer_comes_whole"


async def test_a_field_that_always_differs_can_be_ignored(example: Path) -> None:
    app = example / "travel_guide.py"
    text = app.read_text(encoding="utf-8").replace("import json\n", "import json\nimport uuid\n")
    app.write_text(text.replace(*CHANGING_FIELD), encoding="utf-8")
    async with serve_simulator() as upstream:
        recorded = await run(
            example, "--runreel-mode=record", f"--runreel-upstream={upstream}", TRACED
        )
    missed = await run(example, TRACED)
    tests = example / "test_travel_guide.py"
    marker = 'pytest.mark.runreel(ignore=["$.metadata.trace"])'
    tests.write_text(
        tests.read_text(encoding="utf-8").replace("pytest.mark.runreel", marker), encoding="utf-8"
    )
    ignored = await run(example, TRACED)
    assert (recorded.code, missed.code, ignored.code) == (0, 1, 0), missed.output + ignored.output
    assert "which differs in $.metadata.trace: recorded " in missed.output
    assert 'ignore = ["$.metadata.trace"]' in missed.output
