"""``runreel scan``: its reports in three formats, which never contain a secret."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runreel.cli import run
from runreel.core.cassette import encode_exchange
from runreel.core.redact import Rules
from runreel.shell.store import scan_file
from support.build import make_answer, make_cassette, make_exchange, make_head, make_request
from support.secrets import KEY, MAIL

HOOKS = Path(__file__).parents[3] / ".pre-commit-hooks.yaml"
RULESET = Rules.build().digest


def delta(text: str) -> bytes:
    return b"event: x\ndata: %s\n\n" % json.dumps({"delta": {"text": text}}).encode()


CLEAN = make_exchange(head=make_head(ruleset=RULESET))
LEAKY = make_exchange(
    2,
    request=make_request(
        target=b"/v1/x?api_key=abc",
        headers=((b"Authorization", b"Bearer abcdefgh"),),
        body=json.dumps({"messages": [{"content": f"ask {MAIL}"}]}).encode(),
    ),
    answer=make_answer(delta("it is "), delta(KEY[:9]), delta(KEY[9:])),
)
RECORDS = [encode_exchange(CLEAN), encode_exchange(LEAKY)]
WHOLE = make_cassette(*RECORDS)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write("clean.cassette", make_cassette(RECORDS[0]))
    write("leaky.cassette", WHOLE)
    return tmp_path


def write(path: str, data: bytes) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(data)


@pytest.fixture(autouse=True)
def check_output_for_secrets(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Fail a test whose output contains a secret."""
    printed: list[str] = []
    original = capfd.readouterr

    def readouterr() -> Any:
        captured = original()
        printed.append(captured.out + captured.err)
        return captured

    capfd.readouterr = readouterr  # type: ignore[method-assign]  # notes the output
    yield
    readouterr()
    for secret in (KEY, KEY[9:], MAIL, "abcdefgh"):
        assert secret not in "".join(printed)


def scan_with_secret_name(path: str, *more: bytes) -> int:
    """Scan a cassette with a secret in the name of a header."""
    header = (KEY.encode(), b"1")
    named = make_exchange(3, request=make_request(headers=(header,), body=b"{}"))
    write(path, make_cassette(*more, encode_exchange(named)))
    return run(["scan", path])


def test_redaction_is_not_proposed_for_names_of_headers(capfd: pytest.CaptureFixture[str]) -> None:
    assert scan_with_secret_name("named.cassette") == 1
    output = capfd.readouterr().out
    assert "request.headers" in output
    assert "record these exchanges again" in output
    assert "runreel redact" not in output


def test_redaction_is_proposed_if_it_removes_something(capfd: pytest.CaptureFixture[str]) -> None:
    assert scan_with_secret_name("both.cassette", *RECORDS) == 1
    output = capfd.readouterr().out
    assert "record these exchanges again" in output
    assert "runreel redact both.cassette" in output


LEAKS = """\
leaky.cassette: 3 credentials and 1 item of personal data in 2 exchanges
  exchange 2: request.target: api-key (query), 3 bytes at byte 14
  exchange 2: request.headers.authorization: authorization (headers), 8 bytes at byte 7
  exchange 2: request.body, messages[0].content: email, 26 bytes at byte 31
  exchange 2: answer.body, event 2, delta.text: openai-api-key, {length} bytes at byte 81
  Remove with: runreel redact leaky.cassette
  Credentials that were already committed are compromised: revoke and replace them.
""".replace("{length}", str(len(KEY)))


def test_leaks_are_reported_by_kind_and_location(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["scan", "leaky.cassette"]) == 1
    assert capfd.readouterr().out == LEAKS


def test_a_clean_cassette(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["scan", "clean.cassette"]) == 0
    assert capfd.readouterr().out == "clean.cassette: no secrets in 1 exchange\n"


