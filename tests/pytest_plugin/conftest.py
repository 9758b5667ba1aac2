"""Fixtures: a suite that uses the plugin, and an upstream that counts its requests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from threading import Thread

import pytest

from support.suite import NumberingUpstream, Suite


@pytest.fixture
def upstream() -> Iterator[NumberingUpstream]:
    """Serve the API behind a suite."""
    upstream = NumberingUpstream()
    thread = Thread(target=upstream.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield upstream
    upstream.server.shutdown()
    upstream.server.server_close()


@pytest.fixture
def suite(
    pytester: pytest.Pytester, upstream: NumberingUpstream, monkeypatch: pytest.MonkeyPatch
) -> Suite:
    """Create a suite, in an environment without settings for runreel."""
    for name in ("CI", *(name for name in os.environ if name.startswith(("RUNREEL", "OPENAI")))):
        monkeypatch.delenv(name, raising=False)
    return Suite(pytester, upstream)
