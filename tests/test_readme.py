"""README.md is right: its commands, paths and code exist and work."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest

from runreel.cli import COMMANDS, runreel
from support import readme
from support.readme import README, CodeBlock, find_tagged, iter_blocks, remove_blocks

ROOT = README.parent
TEXT = README.read_text(encoding="utf-8")
MADE_BY_ITS_COMMANDS = ".venv/"
SHELL = [block for block in iter_blocks(TEXT) if block.language == "sh"]


def iter_shell_commands() -> Iterator[list[str]]:
    """Yield each simple command of the shell blocks, as a list of words."""
    for block in SHELL:
        for line in block.code.splitlines():
            words = shlex.split(line, comments=True)
            while "&&" in words:
                end = words.index("&&")
                yield words[:end]
                words = words[end + 1 :]
            yield words


def list_inline_code() -> list[str]:
    return re.findall(r"`([^`\n]+)`", remove_blocks(TEXT))


def list_runreel_lines() -> list[str]:
    """List every command line of runreel, without the word ``runreel``."""
    in_blocks = [
        words[1:] for words in iter_shell_commands() if words and Path(words[0]).name == "runreel"
    ]
    in_prose = [shlex.split(code)[1:] for code in list_inline_code() if code.startswith("runreel ")]
    return [shlex.join(words) for words in (*in_blocks, *in_prose)]


def list_paths() -> set[str]:
    """Collect the links within the repository, and the code that looks like a path in it."""
    links = {
        link for link in re.findall(r"\]\(([^)]+)\)", remove_blocks(TEXT)) if "://" not in link
    }
    words = {word for words in iter_shell_commands() for word in words} | set(list_inline_code())
    return links | {word for word in words if is_path(word)}


def is_path(word: str) -> bool:
    looks_so = re.fullmatch(r"[\w.-][\w.<>-]*/[\w./<>-]*", word) is not None
    return looks_so and not word.startswith(MADE_BY_ITS_COMMANDS)


@pytest.mark.parametrize("path", sorted(list_paths()))
def test_every_path_exists(path: str) -> None:
    pattern = re.sub(r"<\w+>", "*", path)
    assert any(ROOT.glob(pattern)) or any((ROOT / "proxy" / "runreel").glob(pattern))


@pytest.mark.parametrize("line", sorted(set(list_runreel_lines())))
def test_every_command_line_is_valid(line: str) -> None:
    name, *arguments = shlex.split(line)
    with click.Context(runreel, info_name="runreel") as context:
        command = runreel.get_command(context, name)
        assert command is not None, f"no such command; there are {', '.join(COMMANDS)}"
        command.make_context(name, arguments, parent=context)


def test_there_are_command_lines_and_paths_to_check() -> None:
    assert {line.split()[0] for line in list_runreel_lines()} >= {"record", "replay", "demo"}
    assert list_paths() >= {"config.toml", "docs/cassette-format.md", "cassettes/demo.cassette"}


def test_it_has_the_two_start_commands() -> None:
    assert "runreel demo" in find_tagged(TEXT, "demo")
    assert "pytest" in find_tagged(TEXT, "tests")


def test_its_python_compiles() -> None:
    code = [block.code for block in iter_blocks(TEXT) if block.language == "python"]
    assert len(code) == 2
    for block in code:
        compile(block, README.name, "exec")


def test_it_is_short() -> None:
    assert len(TEXT.splitlines()) <= 150


SAMPLE = """\
```sh
a `fence` in prose is ```none```
```
```sh  demo
one && two
```
~ `inline` ~
```
no language
```
"""


def test_blocks_are_found_by_their_fences() -> None:
    assert list(iter_blocks(SAMPLE)) == [
        CodeBlock("sh", "", "a `fence` in prose is ```none```\n"),
        CodeBlock("sh", "demo", "one && two\n"),
        CodeBlock("", "", "no language\n"),
    ]
    assert remove_blocks(SAMPLE).split() == ["~", "`inline`", "~"]


@pytest.mark.parametrize("text", [SAMPLE.replace("demo", "other"), SAMPLE * 2])
def test_a_tag_must_be_there_once(text: str) -> None:
    with pytest.raises(LookupError, match="demo"):
        find_tagged(text, "demo")


def test_the_script_prints_the_block() -> None:
    script = [sys.executable, readme.__file__, "tests"]
    printed = subprocess.run(script, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own script
    assert printed == find_tagged(TEXT, "tests") + "\n"


def test_the_script_fails_on_an_unknown_tag() -> None:
    script = [sys.executable, readme.__file__, "no-such-tag"]
    failed = subprocess.run(script, capture_output=True, text=True, check=False)  # noqa: S603 - our own script
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "no-such-tag" in failed.stderr


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def load_build_hook(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import the hook of the build, which nothing but a build has hatchling for."""
    stub: Any = ModuleType("hatchling.metadata.plugin.interface")
    stub.MetadataHookInterface = object
    monkeypatch.setitem(sys.modules, "hatchling.metadata.plugin.interface", stub)
    spec = spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def find_relative_links(text: str) -> list[str]:
    links = re.findall(r"\]\(([^)]+)\)", remove_blocks(text))
    links += re.findall(r"(?:href|src)=\"([^\"]+)\"", remove_blocks(text))
    links += re.findall(r"^\[[^\]]+\]:\s*(\S+)", remove_blocks(text), re.MULTILINE)
    return [link for link in links if not link.startswith(("https://", "#"))]


def test_the_page_of_the_package_has_no_relative_link(monkeypatch: pytest.MonkeyPatch) -> None:
    hook: Any = load_build_hook(monkeypatch).PackagePage()
    hook.root = str(ROOT)
    metadata: dict[str, Any] = {"urls": PROJECT["urls"]}
    hook.update(metadata)
    page = metadata["readme"]["text"]
    assert len(find_relative_links(TEXT)) > 10
    assert not find_relative_links(page)
    repository = PROJECT["urls"]["Repository"]
    assert f"]({repository}/blob/HEAD/docs/pytest.md)" in page
    assert page.replace(f"{repository}/blob/HEAD/", "") == TEXT


LINKS = [
    ("[a](docs/a.md#b)", "[a](https://h/docs/a.md#b)"),
    ("[a](#b) [c](https://x/y) [d](mailto:e@f)", "[a](#b) [c](https://x/y) [d](mailto:e@f)"),
    ("```sh\n[a](b)\n```\n[c](d)", "```sh\n[a](b)\n```\n[c](https://h/d)"),
    ("![image](a.png)", "![image](https://h/a.png)"),
]


@pytest.mark.parametrize(("text", "page"), LINKS)
def test_links_become_absolute(text: str, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_build_hook(monkeypatch).make_links_absolute(text, "https://h/") == page


def test_the_address_of_the_repository_is_the_same_everywhere() -> None:
    repository = PROJECT["urls"]["Repository"]
    assert all(url.startswith(repository) for url in PROJECT["urls"].values())
    redaction = (ROOT / "docs" / "redaction.md").read_text(encoding="utf-8")
    assert re.findall(r"- repo: (\S+)", redaction) == [repository]


@pytest.mark.slow
def test_a_wheel_has_the_page(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(tmp_path)]
    subprocess.run([*build, str(ROOT)], check=True)  # noqa: S603 - our own package
    [wheel] = tmp_path.glob("runreel-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        [name] = [each for each in archive.namelist() if each.endswith("/METADATA")]
        metadata = archive.read(name).decode()
    assert f"Project-URL: Repository, {PROJECT['urls']['Repository']}" in metadata
    assert not find_relative_links(metadata.partition("\n\n")[2])
