"""``runreel match``: the matching rules, checked on cassettes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runreel.cli import run
from runreel.core.cassette import encode_exchange
from runreel.model import OmittedReason
from support.build import make_answer, make_cassette, make_exchange, make_request

CONFIG = '[runreel.match]\nignore = ["$.metadata.request_id", "query.t"]\n'


@pytest.fixture(autouse=True)
def cassette(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    polls = [make_request("GET", b"/v1/threads/t/runs/r", body=b"")] * 10
    runs = [
        make_request(body=json.dumps({"metadata": {"request_id": name}}).encode())
        for name in ("a", "b")
    ]
    exchanges = [
        make_exchange(number, request=request) for number, request in enumerate(polls + runs, 1)
    ]
    path = tmp_path / "c.cassette"
    path.write_bytes(make_cassette(*map(encode_exchange, exchanges)))
    return path


def test_the_default_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["match", "c.cassette"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "12 exchanges, 3 different calls"
    assert lines[3].split("  ") == [
        "1, 2, 3, 4, 5, 6, 7, 8 … (10)",
        "GET /v1/threads/t/runs/r",
        "order",
    ]
    assert len(lines) == 4


def test_rules_that_ignore_fields(capsys: pytest.CaptureFixture[str]) -> None:
    Path("config.toml").write_text(CONFIG)
    assert run(["match", "c.cassette"]) == 0
    out = capsys.readouterr().out
    assert "11, 12" in out
    assert "order, because $.metadata.request_id is ignored" in out
    assert [line.split() for line in out.splitlines()[-2:]] == [
        ["$.metadata.request_id", "2"],
        ["query.t", "0"],
    ]


def test_as_json(capsys: pytest.CaptureFixture[str], cassette: Path) -> None:
    assert run(["match", "c.cassette", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["schema_version"], document["cassette"]) == (1, "c.cassette")
    assert document["groups"][0]["numbers"] == list(range(1, 11))


def test_an_unreachable_exchange_is_a_finding(
    capsys: pytest.CaptureFixture[str], cassette: Path
) -> None:
    lost = make_exchange(1, answer=make_answer(omitted=OmittedReason.MAX_BODY))
    secret = make_exchange(2, request=make_request(body=b'{"api_key": "canary-0123456789"}'))
    cassette.write_bytes(make_cassette(*map(encode_exchange, (lost, secret))))
    assert run(["match", "c.cassette"]) == 1
    out = capsys.readouterr().out
    assert "1 (POST /v1/threads/thread_1/runs): its answer's body was not kept" in out
    assert "2 (POST /v1/threads/thread_1/runs): the redaction rules in force" in out
    assert "canary" not in out


def test_a_torn_tail_is_reported(capsys: pytest.CaptureFixture[str], cassette: Path) -> None:
    cassette.write_bytes(cassette.read_bytes()[:-3])
    assert run(["match", "c.cassette"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("11 exchanges")
    assert "has a torn tail" in captured.err


def test_an_invalid_rule(capsys: pytest.CaptureFixture[str]) -> None:
    Path("config.toml").write_text('[runreel.match]\nignore = ["request_id"]\n')
    assert run(["match", "c.cassette"]) == 2
    assert "config.toml:2: runreel.match.ignore: entry 1" in capsys.readouterr().err


OTHER_STATUS = [
    ("a credential", (b"Bearer REDACTED-key-1", b"Bearer REDACTED-key-2"), "(authorization) alone"),
    ("order", (b"Bearer REDACTED-key-1", b"Bearer REDACTED-key-1"), "their order alone"),
]


@pytest.mark.parametrize(("by", "keys", "warning"), OTHER_STATUS, ids=[c[0] for c in OTHER_STATUS])
def test_equal_calls_with_answers_of_different_status_are_pointed_out(
    capsys: pytest.CaptureFixture[str], by: str, keys: tuple[bytes, ...], warning: str
) -> None:
    exchanges = [
        make_exchange(
            number,
            request=make_request("GET", b"/v1/models", ((b"Authorization", key),), b""),
            answer=make_answer(b"{}", status=status),
        )
        for number, (key, status) in enumerate(zip(keys, (200, 401), strict=True), start=1)
    ]
    Path("keys.cassette").write_bytes(make_cassette(*map(encode_exchange, exchanges)))
    assert run(["match", "keys.cassette"]) == 0
    out = capsys.readouterr().out
    assert "warning: exchanges 1, 2 (GET /v1/models) were answered 200, 401" in out
    assert warning in out


def test_texts_that_are_passed_over(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    requests = [
        make_request(body=json.dumps({"input": f"On {day}, job {day[-1]}"}).encode())
        for day in ("2026-11-30", "2026-12-01")
    ]
    exchanges = [make_exchange(number, request=each) for number, each in enumerate(requests, 1)]
    (tmp_path / "d.cassette").write_bytes(make_cassette(*map(encode_exchange, exchanges)))
    arguments = ["match", "d.cassette", "--volatile", "date,uuid", "--patterns", "job [0-9]"]
    assert run(arguments) == 0
    out = capsys.readouterr().out
    assert "2 exchanges, 1 different calls" in out
    assert "order, because $.input is ignored" in out
    assert [line.split()[-1] for line in out.splitlines()[-3:]] == ["2", "0", "2"]
    assert run([*arguments, "--json"]) == 0
    passed_over = json.loads(capsys.readouterr().out)["passed_over"]
    assert passed_over == {"date": 2, "uuid": 0, "job [0-9]": 2}
    assert run(["match", "d.cassette", "--volatile", "dates"]) == 2
    assert 'did you mean "date"?' in capsys.readouterr().err
