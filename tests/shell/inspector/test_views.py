"""Runs, figures, comparisons, placeholders, rules, copies and misses, as the page asks for them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from runreel.core.diff.changes.exchange_changes import DiffSettings
from runreel.core.diff.documents import build_diff_document
from runreel.core.diff.probes import DiffSide
from runreel.core.diff.recording import RecordingComparison
from runreel.core.interop.formats import EXPORT_FORMATS
from runreel.dialects import find_dialect
from runreel.model import Exchange, LedgerEntry
from support.build import make_answer, make_exchange, make_head, make_request
from support.client import ask, build_get
from support.control import end_session, open_session
from support.inspector import build_api_path, get_api, get_error, get_raw, serve_inspector
from support.proxy import record_bodies, serve_sessions
from support.recordings import JSON, Facts, record_program, write_recording

GOOD = record_program("assistants", 1)
BAD = record_program("assistants", 2, Facts(answer="It rains in Lisbon today, as it often does."))


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, Path]:
    return {
        "good": write_recording(tmp_path / "good.cassette", GOOD),
        "bad": write_recording(tmp_path / "bad.cassette", BAD),
    }


async def test_runs_have_their_exchanges_on_one_time_line(paths: dict[str, Path]) -> None:
    async with serve_inspector(paths) as url:
        listed = await get_api(url, "runs/good")
        pages = [await get_api(url, "runs/good", after=at, limit=1) for at in (0, 1)]
        ids = [run["id"] for run in listed["runs"]]
        run = await get_api(url, f"runs/good/{ids[0]}")
        missing = await get_error(url, "runs/good/run_none")
    assert len(ids) >= 2
    assert [page["runs"][0]["id"] for page in pages] == ids[:2]
    assert pages[0]["next"] == 1
    assert listed["next"] is None
    numbers = [each["row"]["number"] for each in run["exchanges"]]
    assert numbers == listed["runs"][0]["numbers"]
    assert all(each["begin_us"] <= each["end_us"] for each in run["exchanges"])
    by_lane: dict[int, list[Any]] = {}
    for each in run["exchanges"]:
        by_lane.setdefault(each["lane"], []).append(each)
    for lane in by_lane.values():
        assert len({each["row"]["operation"] for each in lane}) == 1
        ends = [each["end_us"] for each in lane]
        assert all(end <= each["begin_us"] for end, each in zip(ends, lane[1:], strict=False))
    assert {block["number"] for block in run["transcript"]} <= set(numbers)
    assert missing == (404, "runreel_not_found")


async def test_figures_are_those_of_the_command_line(
    paths: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    from runreel.cli import run  # noqa: PLC0415 - only here

    async with serve_inspector(paths) as url:
        document = await get_api(url, "stats", recording="good", by="operation")
        filtered = await get_api(url, "stats", filter="op:runs.*", by="model")
        wrong = await get_error(url, "stats", by="colour")
    run(["stats", str(paths["good"]), "--by", "operation", "--json"])
    expected = json.loads(capsys.readouterr().out)
    assert document["groups"] == expected["groups"]
    assert document["total"]["calls"] == len(GOOD)
    assert document["unread"] == 0
    assert 0 < filtered["total"]["calls"] < len(GOOD) + len(BAD)
    assert wrong == (400, "runreel_bad_query")


def diff(left: list[Exchange], right: list[Exchange]) -> dict[str, Any]:
    sides = [
        DiffSide([each.head for each in side], {e.head.number: e for e in side}.__getitem__)
        for side in (left, right)
    ]
    comparison = RecordingComparison(sides[0], sides[1], find_dialect, DiffSettings())
    return json.loads(json.dumps(build_diff_document(comparison.compare(), "good", "bad")))  # type: ignore[no-any-return]


async def test_a_comparison_is_that_of_the_command_line(paths: dict[str, Path]) -> None:
    async with serve_inspector(paths) as url:
        document = await get_api(url, "diff", a="good", b="bad")
        one = await get_api(url, "diff", a="good:1", b="bad:1")
        run_id = (await get_api(url, "runs/good"))["runs"][0]["id"]
        run = await get_api(url, "diff", a=f"good:{run_id}", b="bad:1", run=1)
        errors = [
            await get_error(url, "diff", **query)
            for query in (
                {"a": "good", "b": "none"},
                {"a": "good:99", "b": "bad"},
                {"a": "good:run_none", "b": "bad"},
                {"a": "good", "b": "bad", "ignore": "nowhere"},
            )
        ]
    expected = diff(GOOD, BAD)
    assert document["verdict"] == expected["verdict"]
    assert document["counts"] == expected["counts"]
    assert document["first"] == expected["first"]
    for got, wanted in zip(document["exchanges"], expected["exchanges"], strict=True):
        assert got["changes_left_out"] == 0
        changes = [{**change, "truncated": False} for change in wanted["changes"]]
        assert got["changes"] == changes
    spans = [change["spans"] for each in document["exchanges"] for change in each["changes"]]
    assert any({operation for operation, _ in each} >= {"-", "+"} for each in spans)
    assert one["left_side"] == {"recording": "good", "number": 1, "run": None}
    assert run["left_side"]["run"] == run_id
    assert errors == [
        (404, "runreel_not_found"),
        (404, "runreel_not_found"),
        (404, "runreel_not_found"),
        (400, "runreel_bad_query"),
    ]


@pytest.mark.parametrize("name", [*EXPORT_FORMATS, "raw"])
async def test_a_copy_is_what_export_writes(
    name: str, paths: dict[str, Path], tmp_path: Path
) -> None:
    from runreel.cli import run  # noqa: PLC0415 - only here

    number = next(each.head.number for each in GOOD if each.head.operation == "runs.create")
    async with serve_inspector(paths) as url:
        answer = await get_raw(url, build_api_path(f"x/good/{number}/copy", **{"as": name}))
    assert answer.find_header(b"content-disposition") == b"attachment"
    if name == "raw":
        assert answer.body == GOOD[number - 1].answer.body
        assert answer.find_header(b"content-type") == b"application/octet-stream"
        return
    output = tmp_path / "output"
    run(["export", str(paths["good"]), str(number), "--to", name, "-o", str(output)])
    assert answer.body == output.read_bytes()


async def test_a_call_without_such_a_form_is_an_error(tmp_path: Path) -> None:
    path = write_recording(
        tmp_path / "a.cassette", [make_exchange(1, answer=make_answer(b"{}", headers=JSON))]
    )
    async with serve_inspector({"a": path}) as url:
        error = await get_error(url, "x/a/1/copy", **{"as": "sse"})
    assert error == (400, "runreel_bad_query")


async def test_placeholders_are_found_with_their_rules(tmp_path: Path) -> None:
    body = b'{"user": "REDACTED-email-1@redacted.invalid"}'
    request = make_request(
        target=b"/v1/x?key=REDACTED-key-1",
        headers=((b"Authorization", b"Bearer REDACTED-authorization-1"),),
        body=body,
    )
    ledger = (
        LedgerEntry("email", "request.body", 1),
        LedgerEntry("name", "request.target", 1),
    )
    head = make_head(request=request, ledger=ledger)
    path = write_recording(tmp_path / "a.cassette", [make_exchange(head=head)])
    async with serve_inspector({"a": path}) as url:
        document = await get_api(url, "x/a/1/marks")
    marks = [(each["where"], each["kind"], each["rule"]) for each in document["marks"]]
    assert marks == [
        ("target", "key", "name"),
        ("headers.authorization", "authorization", None),
        ("body", "email", "email"),
    ]
    [mark] = [each for each in document["marks"] if each["where"] == "body"]
    offset, length = mark["offset"], mark["length"]
    assert body[offset : offset + length] == b"REDACTED-email-1@redacted.invalid"
    assert document["rules"] == [entry._asdict() for entry in ledger]


async def test_a_selected_text_has_a_rule_to_paste(tmp_path: Path) -> None:
    body = b'{"messages": [{"content": "I am Ann"}, {"content": "and Bob"}]}'
    request = make_request(body=body)
    plain = make_exchange(2, answer=make_answer(b"my name is Ann, not Anna"))
    path = write_recording(tmp_path / "a.cassette", [make_exchange(1, request=request), plain])
    at = body.index(b"Ann")
    async with serve_inspector({"a": path}) as url:
        query = {"part": "request", "from": at, "to": at + 3}
        rule = await get_api(url, "x/a/1/rule", **query)
        text = await get_api(url, "x/a/2/rule", **{"from": 11, "to": 14})
        nothing = await get_api(url, "x/a/2/rule", **{"from": 2, "to": 2})
    assert (rule["text"], rule["path"]) == ("Ann", "$.messages[*].content")
    assert tomllib.loads(rule["toml"]) == {"runreel": {"redact": {"paths": [rule["path"]]}}}
    assert rule["would_match"] == 2
    assert text["path"] is None
    assert tomllib.loads(text["toml"])["runreel"]["redact"]["patterns"] == ["selected: Ann"]
    assert text["would_match"] == 2
    assert nothing["toml"] is None


async def test_a_miss_has_both_sides_and_what_would_help(tmp_path: Path) -> None:
    await record_bodies(tmp_path / "c.cassette", b"1", b"2")
    async with serve_sessions(tmp_path) as (url, _):
        await open_session(url, cassette="c")
        await ask(url, build_get("/@c/1?at=2026-11-30"))
        await ask(url, build_get("/@c/3"))
        listed = (await get_api(url, "misses"))["misses"]
        miss = await get_api(url, "misses/c/1")
        none = await get_error(url, "misses/c/3")
        await end_session(url, "c")
        ended = await get_api(url, "misses/c/1")
    assert [(each["recording"], each["id"]) for each in listed] == [("c", 1), ("c", 2)]
    assert miss["request"]["target"] == "/1?at=2026-11-30"
    assert miss["nearest"]["number"] == 1
    assert miss["nearest"]["request"]["target"] == "/1"
    assert [(each["path"], each["kind"]) for each in miss["differences"]] == [("query.at", "added")]
    assert miss["command"].startswith("runreel record ")
    assert miss["advice"]
    assert none == (404, "runreel_not_found")
    assert ended["differences"] == miss["differences"]
    assert ended["request"] == miss["request"]
    assert ended["at"] == miss["at"] == listed[0]["at"] <= listed[1]["at"]


async def test_of_many_misses_the_last_ones_are_there_too(tmp_path: Path) -> None:
    await record_bodies(tmp_path / "c.cassette", b"1")
    async with serve_sessions(tmp_path) as (url, _):
        await open_session(url, cassette="c")
        count = 110
        for number in range(count):
            await ask(url, build_get(f"/@c/late/{number}"))
        report = await end_session(url, "c")
        last = await get_api(url, f"misses/c/{count}")
        listed = (await get_api(url, "misses"))["misses"]
    assert [each["id"] for each in listed] == list(range(1, count + 1))
    assert len(report["misses"]) == 100
    assert last["document"]["path"] == f"/late/{count - 1}"
    assert last["request"]["target"] == f"/late/{count - 1}"
    assert last["document"]["inspect"].endswith(f"/-/#/miss/c/{count}")
