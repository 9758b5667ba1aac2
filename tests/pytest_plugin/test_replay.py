"""A suite is recorded once, and replayed from then on, with every kind of test."""

from __future__ import annotations

import json
import os

import pytest

from support.suite import NumberingUpstream, Suite

pytestmark = pytest.mark.slow

SAME = """
import threading, unittest

def test_function(runreel):
    assert [ask("a")["asked"], ask("b")["asked"]] == ["a", "b"]
    report = runreel.report()
    assert report.missed == 0
    assert runreel.mode == "record" or (report.replayed, report.played) == (2, (1, 2))

@pytest.mark.runreel
def test_marker_alone():
    assert ask("a")["asked"] == "a"

@pytest.mark.usefixtures("runreel")
class TestClass:
    def test_method(self):
        assert ask("a")["asked"] == "a"

    class TestNested:
        def test_method(self):
            assert ask("b")["asked"] == "b"

@pytest.mark.runreel
class TestCase(unittest.TestCase):
    def setUp(self):
        self.first = ask("set up")

    def test_method(self):
        self.assertGreater(ask("a")["number"], self.first["number"])

@pytest.mark.parametrize("text", ["a/b", "a-b", "a b", "gpt-4o"])
def test_parameters(runreel, text):
    assert ask(text)["asked"] == text

async def test_asyncio(runreel):
    import asyncio
    assert (await asyncio.to_thread(ask, "a"))["asked"] == "a"

@pytest.mark.anyio
async def test_anyio(runreel, anyio_backend):
    from anyio import to_thread
    assert (await to_thread.run_sync(ask, "a"))["asked"] == "a"

@pytest.fixture
def anyio_backend():
    return "asyncio"

def test_threads(runreel):
    threads = [threading.Thread(target=ask, args=(str(number),)) for number in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()

def test_requested_at_run_time(request):
    assert request.getfixturevalue("runreel").base_url
    assert ask("a")["asked"] == "a"
"""

CASSETTES = [
    "TestCase.test_method",
    "TestClass.TestNested.test_method",
    "TestClass.test_method",
    "test_anyio",
    "test_asyncio",
    "test_function",
    "test_marker_alone",
    "test_parameters-a-b-4b54c643",
    "test_parameters-a-b-ed93d4cb",
    "test_parameters-a-b",
    "test_parameters-gpt-4o",
    "test_requested_at_run_time",
    "test_threads",
]


def test_every_kind_of_test_is_recorded_and_replayed(
    suite: Suite, upstream: NumberingUpstream
) -> None:
    suite.write_tests(SAME)
    suite.record().assert_outcomes(passed=13)
    call_count = upstream.call_count
    suite.run().assert_outcomes(passed=13)
    assert upstream.call_count == call_count
    assert suite.list_cassettes() == [f"cassettes/test_app/{name}.cassette" for name in CASSETTES]


def test_workers_record_and_replay(suite: Suite, upstream: NumberingUpstream) -> None:
    suite.write_tests(SAME)
    suite.record("-n2", in_subprocess=True).assert_outcomes(passed=13)
    call_count = upstream.call_count
    suite.run_in_subprocess("-n2").assert_outcomes(passed=13)
    assert upstream.call_count == call_count


ADDS_MARKERS = """
import pytest

def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.runreel)
"""


def test_a_hook_of_the_suite_may_add_the_marker(
    suite: Suite, upstream: NumberingUpstream, pytester: pytest.Pytester
) -> None:
    suite.write_tests("def test_it(): assert ask('a')['number'] == 1")
    pytester.makepyfile(late=ADDS_MARKERS)
    suite.record("-p", "late").assert_outcomes(passed=1)
    suite.run("-p", "late").assert_outcomes(passed=1)
    assert upstream.call_count == 1


def test_a_test_without_requests_needs_no_cassette(suite: Suite) -> None:
    suite.write_tests("pytestmark = pytest.mark.runreel\ndef test_it(): pass")
    suite.record().assert_outcomes(passed=1)
    assert suite.list_cassettes() == []
    suite.run().assert_outcomes(passed=1)


MODES = [
    ("replay", 0, 0, 0),
    ("record", 1, 2, 1),
    ("auto", 1, 1, 1),
    ("once", 1, 1, 1),
    ("passthrough", 1, 2, 0),
    ("all", 1, 2, 1),
    ("new_episodes", 1, 1, 1),
    ("none", 0, 0, 0),
]


@pytest.mark.parametrize(("mode", "first", "second", "cassettes"), MODES)
def test_every_mode(
    suite: Suite, upstream: NumberingUpstream, mode: str, first: int, second: int, cassettes: int
) -> None:
    suite.write_tests("def test_it(runreel): ask_quietly('a')")
    arguments = (f"--runreel-mode={mode}", f"--runreel-upstream={upstream.url}")
    suite.run(*arguments)
    assert upstream.call_count == first
    suite.run(*arguments)
    assert upstream.call_count == second
    assert len(suite.list_cassettes()) == cassettes


