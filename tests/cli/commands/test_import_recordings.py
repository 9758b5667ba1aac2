"""``runreel import``: what it writes is redacted, has the right names, and replays."""

from __future__ import annotations

import gzip
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import Request, urlopen

import pytest
import vcr  # type: ignore[import-untyped]  # it ships no types
import yaml

from runreel.cli import run
from runreel.cli.commands.import_recordings import build_cassette_stem
from runreel.pytest_plugin.names import build_test_name
from support.client import ask
from support.proxy import read_exchanges, serve_replay
from support.secrets import KEY, MAIL

BODY = f'{{"text": "write to {MAIL}"}}'


def interaction(url: str, body: str = BODY) -> dict[str, Any]:
    headers = {"Authorization": [f"Bearer {KEY}"], "Content-Type": ["application/json"]}
    return {
        "request": {"method": "POST", "uri": url, "headers": headers, "body": '{"q": 1}'},
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": {"Content-Type": ["application/json"]},
            "body": {"string": body},
        },
    }


def write_vcr(path: Path, *urls: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"interactions": [interaction(url) for url in urls], "version": 1}
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_everything_is_redacted_on_the_way_in(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_vcr(folder / "a.yaml", "https://api.example/v1/x")
    assert run(["import", "a.yaml"]) == 0
    data = (folder / "cassettes/a.cassette").read_bytes()
    assert KEY.encode() not in data
    assert MAIL.encode() not in data
    output = capsys.readouterr().out
    assert output.startswith("a.yaml: 1 exchange with https://api.example -> cassettes/a.cassette")
    assert KEY not in output
    assert run(["scan", "cassettes"]) == 0
    assert run(["redact", "cassettes", "--check"]) == 0


def test_the_progress_of_an_import_is_shown_on_a_terminal(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr("runreel.cli.terminal._PROGRESS_DELAY", 0)
    monkeypatch.setattr("runreel.cli.terminal._PROGRESS_INTERVAL", 0)
    monkeypatch.setattr("sys.stderr", screen)
    write_vcr(folder / "a.yaml", *(f"https://api.example/{number}" for number in range(3)))
    assert run(["import", "a.yaml"]) == 0
    shown = screen.getvalue().split("\r\x1b[K")
    assert shown == ["", *(f"importing {number} of 6" for number in range(1, 7)), ""]


def test_a_secret_that_a_later_exchange_identifies_is_taken_out_of_earlier_ones(
    folder: Path,
) -> None:
    secret = "correct-horse-battery-staple-77"
    first = interaction("https://h/1", f'{{"note": "{secret}"}}')
    second = interaction("https://h/2", f'{{"password": "{secret}"}}')
    (folder / "a.json").write_text(json.dumps({"interactions": [first, second]}))
    assert run(["import", "a.json"]) == 0
    assert secret.encode() not in (folder / "cassettes/a.cassette").read_bytes()


def test_several_hosts_need_a_choice(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_vcr(folder / "a.yaml", "https://h/1", "https://h/2", "http://localhost:11434/x")
    assert run(["import", "a.yaml"]) == 3
    error = capsys.readouterr().out
    assert "several hosts: https://h (2), http://localhost:11434 (1)" in error
    assert "--upstream" in error
    assert "--split" in error

    assert run(["import", "a.yaml", "--upstream", "https://h"]) == 0
    assert "exchanges with other hosts were left out: 1" in capsys.readouterr().out
    assert len(read_exchanges(folder / "cassettes/a.cassette")) == 2

    assert run(["import", "a.yaml", "--split"]) == 0
    names = {path.name for path in (folder / "cassettes").glob("*.cassette")}
    assert names == {"a.cassette", "a-h.cassette", "a-localhost-11434.cassette"}


def test_an_existing_cassette_is_replaced_only_if_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_vcr(folder / "a.yaml", "https://h/1")
    assert run(["import", "a.yaml"]) == 0
    assert run(["import", "a.yaml"]) == 3
    assert "exists already; --force replaces it" in capsys.readouterr().out
    assert run(["import", "a.yaml", "--force"]) == 0


def test_a_folder_keeps_its_layout_and_broken_files_do_not_stop_the_others(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_vcr(folder / "old/test_x/test_a[b c].yaml", "https://h/1")
    write_vcr(folder / "old/test_y/TestZ.test_b.yml", "https://h/1")
    (folder / "old/broken.yaml").write_text("a: [")
    (folder / "old/other.json").write_text("[]")
    assert run(["import", "old", "--to", "new", "--json"]) == 3
    files = json.loads(capsys.readouterr().out)["files"]
    errors = {each["path"]: each["error"] for each in files if "error" in each}
    assert errors["old/broken.yaml"].startswith("it is not valid YAML (line 2, column ")
    assert "neither a HAR file" in errors["old/other.json"]
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*.cassette")) == [
        f"new/test_x/{build_test_name('test_a', parameters='b c')}.cassette",
        "new/test_y/TestZ.test_b.cassette",
    ]


def test_beside(folder: Path) -> None:
    write_vcr(folder / "tests/cassettes/test_x/test_a.yaml", "https://h/1")
    assert run(["import", "tests", "--beside"]) == 0
    assert (folder / "tests/cassettes/test_x/test_a.cassette").exists()


STEMS = [
    ("a test", "test_a.yaml", "test_a"),
    ("a compressed file", "test_a.yaml.gz", "test_a"),
    ("a method", "TestX.test_a.yaml", "TestX.test_a"),
    ("parameters that are valid in names", "test_a[gpt-4o].yaml", "test_a-gpt-4o"),
    ("a HAR file", "api.openai.com.har", "api.openai.com"),
]


@pytest.mark.parametrize(("why", "name", "stem"), STEMS, ids=[row[0] for row in STEMS])
def test_names_are_those_of_the_plugin(why: str, name: str, stem: str) -> None:
    assert build_cassette_stem(Path(name)) == stem


def test_compressed_files(folder: Path) -> None:
    path = write_vcr(folder / "a.yaml", "https://h/1")
    (folder / "b.yaml.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert run(["import", "b.yaml.gz"]) == 0
    (folder / "c.yaml.gz").write_bytes(gzip.compress(path.read_bytes())[:-9])
    assert run(["import", "c.yaml.gz"]) == 3


_ALIASES = b"a: &a [x]\n" + b"".join(
    b"%c: &%c [%b]\n" % (letter, letter, b",".join([b"*%c" % (letter - 1)] * 9))
    for letter in b"bcdefghi"
)
"""A list of 43 million values in 300 bytes."""

HOSTILE = [
    ("YAML that would make a Python object", b"!!python/object/apply:os.system [echo]"),
    ("YAML aliases in a body", b"a: &a [x, x]\nb: &b [*a, *a]\ninteractions: *b\n"),
    ("YAML aliases of aliases", _ALIASES),
    ("an unclosed brace", b"{"),
    ("deep nesting", b"[" * 100_000),
    ("deep nesting in JSON", b'{"log":' * 100_000),
    ("no text", b"\xff\xfe\x00"),
    ("nothing", b""),
]


def test_a_body_may_use_aliases(folder: Path) -> None:
    shared = {"role": "user", "content": "Hello"}
    row = interaction("https://api.example/v1/x")
    row["request"]["body"] = {"messages": [shared, shared]}
    data = yaml.safe_dump({"interactions": [row]})
    assert "*id" in data
    (folder / "x.yaml").write_text(data)
    assert run(["import", "x.yaml"]) == 0


MANY_VALUES = [
    ("values", b"[" + b"1," * 400_001 + b"]"),
    ("aliases of one", b"[&a x," + b"*a," * 400_001 + b"]"),
    ("aliases of lists", b"[&a [1, 2, 3]," + b"*a," * 100_001 + b"]"),
]


@pytest.mark.parametrize(("why", "data"), MANY_VALUES, ids=[row[0] for row in MANY_VALUES])
def test_yaml_of_too_many_values_is_refused_with_advice(
    why: str, data: bytes, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "x.yaml").write_bytes(b"interactions: " + data + b"\n")
    assert run(["import", "x.yaml"]) == 3
    assert "more than 400,000 values" in capsys.readouterr().out


@pytest.mark.parametrize(("why", "data"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_hostile_files_are_one_line_of_error(
    why: str, data: bytes, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "x.yaml").write_bytes(data)
    assert run(["import", "x.yaml"]) == 3
    output = capsys.readouterr()
    assert output.out.startswith("x.yaml: not imported: ")
    assert output.out.count("\n") == 1
    assert output.err == ""


class _Api(BaseHTTPRequestHandler):
    """An API with a stream."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b'data: {"delta": "Hel"}\n\ndata: {"delta": "lo"}\n\ndata: [DONE]\n\n')

    def log_message(self, format: str, *args: object) -> None:
        """Write no log."""


def record_with_vcrpy(path: Path) -> bytes:
    """Record a streamed answer with vcrpy; return its body."""
    with HTTPServer(("127.0.0.1", 0), _Api) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/v1/chat/completions"
        headers = {"Content-Type": "application/json"}
        request = Request(url, b'{"stream": true}', headers)
        try:
            with vcr.use_cassette(str(path)), urlopen(request) as answer:  # noqa: S310 - our own
                body: bytes = answer.read()
        finally:
            server.shutdown()
            thread.join()
    return body


async def test_a_cassette_of_vcrpy_replays(folder: Path) -> None:
    live = record_with_vcrpy(folder / "it.yaml")
    assert run(["import", "it.yaml"]) == 0
    async with serve_replay(folder / "cassettes/it.cassette") as (base, _):
        replayed = await ask(
            base,
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 16\r\nConnection: close\r\n\r\n" + b'{"stream": true}',
        )
    assert replayed.status == 200
    assert replayed.body == live
