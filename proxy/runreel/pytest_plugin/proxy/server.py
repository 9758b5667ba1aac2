"""The proxy that a test process has to itself: started when the first test asks, ended with pytest.

A process of its own, so that frozen clocks, guarded sockets and patched modules of a test do not
reach it. It serves until its standard input closes, so it goes when pytest goes, however that ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, cast
from urllib.parse import urlsplit

from runreel.errors import RunreelError
from runreel.pytest_plugin.proxy.control import ControlClient

_OPTIONS = ("--listen", "127.0.0.1:0", "--end-with-stdin")
_READY = "listening on "
_LOG_TAIL = 4000
_LOG_SEARCH_LIMIT = 1_000_000
_GRACE = 10.0


class ProxyProcess:
    """One proxy, serving the cassettes below a folder by name."""

    def __init__(self, folder: Path, *, cwd: Path, environment: Mapping[str, str]) -> None:
        """Start it in ``cwd``, whose settings it heeds.

        Raises ``RunreelError`` with what it has logged if it does not come up.
        """
        self._log = TemporaryFile()  # noqa: SIM115 - read if the server does not start, closed in stop
        # -P: no module of the suite's own folder is taken for one of Python's or of ours.
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-P", "-m", "runreel", "replay", str(folder), *_OPTIONS],
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,  # the terminal's Ctrl-C is for pytest, which then ends it
        )
        self.control = self._wait_until_ready()

    def _wait_until_ready(self) -> ControlClient:
        greeting = cast("IO[bytes]", self._process.stdout).readline().decode()
        if not greeting.startswith(_READY):
            self._process.wait()
            log = self.read_log()
            self.stop()
            raise RunreelError(f"runreel's server did not start:\n{log}")
        url = urlsplit(greeting.removeprefix(_READY).strip())
        return ControlClient(url.hostname or "", url.port or 0)

    def read_log(self, max_bytes: int = _LOG_TAIL) -> str:
        """The end of its log, of so many bytes at ``most``; empty when it was stopped."""
        if self._log.closed:
            return ""
        # Without a seek: the server writes at the position that both share.
        fd = self._log.fileno()
        start = max(0, os.fstat(fd).st_size - max_bytes)
        return os.pread(fd, max_bytes, start).decode("utf-8", "replace").strip()

    def find_losses(self, session: str) -> tuple[str, ...]:
        """What its log says of exchanges of this session that could not be written."""
        lines = self.read_log(_LOG_SEARCH_LIMIT).splitlines()
        return tuple(line for line in lines if "exchange_lost" in line and session in line)

    def stop(self) -> None:
        """End it, and wait for its end."""
        self._process.terminate()
        try:
            self._process.communicate(timeout=_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        self._log.close()


class ProxyPool:
    """The proxies of this process, by the folder that they serve: one, but for tests elsewhere."""

    def __init__(self, *, cwd: Path, environment: Mapping[str, str]) -> None:
        self._cwd = cwd
        self._environment = environment
        self._by_folder: dict[Path, ProxyProcess] = {}

    def get(self, folder: Path) -> ProxyProcess:
        """The proxy for this folder, started if there is none yet."""
        if folder not in self._by_folder:
            self._by_folder[folder] = ProxyProcess(
                folder, cwd=self._cwd, environment=self._environment
            )
        return self._by_folder[folder]

    def stop(self) -> None:
        """End all of them."""
        while self._by_folder:
            _, server = self._by_folder.popitem()
            server.stop()
