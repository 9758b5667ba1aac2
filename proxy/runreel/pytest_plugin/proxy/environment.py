"""The environment variables that lead the clients in this process to its proxy."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from runreel.core.client_variables import DUMMY_KEY, build_base_urls
from runreel.shell.process.lifecycle import build_client_environment


@dataclass(frozen=True, slots=True)
class ClientRoute:
    """The way from a client to the proxy."""

    url: str
    """URL of the proxy; its default session is that of the running test."""
    upstream: str
    """Base URL of the real API; empty if it is not known."""
    has_dummy_keys: bool
    """True to set missing API keys to a dummy, because the SDKs refuse to run without."""
    extra: Sequence[str] = ()
    """Entries of the setting ``env``."""

    @contextmanager
    def set_variables(self) -> Iterator[None]:
        """Set the base-URL variables of the SDKs for the length of the block."""
        variables = build_client_environment(
            self.url,
            prefix="" if urlsplit(self.upstream).path else "/v1",
            with_dummy_key=self.has_dummy_keys,
            environ=os.environ,
            extra=self.extra,
        )
        with pytest.MonkeyPatch.context() as patch:
            for name, value in variables.items():
                if os.environ.get(name) != value:
                    patch.setenv(name, value)
                if value == DUMMY_KEY and not self.has_dummy_keys:
                    patch.delenv(name)
            yield

    def list_variables(self) -> list[str]:
        """Return the names of the base-URL variables."""
        return list(build_base_urls(self.url, has_path=False, extra=self.extra))
