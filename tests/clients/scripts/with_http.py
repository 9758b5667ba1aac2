"""The conversation over plain HTTP; prints its transcript as JSON.

``python with_http.py httpx|httpx-async|curl``; the server and the key come from the environment, by
the names that the openai package reads. ``httpx`` sends the key as a bearer token, ``httpx-async``
and ``curl`` as a password.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from itertools import groupby
from typing import Any, NamedTuple, Protocol

import httpx

GREETING: Any = {"role": "user", "content": "Grüß Gott 👋"}
CONTENT = bytes(range(256)) * 4800
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}

BASE = os.environ["OPENAI_BASE_URL"]
KEY = os.environ["OPENAI_API_KEY"]
TIMEOUT = 30


class Call(NamedTuple):
    method: str
    path: str
    body: Any = None
    upload: bytes | None = None
    with_key: bool = True


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Caller(Protocol):
    version: str

    def __call__(self, call: Call) -> Answer: ...


class Httpx:
    """The synchronous client of httpx; it reads streams by line and other bodies raw."""

    version = httpx.__version__

    def __init__(self) -> None:
        headers = {"Authorization": f"Bearer {KEY}"}
        self.client = httpx.Client(headers=headers, timeout=TIMEOUT)

    def __call__(self, call: Call) -> Answer:
        request = self.client.build_request(call.method, BASE + call.path, **get_content(call))
        if not call.with_key:
            del request.headers["Authorization"]
        response = self.client.send(request, stream=True)
        if is_stream(response):
            body = "\n".join(response.iter_lines()).encode()
        else:
            body = b"".join(response.iter_raw())
        response.close()
        return Answer(response.status_code, response.headers.multi_items(), body)


class AsyncHttpx:
    """The asynchronous client of httpx; it reads streams by line and other bodies raw."""

    version = httpx.__version__

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.client = httpx.AsyncClient(timeout=TIMEOUT)

    def __call__(self, call: Call) -> Answer:
        return self.runner.run(self.answer(call))

    async def answer(self, call: Call) -> Answer:
        auth = httpx.BasicAuth("user", KEY) if call.with_key else None
        request = self.client.build_request(call.method, BASE + call.path, **get_content(call))
        response = await self.client.send(request, stream=True, auth=auth)
        if is_stream(response):
            body = "\n".join([line async for line in response.aiter_lines()]).encode()
        else:
            body = b"".join([piece async for piece in response.aiter_raw()])
        await response.aclose()
        return Answer(response.status_code, response.headers.multi_items(), body)


def get_content(call: Call) -> Any:
    if call.upload is None:
        return {"json": call.body}
    return {"files": {"file": ("data.bin", call.upload)}, "data": {"purpose": "assistants"}}


def is_stream(response: httpx.Response) -> bool:
    return response.headers["content-type"].startswith("text/event-stream")


class Curl:
    """curl; its uploads wait for "100 Continue", and fail without it."""

    def __init__(self) -> None:
        self.version = self.run(["--version"]).split()[1].decode()

    def __call__(self, call: Call) -> Answer:
        options = ["-sS", "-N", "-i", "--max-time", str(TIMEOUT), "-X", call.method]
        options += ["--expect100-timeout", str(2 * TIMEOUT)]
        options += ["-u", f"user:{KEY}"] if call.with_key else []
        body = b""
        if call.upload is not None:
            options += ["-F", "purpose=assistants", "-F", "file=@-;filename=data.bin"]
            body = call.upload
        elif call.body is not None:
            options += ["-H", "Content-Type: application/json", "--data-binary", "@-"]
            body = json.dumps(call.body).encode()
        return self.read(self.run([*options, BASE + call.path], body), call)

    def run(self, options: list[str], body: bytes = b"") -> bytes:
        command = ["curl", *options]
        return subprocess.run(command, input=body, capture_output=True, check=True).stdout  # noqa: S603 - our own command

    def read(self, output: bytes, call: Call) -> Answer:
        head, _, body = output.partition(b"\r\n\r\n")
        was_invited = head == b"HTTP/1.1 100 Continue"
        assert was_invited == (call.upload is not None), head
        if was_invited:
            head, _, body = body.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        fields = [line.partition(": ") for line in lines]
        return Answer(int(status.split()[1]), [(name, value) for name, _, value in fields], body)


CALLERS: dict[str, type[Caller]] = {"httpx": Httpx, "httpx-async": AsyncHttpx, "curl": Curl}

Event = tuple[str, Any]


class Conversation:
    """The calls of the conversation, with the status and headers of every answer."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.wire: list[tuple[int, list[tuple[str, str]]]] = []

    def answer(self, call: Call) -> Answer:
        answer = self.caller(call)
        headers = [each for each in answer.headers if not each[0].lower().startswith("x-runreel-")]
        self.wire.append((answer.status, headers))
        return answer

    def get(self, path: str) -> Any:
        return json.loads(self.answer(Call("GET", path)).body)

    def post(self, path: str, body: Any) -> Any:
        return json.loads(self.answer(Call("POST", path, body)).body)

    def stream(self, path: str, body: Any) -> list[Event]:
        answer = self.answer(Call("POST", path, {**body, "stream": True}))
        return parse_events(answer.body.decode())

    def talk(self) -> Any:
        assistant = self.post("/assistants", {"model": "gpt-4o", "name": "Guide"})["id"]
        thread = f"/threads/{self.post('/threads', {'metadata': {'topic': 'weather'}})['id']}"
        run = {"assistant_id": assistant}
        return {
            "message": get_texts([self.post(f"{thread}/messages", GREETING)]),
            "stream": summarize_stream(self.stream(f"{thread}/runs", run)),
            "handler": summarize_handler(self.stream(f"{thread}/runs", run)),
            "poll": self.poll(thread, run),
            "tools": self.use_tools(thread, run),
            "both": summarize_stream(
                self.stream("/threads/runs", {**run, "thread": {"messages": [GREETING]}})
            ),
            "file": self.file(),
            "errors": [
                self.refusal(Call("GET", f"{thread}/runs/run_nobody")),
                self.refusal(Call("GET", "/models", with_key=False)),
            ],
        }

    def poll(self, thread: str, body: Any) -> Any:
        run = self.post(f"{thread}/runs", body)
        path = f"{thread}/runs/{run['id']}"
        while run["status"] in {"queued", "in_progress"}:
            run = self.get(path)
        steps = self.get(f"{path}/steps")["data"]
        newest = self.get(f"{thread}/messages?limit=2")["data"]
        return [run["status"], [step["type"] for step in steps], get_texts(newest)]

    def use_tools(self, thread: str, body: Any) -> Any:
        waiting = self.stream(f"{thread}/runs", {**body, "tools": [WEATHER]})[-2][1]
        calls = waiting["required_action"]["submit_tool_outputs"]["tool_calls"]
        outputs = [{"tool_call_id": call["id"], "output": "70 °F"} for call in calls]
        path = f"{thread}/runs/{waiting['id']}/submit_tool_outputs"
        resumed = summarize_stream(self.stream(path, {"tool_outputs": outputs}))
        return {
            "waiting": waiting["status"],
            "calls": [[each["function"]["name"], each["function"]["arguments"]] for each in calls],
            "text": resumed["text"],
            "status": resumed["status"],
            "newest": get_texts(self.get(f"{thread}/messages?limit=1")["data"]),
        }

    def file(self) -> Any:
        file = json.loads(self.answer(Call("POST", "/files", upload=CONTENT)).body)
        content = self.answer(Call("GET", f"/files/{file['id']}/content")).body
        digest = hashlib.sha256(content).hexdigest()
        return {"name": file["filename"], "bytes": file["bytes"], "sha256": digest}

    def refusal(self, call: Call) -> Any:
        answer = self.answer(call)
        return [answer.status, json.loads(answer.body)["error"]["message"]]