def test_other_rules_are_a_note_and_not_a_finding(capfd: pytest.CaptureFixture[str]) -> None:
    write("old.cassette", make_cassette(encode_exchange(make_exchange())))
    assert run(["scan", "old.cassette"]) == 0
    assert capfd.readouterr().out == (
        "old.cassette: no secrets in 1 exchange\n"
        "  Note: other rules were used to record 1 exchange; "
        "to see if it matters: runreel redact --check old.cassette\n"
    )


def test_a_redacted_cassette_has_no_secrets(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["redact", "leaky.cassette"]) == 0
    assert run(["scan", "leaky.cassette"]) == 0
    assert "leaky.cassette: no secrets in 2 exchanges\n" in capfd.readouterr().out


def test_the_number_of_listed_findings_is_limited(capfd: pytest.CaptureFixture[str]) -> None:
    answer = make_answer(b" ".join(b"u%d@corp-example.org" % number for number in range(60)))
    write("x.cassette", make_cassette(encode_exchange(make_exchange(answer=answer))))
    assert run(["scan", "x.cassette"]) == 1
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == "x.cassette: 60 items of personal data in 1 exchange"
    assert lines[51] == "  … 10 more; --json lists all"
    assert len(lines) == 54


def test_findings_beyond_the_limit_are_counted(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_file, "MAX_LISTED", 2)
    answer = make_answer(b" ".join(b"u%d@corp-example.org" % number for number in range(60)))
    write("x.cassette", make_cassette(encode_exchange(make_exchange(answer=answer))))

    assert run(["scan", "x.cassette", "--json"]) == 1
    cassette = json.loads(capfd.readouterr().out)["cassettes"][0]
    assert (len(cassette["leaks"]), cassette["more_leaks"]) == (2, 58)

    assert run(["scan", "x.cassette", "--format", "sarif"]) == 1
    sarif = json.loads(capfd.readouterr().out)["runs"][0]
    (note,) = sarif["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "58 more findings are not listed here"

    assert run(["scan", "x.cassette"]) == 1
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == "x.cassette: 60 items of personal data in 1 exchange"
    assert lines[3].startswith("  … 58 more; --json lists the first")


def test_a_body_with_too_many_secrets_is_a_finding_of_its_own(
    capfd: pytest.CaptureFixture[str],
) -> None:
    body = b" ".join(b"u%d@corp-example.org" % number for number in range(60_000))
    answer = make_answer(body)
    write("x.cassette", make_cassette(encode_exchange(make_exchange(answer=answer))))

    assert run(["scan", "x.cassette", "--json"]) == 1
    cassette = json.loads(capfd.readouterr().out)["cassettes"][0]
    rest, first, *_ = cassette["leaks"]
    assert (rest["rule"], rest["place"]) == ("not-searched", "answer.body")
    assert rest["offset"] + rest["length"] == len(body)
    assert (first["rule"], first["offset"]) == ("email", 0)
    assert max(leak["offset"] for leak in cassette["leaks"][1:]) < rest["offset"]

    assert run(["scan", "x.cassette"]) == 1
    out = capfd.readouterr().out
    assert f"answer.body: not-searched, {rest['length']} bytes at byte {rest['offset']}\n" in out
    assert "record the exchange again" in out
    assert run(["redact", "x.cassette"]) == 3


STATES = [
    ("a torn tail", WHOLE[:-1], 1, "an incomplete record"),
    ("damage", WHOLE[:-1] + b"\xff", 1, "its checksum does not match"),
    ("not a cassette", b"hello", 3, "x.cassette: not scanned: at byte 0: this is not a cassette"),
    ("no file", None, 3, "x.cassette: not scanned: no cassette at x.cassette"),
]


@pytest.mark.parametrize(
    ("data", "code", "expected"), [c[1:] for c in STATES], ids=[c[0] for c in STATES]
)
def test_an_unreadable_file_is_reported_and_the_others_are_scanned(
    data: bytes | None, code: int, expected: str, capfd: pytest.CaptureFixture[str]
) -> None:
    if data is not None:
        write("x.cassette", data)
    assert run(["scan", "x.cassette", "leaky.cassette"]) == code
    out = capfd.readouterr().out
    assert expected in out
    assert LEAKS in out


def test_folders_are_searched_with_the_leftovers_of_recordings(
    capfd: pytest.CaptureFixture[str],
) -> None:
    write("sub/deep/a.cassette", WHOLE)
    write("sub/b.cassette.unfinished-1", WHOLE)
    write("sub/.b.cassette.lock", b"1 host 2026\n")
    write("sub/readme.txt", KEY.encode())
    assert run(["scan", "sub", "clean.cassette", "sub"]) == 1
    lines = capfd.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines if not line.startswith(" ")] == [
        "sub/b.cassette.unfinished-1",
        "sub/deep/a.cassette",
        "clean.cassette",
    ]


