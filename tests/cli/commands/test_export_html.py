"""``runreel export --to html``: one file that opens without a server."""

from __future__ import annotations

import hashlib
import json
import re
import time
from base64 import b64encode
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from runreel.cli import run
from runreel.core.inspector.html_export import (
    PageSourceError,
    build_block,
    join_modules,
    order_modules,
)
from runreel.shell.inspector.page_files import read_page
from support.build import make_answer, make_exchange
from support.inspector import get_api, serve_inspector
from support.recordings import record_program, write_recording

_BLOCK = re.compile(
    r'<script type="application/json" data-path="([^"]*)">([^<]*)</script>', re.DOTALL
)


def export(path: Path, *arguments: str) -> tuple[str, dict[str, Any]]:
    output = path.with_suffix(".html")
    assert run(["export", str(path), *arguments, "--to", "html", "-o", str(output)]) == 0
    text = output.read_text(encoding="utf-8")
    return text, {unescape(key): json.loads(data) for key, data in _BLOCK.findall(text)}


async def test_the_file_holds_the_answers_of_the_api(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "my run.cassette", record_program("assistants", 1))
    _, blocks = export(path)
    async with serve_inspector({"my run": path}) as url:
        listed = await get_api(url, "exchanges", limit=1000)
        while listed["unread"] or any(row["run"] is None for row in listed["rows"][:1]):
            listed = await get_api(url, "exchanges", limit=1000)
        served = {
            key: await get_api(url, key.removeprefix("/-/api/"))
            for key in blocks
            if "copy?" not in key and key not in ("/-/api/recordings", "/-/api/exchanges")
        }
    assert blocks["/-/api/exchanges"]["rows"] == listed["rows"]
    for key, document in served.items():
        assert blocks[key] == document
    assert blocks["/-/api/recordings"]["exported"]
    assert any(key.startswith("/-/api/runs/my%20run/run_") for key in blocks)
    assert any(key.endswith("/copy?as=curl") for key in blocks)
    assert str(tmp_path) not in json.dumps(blocks)


def test_a_selection_holds_nothing_of_the_other_exchanges(tmp_path: Path) -> None:
    exchanges = [
        make_exchange(number, answer=make_answer(b'{"text": "word-%d"}' % number))
        for number in (1, 2, 3)
    ]
    text, blocks = export(write_recording(tmp_path / "a.cassette", exchanges), "2")
    assert [row["number"] for row in blocks["/-/api/exchanges"]["rows"]] == [2]
    assert blocks["/-/api/x/a/2"]["links"]["previous"] is None
    assert "word-2" in text
    assert "word-1" not in text
    assert "word-3" not in text


def test_the_policy_allows_the_script_and_the_styles_and_nothing_else(tmp_path: Path) -> None:
    text, _ = export(write_recording(tmp_path / "a.cassette", [make_exchange(1)]))
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    [script] = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    [style] = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    hashes = [
        f"'sha256-{b64encode(hashlib.sha256(each.encode()).digest()).decode()}'"
        for each in (script, style)
    ]
    assert policy == (
        f"default-src 'none'; script-src {hashes[0]}; style-src {hashes[1]}; base-uri 'none'; "
        "form-action 'none'"
    )
    assert text.index("Content-Security-Policy") < text.index("<style>")
    assert not re.search(r'(?:src|href)="', text)


HOSTILE = b"<script>alert(1)</script><!-- </script> --><img src=x onerror=alert(1)>"


def test_recorded_markup_stays_data(tmp_path: Path) -> None:
    exchange = make_exchange(1, answer=make_answer(HOSTILE))
    text, blocks = export(write_recording(tmp_path / "a.cassette", [exchange]))
    assert blocks["/-/api/x/a/1/bytes?part=answer"]["text"] == HOSTILE.decode()
    assert "alert(1)</script>" not in text
    assert "<img" not in text
    assert build_block('"><x', "<!--").count("<") == 2


def test_the_modules_of_the_page_keep_to_the_rules() -> None:
    files = read_page()
    modules = {name for name in files if name.endswith(".js")}
    unused = modules - set(order_modules(files))
    assert all(files[name].rstrip().endswith("export {};") for name in unused), unused
    for name in modules:
        code = re.sub(r"/\*.*?\*/", "", files[name], flags=re.DOTALL)
        assert not re.search(r"\bimport\(|^await\b|^export let\b", code, re.MULTILINE)
        assert " as " not in "".join(re.findall(r"^import \{[^}]*\}", files[name], re.MULTILINE))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"main.js": 'import { a } from "./gone.js";\n'}, "gone.js"),
        ({"main.js": 'export { a } from "./a.js";\n'}, "cannot be joined"),
        ({"main.js": "export default 1;\n"}, "cannot be joined"),
        ({"main.js": 'import x from "./main.js";\n'}, "cannot be joined"),
        ({"main.js": 'import { x } from "./main.js";\n'}, "import each other"),
    ],
)
def test_a_module_that_cannot_be_joined_is_an_error(files: dict[str, str], message: str) -> None:
    with pytest.raises(PageSourceError, match=message):
        join_modules(files)


def test_modules_come_after_what_they_import() -> None:
    files = {
        "main.js": 'import { b } from "./x/b.js";\nimport "./x/a.js";\nb();\n',
        "x/b.js": 'import { a } from "./a.js";\nexport function b() { a(); }\n',
        "x/a.js": "export const a = () => {};\n",
    }
    assert order_modules(files) == ["x/a.js", "x/b.js", "main.js"]
    assert "const { b } = $module1;" in join_modules(files)
    assert "import " not in join_modules(files)


def test_ten_megabytes_take_a_small_multiple(tmp_path: Path) -> None:
    event = b'data: {"choices":[{"index":0,"delta":{"content":"%s"}}]}\n\n' % (b"word " * 40)
    body = (event,) * 400 + (b"data: [DONE]\n\n",)
    exchanges = [make_exchange(number, answer=make_answer(*body)) for number in range(1, 101)]
    path = write_recording(tmp_path / "a.cassette", exchanges)
    started = time.process_time()
    text, _ = export(path)
    assert path.stat().st_size > 10 * 10**6
    assert len(text) < 8 * path.stat().st_size
    assert time.process_time() - started < 60
