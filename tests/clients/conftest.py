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

OPENAI_1 = "openai<2"
VENDORS = (
    *("openai>=3", "anthropic", "google-genai", "langgraph-sdk", "mcp>=2", "ollama", "boto3"),
    *("openai-agents", "pydantic-ai-slim[openai]", "langchain-openai"),
)
OPENAI_FOR_NODE = ((22, "openai@7"), (20, "openai@6"))
"""Minimum major version of Node, and the package that needs it; newest first."""


@pytest.fixture(autouse=True)
def keep_log_and_check_for_keys(tmp_path: Path) -> Iterator[None]:
    """Write the proxy's log beside the cassettes; check after the test that no file has the key."""
    log = (tmp_path / "proxy.log").open("w", encoding="utf-8")
    with log, restore_logging():
        logs.configure_logging(LogSettings(level="debug"), log, is_terminal=False)
        yield
    assert find_leaks(tmp_path) == []


@pytest.fixture(scope="session")
def openai_1() -> Path:
    """Return a folder of packages with the newest openai 1.x."""
    return install_with_pip("openai-1", OPENAI_1)


@pytest.fixture(scope="session")
def vendor_packages() -> Path:
    """Return a folder of packages with the newest client libraries of several vendors."""
    return install_with_pip("vendors", *VENDORS)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Return a folder of Node packages with the newest openai for the installed Node."""
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

    def install(home: Path) -> list[str]:
        quiet = ("--loglevel=error", "--no-audit", "--no-fund", "--fetch-retries=1")
        return [npm, "install", *quiet, "--prefix", str(home), packages[0]]

    return install_once("node", packages[0], install) / "node_modules"


@pytest.fixture(scope="session")
def curl() -> None:
    """Skip the test if curl is not installed."""
    if shutil.which("curl") is None:
        skip_unavailable("curl is not installed")