@pytest.mark.parametrize("option", [("--json",), ("--format", "json")], ids=" ".join)
def test_json(option: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> None:
    write("none.cassette", b"")
    assert run(["scan", "leaky.cassette", "none.cassette", *option]) == 3
    document = json.loads(capfd.readouterr().out)
    leaky, none = document["cassettes"]
    assert document["schema_version"] == 1
    assert (leaky["path"], leaky["state"], leaky["exchanges"]) == ("leaky.cassette", "fine", 2)
    assert leaky["other_rules"] == 1
    assert leaky["leaks"][3] == {
        "exchange": 2,
        "rule": "openai-api-key",
        "kind": "openai-api-key",
        "personal": False,
        "place": "answer.body",
        "path": "delta.text",
        "event": 2,
        "offset": 81,
        "length": len(KEY),
        "record": {"offset": len(WHOLE) - len(RECORDS[1]), "length": len(RECORDS[1])},
    }
    assert none["error"].startswith("at byte 0: the file is empty")


def test_the_settings_apply(capfd: pytest.CaptureFixture[str]) -> None:
    Path("config.toml").write_text('[runreel.redact]\nfields = ["shoe-size"]\n', encoding="utf-8")
    answer = make_answer(b'{"shoe_size": "42"}', headers=())
    write("x.cassette", make_cassette(encode_exchange(make_exchange(answer=answer))))
    assert run(["scan", "x.cassette"]) == 1
    assert "answer.body, shoe_size: shoe-size (fields), 2 bytes" in capfd.readouterr().out


def test_a_folder_without_cassettes_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    assert run(["scan", "empty"]) == 2
    assert "contains no cassettes" in capfd.readouterr().err


def test_control_characters_in_a_path_are_escaped(capfd: pytest.CaptureFixture[str]) -> None:
    write("\x1b[2J.cassette", make_cassette())
    assert run(["scan", "."]) == 1
    assert "\\x1b[2J.cassette: no secrets in 0 exchanges" in capfd.readouterr().out


def read_hook_entry(hook: str) -> list[str]:
    """Return the command of a pre-commit hook, without the names of the staged files."""
    lines = HOOKS.read_text(encoding="utf-8").split("- id: ")
    [block] = [block for block in lines if block.startswith(f"{hook}\n")]
    [line] = [line.strip() for line in block.splitlines() if line.strip().startswith("entry:")]
    program, *arguments = shlex.split(line.removeprefix("entry:"))
    return [str(Path(sys.executable).with_name(program)), *arguments]


HOOK_RUNS = [
    ("runreel-scan", ["clean.cassette"], 0),
    ("runreel-scan", ["clean.cassette", "leaky.cassette"], 1),
    ("runreel-verify", ["clean.cassette", "leaky.cassette"], 0),
    ("runreel-verify", ["clean.cassette", "torn.cassette"], 1),
]


@pytest.mark.slow
@pytest.mark.parametrize(("hook", "staged", "code"), HOOK_RUNS)
def test_the_pre_commit_hooks(hook: str, staged: list[str], code: int) -> None:
    write("torn.cassette", WHOLE[:-1])
    command = [*read_hook_entry(hook), *staged]
    process = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert process.returncode == code, process.stderr
    assert [line.split(":")[0] for line in process.stdout.splitlines() if line[0] != " "] == staged
    assert KEY not in process.stdout
