"""docs/sessions.md runs as it stands there: its servers, its requests, and what they give."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from runreel.config import SESSION_MEMBERS, Config
from runreel.core.report.session_report import SessionReport
from runreel.model import Mode
from runreel.simulator import serve_simulator
from support.proxy import LIMITS, serve_sessions
from support.readme import CodeBlock, iter_blocks

TEXT = (Path(__file__).parents[1] / "docs" / "sessions.md").read_text(encoding="utf-8")
SIMULATOR, SERVER = "127.0.0.1:7350", "127.0.0.1:7357"


@asynccontextmanager
async def servers(folder: Path) -> AsyncIterator[Callable[[str], str]]:
    """The page's servers on free ports; yields what puts these into a text of the page."""
    config = Config(limits=LIMITS, mode="auto")
    async with (
        serve_simulator() as upstream,
        serve_sessions(folder, config=config, upstream=upstream) as (url, _),
    ):
        ports = {SIMULATOR: upstream.removeprefix("http://"), SERVER: url.removeprefix("http://")}

        def here(text: str) -> str:
            for written, port in ports.items():
                text = text.replace(written, port)
            return text.replace('"cassettes/', f'"{folder}/')

        yield here


async def printed(code: str) -> Any:
    process = await asyncio.create_subprocess_shell(code, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0, code
    return json.loads(out)


async def test_its_examples_give_what_it_says(tmp_path: Path) -> None:
    page = [block for block in iter_blocks(TEXT) if block.language in {"sh", "json"}]
    expected: Any = None
    reports: list[Any] = []
    async with servers(tmp_path) as here:
        for block, after in zip(page, [*page[1:], CodeBlock("", "", "")], strict=True):
            if block.language == "json" or block.tag == "server":
                continue
            answer = await printed(here(block.code))
            if block.tag == "api":
                expected = json.loads(here(after.code))
                assert answer == expected, block.code
            elif block.tag == "report":
                reports.append(answer)
    [report] = reports
    assert (report["missed"], report["ok"], len(report["unplayed"])) == (1, False, 1)
    assert "GET /v1/models" in report["first_miss"]["message"]


def named_in_tables() -> set[str]:
    cells = [line.split("|")[1] for line in TEXT.splitlines() if line.startswith("| `")]
    return {name.strip(" `") for cell in cells for name in cell.split(",")}


def test_it_names_every_member_of_an_order_and_of_a_report() -> None:
    document = SessionReport("n", Mode.REPLAY, "c").to_document()
    assert named_in_tables() >= {*SESSION_MEMBERS, *document}


def test_its_servers_are_commands() -> None:
    [server] = [block for block in iter_blocks(TEXT) if block.tag == "server"]
    assert [line.split()[:2] for line in server.code.splitlines()] == [
        ["runreel", "simulate"],
        ["runreel", "auto"],
    ]
