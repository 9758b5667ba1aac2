"""A test's own session on the proxy, from its order to its end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from runreel.pytest_plugin.marker import Marked
from runreel.pytest_plugin.proxy.control import Control
from runreel.pytest_plugin.proxy.report import Report
from runreel.pytest_plugin.settings import Settings
from runreel.shell.process.lifecycle import client_environment


@dataclass(frozen=True, slots=True)
class Session:
    """What the fixture ``runreel`` is."""

    name: str
    base_url: str
    """For a client that takes a base URL; OpenAI's want ``/v1`` behind it."""
    cassette: Path
    mode: str
    upstream: str
    """The real API behind the session; that of the recording in replay."""
    _control: Control = field(repr=False)

    @classmethod
    def begun(
        cls, control: Control, cassette: str, *, append: bool, settings: Settings, said: Marked
    ) -> Session:
        """A new session; ``cassette`` is its name on the proxy. Raises ``RunreelError``."""
        order: dict[str, object] = {
            "cassette": cassette,
            "mode": settings.mode,
            "may_be_missing": True,  # a test that asks nothing leaves none, and may need none
        }
        if append:
            order["append"] = True
        if settings.upstream:
            order["upstream"] = settings.upstream
        for member in ("speed", "ignore", "strict", "record_errors", "restore"):
            value = getattr(said, member)
            if value is not None:
                order[member] = value
        made = control.create(order)
        return cls(
            made["name"],
            made["base_url"],
            Path(made["cassette"]),
            made["mode"],
            made["upstream"],
            control,
        )

    def report(self) -> Report:
        """What the session has recorded and played so far."""
        return Report.of(self._control.report(self.name))

    def end(self, *, keep: bool) -> Report:
        """End it; ``keep`` says whether what it recorded takes the place of an older cassette."""
        return Report.of(self._control.end(self.name, keep=keep))


@contextmanager
def pointing_at(session: Session) -> Iterator[None]:
    """The variables by which SDKs find their server point at the session in this block."""
    wanted = client_environment(
        session.base_url,
        prefix="" if urlsplit(session.upstream).path else "/v1",
        with_dummy_key=True,
        environ=os.environ,
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in wanted.items():
            if os.environ.get(name) != value:
                patch.setenv(name, value)
        yield
