"""``runreel mcp`` with the client of the official SDK, over standard input and output."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runreel.core.cassette import encode_exchange
from support.build import make_answer, make_cassette, make_exchange, make_request
from support.installed import install_with_pip

pytestmark = [pytest.mark.clients, pytest.mark.slow]

SCRIPT = Path(__file__).parent / "scripts" / "mcp_session.py"
DEMO = Path(__file__).parents[2] / "cassettes" / "demo.cassette"
TOOLS = [
    *("list_cassettes", "search_exchanges", "show_exchange", "follow_run", "diff_recordings"),
    *("compute_stats", "lint_cassettes", "grep_texts", "explain_miss"),
]
REQUEST = json.dumps({"method": "GET", "target": "/v1/nothing"})


@pytest.fixture(scope="module")
def sdk() -> Path:
    """Return a folder of packages with the SDK."""
    return install_with_pip("mcp", "mcp>=2,<3")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two copies of the demo's cassette, and one of many exchanges."""
    (tmp_path / "cassettes").mkdir()
    for name in ("good", "bad"):
        shutil.copy(DEMO, tmp_path / "cassettes" / f"{name}.cassette")
    records = (
        encode_exchange(
            make_exchange(
                number,
                request=make_request("GET", b"/v1/things/%d" % number, body=b""),
                answer=make_answer(b'{"text": "\x1b[31mline %d"}' % number * 200, headers=()),
            )
        )
        for number in range(1, 121)
    )
    (tmp_path / "cassettes" / "many.cassette").write_bytes(make_cassette(*records))
    return tmp_path


def call(sdk: Path, folder: Path, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
    """Call the tools in one session; return the list of tools, then the results."""
    command = [sys.executable, "-m", "runreel", "mcp"]
    environment = {**os.environ, "PYTHONPATH": str(sdk)}
    result = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(SCRIPT), json.dumps(calls), *command],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_session_uses_every_tool(sdk: Path, folder: Path) -> None:
    tools, *results = call(
        sdk,
        folder,
        ("list_cassettes", {}),
        ("search_exchanges", {"filter": "op:runs.*", "cassette": "good"}),
        ("show_exchange", {"cassette": "good", "number": 1, "only": "facts,request"}),
        ("follow_run", {"cassette": "good", "run": "4"}),
        ("diff_recordings", {"left": "good", "right": "bad"}),
        ("compute_stats", {"by": "status", "cassette": "many"}),
        ("lint_cassettes", {"cassette": "many"}),
        ("grep_texts", {"pattern": 'line 7"', "cassette": "many"}),
        ("explain_miss", {"cassette": "many", "request": REQUEST}),
    )
    assert tools == [[name, True] for name in TOOLS]
    assert [text for is_error, text in results if is_error] == []
    words = ["many", "runs.", "1", "run", "", "200", "", "many.cassette:7", "/v1/nothing"]
    assert [word in text for word, (_, text) in zip(words, results, strict=True)] == [True] * 9
    assert "\x1b" not in "".join(text for _, text in results)
    assert "\\x1b[31mline 7" in results[7][1]


def test_long_results_come_in_pages(sdk: Path, folder: Path) -> None:
    _, *results = call(
        sdk,
        folder,
        ("search_exchanges", {"cassette": "many"}),
        ("search_exchanges", {"cassette": "many", "cursor": "100"}),
        ("grep_texts", {"pattern": "line", "cassette": "many"}),
        ("grep_texts", {"pattern": "line", "cassette": "many", "cursor": "100000000"}),
    )
    first, last, page, beyond = (text for _, text in results)
    assert first.endswith("[there is more: call again with cursor='50']")
    assert len(first.splitlines()) == 52
    assert len(last.splitlines()) == 21
    assert len(page.encode()) < 20_100
    assert "there is more" in page.splitlines()[-1]
    assert beyond == ""


MISTAKES: list[tuple[str, str, dict[str, Any], str]] = [
    ("a cassette that is not there", "show_exchange", {"cassette": "god", "number": 1}, "'good'"),
    ("a file elsewhere", "show_exchange", {"cassette": "/etc/passwd", "number": 1}, "no cassette"),
    ("an exchange that is not there", "show_exchange", {"cassette": "good", "number": 99}, "99"),
    ("a filter", "search_exchanges", {"filter": "opp:x"}, "op"),
    ("a cursor", "list_cassettes", {"cursor": "-1"}, "is not a cursor"),
    (
        "an option as a pattern",
        "grep_texts",
        {"pattern": "--config=/x", "fixed": True},
        "",
    ),
    ("a request", "explain_miss", {"cassette": "good", "request": "?"}, "request"),
]


def test_mistakes_are_errors_that_say_what_to_do(sdk: Path, folder: Path) -> None:
    _, *results = call(sdk, folder, *((name, values) for _, name, values, _ in MISTAKES))
    for (why, name, _, message), (is_error, text) in zip(MISTAKES, results, strict=True):
        assert is_error == (name != "grep_texts"), (why, text)
        assert message in text, why
        assert "Traceback" not in text
