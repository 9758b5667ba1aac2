"""Golden cases: a folder with ``request.json``, ``stream.sse`` and the expectation made of them."""

from __future__ import annotations

import json
from pathlib import Path

from runreel.model import Request
from support.build import make_request

GOLDEN = Path(__file__).parents[1] / "golden"


def read_request(path: Path) -> Request:
    """Read a request from JSON: ``method``, ``target`` and ``body``, and perhaps ``headers``."""
    fields = json.loads(path.read_bytes())
    body = b"" if fields["body"] is None else json.dumps(fields["body"]).encode()
    own = ((name.encode(), value.encode()) for name, value in fields.get("headers", {}).items())
    headers = ((b"Content-Type", b"application/json"), *own)
    return make_request(fields["method"], fields["target"].encode(), headers, body)
