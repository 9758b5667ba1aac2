"""``runreel verify``: the states that it reports, and the repairs of ``--repair``."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from runreel.cli import run
from runreel.core.cassette import encode_exchange, encode_retraction
from runreel.shell.store import CassetteReader, CassetteWriter
from support.build import make_answer, make_cassette, make_exchange, make_header
from support.cases import flip_bit

RECORDS = [encode_exchange(make_exchange(number)) for number in (1, 2, 3)]
WHOLE = make_cassette(*RECORDS)
ENDS = [len(make_cassette(*RECORDS[:count])) for count in range(4)]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, data: bytes) -> Path:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def damage_at(offset: int) -> bytes:
    return flip_bit(WHOLE, offset)


TORN = WHOLE[:-4]
TORN_LINE = (
    f"  at byte {ENDS[2]}, the last {len(TORN) - ENDS[2]} bytes: an incomplete record "
    "(its writing was interrupted, or is still going on)"
)
HEAD_LINE = f"  at byte {ENDS[1]}, {ENDS[2] - ENDS[1]} bytes: its checksum does not match"
BODY_LINE = (
    f"  at byte {ENDS[0]}, {ENDS[1] - ENDS[0]} bytes: answer of exchange 1: "
    "its checksum does not match"
)
CUT_OFF = "  Cut the incomplete record off with: runreel verify --repair it.cassette"
CUT_OUT = "  Remove the damage (a backup is kept) with: runreel verify --repair it.cassette"

CASES = [
    ("fine", WHOLE, 0, ["it.cassette: fine, 3 intact exchanges"]),
    ("one exchange", WHOLE[: ENDS[1]], 0, ["it.cassette: fine, 1 intact exchange"]),
    (
        "a retracted exchange",
        WHOLE + encode_retraction(2),
        0,
        ["it.cassette: fine, 2 intact exchanges, 1 retracted"],
    ),
    ("a torn tail", TORN, 1, ["it.cassette: torn tail, 2 intact exchanges", TORN_LINE, CUT_OFF]),
    (
        "a damaged head",
        damage_at(ENDS[1] + 40),
        1,
        ["it.cassette: damaged, 2 intact exchanges", HEAD_LINE, CUT_OUT],
    ),
    (
        "a damaged answer, which no other command reads",
        damage_at(ENDS[1] - 3),
        1,
        ["it.cassette: damaged, 2 intact exchanges", BODY_LINE, CUT_OUT],
    ),
    (
        "both",
        damage_at(ENDS[1] + 40)[:-4],
        1,
        ["it.cassette: damaged, 1 intact exchange", HEAD_LINE, TORN_LINE, CUT_OUT],
    ),
    (
        "not a cassette",
        b"{}",
        3,
        ["it.cassette: unreadable: at byte 0: this is not a cassette: it has no runreel header"],
    ),
]


@pytest.mark.parametrize(
    ("data", "code", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_findings(
    data: bytes, code: int, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("it.cassette", data)
    assert run(["verify", "it.cassette"]) == code
    assert capsys.readouterr().out.splitlines() == lines
    assert path.read_bytes() == data


REPAIRS = [
    ("nothing to repair", WHOLE, ["it.cassette: fine, 3 intact exchanges"], [1, 2, 3], False),
    (
        "a torn tail",
        TORN,
        [
            "it.cassette: torn tail, 2 intact exchanges",
            TORN_LINE,
            f"  Repaired: cut off the last {len(TORN) - ENDS[2]} bytes, an incomplete record.",
        ],
        [1, 2],
        False,
    ),
    (
        "damage alone",
        damage_at(ENDS[1] - 3),
        [
            "it.cassette: damaged, 2 intact exchanges",
            BODY_LINE,
            f"  Repaired: removed {ENDS[1] - ENDS[0]} damaged bytes.",
            "  Backup of the original file: it.cassette.damaged-1",
        ],
        [2, 3],
        True,
    ),
    (
        "damage and a torn tail",
        damage_at(ENDS[1] + 40)[:-4],
        [
            "it.cassette: damaged, 1 intact exchange",
            HEAD_LINE,
            TORN_LINE,
            f"  Repaired: removed {ENDS[2] - ENDS[1]} damaged bytes.",
            f"  Repaired: cut off the last {len(TORN) - ENDS[2]} bytes, an incomplete record.",
            "  Backup of the original file: it.cassette.damaged-1",
        ],
        [1],
        True,
    ),
]


@pytest.mark.parametrize(
    ("data", "lines", "numbers", "has_backup"),
    [c[1:] for c in REPAIRS],
    ids=[c[0] for c in REPAIRS],
)
def test_repairs(
    data: bytes,
    lines: list[str],
    numbers: list[int],
    has_backup: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = write("it.cassette", data)
    assert run(["verify", "it.cassette", "--repair"]) == 0
    assert capsys.readouterr().out.splitlines() == lines
    with CassetteReader.open(path) as reader:
        assert [head.number for head in reader.heads] == numbers
    backup = Path("it.cassette.damaged-1")
    assert (backup.read_bytes() == data) if has_backup else not backup.exists()
    assert run(["verify", "it.cassette"]) == 0


def test_a_cassette_that_is_being_written_is_not_repaired(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with closing(CassetteWriter.create(Path("it.cassette"), make_header())):
        assert run(["verify", "it.cassette", "--repair"]) == 3
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("it.cassette: not repaired: ")
    assert "is being written by process" in line


def test_a_file_with_several_names_is_verified_once(capsys: pytest.CaptureFixture[str]) -> None:
    write("cassettes/a.cassette", WHOLE)
    write("cassettes/sub/b.cassette", TORN)
    arguments = ["a", "cassettes/a.cassette", "cassettes", "sub"]
    assert run(["verify", *arguments]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines if not line.startswith(" ")] == [
        "cassettes/a.cassette",
        "cassettes/sub/b.cassette",
    ]


def test_the_worst_finding_is_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    write("cassettes/a.cassette", WHOLE)
    write("cassettes/b.cassette", TORN)
    assert run(["verify", "a", "b"]) == 1
    assert run(["verify", "a", "missing", "b"]) == 3
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("cassettes/missing.cassette: unreadable: no cass") for line in lines)


def test_a_folder_without_cassettes_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    assert run(["verify", "empty"]) == 2
    assert "the folder empty contains no cassettes" in capsys.readouterr().err


def test_a_path_is_required() -> None:
    assert run(["verify"]) == 2


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    write("cassettes/a.cassette", damage_at(ENDS[1] - 3))
    write("cassettes/b.cassette", b"")
    assert run(["verify", "cassettes", "--json"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert document["schema_version"] == 1
    first, second = document["cassettes"]
    assert first == {
        "path": "cassettes/a.cassette",
        "state": "damaged",
        "exchanges": 2,
        "retractions": 0,
        "torn": None,
        "damages": [
            {
                "offset": ENDS[0],
                "length": ENDS[1] - ENDS[0],
                "reason": "answer of exchange 1: its checksum does not match",
            }
        ],
        "repaired": False,
        "kept": None,
    }
    assert second["state"] == "unreadable"
    assert "the file is empty" in second["error"]
    assert run(["verify", "a", "--repair", "--json"]) == 0
    [repaired] = json.loads(capsys.readouterr().out)["cassettes"]
    assert repaired["repaired"] is True
    assert repaired["kept"] == "cassettes/a.cassette.damaged-1"


def test_control_characters_in_a_path_are_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    write("\x1b[2J.cassette", b"")
    assert run(["verify", "."]) == 3
    assert "\x1b" not in capsys.readouterr().out


def test_a_list_without_answers_does_not_check_them(capsys: pytest.CaptureFixture[str]) -> None:
    answer = make_answer(b"data: mark\n\n")
    data = make_cassette(encode_exchange(make_exchange(answer=answer)))
    write("it.cassette", data.replace(b"mark", b"MARK"))
    assert run(["ls", "it.cassette", "--fast"]) == 0
    assert run(["ls", "it.cassette"]) == 1
    assert run(["verify", "it.cassette"]) == 1
