"""Failures of a test besides its own assertions, and the cassettes that it leaves behind."""

from __future__ import annotations

import fcntl
import os
import signal
from contextlib import suppress

import pytest

from support.suite import NumberingUpstream, Suite

pytestmark = pytest.mark.slow

ASKS = "def test_it(runreel):\n    ask('recorded', metadata={'user': 'u1'})\n"
EXPLAINED = [
    "*runreel: 1 request has no answer in cassettes/test_app/test_it.cassette*",
    "POST /v1/chat: no exchange in * answers this request (1 tried). Nearest: exchange 1, *text: "
    'recorded "recorded", sent "changed"*',
    "*record the test: pytest --runreel-mode=record test_app.py::test_it --runreel-upstream=http://*",
]

MISSES = [
    (
        "the error is swallowed",
        "def test_it(runreel): ask_quietly('changed')",
        {"failed": 1},
    ),
    (
        "the error makes the test skip",
        "def test_it(runreel):\n    if not ask_quietly('changed'): pytest.skip('the API is down')",
        {"failed": 1},
    ),
    (
        "a thread fails with it",
        "import threading\n"
        "def test_it(runreel):\n"
        "    thread = threading.Thread(target=ask_quietly, args=('changed',))\n"
        "    thread.start()\n"
        "    thread.join()",
        {"failed": 1},
    ),
    (
        "a coroutine swallows it",
        "import asyncio\n"
        "async def test_it(runreel): await asyncio.to_thread(ask_quietly, 'changed')",
        {"failed": 1},
    ),
    (
        "the test itself fails with it",
        "def test_it(runreel): ask('changed')",
        {"failed": 1},
    ),
    (
        "a fixture sends it before the test",
        "@pytest.fixture\n"
        "def answer(): return ask_quietly('changed')\n"
        "def test_it(runreel, answer): pass",
        {"errors": 1},
    ),
    (
        "a fixture sends it after the test",
        "@pytest.fixture\n"
        "def cleaned():\n"
        "    yield\n"
        "    ask_quietly('changed')\n"
        "def test_it(runreel, cleaned): pass",
        {"passed": 1, "errors": 1},
    ),
    (
        "a fixture fails with it after the test",
        "@pytest.fixture\n"
        "def cleaned():\n"
        "    yield\n"
        "    ask('changed')\n"
        "def test_it(runreel, cleaned): pass",
        {"passed": 1, "errors": 1},
    ),
]


@pytest.mark.parametrize(("why", "test", "outcome"), MISSES, ids=[row[0] for row in MISSES])
def test_a_miss_fails_the_test_with_an_explanation(
    suite: Suite, why: str, test: str, outcome: dict[str, int]
) -> None:
    suite.write_tests(ASKS)
    suite.record().assert_outcomes(passed=1)
    suite.write_tests(test)
    result = suite.run()
    result.assert_outcomes(**outcome)
    result.stdout.fnmatch_lines(EXPLAINED)
    assert "During handling" not in result.stdout.str()


def test_a_miss_is_reported_once(suite: Suite) -> None:
    suite.write_tests("def test_it(runreel): ask_quietly('changed')")
    result = suite.run()
    result.assert_outcomes(failed=1)
    assert result.stdout.str().count("has no answer in cassettes/") == 1
    result.stdout.fnmatch_lines(["The cassette does not exist yet; record the test: *::test_it"])


def test_a_miss_in_a_unittest(suite: Suite) -> None:
    suite.write_tests(
        "import unittest",
        "@pytest.mark.runreel",
        "class TestCase(unittest.TestCase):",
        "    def test_it(self): ask_quietly('changed')",
    )
    result = suite.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*1 request has no answer in *TestCase.test_it.cassette*"])


def test_a_miss_can_be_an_expected_failure(suite: Suite) -> None:
    suite.write_tests("@pytest.mark.xfail\ndef test_it(runreel): ask_quietly('changed')")
    suite.run().assert_outcomes(xfailed=1)


def test_later_misses_are_listed(suite: Suite) -> None:
    suite.write_tests("def test_it(runreel):", "    for n in range(9): ask_quietly(str(n))")
    result = suite.run()
    result.stdout.fnmatch_lines(
        ["*runreel: 9 requests have no answer*", "Later misses, which may*", "  and 3 more"]
    )


