"""``runreel lint``: formats, severities, exit codes, settings."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from runreel.cli import run
from runreel.core.cassette import encode_exchange
from runreel.core.lint.checks import CHECKS
from runreel.core.record.seal import Sealer
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.redact.redactor import RedactedRequest
from runreel.dialects import find_dialect
from runreel.model import Request
from support.build import make_answer, make_cassette, make_exchange, make_request

SEALER = Sealer(Redactor(Rules.build(), Vault()), find_dialect, max_body=100_000)
JSON = ((b"Content-Type", b"application/json"),)
SSE = ((b"Content-Type", b"text/event-stream"),)
DOC = Path(__file__).parents[3] / "docs" / "lint.md"


def seal(number: int, target: bytes, body: bytes, status: int = 200, key: bytes = b"a") -> bytes:
    headers = ((b"Authorization", b"Bearer key-" + key * 20),)
    is_stream = body.startswith(b"data:")
    answer = make_answer(body, status=status, headers=SSE if is_stream else JSON)
    request = make_request("GET", target, headers, b"")
    return SEALER.seal(make_exchange(number, request=request, answer=answer)).record


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cassettes").mkdir()
    return tmp_path


def write(folder: Path, *records: bytes, name: str = "a") -> None:
    (folder / f"cassettes/{name}.cassette").write_bytes(make_cassette(*records))


def read_codes(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    run(["lint", "--json", *arguments])
    return [finding["code"] for finding in json.loads(capsys.readouterr().out)["findings"]]


def test_a_clean_cassette(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, seal(1, b"/v1/models", b"{}"))
    assert run(["lint"]) == 0
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "no findings\n")


def note_redactions(monkeypatch: pytest.MonkeyPatch) -> set[bytes]:
    """Return a set that will have the targets of the requests that are redacted."""
    targets: set[bytes] = set()
    redact = Redactor.redact_request

    def note(self: Redactor, request: Request) -> RedactedRequest:
        targets.add(request.target)
        return redact(self, request)

    monkeypatch.setattr(Redactor, "redact_request", note)
    return targets


def test_what_the_rules_in_force_have_redacted_is_not_redacted_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed, other = seal(1, b"/v1/models", b"{}"), make_request("GET", b"/x", (), b"")
    write(folder, sealed, encode_exchange(make_exchange(2, request=other)))
    targets = note_redactions(monkeypatch)
    run(["lint"])
    assert targets == {b"/x"}


def test_equal_calls_with_other_answers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, seal(1, b"/v1/x", b"{}"), seal(2, b"/v1/x", b"{}", status=404))
    assert run(["lint"]) == 1
    output = capsys.readouterr()
    assert output.out.startswith(
        "cassettes/a.cassette:1 request: warning: exchanges 1, 2 are the same call, answered 200, "
        "404 [told-apart-by-order]\n"
    )
    assert output.err == "0 errors, 1 warning, 0 notes\n"


def test_calls_that_only_a_credential_tells_apart(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, seal(1, b"/v1/x", b"{}"), seal(2, b"/v1/x", b"{}", status=401, key=b"b"))
    assert read_codes(capsys) == ["told-apart-by-credential"]


def test_polls_are_no_finding(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, seal(1, b"/v1/x", b'{"status": "queued"}'), seal(2, b"/v1/x", b"{}"))
    assert read_codes(capsys) == []


def test_old_rules_are_a_finding_if_they_matter(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, encode_exchange(make_exchange(answer=make_answer(b"{}", headers=JSON))), name="b")
    leaky = make_answer(b'{"mail": "ann.smith@corp-example.org"}', headers=JSON)
    request = make_request("GET", b"/x", (), b"")
    write(folder, encode_exchange(make_exchange(request=request, answer=leaky)))
    assert read_codes(capsys) == ["old-rules"]
    assert run(["redact", "cassettes"]) == 0
    capsys.readouterr()
    assert read_codes(capsys) == []


def test_long_exchanges_are_not_redacted_again(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b'{"mail": "ann.smith@corp-example.org"}'
    request = make_request("GET", b"/x", (), b"")
    write(folder, encode_exchange(make_exchange(request=request, answer=make_answer(body))))
    size = len(b"/x") + len(body)
    monkeypatch.setattr("runreel.shell.store.lint_file.MAX_REDACTED_BYTES", size - 1)
    assert read_codes(capsys) == []
    monkeypatch.setattr("runreel.shell.store.lint_file.MAX_REDACTED_BYTES", size)
    assert read_codes(capsys) == ["old-rules"]


def test_of_many_exchanges_some_are_redacted_again(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runreel.shell.store.lint_file.MAX_REDACTED", 2)
    leaky = make_answer(b'{"mail": "ann.smith@corp-example.org"}', headers=JSON)
    exchanges = (
        make_exchange(number, request=make_request("GET", b"/%d" % number, (), b""), answer=leaky)
        for number in range(1, 6)
    )
    write(folder, *map(encode_exchange, exchanges))
    targets = note_redactions(monkeypatch)
    assert run(["lint", "cassettes"]) == 1
    assert "would change 2 exchanges; one in 3 was checked" in capsys.readouterr().out
    assert targets == {b"/1", b"/4"}


SETTINGS = [
    ("switched off", 'off = ["told-apart-by-order"]', [], 0),
    ("raised", 'errors = ["told-apart-by-order"]', ["--fail-on", "error"], 1),
    ("not counted", "", ["--fail-on", "error"], 0),
    ("filtered out", "", ["-f", "#1"], 0),
    ("unknown", 'off = ["told-apart-by-ordr"]', [], 2),
]


@pytest.mark.parametrize(
    ("why", "line", "arguments", "code"), SETTINGS, ids=[row[0] for row in SETTINGS]
)
def test_settings(
    why: str,
    line: str,
    arguments: list[str],
    code: int,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(folder, seal(1, b"/v1/x", b"{}"), seal(2, b"/v1/x", b"{}", status=404))
    (folder / "config.toml").write_text(f"[runreel.lint]\n{line}\n")
    assert run(["lint", *arguments]) == code
    if code == 2:
        assert 'did you mean "told-apart-by-order"?' in capsys.readouterr().err


def test_sarif(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, seal(1, b"/v1/x", b"{}"), seal(2, b"/v1/x", b"{}", status=404))
    assert run(["lint", "--format", "sarif"]) == 1
    (log,) = json.loads(capsys.readouterr().out)["runs"]
    (result,) = log["results"]
    assert (result["ruleId"], result["level"]) == ("told-apart-by-order", "warning")
    assert log["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "cassettes/a.cassette"


def test_annotations(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, seal(1, b"/v1/x", b"{}"), seal(2, b"/v1/x", b"{}", status=404))
    assert run(["lint", "--format", "github"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    start = "::warning file=cassettes/a.cassette,title=runreel told-apart-by-order::"
    assert line.startswith(start)
    assert "::" not in line.removeprefix(start)


def test_damage_does_not_stop_the_others(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, seal(1, b"/v1/x", b"{}"), seal(2, b"/v1/x", b"{}", status=404), name="b")
    (folder / "cassettes/a.cassette").write_bytes(b"nonsense")
    assert run(["lint"]) == 3
    output = capsys.readouterr()
    assert "b.cassette:1" in output.out
    assert "a.cassette" in output.err


def test_the_documentation_has_all_checks_with_their_severity() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (\w+) \|", DOC.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(code, check.severity.value) for code, check in CHECKS.items()]