SHARED = """
@pytest.mark.runreel("shared/one")
class TestShared:
    @pytest.mark.parametrize("text", ["a", "b"])
    def test_it(self, text):
        assert ask(text)["asked"] == text
"""


def test_tests_may_share_a_cassette(suite: Suite) -> None:
    suite.write_tests(SHARED)
    suite.record().assert_outcomes(passed=2)
    assert suite.list_cassettes() == ["cassettes/shared/one.cassette"]
    suite.run().assert_outcomes(passed=2)
    suite.record().assert_outcomes(passed=2)
    suite.write_tests(
        SHARED,
        "@pytest.mark.runreel('shared/one')\n"
        "def test_all(runreel):\n"
        "    ask('a'); ask('b')\n"
        "    assert len(runreel.report().played) == 2\n"
        "    assert not runreel.report().unplayed\n",
    )
    suite.run().assert_outcomes(passed=3)


def test_cassettes_are_beside_the_test_files(suite: Suite) -> None:
    for name in ("test_a.py", "unit/test_a.py", "my tests/test_a.py"):
        suite.write_tests("def test_it(runreel): ask('a')", name=name)
    suite.record("--import-mode=importlib").assert_outcomes(passed=3)
    assert suite.list_cassettes() == [
        "cassettes/test_a/test_it.cassette",
        "my tests/cassettes/test_a/test_it.cassette",
        "unit/cassettes/test_a/test_it.cassette",
    ]
    suite.run("--import-mode=importlib").assert_outcomes(passed=3)


def test_the_folder_is_a_setting(suite: Suite) -> None:
    suite.add_settings("runreel_dir = recordings/llm")
    suite.write_tests("def test_it(runreel): ask('a')")
    suite.record().assert_outcomes(passed=1)
    assert suite.list_cassettes() == ["recordings/llm/test_app/test_it.cassette"]


ENVIRONMENT = """
import json, os
AT_IMPORT = os.environ["OPENAI_BASE_URL"]

@pytest.fixture
def client(): return os.environ.get("OPENAI_BASE_URL")

@pytest.fixture(scope="module")
def wide(): return os.environ.get("OPENAI_BASE_URL")

@pytest.fixture
def left():
    yield
    assert "OPENAI_BASE_URL" in os.environ

def test_it(wide, client, left, runreel):
    assert client == f"{runreel.base_url}/v1" == os.environ["OPENAI_BASE_URL"]
    assert AT_IMPORT == wide == client, "a client may be created before any session"
    assert os.environ["AZURE_OPENAI_ENDPOINT"] == runreel.base_url
    assert os.environ["ANTHROPIC_BASE_URL"] == runreel.base_url
    assert os.environ["OPENAI_API_KEY"] == "own"
    assert os.environ["AZURE_OPENAI_API_KEY"] == "runreel-needs-no-key"
    assert runreel.cassette.parts[-3:] == ("cassettes", "test_app", "test_it.cassette")

@pytest.mark.runreel
def test_first_of_its_fixtures(client): assert client

@pytest.mark.parametrize("marked", [pytest.param(1, marks=pytest.mark.runreel), 2])
def test_one_parameter(marked): assert (marked == 1) == ("OPENAI_BASE_URL" in os.environ)

def test_after():
    with open("before.json") as file: before = json.load(file)
    names = {*before, *os.environ} - {"PYTEST_CURRENT_TEST", "PYTEST_VERSION"}
    assert [os.environ.get(name) for name in names] == [before.get(name) for name in names]
"""


def test_the_environment_of_a_test(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "own")
    suite.write("before.json", json.dumps({**os.environ}))
    suite.write_tests(ENVIRONMENT)
    suite.run().assert_outcomes(passed=5)


def test_a_base_with_a_path_replaces_the_version(suite: Suite, upstream: NumberingUpstream) -> None:
    suite.write_tests("def test_it(runreel): ask('a')")
    arguments = ("--runreel-mode=record", f"--runreel-upstream={upstream.url}/api/projects/p")
    suite.run(*arguments).assert_outcomes(passed=1)
    assert upstream.paths == ["/api/projects/p/chat"]
    suite.run().assert_outcomes(passed=1)
    assert upstream.call_count == 1


def test_the_settings_of_a_marker_reach_the_server(
    suite: Suite, upstream: NumberingUpstream
) -> None:
    suite.write_tests(
        f"@pytest.mark.runreel('own', mode='record', upstream='{upstream.url}', "
        "record_errors=False, restore=False)",
        "def test_own():",
        "    ask_quietly('break'); ask('a')",
        '@pytest.mark.runreel("own", speed=1000, strict=True)',
        "def test_strict(runreel):",
        "    ask('a')",
        "    assert runreel.mode == 'replay'",
        "    assert not runreel.report().unplayed",
    )
    suite.run().assert_outcomes(passed=2)
    assert upstream.call_count == 2


