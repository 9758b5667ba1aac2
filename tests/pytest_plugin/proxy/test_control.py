"""The client of the control API: what it asks, and what it says to refusals."""

from __future__ import annotations

import json
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from runreel.pytest_plugin.proxy.control import ControlClient, ControlError


@contextmanager
def answering(raw: bytes, asked: list[bytes]) -> Iterator[ControlClient]:
    """A server that sends these bytes to whatever it is asked."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += self.rfile.readline()
            length = [line for line in head.lower().split(b"\r\n") if b"content-length" in line]
            body = self.rfile.read(int(length[0].split()[1])) if length else b""
            asked.append(head + body)
            self.wfile.write(raw)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield ControlClient(*server.server_address)
        server.shutdown()


def ok(document: object, status: int = 200) -> bytes:
    body = json.dumps(document).encode()
    return b"HTTP/1.1 %d Any\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


def test_a_session_is_ordered_asked_for_and_ended() -> None:
    asked: list[bytes] = []
    with answering(ok({"name": "n"}), asked) as control:
        assert control.create_session({"cassette": "a/b"}) == {"name": "n"}
        control.get_report("test_it-2")
        control.end_session("test_it-2", keep=True)
        control.end_session("a b/@", keep=False)
    lines = [request.split(b"\r\n")[0].decode() for request in asked]
    assert lines == [
        "POST /-/sessions HTTP/1.1",
        "GET /-/sessions/test_it-2 HTTP/1.1",
        "DELETE /-/sessions/test_it-2 HTTP/1.1",
        "DELETE /-/sessions/a%20b%2F%40?keep=false HTTP/1.1",
    ]
    assert b"Content-Type: application/json" in asked[0]
    assert asked[0].endswith(b'{"cassette": "a/b"}')


REFUSALS = [
    (
        "an error that says why",
        ok({"error": {"message": "it is being recorded", "code": "x"}}, 409),
        "it is being recorded",
    ),
    ("an error that says nothing", ok({}, 500), "runreel's server answers 500"),
    ("an error in another shape", ok(["no"], 404), "runreel's server answers 404"),
    ("no object", ok([1]), "no JSON object"),
    ("no JSON", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", "does not answer: JSONDecode"),
    ("no HTTP", b"nonsense\r\n\r\n", "does not answer: BadStatusLine"),
    ("nothing", b"", "does not answer: RemoteDisconnected"),
]


@pytest.mark.parametrize(("why", "raw", "said"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_a_refusal_says_why(why: str, raw: bytes, said: str) -> None:
    with answering(raw, []) as control, pytest.raises(ControlError, match=said):
        control.get_report("n")


def test_a_server_that_is_gone() -> None:
    with answering(b"", []) as control:
        pass
    with pytest.raises(ControlError, match="does not answer: ConnectionRefusedError"):
        control.get_report("n")
