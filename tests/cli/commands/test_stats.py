"""``runreel stats``: its table, JSON, metrics, and mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runreel.cli import run

DEMO = Path(__file__).parents[3] / "cassettes" / "demo.cassette"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cassettes").mkdir()
    (tmp_path / "cassettes/demo.cassette").write_bytes(DEMO.read_bytes())
    return tmp_path


def read_groups(*arguments: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    assert run(["stats", *arguments, "--json"]) == 0
    groups: list[dict[str, object]] = json.loads(capsys.readouterr().out)["groups"]
    return groups


def test_the_sample(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["stats"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:4] == ["OPERATION", "MODEL", "CALLS", "ERRORS"]
    assert any(line.startswith("runs.create ") for line in lines)
    assert any(line.startswith("total ") for line in lines)
    assert "Largest answers:" in lines
    (created,) = (line for line in lines if line.startswith("runs.create "))
    assert created.split()[4:10] == ["308/1415", "185/224", "34/35", "57", "17.8", "KiB"]
    assert created.split()[10:] == ["56+41", "0"]
    assert "STALLS" not in lines[0]  # since there are none
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize(
    ("width", "missing"),
    [
        (120, []),
        (90, ["EVENTS", "GAP ms"]),
        (80, ["EVENTS", "GAP ms", "BYTES"]),
        (66, ["EVENTS", "GAP ms", "BYTES", "FIRST ms"]),
    ],
)
def test_a_terminal_without_room_for_all_columns(
    width: int,
    missing: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("runreel.cli.terminal.get_width", lambda stream: width)
    assert run(["stats", "--by", "operation,model"]) == 0
    output = capsys.readouterr()
    table = output.out.partition("\n\n")[0].splitlines()
    names = ("EVENTS", "GAP ms", "BYTES", "FIRST ms", "TOKENS")
    assert [name for name in names if name not in table[0]] == missing
    assert max(map(len, table)) <= width
    note = f"No room for {', '.join(missing)}; to see all: --json, or a pipe: | less -S\n"
    assert output.err == (note if missing else "")


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    groups = read_groups("--by", "operation", capsys=capsys)
    runs = next(group for group in groups if group["operation"] == "runs.create")
    assert runs["calls"] == 3
    assert runs["streamed"] == 2
    first = runs["time_to_first_chunk_us"]
    assert isinstance(first, dict)
    assert first["count"] == 2
    lists = next(group for group in groups if group["operation"] == "messages.list")
    assert lists["time_to_first_chunk_us"] == {"count": 0, "p50": None, "p95": None, "max": None}


def test_a_filter(capsys: pytest.CaptureFixture[str]) -> None:
    (group,) = read_groups("-f", "op:runs.*", "--by", "", capsys=capsys)
    assert group["calls"] == 6


def test_costs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "p.toml").write_text('["gpt-4o*"]\ninput = 1000000\n')
    (group,) = read_groups("--prices", "p.toml", "--by", "", capsys=capsys)
    tokens = group["tokens"]
    assert isinstance(tokens, dict)
    assert group["cost"] == tokens["input"]
    assert run(["stats", "--prices", "p.toml"]) == 0
    assert "COST" in capsys.readouterr().out


def test_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["stats", "--openmetrics"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "# EOF"
    assert any('gen_ai_operation_name="invoke_agent"' in line for line in lines)


def test_nothing_selected(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["stats", "-f", "status:500"]) == 0
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "No exchange is selected.\n")


MISTAKES = [
    ("an unknown key", ["--by", "models"], 2, "'models' is unknown"),
    ("two formats", ["--json", "--openmetrics"], 2, "exclude each other"),
    ("a missing file", ["--prices", "x.toml"], 3, "x.toml"),
    ("a file that is not TOML", ["--prices", "bad.toml"], 2, "not valid TOML"),
    ("a wrong filter", ["-f", "stauts:1"], 2, "status"),
]


@pytest.mark.parametrize(
    ("why", "arguments", "code", "message"), MISTAKES, ids=[row[0] for row in MISTAKES]
)
def test_mistakes(
    why: str,
    arguments: list[str],
    code: int,
    message: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (folder / "bad.toml").write_text("= 1")
    assert run(["stats", *arguments]) == code
    assert message in capsys.readouterr().err