def test_the_order_of_a_marker_reaches_the_server(
    suite: Suite, upstream: NumberingUpstream
) -> None:
    suite.write_tests(
        f"@pytest.mark.runreel('own', mode='record', upstream='{upstream.url}')",
        "def test_own():",
        "    ask('a'); ask('a')",
        "@pytest.mark.runreel('own', order='strict', on_unplayed='fail')",
        "def test_strict(runreel):",
        "    ask('a'); ask('a')",
        "    assert ask_quietly('a') is None or runreel.report().missed",
    )
    result = suite.run()
    result.stdout.fnmatch_lines(["*has been played already*"])


def test_settings_of_the_project_reach_the_server(suite: Suite) -> None:
    suite.write("config.toml", "[runreel]\nnonsense = 1\n")
    suite.write_tests("def test_it(runreel): pass")
    result = suite.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*runreel's server did not start:", "*config.toml:2: runreel.nonsense*"]
    )


def test_patched_sockets_and_clients_do_not_affect_the_plugin(suite: Suite) -> None:
    suite.write_tests(
        "import http.client, socket, subprocess, time",
        "def refuse(*_, **__): raise RuntimeError('a guard of the test')",
        "def test_it(runreel, monkeypatch):",
        "    assert ask('a')['asked'] == 'a'",
        "    for owner, name in [(socket, 'socket'), (socket, 'create_connection'),",
        "            (socket, 'getaddrinfo'), (http.client, 'HTTPConnection'),",
        "            (socket.socket, 'connect'), (subprocess, 'Popen'), (time, 'time')]:",
        "        monkeypatch.setattr(owner, name, refuse)",
        "    assert runreel.report().missed == 0",
    )
    suite.record().assert_outcomes(passed=1)
    suite.run().assert_outcomes(passed=1)


def test_modules_of_the_suite_do_not_affect_the_server(suite: Suite) -> None:
    for name in ("aiohttp", "msgpack", "structlog"):
        suite.write(f"{name}.py", "raise RuntimeError('mine')")
    suite.write_tests("def test_it(runreel): pass")
    suite.run().assert_outcomes(passed=1)


def test_a_run_without_the_fixture_imports_very_little(suite: Suite) -> None:
    suite.write(
        "test_light.py",
        "import sys",
        "def test_light():",
        "    ours = {name for name in sys.modules if name.startswith('runreel')}",
        "    light = {'runreel', 'runreel.pytest_plugin', 'runreel.pytest_plugin.options'}",
        "    assert ours == light",
        "    assert not {'aiohttp', 'msgpack', 'structlog', 'click', 'msgspec'} & set(sys.modules)",
    )
    arguments = ["-p", "no:recording", "-p", "no:xdist", "-p", "no:anyio"]
    suite.run_in_subprocess(*arguments).assert_outcomes(passed=1)


def test_the_option_of_another_plugin_applies(suite: Suite, upstream: NumberingUpstream) -> None:
    suite.write_tests(
        "def test_ours(runreel): assert runreel.mode == 'record'; ask('a')",
        "@pytest.mark.vcr",
        "def test_theirs():",
        f"    assert ask('b', base_url={upstream.url!r})['asked'] == 'b'",
    )
    upstream_option = f"--runreel-upstream={upstream.url}"
    suite.run("-p", "recording", "--record-mode=all", upstream_option).assert_outcomes(passed=2)
    assert upstream.call_count == 2
    assert suite.list_cassettes() == ["cassettes/test_app/test_ours.cassette"]
    assert (suite.folder / "cassettes" / "test_app" / "test_theirs.yaml").exists()


def test_both_recorders_in_one_test(suite: Suite, upstream: NumberingUpstream) -> None:
    suite.write_tests(
        "@pytest.mark.vcr(ignore_localhost=True)",
        "@pytest.mark.runreel",
        "def test_it(vcr):",
        "    assert ask('a')['asked'] == 'a'",
    )
    suite.record("-p", "recording").assert_outcomes(passed=1)
    suite.run("-p", "recording").assert_outcomes(passed=1)
    assert upstream.call_count == 1


def test_the_network_guard_of_another_plugin(suite: Suite) -> None:
    suite.write_tests(
        "@pytest.mark.block_network(allowed_hosts=['127.0.0.1'])",
        "def test_let_through(runreel): assert ask('a')['asked'] == 'a'",
        "@pytest.mark.block_network",
        "def test_blocked(runreel):",
        "    with pytest.raises(RuntimeError, match='Network is disabled'): ask('a')",
    )
    suite.record(in_subprocess=True).assert_outcomes(passed=2)
    suite.run_in_subprocess().assert_outcomes(passed=2)
