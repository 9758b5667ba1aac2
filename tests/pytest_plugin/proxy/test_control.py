"""The client of the control API: its requests, and its errors."""

from __future__ import annotations

import json
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from runreel.pytest_plugin.proxy.control import ControlClient, ControlError


@contextmanager
def serve_answer(raw: bytes, requests: list[bytes]) -> Iterator[ControlClient]:
    """Serve the same raw answer to every request, and collect the requests."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += self.rfile.readline()
            length = [line for line in head.lower().split(b"\r\n") if b"content-length" in line]
            body = self.rfile.read(int(length[0].split()[1])) if length else b""
            requests.append(head + body)
            self.wfile.write(raw)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield ControlClient(*server.server_address)
        server.shutdown()


def build_answer(document: object, status: int = 200) -> bytes:
    body = json.dumps(document).encode()
    return b"HTTP/1.1 %d Any\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


def test_a_session_is_created_reported_and_ended() -> None:
    requests: list[bytes] = []
    with serve_answer(build_answer({"name": "n"}), requests) as control:
        assert control.create_session({"cassette": "a/b"}) == {"name": "n"}
        control.get_report("test_it-2")
        control.end_session("test_it-2", keep=True)
        control.end_session("a b/@", keep=False)
    lines = [request.split(b"\r\n")[0].decode() for request in requests]
    assert lines == [
        "POST /-/sessions HTTP/1.1",
        "GET /-/sessions/test_it-2 HTTP/1.1",
        "DELETE /-/sessions/test_it-2 HTTP/1.1",
        "DELETE /-/sessions/a%20b%2F%40?keep=false HTTP/1.1",
    ]
    assert b"Content-Type: application/json" in requests[0]
    assert requests[0].endswith(b'{"cassette": "a/b"}')


REFUSALS = [
    (
        "an error with a message",
        build_answer({"error": {"message": "it is being recorded", "code": "x"}}, 409),
        "it is being recorded",
    ),
    ("an error without a message", build_answer({}, 500), "runreel's server answered 500"),
    ("an error in another shape", build_answer(["no"], 404), "runreel's server answered 404"),
    ("not an object", build_answer([1]), "not a JSON object"),
    ("not JSON", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", "does not answer: JSONDecode"),
    ("not HTTP", b"nonsense\r\n\r\n", "does not answer: BadStatusLine"),
    ("no answer", b"", "does not answer: RemoteDisconnected"),
]


@pytest.mark.parametrize(("why", "raw", "message"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_an_error_says_why(why: str, raw: bytes, message: str) -> None:
    with serve_answer(raw, []) as control, pytest.raises(ControlError, match=message):
        control.get_report("n")


def test_a_dead_server() -> None:
    with serve_answer(b"", []) as control:
        pass
    with pytest.raises(ControlError, match="does not answer: ConnectionRefusedError"):
        control.get_report("n")
