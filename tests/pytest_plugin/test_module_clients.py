"""Clients that are created at import, or once for a whole suite, and the hint if none is led."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from runreel.pytest_plugin.proxy.address import ReservedAddress
from support.suite import NumberingUpstream, Suite

CLIENT = """
import os
from functools import cache
from asking import ask

class Client:
    \"\"\"A client that reads its variables when it is created, as the SDKs do.\"\"\"
    def __init__(self):
        self.base_url, self.key = os.environ["OPENAI_BASE_URL"], os.environ["OPENAI_API_KEY"]
    def ask(self, text): return ask(text, base_url=self.base_url)["asked"]

client = Client()

@cache
def get_client(): return Client()
"""

TESTS = """
import asyncio, threading
import pytest
from my_app import client, get_client
pytestmark = pytest.mark.runreel

@pytest.fixture(scope="session")
def shared():
    from my_app import Client
    return Client()

@pytest.fixture
def closing():
    yield
    assert client.ask("bye") == "bye"

def test_at_import(runreel):
    assert client.ask("a") == "a"
    assert runreel.mode == "record" or runreel.report().played == (1,)

def test_made_once(): assert get_client().ask("b") == "b"
def test_made_before(): assert get_client().ask("c") == "c"
def test_of_a_wide_fixture(shared): assert shared.ask("d") == "d"
def test_with_teardown(closing): assert client.ask("e") == "e"

@pytest.mark.parametrize("number", range(3))
def test_of_many(number): assert client.ask(f"f{number}") == f"f{number}"

async def test_asyncio():
    texts = [f"g{number}" for number in range(4)]
    assert await asyncio.gather(*(asyncio.to_thread(client.ask, each) for each in texts)) == texts

def test_threads():
    threads = [threading.Thread(target=client.ask, args=(f"h{number}",)) for number in range(4)]
    for each in threads: each.start()
    for each in threads: each.join()
