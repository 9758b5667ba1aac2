from __future__ import annotations

import os
import ssl
import subprocess
import sys

import pytest

from runreel.cli.quick_imports import import_quickly
from runreel.shell.record import upstream

COUNT_CERTIFICATES = """\
import ssl
from runreel.cli.quick_imports import import_quickly
with import_quickly():
    import aiohttp.connector
    import runreel.shell.record.upstream as upstream
print(aiohttp.connector._SSL_CONTEXT_VERIFIED.cert_store_stats()["x509"])
print(upstream._get_system_context().cert_store_stats()["x509"])
"""


@pytest.mark.parametrize("place", [None, "/somewhere/certificates.pem"])
def test_the_environment_is_restored(monkeypatch: pytest.MonkeyPatch, place: str | None) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    if place is not None:
        monkeypatch.setenv("SSL_CERT_FILE", place)
    with import_quickly():
        assert os.environ["SSL_CERT_FILE"] == os.devnull
    assert os.environ.get("SSL_CERT_FILE") == place


def test_only_our_own_context_has_the_certificates_of_the_system() -> None:
    result = subprocess.run(  # noqa: S603 - our own command
        (sys.executable, "-c", COUNT_CERTIFICATES), capture_output=True, text=True, check=True
    )
    expected = ssl.create_default_context().cert_store_stats()["x509"]
    assert [int(line) for line in result.stdout.split()] == [0, expected]


def test_the_system_s_authorities_are_required() -> None:
    context = upstream._get_system_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


NOT_FOR_A_REPLAY = (
    "aiohttp.web",
    "runreel.core.diff",
    "runreel.core.explain",
    "runreel.core.filter",
    "runreel.core.lint",
    "runreel.core.record.seal",
    "runreel.core.stats",
    "runreel.core.trace.build",
    "runreel.shell.control_api",
    "runreel.shell.inspector.api",
    "runreel.shell.record.recorder",
    "runreel.shell.supervise",
)
"""What the first answer does not need is imported when it is needed."""


def test_a_replay_starts_without_the_modules_of_other_commands() -> None:
    code = "import sys, runreel.cli.serving_options; print(*sys.modules)"
    result = subprocess.run(  # noqa: S603 - our own command
        (sys.executable, "-c", code), capture_output=True, text=True, check=True
    )
    modules = set(result.stdout.split())
    assert "runreel.shell.replay.player" in modules
    assert modules.isdisjoint(NOT_FOR_A_REPLAY)


QUICK_IMPORT = """\
from runreel.cli.quick_imports import import_quickly
with import_quickly():
    import runreel.cli.serving_options
"""
MOST_LEVELS = 15
"""Modules that import each other in a row, before the stack is as long as its first 16 KB."""


def test_no_module_is_imported_from_a_long_stack() -> None:
    result = subprocess.run(  # noqa: S603 - our own command
        (sys.executable, "-X", "importtime", "-c", QUICK_IMPORT),
        capture_output=True,
        text=True,
        check=True,
    )
    names = [line.rpartition("| ")[2] for line in result.stderr.splitlines()]
    levels = {name.strip(): (len(name) - len(name.lstrip())) // 2 for name in names}
    assert levels["runreel.core.redact.redactor"] == 0
    assert max(levels.values()) < MOST_LEVELS, max(levels, key=lambda name: levels[name])
