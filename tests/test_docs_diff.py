"""docs/diff.md is right: its lists, keys and examples are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from runreel.cli import run
from runreel.cli.commands.diff import diff
from runreel.core.diff.changes.answer_changes import ANSWER_HEADERS, SLOWER_US
from runreel.core.diff.changes.exchange_changes import DiffSettings
from runreel.core.diff.changes.model import ChangeKind, ChangePart, DiffVerdict
from runreel.core.diff.changes.request_changes import REQUEST_HEADERS
from runreel.core.diff.documents import build_diff_document
from runreel.core.diff.probes import DiffSide
from runreel.core.diff.recording import RecordingComparison
from runreel.dialects import find_dialect
from support.recordings import USUAL, record_program, write_recording

TEXT = (Path(__file__).parent.parent / "docs" / "diff.md").read_text(encoding="utf-8")
FLAT = " ".join(TEXT.split())
RAIN = "It is raining in Porto today, with 24 degrees and a light wind from the sea."
CHANGED = replace(USUAL, city="Porto", answer=RAIN)
LISTS = (REQUEST_HEADERS, ANSWER_HEADERS, tuple(ChangePart), tuple(ChangeKind))


def format_list(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


@pytest.mark.parametrize("names", LISTS)
def test_the_lists_are_complete(names: tuple[str, ...]) -> None:
    assert format_list(names) in FLAT


def test_the_verdicts_and_the_options() -> None:
    for verdict in DiffVerdict:
        assert f"| `{verdict}` |" in TEXT
    assert f"{SLOWER_US // 1000} ms" in TEXT
    options = {name for parameter in diff.params for name in parameter.opts if "--" in name}
    assert not [name for name in options - {"--config"} if f"`{name}" not in TEXT]


def test_the_keys_of_the_document() -> None:
    sides = []
    for seed, facts in ((1, USUAL), (2, CHANGED)):
        exchanges = record_program("assistants", seed, facts)
        numbers = {each.head.number: each for each in exchanges}
        sides.append(DiffSide([each.head for each in exchanges], numbers.__getitem__))
    comparison = RecordingComparison(sides[0], sides[1], find_dialect, DiffSettings())
    document = build_diff_document(comparison.compare(), "a", "b")
    exchange = document["exchanges"][4]  # type: ignore[index]
    change = exchange["changes"][0]
    section = TEXT.partition("## The JSON document")[2].partition("\n## ")[0]
    for key in (*document, *exchange, *change, *change["left_place"]):
        assert f"`{key}`" in section or f"`{key}[]`" in section, key


def test_the_example_is_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("cassettes").mkdir()
    write_recording(Path("cassettes/good.cassette"), record_program("assistants", 1))
    write_recording(Path("cassettes/bad.cassette"), record_program("assistants", 4, CHANGED))
    assert run(["diff", "good", "bad"]) == 1
    [example] = re.findall(r"```text\n(.*?)```", TEXT, re.DOTALL)
    assert capsys.readouterr().out == example
