"""Client libraries in separate environments, the proxy's log, the search for leaked keys."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from runreel.config import LogSettings
from runreel.shell.process import logs
from support.canary import find_leaks
from support.installed import install_once, install_with_pip, skip_unavailable
from support.logs import restore_logging

FOLDER = Path(__file__).parent
OLD_OPENAI = ("openai<2", "openai<3")
PYTHON_CLIENTS = (
    *("openai>=3", "anthropic", "google-genai", "groq", "cohere", "mistralai", "ollama", "boto3"),
    *("mcp>=2", "langgraph-sdk", "langgraph-api", "langgraph-runtime-inmem"),
    *("openai-agents", "pydantic-ai-slim[openai]", "litellm", "langchain-openai"),
    *("langchain-anthropic", "langchain-mistralai", "langchain-google-genai", "langchain-ollama"),
)
NODE_CLIENTS = (
    *("ai", "@ai-sdk/openai", "@ai-sdk/anthropic"),
    *("@anthropic-ai/sdk", "@google/genai", "groq-sdk"),
)
OPENAI_FOR_NODE = ((22, "openai@7"), (20, "openai@6"))
"""Minimum major version of Node, and the package that needs it; newest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test take longer here: the first ones install the libraries that they share."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(autouse=True)
def keep_log_and_check_for_keys(tmp_path: Path) -> Iterator[None]:
    """Write the proxy's log beside the cassettes; check after the test that no file has the key."""
    log = (tmp_path / "proxy.log").open("w", encoding="utf-8")
    with log, restore_logging():
        logs.configure_logging(LogSettings(level="debug"), log, is_terminal=False)
        yield
    assert find_leaks(tmp_path) == []


@pytest.fixture(scope="session", params=OLD_OPENAI)
def old_openai(request: pytest.FixtureRequest) -> Path:
    """Return a folder of packages with the newest openai of an older major version."""
    return install_with_pip("openai", request.param)


@pytest.fixture(scope="session")
def python_packages() -> Path:
    """Return a folder of packages with the newest client libraries for Python."""
    return install_with_pip("python", *PYTHON_CLIENTS)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Return a folder with the newest client libraries that the installed Node can run."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        skip_unavailable("node and npm are not installed")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603 - the node in PATH
    major = int(version.removeprefix("v").partition(".")[0])
    packages = [package for oldest, package in OPENAI_FOR_NODE if major >= oldest]
    if not packages:
        skip_unavailable(
            f"openai needs Node {OPENAI_FOR_NODE[-1][0]} or newer, not {version.strip()}"
        )

    packages = [packages[0], *NODE_CLIENTS]

    def install(home: Path) -> list[str]:
        quiet = ("--loglevel=error", "--no-audit", "--no-fund", "--fetch-retries=1")
        return [npm, "install", *quiet, "--prefix", str(home), *packages]

    return install_once("node", " ".join(packages), install) / "node_modules"


@pytest.fixture(scope="session")
def curl() -> None:
    """Skip the test if curl is not installed."""
    if shutil.which("curl") is None:
        skip_unavailable("curl is not installed")