def parse_events(stream: str) -> list[Event]:
    """Parse a stream whose events have an ``event:`` line and one ``data:`` line each."""
    pairs = [block.split("\n") for block in stream.strip("\n").split("\n\n")]
    events = [(first.removeprefix("event: "), last.removeprefix("data: ")) for first, last in pairs]
    return [(name, data if name == "done" else json.loads(data)) for name, data in events]


def get_texts(messages: list[Any]) -> list[str]:
    return [part["text"]["value"] for message in messages for part in message["content"]]


def join_deltas(events: list[Event]) -> str:
    return "".join(
        get_texts([data["delta"] for name, data in events if name == "thread.message.delta"])
    )


def summarize_stream(events: list[Event]) -> Any:
    assert events[-1] == ("done", "[DONE]")
    names = [f"{name} x{len(list(same))}" for name, same in groupby(name for name, _ in events)]
    return {"events": names[:-1], "text": join_deltas(events), "status": events[-2][1]["status"]}


def summarize_handler(events: list[Event]) -> Any:
    done = get_texts([data for name, data in events if name == "thread.message.completed"])
    return {"text": join_deltas(events), "done": done, "ended": events[-1] == ("done", "[DONE]")}


if __name__ == "__main__":
    conversation = Conversation(CALLERS[sys.argv[1]]())
    transcript = conversation.talk()
    version = conversation.caller.version
    print(json.dumps({"version": version, "transcript": transcript, "wire": conversation.wire}))
