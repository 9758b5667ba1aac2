"""``runreel explain``: the exchange that answers, or the reason that none does."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from runreel.cli import run
from runreel.core.cassette import encode_exchange
from runreel.model import OmittedReason
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
    ("a cassette without a number", "c.cassette", "not a request: add the number of an exchange"),
    ("a cassette's name without a number", "named", "not a request: add the number of an exchange"),
    ("a list of exchanges", "list.json", "it lists exchanges without their bodies"),
]


@pytest.mark.parametrize(("why", "file", "expected"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_a_mistake(why: str, file: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("list.json").write_text('{"exchanges": []}')
    Path("cassettes").mkdir()
    shutil.copy("c.cassette", "cassettes/named.cassette")
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


DEMO = Path(__file__).parents[3] / "cassettes" / "demo.cassette"


@pytest.mark.parametrize("number", [1, 4, 7, 12])
def test_an_exchange_of_another_cassette_and_what_show_prints_of_it(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["show", str(DEMO), str(number), "--json"]) == 0
    Path("shown.json").write_text(capsys.readouterr().out)
    for arguments in (["shown.json"], [str(DEMO), str(number)]):
        assert run(["explain", str(DEMO), *arguments]) == 0
        assert f": exchange {number} answers this request." in capsys.readouterr().out
        assert run(["explain", "c.cassette", *arguments]) == 1
        assert "no exchange in c.cassette answers" in capsys.readouterr().out


def test_the_other_cassette_can_be_given_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    Path("cassettes").mkdir()
    Path("cassettes/other.cassette").write_bytes(Path("c.cassette").read_bytes())
    assert run(["explain", "c.cassette", "other", "1"]) == 0
    assert "exchange 1 answers" in capsys.readouterr().out


def test_a_request_whose_body_was_not_kept_matches_by_its_digest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    request = replace(make_request(body=b""), omitted=OmittedReason.MAX_BODY, digest="70000000")
    exchange = make_exchange(1, request=request)
    Path("d.cassette").write_bytes(make_cassette(encode_exchange(exchange)))
    assert run(["explain", "d.cassette", "d.cassette", "1"]) == 0
    assert "exchange 1 answers" in capsys.readouterr().out
    assert run(["show", "d.cassette", "1", "--json"]) == 0
    Path("shown.json").write_text(capsys.readouterr().out)
    assert run(["explain", "d.cassette", "shown.json"]) == 2
    assert "its body was not kept" in capsys.readouterr().err
