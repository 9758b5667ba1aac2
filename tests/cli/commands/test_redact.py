"""``runreel redact``: its report of the changes."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from runreel.cli import run
from runreel.core.cassette import encode_exchange
from runreel.core.record.seal import Sealer
from runreel.core.redact import Redactor, Rules, Vault
from runreel.dialects import find_dialect
from runreel.shell.store import CassetteWriter
from support.build import make_answer, make_cassette, make_exchange, make_header
from support.secrets import KEY, MAIL

SEALER = Sealer(Redactor(Rules.build(), Vault()), find_dialect, max_body=100_000)
CURRENT = SEALER.seal(make_exchange()).record
LEAKY = make_exchange(2, answer=make_answer(f"{KEY} and {MAIL} and {MAIL}".encode()))
WHOLE = make_cassette(CURRENT, encode_exchange(LEAKY))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "it.cassette").write_bytes(WHOLE)
    return tmp_path


def test_changes_are_reported_by_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["redact", "it.cassette"]) == 0
    assert capsys.readouterr().out == (
        "it.cassette: changed 1 of 2 exchanges: email 2, openai-api-key 1\n"
    )
    assert run(["redact", "it.cassette"]) == 0
    assert capsys.readouterr().out == "it.cassette: nothing to change in 2 exchanges\n"
    assert KEY.encode() not in Path("it.cassette").read_bytes()


def test_a_check_changes_nothing_and_sets_the_exit_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["redact", "--check", "it.cassette"]) == 1
    assert "it.cassette: would change 1 of 2 exchanges: email 2" in capsys.readouterr().out
    assert Path("it.cassette").read_bytes() == WHOLE
    run(["redact", "it.cassette"])
    assert run(["redact", "--check", "it.cassette"]) == 0


OTHERS = [
    (
        "other rules, and no secrets",
        make_cassette(encode_exchange(make_exchange())),
        0,
        "it.cassette: nothing to change in 1 exchange",
    ),
    (
        "a secret in the header",
        make_cassette(header=make_header(upstream=f"http://h/{KEY}")),
        0,
        "changed 0 of 0 exchanges: a secret in the upstream's URL",
    ),
    ("a torn tail", WHOLE[:-1], 3, "not redacted: at byte"),
    ("damage", WHOLE[:-1] + b"\xff", 3, "runreel verify --repair it.cassette"),
    ("not a cassette", b"hello", 3, "not redacted: at byte 0: this is not a cassette"),
]


@pytest.mark.parametrize(
    ("data", "code", "expected"), [c[1:] for c in OTHERS], ids=[c[0] for c in OTHERS]
)
def test_other_cassettes(
    data: bytes, code: int, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("it.cassette").write_bytes(data)
    assert run(["redact", "it.cassette"]) == code
    assert expected in capsys.readouterr().out


def test_the_settings_and_the_environment_apply(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = '[runreel.redact]\nenvironment = ["OURS"]\nliterals = ["Falcon"]\noff = ["email"]\n'
    Path("config.toml").write_text(settings, encoding="utf-8")
    monkeypatch.setenv("OURS", "hunter2-of-ours")
    answer = make_answer(f"hunter2-of-ours, falcon and {MAIL}".encode())
    Path("it.cassette").write_bytes(make_cassette(encode_exchange(make_exchange(answer=answer))))
    assert run(["scan", "it.cassette"]) == 1
    assert "2 credentials in 1 exchange" in capsys.readouterr().out
    assert run(["redact", "it.cassette"]) == 0
    data = Path("it.cassette").read_bytes()
    assert b"REDACTED-environment-1, REDACTED-literal-1 and " + MAIL.encode() in data
    assert run(["scan", "it.cassette"]) == 0


def test_an_error_does_not_stop_the_redaction_of_other_cassettes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("a.cassette").write_bytes(WHOLE)
    with closing(CassetteWriter.append_to(Path("a.cassette"))):
        assert run(["redact", "."]) == 3
    refused, changed = capsys.readouterr().out.splitlines()
    assert refused.startswith("a.cassette: not redacted: a.cassette is being written by process")
    assert changed.startswith("it.cassette: changed 1 of 2 exchanges")


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    Path("none.cassette").write_bytes(b"")
    assert run(["redact", "--json", "--check", "it.cassette", "none.cassette"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert document["only_checked"] is True
    assert document["cassettes"][0] == {
        "path": "it.cassette",
        "exchanges": 2,
        "changed": 1,
        "replaced": {"openai-api-key": 1, "email": 2},
        "header_changes": False,
    }
    assert document["cassettes"][1]["error"].startswith("at byte 0: the file is empty")
