"""``runreel rules``."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from runreel.cli import run
from runreel.core.redact.rules import RULES
from runreel.core.redact.rules.examples import build_example

KEY = build_example("sk-proj-{alnum:48}").text


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read_table(capsys: pytest.CaptureFixture[str]) -> dict[str, list[str]]:
    return {line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines()}


def test_every_rule_is_listed_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules"]) == 0
    rows = read_table(capsys)
    assert list(rows) == ["RULE", *(rule.name for rule in RULES)]
    assert rows["email"] == ["personal", "on", "ann@example.org"]


def test_settings_turn_rules_off_and_add_others(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = "off = ['personal', 'jwt']\npatterns = ['ticket: T-[0-9]+']\nliterals = ['Falcon']\n"
    (folder / "config.toml").write_text(f"[runreel.redact]\n{settings}")
    assert run(["rules"]) == 0
    rows = read_table(capsys)
    assert [rows[name][1] for name in ("email", "jwt", "openai-api-key")] == ["off", "off", "on"]
    assert rows["ticket"] == ["custom", "on"]
    assert rows["literal"] == ["custom", "on"]
    assert run(["rules", "--test", "ann@example.org saw T-12"]) == 0
    assert list(read_table(capsys)) == ["RULE", "ticket"]


def test_one_group(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "--group", "registries"]) == 0
    assert {row[0] for row in read_table(capsys).values()} == {"GROUP", "registries"}
    assert run(["rules", "--group", "registries", "--test", KEY]) == 0
    assert capsys.readouterr().out == "No rule matches this text.\n"


def test_json_of_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema_version"] == 1
    assert document["digest"].startswith("rules-")
    assert len(document["rules"]) == len(RULES)
    assert set(document["rules"][0]) == {"name", "group", "on", "example"}


def test_a_match_is_shown_by_its_location_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "--test", f"é: {KEY} and password: hunter2x9"]) == 0
    output = capsys.readouterr().out
    assert [line.split() for line in output.splitlines()] == [
        ["RULE", "GROUP", "START", "END", "BYTES", "BEGINS"],
        ["openai-api-key", "provider-keys", "4", "60", "56", "sk-p…"],
        ["labelled-password", "prose", "75", "84", "9", "…"],
    ]
    assert KEY[5:15] not in output
    assert "hunter" not in output


def test_json_of_the_matches_in_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = io.BytesIO(b"\xff " + KEY.encode())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(data))
    assert run(["rules", "--test", "-", "--json"]) == 0
    output = capsys.readouterr().out
    [detection] = json.loads(output)["found"]
    values = (detection["rule"], detection["start"], detection["bytes"])
    assert values == ("openai-api-key", 2, len(KEY))
    assert KEY[5:15] not in output


def test_control_characters_are_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "--test", "password=\x1b[2Jabcdefgh1234567"]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_errors_in_the_settings_are_reported_with_their_locations(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "config.toml").write_text(
        "[runreel]\nlisten = 1\n[runreel.redact]\noff = ['emial']\npaths = ['a', '$']\n"
    )
    assert run(["rules"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(": ")[0] for line in lines[1:]] == [
        "config.toml:2",
        "config.toml:4",
        "config.toml:5",
    ]
    assert 'did you mean "email"?' in lines[2]
