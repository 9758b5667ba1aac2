"""The commands that read cassettes know the APIs of the settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runreel.cli import run
from runreel.core.cassette import encode_exchange
from support.build import make_answer, make_cassette, make_exchange, make_request

SETTINGS = """
[runreel.dialect.acme]
prefix = "/acme"
texts = ["say"]
end = ["[DONE]"]

[runreel.dialect.acme.operations]
"talk.create" = "POST /acme/talk"
"""
STREAM = b'data: {"say": "Good "}\n\ndata: {"say": "morning"}\n\ndata: [DONE]\n\n'
CUT = b'data: {"say": "Good "}\n\ndata: {"say": "evening"}\n\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text(SETTINGS)
    write("one", STREAM)
    write("cut", CUT)


def write(name: str, stream: bytes) -> None:
    request = make_request("POST", b"/acme/talk", (), b'{"model": "acme-1"}')
    record = encode_exchange(make_exchange(request=request, answer=make_answer(stream)))
    Path("cassettes").mkdir(exist_ok=True)
    Path(f"cassettes/{name}.cassette").write_bytes(make_cassette(record))


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (["show", "one", "1"], "Good morning"),
        (["show", "one", "--only", "text"], "Good morning"),
        (["show", "one", "--all"], "Good morning"),
        (["show", "one", "--events", "1..1"], "'Good '"),
        (["ls", "one"], "acme-1"),
        (["ls", "one", "--filter", "text:morning"], "acme-1"),
        (["grep", "Good morning"], "text"),
        (["stats", "one"], "acme-1"),
        (["export", "one", "--to", "jsonl", "-f", "text:morning"], "Good "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_its_texts_are_read(
    command: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command) == 0
    assert text in capsys.readouterr().out


def test_ls_warns_of_a_stream_without_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ls", "cut"]) == 0
    assert "no end" in capsys.readouterr().out
    assert run(["ls", "one"]) == 0
    assert "no end" not in capsys.readouterr().out


def test_lint_reports_a_stream_without_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    codes = {}
    for name in ("one", "cut"):
        run(["lint", name, "--json"])
        codes[name] = {each["code"] for each in json.loads(capsys.readouterr().out)["findings"]}
    assert codes["cut"] - codes["one"] == {"missing-terminal"}


def test_diff_compares_the_texts_as_a_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "one", "cut"]) == 1
    out = capsys.readouterr().out
    assert "morning" in out
    assert "evening" in out
