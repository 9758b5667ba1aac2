"""SARIF 2.1.0: the properties that the standard and its readers require."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runreel import __version__
from runreel.cli import run
from runreel.core.cassette import encode_exchange
from support.build import make_answer, make_cassette, make_exchange, make_request
from support.secrets import KEY, MAIL

LEAKY = make_exchange(
    2,
    request=make_request(body=f'{{"a": ["{MAIL}", "{MAIL}"]}}'.encode()),
    answer=make_answer(b"it is " + KEY.encode()),
)
WHOLE = make_cassette(encode_exchange(make_exchange()), encode_exchange(LEAKY))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "it is.cassette").write_bytes(WHOLE)
    (tmp_path / "clean.cassette").write_bytes(make_cassette())
    return tmp_path


def scan_to_sarif(capsys: pytest.CaptureFixture[str], *paths: str) -> tuple[int, Any]:
    code = run(["scan", "--format", "sarif", *paths])
    return code, json.loads(capsys.readouterr().out)


def test_required_properties(capsys: pytest.CaptureFixture[str]) -> None:
    code, log = scan_to_sarif(capsys, "it is.cassette", "clean.cassette")
    assert code == 1
    assert log["version"] == "2.1.0"  # 3.13.2
    assert log["$schema"].endswith("sarif-2.1.0.json")
    [run_] = log["runs"]
    driver = run_["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("runreel", __version__)  # 3.19
    assert run_["invocations"] == [
        {"executionSuccessful": True, "toolExecutionNotifications": []}  # 3.20.14
    ]
    ids = [rule["id"] for rule in driver["rules"]]
    assert ids == sorted(set(ids)) == ["email", "openai-api-key"]
    assert all(rule["shortDescription"]["text"] for rule in driver["rules"])
    levels = {rule["id"]: rule["defaultConfiguration"]["level"] for rule in driver["rules"]}
    assert levels == {"email": "warning", "openai-api-key": "error"}
    assert len(run_["results"]) == 3
    for result in run_["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]  # 3.27.6
        assert result["level"] == levels[result["ruleId"]]
        assert result["message"]["text"]  # 3.27.11
        check_location(*result["locations"])


def check_location(location: Any) -> None:
    physical = location["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "it%20is.cassette"  # 3.4.3: a URI reference
    region = physical["region"]
    record = WHOLE[region["byteOffset"] :][: region["byteLength"]]  # 3.30.11
    assert record == encode_exchange(LEAKY)
    assert region["startLine"] == 1
    assert location["logicalLocations"][0]["fullyQualifiedName"].startswith("exchange 2/")


def test_the_location_of_a_result(capsys: pytest.CaptureFixture[str]) -> None:
    _, log = scan_to_sarif(capsys, "it is.cassette")
    second = log["runs"][0]["results"][1]
    assert second["message"]["text"] == "email in exchange 2/request.body/a[1]: 26 bytes"
    assert second["properties"]["offset"] == LEAKY.head.request.body.rindex(MAIL.encode())
    assert KEY not in json.dumps(log)
    assert MAIL not in json.dumps(log)


def test_unreadable_files_are_notifications(capsys: pytest.CaptureFixture[str]) -> None:
    Path("torn.cassette").write_bytes(WHOLE[:-1])
    Path("none.cassette").write_bytes(b"hello")
    code, log = scan_to_sarif(capsys, "torn.cassette", "none.cassette")
    assert code == 3
    [invocation] = log["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    notifications = [
        (each["level"], each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])
        for each in invocation["toolExecutionNotifications"]
    ]
    assert notifications == [("error", "none.cassette"), ("warning", "torn.cassette")]


def test_an_absolute_path_is_a_uri_with_a_scheme(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    _, log = scan_to_sarif(capsys, str(folder / "it is.cassette"))
    location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == (folder / "it is.cassette").as_uri()


def test_a_clean_cassette_is_a_run_without_results(capsys: pytest.CaptureFixture[str]) -> None:
    code, log = scan_to_sarif(capsys, "clean.cassette")
    assert code == 0
    assert log["runs"][0]["results"] == []
