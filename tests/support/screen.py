"""A command on a terminal of a given width, as a user runs it."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import sys
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.process import ProcessResult

COLUMNS = 80


class Screen:
    """The command line on a terminal of its own; ``read_until`` and ``wait`` read what it shows."""

    def __init__(
        self,
        *arguments: str,
        cwd: Path,
        columns: int = COLUMNS,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.text = ""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("RUNREEL", "COLUMNS", "NO_COLOR", "FORCE_COLOR"))
        }
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            _run(arguments, cwd, {**inherited, "TERM": "xterm", **(env or {})}, columns)

    def read_until(self, text: str) -> str:
        """Read until the text is shown; return everything shown so far."""
        while text not in self.text:
            data = self._read()
            assert data, f"{text!r} is not in {self.text!r}"
        return self.text

    def interrupt(self) -> None:
        """Press Ctrl+C."""
        os.write(self._terminal, b"\x03")

    def wait(self) -> ProcessResult:
        """Read to the end; return the exit code, and what was shown as the output."""
        while self._read():
            pass
        code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        os.close(self._terminal)
        return ProcessResult(code, self.text.replace("\r\n", "\n"), "")

    def _read(self) -> bytes:
        try:
            data = os.read(self._terminal, 65_536)
        except OSError:  # the end of a terminal's other side
            return b""
        self.text += data.decode()
        return data


def _run(arguments: Sequence[str], cwd: Path, env: Mapping[str, str], columns: int) -> None:
    """Become the command line; never return."""
    size = struct.pack("HHHH", 24, columns, 0, 0)
    fcntl.ioctl(0, termios.TIOCSWINSZ, size)
    signal.alarm(60)
    os.chdir(cwd)
    os.execve(sys.executable, [sys.executable, "-m", "runreel", *arguments], dict(env))  # noqa: S606


def run_on_screen(
    *arguments: str, cwd: Path, columns: int = COLUMNS, env: Mapping[str, str] | None = None
) -> ProcessResult:
    """Run a command line that ends by itself on a terminal."""
    return Screen(*arguments, cwd=cwd, columns=columns, env=env).wait()
