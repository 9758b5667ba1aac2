"""``runreel show``: golden pages, shortened output, errors, and the calls of one run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from runreel.cli import run
from runreel.cli.commands.show import format_ranges
from runreel.cli.exchange_page import SECTIONS
from runreel.core.cassette import encode_exchange
from runreel.model import (
    Answer,
    End,
    Exchange,
    Frame,
    LedgerEntry,
    OmittedReason,
    Problem,
    Request,
    Timings,
)
from runreel.simulator import serve_simulator as simulator
from support.build import (
    STARTED_NS,
    make_answer,
    make_cassette,
    make_exchange,
    make_head,
    make_request,
)
from support.client import ask, build_post
from support.proxy import serve_recording

GOLDEN = Path(__file__).parents[2] / "golden" / "show"
JSON = ((b"Content-Type", b"application/json"),)
HOSTILE = "\x1b]0;x\x07 \x1b[2J \x9b31m \u202e \r\n\x7f"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(*exchanges: Exchange, name: str = "it") -> Path:
    path = Path(f"{name}.cassette")
    path.write_bytes(make_cassette(*map(encode_exchange, exchanges)))
    return path


def event(name: str, value: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps(value)}\n\n".encode()


def run_event(status: str, **more: object) -> bytes:
    value = {"id": "run_1", "object": "thread.run", "thread_id": "thread_1", "status": status}
    return event(f"thread.run.{status}", value | more)


def text_event(text: str) -> bytes:
    content = [{"index": 0, "type": "text", "text": {"value": text}}]
    value = {"id": "msg_1", "object": "thread.message.delta", "delta": {"content": content}}
    return event("thread.message.delta", value)


def call_event(**function: str) -> bytes:
    call = {"index": 0, "id": "call_1", "type": "function", "function": function}
    details = {"step_details": {"type": "tool_calls", "tool_calls": [call]}}
    value = {"id": "step_1", "object": "thread.run.step.delta", "delta": details}
    return event("thread.run.step.delta", value)


def streamed() -> Exchange:
    """Build a run that streams text, with two events in one frame and one in two."""
    body = {
        "assistant_id": "asst_1",
        "temperature": 3,
        "instructions": "Be brief.\nBe kind.",
        "tools": [
            {"type": "code_interpreter"},
            {"type": "function", "function": {"name": "get_weather"}},
            "odd",
        ],
        "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
        "stream": True,
        "surprise": {"a": 1},
    }
    request = make_request(
        target=b"/v1/threads/thread_1/runs?include=x",
        headers=(*JSON, (b"Authorization", b"Bearer REDACTED-authorization-1")),
        body=json.dumps(body).encode(),
    )
    whole = [run_event("created"), b": ping\n\n", text_event("Hello,\n"), text_event(" world")]
    pieces = [whole[0] + whole[1], whole[2][:20], whole[2][20:], whole[3]]
    answer = make_answer(*pieces, run_event("completed"), b"event: done\ndata: [DONE]\n\n")
    head = make_head(
        answer,
        request=request,
        ledger=(
            LedgerEntry("headers", "request.headers.authorization", 1),
            LedgerEntry("names", "answer.body", 2),
        ),
        problems=(Problem("temperature", "is more than 2, the documented maximum"),),
    )
    return make_exchange(answer=answer, head=head)


def broken() -> Exchange:
    """Build a run that calls a function, whose stream is reset within an event."""
    answer = make_answer(
        run_event("in_progress"),
        call_event(name="get_weather", arguments=""),
        call_event(arguments='{"city": "Os'),
        call_event(arguments='lo"}', output="22")[:60],
    )
    return make_exchange(answer=answer, head=make_head(answer, end=End.RESET))


def polled() -> Exchange:
    """Build a call that is answered with JSON, and has no parsed run."""
    request = make_request("GET", b"/v1/threads/thread_1/runs/run_1", body=b"")
    body = b'{"id":"run_1","object":"thread.run","status":"queued","temperature":1.0,"tools":[]}'
    answer = make_answer(body, headers=JSON)
    return make_exchange(
        head=make_head(answer, request=request, operation="runs.retrieve"), answer=answer
    )


def binary() -> Exchange:
    """Build an upload whose body was not kept, answered with bytes."""
    request = make_request(target=b"/v1/files", body=b"", omitted=OmittedReason.MAX_BODY)
    answer = make_answer(bytes(range(256)), headers=((b"Content-Type", b"image/png"),))
    return make_exchange(
        head=make_head(answer, request=request, operation="files.create"), answer=answer
    )


def refused() -> Exchange:
    """Build a request with invalid JSON, which was forwarded nevertheless."""
    answer = make_answer(
        b'{"error": {"message": "no JSON"}}', status=400, reason=b"Bad Request", headers=JSON
    )
    request = make_request(body=b'{"stream": tru')
    return make_exchange(answer=answer, head=make_head(answer, request=request))


def hostile() -> Exchange:
    """Build an exchange with terminal controls in every field that can contain them."""
    value = HOSTILE.replace("\r\n", "").encode()
    request = make_request(
        target=b"/v1/threads/runs",
        headers=((b"X-Odd", value),),
        body=json.dumps({HOSTILE: HOSTILE, "instructions": HOSTILE}, ensure_ascii=False).encode(),
    )
    answer = make_answer(
        event(HOSTILE.replace("\r\n", ""), HOSTILE),
        text_event(HOSTILE),
        b"data: " + value + b"\n\n",
        reason=value,
        headers=((b"X-Odd", value),),
    )
    head = make_head(
        answer,
        request=request,
        session=HOSTILE,
        operation=HOSTILE,
        problems=(Problem(HOSTILE, HOSTILE),),
        ledger=(LedgerEntry(HOSTILE, HOSTILE, 1),),
    )
    return make_exchange(answer=answer, head=head)


PAGES = [streamed, broken, polled, refused, binary, hostile]


@pytest.mark.parametrize("build", PAGES, ids=lambda build: build.__name__)
def test_a_page(
    build: Callable[[], Exchange],
    expect: Callable[[Path, str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(build())
    assert run(["show", "it.cassette"]) == 0
    expect(GOLDEN / f"{build.__name__}.txt", capsys.readouterr().out)


VIEWS: list[list[str]] = [
    ["show", "it.cassette"],
    ["show", "it.cassette", "--full"],
    ["show", "it.cassette", "--json"],
    ["show", "it.cassette", "--events"],
    ["show", "it.cassette", "--events", "--json"],
    ["show", "it.cassette", "1", "--run"],
    ["ls", "it.cassette"],
    ["ls", "it.cassette", "--json"],
    ["ls", "."],
    ["verify", "."],
]


@pytest.mark.parametrize("arguments", VIEWS, ids=" ".join)
def test_recorded_control_characters_are_escaped(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    write(hostile())
    run(arguments)
    captured = capsys.readouterr()
    controls = {*range(0x20), *range(0x7F, 0xA0), 0x202E} - {ord("\n")}
    assert not {ord(character) for character in captured.out + captured.err} & controls


@pytest.mark.parametrize("view", [[], ["--full"], ["--json"], ["--events"]], ids=str)
@pytest.mark.parametrize("levels", [500, 900, 970, 2000])
def test_deeply_nested_json_is_shown(
    levels: int, view: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    deep = b'{"assistant_id": "a", "tools": %s}' % (b"[" * levels + b"]" * levels)
    answer = make_answer(b"data: " + deep + b"\n\n")
    write(make_exchange(request=make_request(body=deep), answer=answer))
    assert run(["show", "it.cassette", *view]) == 0
    assert capsys.readouterr().err == ""


def test_titles_are_bold_if_colour_is_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    write(polled())
    run(["show", "it.cassette"])
    assert capsys.readouterr().out.startswith("\x1b[1mEXCHANGE 1  runs.retrieve\x1b[0m\n")


def test_json_has_all_data_under_stable_keys(capsys: pytest.CaptureFixture[str]) -> None:
    write(broken())
    assert run(["show", "it.cassette", "1", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["schema_version"], document["cassette"]) == (1, "it.cassette")
    exchange = document["exchange"]
    assert exchange["end"] == "reset"
    assert exchange["ending"] == (
        "the upstream reset the connection after 3 events and part of another"
    )
    assert exchange["run"]["fields"] == {"assistant_id": "asst_1", "stream": True}
    assert [event["complete"] for event in exchange["timeline"]] == [True, True, True, False]
    assert exchange["outline"]["tool_calls"][0]["arguments"] == '{"city": "Os'


def test_raw_writes_the_body_byte_for_byte(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write(binary())
    assert run(["show", "it.cassette", "--raw"]) == 0
    sys.stdout.flush()
    assert capfdbinary.readouterr().out == bytes(range(256))


def test_raw_bytes_are_not_written_to_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(hostile())
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run(["show", "it.cassette", "--raw"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "--raw > FILE" in captured.err


def test_events_alone(capsys: pytest.CaptureFixture[str]) -> None:
    write(streamed())
    assert run(["show", "it.cassette", "--events"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["#", "AT", "ms", "GAP", "ms", "BYTES", "EVENT", "DATA"]
    assert len(lines) == 1 + 6
    assert run(["show", "it.cassette", "--events", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["schema_version"], document["number"]) == (1, 1)
    assert [event["gist"] for event in document["timeline"]][2] == r"'Hello,\n'"


def test_rows_fit_the_terminal_unless_full_is_given(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("NO_COLOR", "1")
    write(make_exchange(answer=make_answer(text_event("wide " * 100))))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    run(["show", "it.cassette", "--events"])
    assert max(map(len, capsys.readouterr().out.splitlines())) == 60
    run(["show", "it.cassette", "--events", "--full"])
    assert "wide " * 100 in capsys.readouterr().out


def test_an_answer_without_events_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    write(polled())
    assert run(["show", "it.cassette", "--events"]) == 0
    assert capsys.readouterr() == ("", "Answer 1 is not an event stream.\n")


LONG: list[tuple[str, Answer, str]] = [
    (
        "a body of many lines",
        make_answer(json.dumps(list(range(100))).encode(), headers=JSON),
        "… more lines; --full shows all",
    ),
    (
        "a body of one long line",
        make_answer(b"x" * 1000, headers=JSON),
        "x… (600 more characters; --full shows all)",
    ),
    (
        "a long header",
        make_answer(b"", headers=((b"X", b"y" * 1000),)),
        "more characters; --full shows all)",
    ),
    (
        "binary data",
        make_answer(b"\0" * 1000, headers=JSON),
        "  (1000 B of binary data; --full shows all)",
    ),
    (
        "many events",
        make_answer(b"data: a\n\n" * 100, frames=(Frame(1, 900, True),)),
        "  … 40 more events, 360 B in 0 µs; --events 41..80 shows them",
    ),
]


@pytest.mark.parametrize(("answer", "note"), [c[1:] for c in LONG], ids=[c[0] for c in LONG])
def test_long_output_is_shortened_with_a_note(
    answer: Answer, note: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(make_exchange(answer=answer))
    run(["show", "it.cassette"])
    cut = capsys.readouterr().out
    run(["show", "it.cassette", "--full"])
    full = capsys.readouterr().out
    assert note in cut
    assert "…" not in full
    assert len(full) > len(cut)


def long_stream() -> Exchange:
    words = [text_event(f"word {number} ") for number in range(2_000)]
    answer = make_answer(*words, b"event: done\ndata: [DONE]\n\n")
    return make_exchange(answer=answer)


def test_a_long_stream_is_shown_by_its_head_and_its_tail(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(long_stream())
    assert run(["show", "it.cassette", "--only", "timeline"]) == 0
    title, header, *rows = capsys.readouterr().out.splitlines()
    assert (title, header.split()[0], len(rows)) == ("TIMELINE", "#", 40 + 1 + 20)
    assert [row.split()[0] for row in (rows[0], rows[39], rows[41], rows[-1])] == [
        *("1", "40", "1982", "2001"),
    ]
    assert rows[40] == ("  … 1941 more events, 325.0 KiB in 1.94 s; --events 41..1981 shows them")
    assert run(["show", "it.cassette", "--only", "timeline", "--full"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2 + 2001


def test_a_long_text_is_shown_by_its_head_and_its_tail(capsys: pytest.CaptureFixture[str]) -> None:
    write(long_stream())
    assert run(["show", "it.cassette", "--only", "text"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("TEXT  assistant\n  word 0 word 1 ")
    assert "--full shows all" in shown
    assert len(shown) < 6_000
    assert run(["show", "it.cassette", "--only", "text", "--full"]) == 0
    assert "word 1000 word 1001 " in capsys.readouterr().out


def test_a_long_conversation_is_readable(capsys: pytest.CaptureFixture[str]) -> None:
    messages = [
        {"role": role, "content": f"{role} says {number}. " + "x" * 3_000}
        for number in range(50)
        for role in ("user", "assistant")
    ]
    body = json.dumps({"model": "m", "messages": messages}).encode()
    request = make_request(target=b"/v1/chat/completions", body=body)
    write(make_exchange(request=request, answer=make_answer(b"{}", headers=JSON)))
    assert run(["show", "it.cassette"]) == 0
    shown = capsys.readouterr().out
    assert "of JSON; --only body shows it)" in shown
    assert shown.index("user says 0.") < shown.index("… 88 more, 2") < shown.index("user says 49.")
    assert "user says 20." not in shown
    assert len(shown) < 60_000
    assert run(["show", "it.cassette", "--only", "conversation", "--full"]) == 0
    assert "user says 20." in capsys.readouterr().out


RANGES_OF_EVENTS = [
    ("2..3", ["2", "3"]),
    ("5..", ["5", "6"]),
    ("..2", ["1", "2"]),
    ("4", ["4"]),
    ("6..99", ["6"]),
]


@pytest.mark.parametrize(("chosen", "numbers"), RANGES_OF_EVENTS)
def test_a_range_of_events(
    chosen: str, numbers: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    write(streamed())
    assert run(["show", "it.cassette", "--events", chosen]) == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert [row.split()[0] for row in rows] == numbers
    assert run(["show", "it.cassette", "--events", chosen, "--json"]) == 0
    timeline = json.loads(capsys.readouterr().out)["timeline"]
    assert [str(event["number"]) for event in timeline] == numbers


@pytest.mark.parametrize("chosen", ["..", "a..b", "3-4", "9..", "²"])
def test_a_range_that_is_none(chosen: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(streamed())
    assert run(["show", "it.cassette", "--events", chosen]) == 2
    assert "event" in capsys.readouterr().err


def test_only_some_sections(capsys: pytest.CaptureFixture[str]) -> None:
    write(broken())
    assert run(["show", "it.cassette", "--only", "tools,outcome", "--only", "run"]) == 0
    shown = capsys.readouterr().out
    titles = [line for line in shown.splitlines() if line and not line.startswith(" ")]
    assert titles == ["RUN", "TOOL CALL  get_weather  call_1", "OUTCOME"]


def test_each_section_has_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    write(streamed())
    for name in SECTIONS:
        assert run(["show", "it.cassette", "--only", name]) == 0
        assert capsys.readouterr().err == ""
    run(["show", "--help"])
    usage = " ".join(capsys.readouterr().out.split())
    assert ", ".join(SECTIONS) in usage


def test_an_unknown_section_is_answered_with_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(streamed())
    assert run(["show", "it.cassette", "--only", "tool"]) == 2
    assert "there is no section 'tool'; do you mean 'tools'?" in capsys.readouterr().err


COLORS = [("NO_COLOR", "1", False), ("FORCE_COLOR", "1", True)]


@pytest.mark.parametrize(("name", "value", "is_colored"), COLORS)
def test_the_kinds_of_events_have_colours(
    name: str,
    value: str,
    is_colored: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(name, value)
    write(streamed())
    run(["show", "it.cassette", "--events"])
    rows = capsys.readouterr().out.splitlines()
    assert rows[-1].startswith("\x1b[32m6") is is_colored
    assert not rows[3].startswith("\x1b")


@pytest.mark.parametrize(("pager", "is_paged"), [("less", True), ("cat", False), ("", False)])
def test_long_output_on_a_terminal_goes_through_the_pager(
    pager: str,
    is_paged: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    paged: list[str] = []
    monkeypatch.setattr("click.echo_via_pager", paged.append)
    monkeypatch.setenv("PAGER", pager)
    write(streamed(), build_exchange(2, make_request(), b"{}"))
    run(["show", "it.cassette", "1"])
    assert not paged
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("LINES", "30")
    run(["show", "it.cassette", "1"])
    assert bool(paged) is is_paged
    run(["show", "it.cassette", "2", "--only", "outcome"])
    assert len(paged) == is_paged


def test_texts_are_wrapped_to_the_width_of_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("PAGER", "cat")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    write(make_exchange(answer=make_answer(text_event("wide " * 100))))
    run(["show", "it.cassette", "--only", "text"])
    lines = capsys.readouterr().out.splitlines()
    assert 40 < max(map(len, lines)) <= 50
    assert len(lines) > 10


def several() -> list[Exchange]:
    """Build a thread with two runs, and with a gap in the numbers."""
    created = json.dumps({"object": "thread.run", "id": "run_1", "thread_id": "thread_1"}).encode()
    failed = b'{"error": {"message": "no"}}'
    calls: list[tuple[int, Request, bytes]] = [
        (1, make_request(target=b"/v1/assistants", body=b"{}"), b"{}"),
        (2, make_request(), created),
        (3, make_request("GET", b"/v1/threads/thread_1/runs/run_2", body=b""), b"{}"),
        (5, make_request("GET", b"/v1/threads/thread_1/runs/run_1", body=b""), b"{}"),
        (6, make_request(), failed),
    ]
    return [build_exchange(number, request, body) for number, request, body in calls]


def build_exchange(number: int, request: Request, body: bytes) -> Exchange:
    answer = make_answer(body, headers=JSON)
    timings = Timings(STARTED_NS + number * 1_000_000_000)
    head = make_head(
        answer, number=number, request=request, operation=f"call.{number}", timings=timings
    )
    return make_exchange(answer=answer, head=head)


@pytest.mark.parametrize("number", ["2", "5"])
def test_the_calls_of_one_run(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(*several())
    assert run(["show", "it.cassette", number, "--run"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[0][0] == "#"
    assert [row[:3] for row in rows[1:]] == [["2", "1000", "call.2"], ["5", "4000", "call.5"]]


def test_a_run_by_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    write(*several())
    assert run(["show", "it.cassette", "--run", "run_1"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [row[0] for row in rows[1:]] == ["2", "5"]
    assert run(["show", "it.cassette", "--run", "run_9"]) == 2
    assert "there is no run run_9; the runs are run_1, run_2" in capsys.readouterr().err


def test_the_transcript_of_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    asked = json.dumps(
        {"assistant_id": "a", "additional_messages": [{"role": "user", "content": "Why?"}]}
    )
    created = make_answer(run_event("created"), text_event("Because."), run_event("completed"))
    body = json.dumps(
        {
            "object": "list",
            "data": [
                {
                    "id": "msg_1",
                    "object": "thread.message",
                    "thread_id": "thread_1",
                    "content": [{"type": "text", "text": {"value": "Because."}}],
                }
            ],
        }
    )
    listed = make_request("GET", b"/v1/threads/thread_1/messages", body=b"")
    write(
        make_exchange(1, request=make_request(body=asked.encode()), answer=created),
        build_exchange(2, listed, body.encode()),
    )
    assert run(["show", "it.cassette", "--run", "run_1"]) == 0
    _, _, sections = capsys.readouterr().out.partition("\n\n")
    assert sections == "TEXT  #1  user\n  Why?\n\nTEXT  #1  assistant\n  Because.\n"
    assert run(["show", "it.cassette", "--run", "run_1", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)["run"]
    assert [
        (each["number"], each["is_request"], each["text"]) for each in document["transcript"]
    ] == [
        *((1, True, "Why?"), (1, False, "Because.")),
    ]
    assert document["timing"]["first_content_us"] == 2000


def test_the_calls_of_one_run_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    write(*several())
    assert run(["show", "it.cassette", "5", "--run", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["run"]["thread"] == "thread_1"
    assert document["run"]["run"] == document["run"]["id"] == "run_1"
    assert document["run"]["name"] == "run_id"
    assert [exchange["number"] for exchange in document["exchanges"]] == [2, 5]


def test_without_a_number_a_list_and_a_hint_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    write(*several(), name="my tape")
    assert run(["show", "my tape.cassette"]) == 0
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 1 + 5
    assert captured.err == "To see one of them: runreel show 'my tape.cassette' N\n"
    assert run(["show", "my tape.cassette", "--json"]) == 0
    captured = capsys.readouterr()
    assert len(json.loads(captured.out)["exchanges"]) == 5
    assert captured.err == ""


def test_an_empty_cassette_has_nothing_to_show(capsys: pytest.CaptureFixture[str]) -> None:
    write()
    assert run(["show", "it.cassette"]) == 0
    assert capsys.readouterr().err == ""


REFUSED = [
    ("an unknown number", ["9"], "there is no exchange 9; it has 1-3, 5-6"),
    ("a view without a number", ["--events"], "choose an exchange; it has 1-3, 5-6"),
    ("raw bytes as JSON", ["2", "--raw", "--json"], "choose one of them"),
    ("text for git as JSON", ["--all", "--json"], "--all and --json exclude each other"),
    ("two views", ["2", "--events", "1..2", "--run"], "choose one of them"),
    ("bytes and text for git", ["2", "--all", "--raw"], "choose one of them"),
    ("the run of a call without one", ["1", "--run"], "does not belong to exactly one run"),
    ("not a number", ["x"], "is not a valid integer"),
]


@pytest.mark.parametrize(
    ("arguments", "message"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_wrong_usage(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(*several())
    assert run(["show", "it.cassette", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err


def test_a_number_of_an_empty_cassette(capsys: pytest.CaptureFixture[str]) -> None:
    write()
    assert run(["show", "it.cassette", "1"]) == 2
    assert "there is no exchange 1; it has none" in capsys.readouterr().err


def test_a_missing_number_is_reported_with_the_damage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = write(*several())
    path.write_bytes(path.read_bytes()[:-5])
    assert run(["show", "it.cassette", "6"]) == 2
    assert "has a torn tail" in capsys.readouterr().err


def damage_body(path: Path, marker: bytes) -> None:
    data = path.read_bytes()
    assert data.count(marker) == 1
    path.write_bytes(data.replace(marker, bytes(len(marker))))


@pytest.mark.parametrize("view", [[], ["--events"], ["--raw"], ["--run"], ["--json"]], ids=str)
def test_an_error_has_the_offset_of_the_exchange(
    view: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    first = build_exchange(1, make_request(), b"{}")
    path = write(first, build_exchange(2, make_request(), b'{"mark": 1}'))
    offset = len(make_cassette(encode_exchange(first)))
    damage_body(path, b'{"mark": 1}')
    assert run(["show", "it.cassette", "2", *view]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"runreel: it.cassette: at byte {offset}: ")


def test_the_calls_of_a_run_are_listed_despite_a_damaged_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    damaged = build_exchange(7, make_request("GET", b"/v1/threads/thread_1"), b'{"mark": 1}')
    path = write(*several(), damaged)
    damage_body(path, b'{"mark": 1}')
    assert run(["show", "it.cassette", "5", "--run"]) == 1
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 1 + 2
    assert "answer of exchange 7: its checksum does not match" in captured.err


def test_raw_of_a_body_that_was_not_kept(capsys: pytest.CaptureFixture[str]) -> None:
    write(make_exchange(answer=make_answer(omitted=OmittedReason.MAX_MEMORY)))
    assert run(["show", "it.cassette", "--raw"]) == 3
    assert "is not in the cassette (max_memory)" in capsys.readouterr().err


def test_no_such_cassette(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "nothing"]) == 3
    assert "no cassette at cassettes/nothing.cassette" in capsys.readouterr().err


async def test_a_recording_of_the_simulator(capsys: pytest.CaptureFixture[str]) -> None:
    body = b'{"assistant_id": "%s", "stream": true, "thread": {"messages": []}}'
    async with (
        simulator("127.0.0.1", 0, delay=0) as upstream,
        serve_recording(upstream, Path("it.cassette")) as proxy,
    ):
        key = "api-key: sk-test-canary-1"
        created = await ask(proxy.url, build_post("/v1/assistants", b'{"model": "gpt-4o"}', key))
        assistant = json.loads(created.body)["id"].encode()
        await ask(proxy.url, build_post("/v1/threads/runs", body % assistant, key))
    assert run(["show", "it.cassette", "2"]) == 0
    shown = capsys.readouterr().out
    assert "EXCHANGE 2  threads.create_and_run" in shown
    assert "  thread.message.delta" in shown
    assert "  ended       complete\n" in shown
    assert "sk-test-canary" not in shown


RANGES = [([], ""), ([4], "4"), ([1, 2, 3], "1-3"), ([1, 3, 4, 9], "1, 3-4, 9")]


@pytest.mark.parametrize(("numbers", "text"), RANGES, ids=[c[1] or "none" for c in RANGES])
def test_number_ranges(numbers: Sequence[int], text: str) -> None:
    assert format_ranges(numbers) == text


def test_a_filter_chooses_the_exchange(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.cassette"
    records = (
        encode_exchange(make_exchange(number, answer=make_answer(status=status)))
        for number, status in ((1, 200), (2, 404), (3, 500))
    )
    file.write_bytes(make_cassette(*records))
    assert run(["show", str(file), "--filter", "status:404", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["exchange"]["number"] == 2
    assert run(["show", str(file), "--filter", "status:>=400", "--json"]) == 0
    numbers = [each["number"] for each in json.loads(capsys.readouterr().out)["exchanges"]]
    assert numbers == [2, 3]
    assert run(["show", str(file), "--all", "--filter", "status:404"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("=== runs.create\nPOST /v1/threads/thread#1/runs\n")
    assert "--- 404" in output
    assert "--- 500" not in output
