"""examples/node: replayed from its cassettes, recorded again, quoted in docs/any-language.md."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from runreel.simulator import serve_simulator
from support.canary import KEY
from support.proxy import read_exchanges
from support.readme import find_tagged
from support.wrapped import NODE_OPTIONS, run_wrapped

pytestmark = [pytest.mark.clients, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "node"
TESTS = ("--", "node", *NODE_OPTIONS, "--test")
TITLES = ("an answer comes whole", "the guide looks the weather up while telling")


@pytest.fixture
def example(tmp_path: Path, node_modules: Path) -> Path:
    """Return a copy of the example, with its packages."""
    folder = tmp_path / "node"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("node_modules"))
    (folder / "node_modules").symlink_to(node_modules)
    return folder


async def test_its_cassettes_are_replayed(example: Path) -> None:
    result = await run_wrapped(example, "replay", "cassettes/", *TESTS)
    assert result.code == 0, result.output
    assert all(f"- {title}\n" in result.output for title in TITLES)


async def test_it_is_recorded_and_replayed(example: Path) -> None:
    shutil.rmtree(example / "cassettes")
    async with serve_simulator() as upstream:
        live = await run_wrapped(
            example, "record", "cassettes/", "--upstream", upstream, *TESTS, key=KEY
        )
    played = await run_wrapped(example, "replay", "cassettes/", *TESTS)
    assert (live.code, played.code) == (0, 0), live.output + played.output
    for title in TITLES:
        name = title.replace(" ", "-")
        assert len(read_exchanges(example / "cassettes" / f"{name}.cassette")) > 4


async def test_a_miss_fails_its_test_with_the_reason(example: Path) -> None:
    tests = example / "guide.test.mjs"
    text = tests.read_text(encoding="utf-8")
    edited = "try { await guide.answer('And in Porto?'); } catch {}"
    old = 'assert.match(await guide.answer("What should I see in Lisbon?"), /Lisbon/);'
    assert old in text
    tests.write_text(text.replace(old, edited), encoding="utf-8")
    cassette = (example / "cassettes" / "an-answer-comes-whole.cassette").read_bytes()
    result = await run_wrapped(example, "replay", "cassettes/", *TESTS)
    assert result.code == 1
    assert "not ok 1 - an answer comes whole" in result.output
    assert 'recorded "What should I see in Lisbon?", sent "And in Porto?"' in result.output
    assert (example / "cassettes" / "an-answer-comes-whole.cassette").read_bytes() == cassette


def test_the_page_quotes_the_example() -> None:
    page = (ROOT / "docs" / "any-language.md").read_text(encoding="utf-8")
    assert find_tagged(page, "session.mjs") in (EXAMPLE / "session.mjs").read_text(encoding="utf-8")
    assert find_tagged(page, "guide.test.mjs") in (EXAMPLE / "guide.test.mjs").read_text(
        encoding="utf-8"
    )
