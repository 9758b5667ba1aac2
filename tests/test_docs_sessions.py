"""docs/sessions.md: its servers and requests run, with the results on the page."""

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
async def start_servers(folder: Path) -> AsyncIterator[Callable[[str], str]]:
    """Start the page's servers on free ports; yield a function that puts the ports into a text."""
    config = Config(limits=LIMITS, mode="auto")
    async with (
        serve_simulator() as upstream,
        serve_sessions(folder, config=config, upstream=upstream) as (url, _),
    ):
        ports = {SIMULATOR: upstream.removeprefix("http://"), SERVER: url.removeprefix("http://")}

        def insert_ports(text: str) -> str:
            for address, port in ports.items():
                text = text.replace(address, port)
            return text.replace('"cassettes/', f'"{folder}/')

        yield insert_ports


async def run_shell(code: str) -> Any:
    process = await asyncio.create_subprocess_shell(code, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0, code
    return json.loads(out)


async def test_the_examples_give_the_results_on_the_page(tmp_path: Path) -> None:
    page = [block for block in iter_blocks(TEXT) if block.language in {"sh", "json"}]
    expected: Any = None
    reports: list[Any] = []
    async with start_servers(tmp_path) as insert_ports:
        for block, after in zip(page, [*page[1:], CodeBlock("", "", "")], strict=True):
            if block.language == "json" or block.tag == "server":
                continue
            answer = await run_shell(insert_ports(block.code))
            if block.tag == "api":
                expected = json.loads(insert_ports(after.code))
                assert answer == expected, block.code
            elif block.tag == "report":
                reports.append(answer)
    [report] = reports
    assert (report["missed"], report["ok"], len(report["unplayed"])) == (1, False, 1)
    assert "GET /v1/models" in report["first_miss"]["message"]


def list_table_names() -> set[str]:
    cells = [line.split("|")[1] for line in TEXT.splitlines() if line.startswith("| `")]
    return {name.strip(" `") for cell in cells for name in cell.split(",")}


def test_the_tables_have_every_member_of_a_request_and_of_a_report() -> None:
    document = SessionReport("n", Mode.REPLAY, "c").to_document()
    assert list_table_names() >= {*SESSION_MEMBERS, *document}


def test_the_servers_are_commands() -> None:
    [server] = [block for block in iter_blocks(TEXT) if block.tag == "server"]
    assert [line.split()[:2] for line in server.code.splitlines()] == [
        ["runreel", "simulate"],
        ["runreel", "auto"],
    ]
