"""``runreel explain``: the exchange that answers, or the reason that none does."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from runreel.cli import run
from runreel.core.cassette import encode_exchange
from support.build import make_cassette, make_exchange, make_request

HTTP = b'POST /v1/threads/thread_1/runs HTTP/1.1\nContent-Type: application/json\n\n{"a": %d}'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    exchange = make_exchange(1, request=make_request(body=b'{"a": 1}'))
    Path("c.cassette").write_bytes(make_cassette(encode_exchange(exchange)))
    return tmp_path


def test_a_hit_from_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("request.http").write_bytes(HTTP % 1)
    assert run(["explain", "c.cassette", "request.http"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "POST /v1/threads/thread_1/runs: exchange 1 answers this request.",
        "It is the only exchange of this call.",
    ]


@pytest.mark.parametrize("arguments", [[], ["-"]], ids=["nothing", "a dash"])
def test_a_miss_from_standard_input(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(HTTP % 2)))
    assert run(["explain", "c.cassette", *arguments]) == 1
    out = capsys.readouterr().out
    assert "Nearest: exchange 1, which differs in $.a: recorded 1, sent 2." in out
    assert "runreel record c.cassette --upstream" in out


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    for number, outcome in ((1, "hit"), (2, "miss")):
        Path("request.http").write_bytes(HTTP % number)
        assert run(["explain", "c.cassette", "request.http", "--json"]) == number - 1
        document = json.loads(capsys.readouterr().out)
        assert (document["schema_version"], document["cassette"]) == (1, "c.cassette")
        assert document["outcome"] == outcome


MISTAKES = [
    ("a missing file", "nowhere.http", "cannot be read"),
    ("a file that is not a request", "c.cassette", "not a request"),
]


@pytest.mark.parametrize(("why", "file", "expected"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_a_mistake(why: str, file: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "c.cassette", file]) == 2
    assert expected in capsys.readouterr().err


def test_what_was_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    exchange = make_exchange(1, request=make_request(body=b'{"a": "On 2026-11-30 at 08:00"}'))
    Path("d.cassette").write_bytes(make_cassette(encode_exchange(exchange)))
    Path("request.http").write_bytes(HTTP.replace(b"%d", b'"On 2026-12-01 at 09:00"'))
    arguments = ["explain", "d.cassette", "request.http", "--volatile", "date,time"]
    assert run(arguments) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Passed over in $.a: date, time."
    assert run([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["passed_over"] == {"$.a": ["date", "time"]}
