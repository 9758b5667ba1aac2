"""The proxy of a test process: started for its first session, and ended with pytest.

The proxy is a separate process, so that a test's frozen clock, blocked sockets or patched modules
do not affect it. It stops at the end of its standard input, and so with pytest, even if pytest is
killed.
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
from runreel.pytest_plugin.proxy.address import ReservedAddress
from runreel.pytest_plugin.proxy.control import ControlClient

_READY = "listening on "
_LOG_TAIL = 4000
_LOG_SEARCH_LIMIT = 1_000_000
_GRACE = 10.0


class ProxyProcess:
    """A proxy process that serves the cassettes below a folder by name."""

    def __init__(
        self,
        folder: Path,
        address: ReservedAddress,
        *,
        cwd: Path,
        environment: Mapping[str, str],
    ) -> None:
        """Start the process in ``cwd``, whose settings file it reads.

        It listens on ``address``, which it takes over. Raises ``RunreelError``, with the log of the
        process, if it does not start.
        """
        self.url = address.url
        listen = ("--listen", f"{address.host}:{address.port}", "--fd", str(address.fd))
        # A client of several tests must not keep a connection of an event loop that has ended.
        options = (*listen, "--no-keep-alive", "--end-with-stdin")
        self._log = TemporaryFile()  # noqa: SIM115 - read if the server does not start, closed in stop
        # -P: modules in the suite's folder must not replace those of Python or runreel.
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-P", "-m", "runreel", "replay", str(folder), *options],
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,  # Ctrl-C must reach pytest only, which then ends the proxy
            pass_fds=(address.fd,),
        )
        address.close()
        self.control = self._wait_until_ready()

    def _wait_until_ready(self) -> ControlClient:
        first_line = cast("IO[bytes]", self._process.stdout).readline().decode()
        if not first_line.startswith(_READY):
            self._process.wait()
            log = self.read_log()
            self.stop()
            raise RunreelError(f"runreel's server did not start:\n{log}")
        url = urlsplit(first_line.removeprefix(_READY).strip())
        return ControlClient(url.hostname or "", url.port or 0)

    def read_log(self, max_bytes: int = _LOG_TAIL) -> str:
        """Return the last ``max_bytes`` of the log; empty after ``stop``."""
        if self._log.closed:
            return ""
        # pread does not move the file offset, which the two processes share.
        fd = self._log.fileno()
        start = max(0, os.fstat(fd).st_size - max_bytes)
        return os.pread(fd, max_bytes, start).decode("utf-8", "replace").strip()

    def find_losses(self, session: str) -> tuple[str, ...]:
        """Return the log lines about exchanges of the session that could not be written."""
        lines = self.read_log(_LOG_SEARCH_LIMIT).splitlines()
        return tuple(line for line in lines if "exchange_lost" in line and session in line)

    def stop(self) -> None:
        """Terminate the process, and wait for it to end."""
        self._process.terminate()
        try:
            self._process.communicate(timeout=_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        self._log.close()


class ProxyPool:
    """The proxies of this process, by the folder that they serve; usually there is only one."""

    def __init__(
        self, address: ReservedAddress, *, cwd: Path, environment: Mapping[str, str]
    ) -> None:
        """Start no proxy yet; the first one will listen on ``address``."""
        self._next_address: ReservedAddress | None = address
        self._cwd = cwd
        self._environment = environment
        self._by_folder: dict[Path, ProxyProcess] = {}

    def get(self, folder: Path) -> ProxyProcess:
        """Return the proxy for the folder; start it at the first call."""
        if folder not in self._by_folder:
            address, self._next_address = self._next_address or ReservedAddress(), None
            self._by_folder[folder] = ProxyProcess(
                folder, address, cwd=self._cwd, environment=self._environment
            )
        return self._by_folder[folder]

    def stop(self) -> None:
        """Stop all proxies."""
        while self._by_folder:
            _, server = self._by_folder.popitem()
            server.stop()
