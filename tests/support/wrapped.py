"""``runreel MODE ... -- COMMAND`` with a real client, in a folder that is searched for keys."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from pathlib import Path
from typing import NamedTuple

UNUSED = "http://not-the-proxy.invalid/v1"

# Under a limit on address space (ulimit -v) V8 cannot reserve 8 GB of guard pages per Wasm memory.
IS_LIMITED = resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY
NODE_OPTIONS = ["--disable-wasm-trap-handler"] if IS_LIMITED else []


class WrappedResult(NamedTuple):
    """The exit code and the output of a command; ``log`` is its standard error."""

    code: int | None
    output: str
    log: str


async def run_wrapped(
    folder: Path, *arguments: str, key: str | None = None, **variables: str
) -> WrappedResult:
    """Run the command line in ``folder`` and save its log there, for the search for keys."""
    environment = {name: value for name, value in os.environ.items() if "OPENAI" not in name}
    environment |= {"OPENAI_BASE_URL": UNUSED, **variables}
    if key is not None:
        environment["OPENAI_API_KEY"] = key
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "runreel", *arguments),
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, log = await process.communicate()
    (folder / f"{arguments[0]}.log").write_bytes(log)
    return WrappedResult(process.returncode, output.decode(), log.decode())
