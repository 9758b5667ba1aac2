"""``runreel grep``: its lines, counts, JSON, and mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runreel.cli import run
from runreel.core.cassette import encode_exchange
from support.build import make_answer, make_cassette, make_exchange, make_request

JSON = ((b"Content-Type", b"application/json"),)


def exchange(number: int, text: str) -> bytes:
    body = json.dumps({"object": "chat.completion", "choices": [{"message": {"content": text}}]})
    return encode_exchange(
        make_exchange(
            number,
            request=make_request(target=b"/v1/chat/completions", body=b'{"messages": []}'),
            answer=make_answer(body.encode(), headers=JSON),
        )
    )


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cassettes").mkdir()
    records = (exchange(1, "Lisbon is fine"), exchange(2, "\x1b[31mPorto\x07, porto"))
    (tmp_path / "cassettes/a.cassette").write_bytes(make_cassette(*records))
    return tmp_path


def test_a_line_says_where_and_shows_the_words_around(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["grep", "Lisbon"]) == 0
    assert capsys.readouterr().out == "cassettes/a.cassette:1: answer text: Lisbon is fine\n"


def test_control_characters_are_made_visible(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["grep", "Porto", "a"]) == 0
    output = capsys.readouterr().out
    assert "\\x1b[31mPorto\\x07" in output
    assert "\x1b" not in output


OPTIONS = [
    ("case counts", ["porto"], 1),
    ("it does not", ["-i", "porto"], 2),
    ("a regular expression", ["[Pp]orto"], 2),
    ("a text", ["-F", "is fine"], 1),
    ("a text that is no regular expression", ["-F", "["], 1),
    ("only some exchanges", ["-i", "porto|lisbon", "-f", "#1"], 1),
]


@pytest.mark.parametrize(("why", "arguments", "count"), OPTIONS, ids=[row[0] for row in OPTIONS])
def test_options(
    why: str, arguments: list[str], count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["grep", *arguments, "--json"]) == 0
    matches = json.loads(capsys.readouterr().out)["matches"]
    assert len([match for match in matches if match["kind"] == "text"]) == count


def test_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["grep", "-c", "-i", "porto"]) == 0
    assert capsys.readouterr().out == "cassettes/a.cassette:2: 2\n"


def test_no_match_is_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["grep", "Faro"]) == 1
    assert capsys.readouterr().out == ""
    assert run(["grep", "Faro", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"schema_version": 1, "matches": []}


def test_a_mistake_in_the_pattern_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["grep", "(a"]) == 2
    error = capsys.readouterr().err
    assert "position 0" in error
    assert "-F" in error


def test_damage_is_said_and_the_rest_is_searched(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = (folder / "cassettes/a.cassette").read_bytes()
    (folder / "cassettes/b.cassette").write_bytes(data[:-20])
    (folder / "cassettes/c.cassette").write_bytes(b"no cassette")
    assert run(["grep", "Lisbon"]) == 1
    output = capsys.readouterr()
    assert output.out.count("Lisbon") == 2
    assert "b.cassette has a torn tail" in output.err
    assert "c.cassette" in output.err