"""
COUNT = 10


@pytest.fixture
def app(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """Create a suite whose app has a client at the level of its module."""
    suite.write("my_app.py", CLIENT)
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return suite


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["one process", "xdist"])
def test_each_test_has_its_own_cassette(
    app: Suite, upstream: NumberingUpstream, workers: tuple[str, ...]
) -> None:
    app.write("test_app.py", TESTS)
    app.record(*workers, in_subprocess=True).assert_outcomes(passed=COUNT)
    calls = upstream.call_count
    assert len(app.list_cassettes()) == COUNT
    app.run_in_subprocess(*workers).assert_outcomes(passed=COUNT)
    app.run_in_subprocess("test_app.py::test_made_before").assert_outcomes(passed=1)
    assert upstream.call_count == calls


def test_a_client_that_conftest_imports(app: Suite) -> None:
    app.write("conftest.py", "from my_app import client")
    app.write(
        "test_app.py",
        "from my_app import client",
        "def test_it(runreel): assert client.ask('a') == 'a'",
    )
    app.record(in_subprocess=True).assert_outcomes(passed=1)
    app.run_in_subprocess().assert_outcomes(passed=1)


def test_a_request_outside_a_test_is_refused_with_the_reason(app: Suite) -> None:
    app.write(
        "test_app.py",
        "import urllib.error, pytest",
        "from my_app import client",
        "def test_first(runreel): assert client.ask('a') == 'a'",
        "def test_without():",
        "    with pytest.raises(urllib.error.HTTPError) as refusal: client.ask('b')",
        "    assert 'marker or the fixture runreel' in refusal.value.read().decode()",
    )
    app.record(in_subprocess=True).assert_outcomes(passed=2)


def test_a_base_with_a_path_is_known_from_the_ini_file(
    app: Suite, upstream: NumberingUpstream
) -> None:
    app.add_settings(f"runreel_upstream = {upstream.url}/api/p")
    app.write(
        "test_app.py",
        "from my_app import client",
        "def test_it(runreel): assert client.ask('a') == 'a'",
    )
    app.run_in_subprocess("--runreel-mode=record").assert_outcomes(passed=1)
    assert upstream.paths == ["/api/p/chat"]
    app.run_in_subprocess().assert_outcomes(passed=1)


UNTOUCHED = [
    ("the word in a text", "text = 'runreel'", "test_app.py"),
    ("a use in a module that is no test", "def helper(runreel): pass", "helper.py"),
    ("a use in a folder that pytest skips", "def test_it(runreel): pass", "build/test_app.py"),
]


@pytest.mark.parametrize(("why", "source", "file"), UNTOUCHED, ids=[row[0] for row in UNTOUCHED])
def test_a_suite_without_runreel_keeps_its_environment(
    suite: Suite, why: str, source: str, file: str
) -> None:
    suite.write(file, source)
    suite.write(
        "test_other.py",
        "import os",
        "AT_IMPORT = os.environ.get('OPENAI_BASE_URL')",
        "def test_it(): assert AT_IMPORT is None",
    )
    suite.run_in_subprocess("test_other.py", "-p", "no:randomly").assert_outcomes(passed=1)
    suite.run_in_subprocess("-k", "test_other").assert_outcomes(passed=1)


def test_other_tests_of_a_worker_keep_their_environment(suite: Suite) -> None:
    suite.write(
        "test_app.py",
        "import os, pytest",
        "@pytest.mark.parametrize('number', range(2))",
        "def test_with(runreel, number): assert 'OPENAI_BASE_URL' in os.environ",
        "@pytest.mark.parametrize('number', range(2))",
        "def test_without(number): assert 'OPENAI_BASE_URL' not in os.environ",
    )
    suite.run_in_subprocess("-n2").assert_outcomes(passed=4)


USES = [
    ("a marker", "@pytest.mark.runreel\ndef test_it(): pass"),
    ("a fixture", "def test_it(tmp_path,\n    runreel): pass"),
    ("usefixtures", "@pytest.mark.usefixtures('tmp_path', 'runreel')\ndef test_it(): pass"),
    ("at run time", "def test_it(request): request.getfixturevalue('runreel')"),
]


@pytest.mark.parametrize(("why", "source"), USES, ids=[row[0] for row in USES])
@pytest.mark.parametrize("argument", [(), ("test_app.py",), (".",), ("test_app.py::test_it",)])
def test_a_use_is_noticed_before_the_import(
    suite: Suite, why: str, source: str, argument: tuple[str, ...]
) -> None:
    suite.write("test_app.py", "import os, pytest", "os.environ['OPENAI_BASE_URL']", source)
    suite.run(*argument).assert_outcomes(passed=1)


def test_a_use_by_the_ini_file_and_one_by_cassettes(suite: Suite) -> None:
    suite.add_settings("usefixtures = runreel")
    suite.write("test_app.py", "import os", "os.environ['OPENAI_BASE_URL']", "def test_it(): pass")
    suite.run().assert_outcomes(passed=1)


def test_own_variables_are_set(suite: Suite) -> None:
    suite.add_settings("runreel_env = MY_URL=/api MY_BASE= OLLAMA_HOST")
    suite.write(
        "test_app.py",
        "import os",
        "def test_it(runreel):",
        "    assert os.environ['MY_URL'] == runreel.base_url + '/api'",
        "    assert os.environ['MY_BASE'] == runreel.base_url",
        "    assert 'OLLAMA_HOST' not in os.environ",
    )
    suite.run().assert_outcomes(passed=1)


def test_an_invalid_variable_is_an_error(suite: Suite) -> None:
    suite.add_settings("runreel_env = MY-URL=/api")
    suite.write("test_app.py", "def test_it(runreel): pass")
    result = suite.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*runreel_env must be variables such as MY_API_URL=/v1*"])


def test_no_dummy_key_is_sent_to_an_api_elsewhere(suite: Suite) -> None:
    suite.write(
        "test_app.py",
        "import os, pytest",
        "@pytest.mark.runreel(mode='record', upstream='https://api.example.com')",
        "def test_remote(): assert 'OPENAI_API_KEY' not in os.environ",
        "@pytest.mark.runreel(mode='record', upstream='http://127.0.0.1:9')",
        "def test_local(): assert os.environ['OPENAI_API_KEY']",
        "def test_replay(runreel): assert os.environ['OPENAI_API_KEY']",
    )
    suite.run().assert_outcomes(passed=3)


UNUSED = [
    ("a passing test is in the summary", "", "pass", 0, "*1 test with runreel sent no request*"),
    (
        "a failing test is told why",
        "",
        "assert 0",
        1,
        "*no request came from test_app.py::test_it*",
    ),
    (
        "with fail, the test fails",
        "--runreel-on-unused=fail",
        "pass",
        1,
        "*no request came from test_app.py::test_it*OPENAI_BASE_URL, *",
    ),
]


@pytest.mark.parametrize(
    ("why", "option", "body", "code", "line"), UNUSED, ids=[row[0] for row in UNUSED]
)
@pytest.mark.parametrize("workers", [(), ("-n1",)], ids=["one process", "xdist"])
def test_a_test_without_a_request_is_noticed(
    suite: Suite,
    why: str,
    option: str,
    body: str,
    code: int,
    line: str,
    workers: tuple[str, ...],
) -> None:
    suite.write_tests(f"def test_it(runreel): {body}")
    result = suite.run_in_subprocess(*filter(None, (option, *workers)))
    assert result.ret == code
    result.stdout.fnmatch_lines([line])


@pytest.mark.parametrize(
    "test",
    [
        "@pytest.mark.runreel(on_unused='ignore')\ndef test_it(): pass",
        "def test_it(runreel): ask_quietly('a') or pytest.skip('a miss')",
        "def test_it(): pass",
    ],
)
def test_other_tests_get_no_hint(suite: Suite, test: str) -> None:
    suite.write_tests(test)
    suite.run().stdout.no_fnmatch_line("*no request*")


def test_the_network_is_blocked_in_replay_unless_allowed(suite: Suite) -> None:
    suite.write_tests(
        "import socket",
        "def connect():",
        "    try: socket.create_connection(('192.0.2.1', 80), timeout=0.01)",
        "    except Exception: pass",
        "def test_it(runreel): connect()",
    )
    result = suite.run()
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*replay blocks the network*192.0.2.1*allowed_hosts*"])
    suite.run("--runreel-allow-network").assert_outcomes(passed=1)
    suite.add_settings("runreel_block_network = false")
    suite.run().assert_outcomes(passed=1)


def test_a_reserved_port_refuses_and_cannot_be_taken() -> None:
    address = ReservedAddress()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.host, address.port), timeout=5)
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind((address.host, address.port))
    address.close()


def test_the_environment_is_restored_after_the_run(suite: Suite) -> None:
    before = dict(os.environ)
    suite.write("conftest.py", "raise RuntimeError('while pytest is configured')")
    suite.write("test_app.py", "def test_it(runreel): pass")
    assert suite.run().ret == pytest.ExitCode.USAGE_ERROR
    after = dict(os.environ)
    assert {name for name in before | after if before.get(name) != after.get(name)} <= {
        "PYTEST_CURRENT_TEST",
        "PYTEST_VERSION",
    }
    assert Path(suite.folder).exists()
