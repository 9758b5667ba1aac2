"""``runreel MODE ... -- COMMAND`` with a real client, in a folder that is searched for keys."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from pathlib import Path

from support.process import ProcessResult

UNUSED = "http://not-the-proxy.invalid/v1"

# Under a limit on address space (ulimit -v) V8 cannot reserve 8 GB of guard pages per Wasm memory.
IS_LIMITED = resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY
NODE_OPTIONS = ["--disable-wasm-trap-handler"] if IS_LIMITED else []


async def run_wrapped(
    folder: Path, *arguments: str, key: str | None = None, **variables: str
) -> ProcessResult:
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
    output, errors = await process.communicate()
    assert process.returncode is not None
    (folder / f"{arguments[0]}.log").write_bytes(errors)
    return ProcessResult(process.returncode, output.decode(), errors.decode())