def test_the_source_of_the_mode_is_named(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    suite.write_tests("@pytest.mark.runreel(mode='record')\ndef test_it(): ask_quietly('changed')")
    result = suite.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*test_it.cassette (replay: CI is set)"])


def test_workers_report_misses(suite: Suite) -> None:
    suite.write_tests("def test_it(runreel): ask_quietly('changed')")
    result = suite.run_in_subprocess("-n1")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*runreel: 1 request has no answer in *"])


FAILURES = [
    ("the test fails", "def test_it(runreel):\n    ask('new')\n    assert False"),
    ("the test skips itself", "def test_it(runreel):\n    ask('new')\n    pytest.skip('enough')"),
    (
        "a fixture fails before the test",
        "@pytest.fixture\n"
        "def broken(): ask('new'); assert False\n"
        "def test_it(runreel, broken): pass",
    ),
    (
        "a fixture fails after the test",
        "@pytest.fixture\n"
        "def broken():\n"
        "    yield\n"
        "    assert False\n"
        "def test_it(runreel, broken): ask('new')",
    ),
    ("the run is stopped", "def test_it(runreel):\n    ask('new')\n    pytest.exit('enough')"),
]


@pytest.mark.parametrize(("why", "test"), FAILURES, ids=[row[0] for row in FAILURES])
def test_the_cassette_of_a_test_that_does_not_pass_is_kept(
    suite: Suite, upstream: NumberingUpstream, why: str, test: str
) -> None:
    suite.write_tests(ASKS)
    suite.record().assert_outcomes(passed=1)
    cassette = suite.cassette_path("test_app/test_it")
    good = cassette.read_bytes()
    suite.write_tests(test)
    suite.record()
    assert upstream.call_count == 2
    assert cassette.read_bytes() == good
    assert os.listdir(cassette.parent) == [cassette.name]


def test_a_lost_exchange_fails_the_test(suite: Suite) -> None:
    suite.write_tests(
        "import resource",
        "_, most = resource.getrlimit(resource.RLIMIT_FSIZE)",
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, most))  # the server inherits it",
        "def test_it(runreel): ask('x' * 30_000)",
    )
    result = suite.record(in_subprocess=True)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["*runreel: 1 exchange was not written to *test_it.cassette:", "  *exchange_lost*"]
    )
    assert suite.list_cassettes() == []


def test_an_expected_failure_is_recorded(suite: Suite) -> None:
    suite.write_tests("@pytest.mark.xfail\ndef test_it(runreel):\n    ask('new')\n    assert False")
    suite.record().assert_outcomes(xfailed=1)
    assert suite.list_cassettes() == ["cassettes/test_app/test_it.cassette"]


FIRST_REQUEST = "def test_it(runreel): ask('recorded', metadata={'user': 'u1'})"
ON_UNPLAYED = [
    ("by default, nothing", [], {"passed": 1}, False),
    ("a warning", ["--runreel-on-unplayed=warn"], {"passed": 1, "warnings": 1}, True),
    ("a failure", ["--runreel-on-unplayed=fail"], {"passed": 1, "errors": 1}, True),
]


@pytest.mark.parametrize(
    ("why", "arguments", "outcome", "is_reported"),
    ON_UNPLAYED,
    ids=[row[0] for row in ON_UNPLAYED],
)
def test_unplayed_exchanges(
    suite: Suite, why: str, arguments: list[str], outcome: dict[str, int], is_reported: bool
) -> None:
    suite.write_tests(FIRST_REQUEST + "; ask('second')")
    suite.record("--runreel-on-unplayed=fail").assert_outcomes(passed=1)
    suite.run("--runreel-on-unplayed=fail").assert_outcomes(passed=1)
    suite.write_tests(FIRST_REQUEST)
    result = suite.run_in_subprocess(*arguments)
    result.assert_outcomes(**outcome)
    lines = ["*runreel: 1 exchange of cassettes/*/test_it.cassette not played:", "*2: POST *"]
    if is_reported:
        result.stdout.fnmatch_lines(lines)
    else:
        result.stdout.no_fnmatch_line(lines[0])


def test_an_error_in_a_marker_fails_only_its_test(suite: Suite) -> None:
    suite.write_tests(
        "@pytest.mark.runreel(mod='replay')\ndef test_wrong(): pass",
        "@pytest.mark.runreel\ndef test_right(): pass",
    )
    result = suite.run()
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines(["*has no argument mod; did you mean mode?"])


def test_a_recording_needs_an_upstream(suite: Suite) -> None:
    suite.write_tests("def test_it(runreel): pass")
    result = suite.run("--runreel-mode=record")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*record needs the real API: *upstream*"])


def test_an_error_in_the_settings_stops_the_run(suite: Suite) -> None:
    suite.add_settings("runreel_mode = rec")
    suite.write_tests("def test_it(runreel): pass")
    result = suite.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: runreel: runreel_mode must be one of replay, *"])


def test_a_dead_server_fails_the_test(suite: Suite) -> None:
    suite.write_tests(
        "import os, signal",
        "def test_it(runreel, request):",
        "    from runreel.pytest_plugin.hooks import RUN",
        "    request.node.stash[RUN].proxy.stop()",
    )
    result = suite.run()
    result.assert_outcomes(failed=1, errors=1)
    result.stdout.fnmatch_lines(["*runreel's server does not answer: ConnectionRefusedError*"])


DEATHS = [
    ("an interrupt", "raise KeyboardInterrupt", 2),
    ("Ctrl-C in the terminal", "os.killpg(0, signal.SIGINT); signal.pause()", 2),
    ("a kill", "os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
]


@pytest.mark.parametrize(("why", "death", "code"), DEATHS, ids=[row[0] for row in DEATHS])
def test_the_server_ends_with_pytest_and_the_old_cassette_stays(
    suite: Suite, why: str, death: str, code: int
) -> None:
    suite.write_tests(ASKS)
    suite.record().assert_outcomes(passed=1)
    cassette = suite.cassette_path("test_app/test_it")
    good = cassette.read_bytes()
    suite.write_tests(
        "import os, signal\n"
        "os.setpgid(0, 0)  # as a shell does with what it starts\n"
        f"def test_it(runreel):\n    ask('new')\n    {death}"
    )
    assert suite.record(in_subprocess=True).ret == code
    with suppress(FileNotFoundError), (cassette.parent / f".{cassette.name}.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # free as soon as the server has ended
    assert cassette.read_bytes() == good
