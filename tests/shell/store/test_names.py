"""Names of cassettes: the files they stand for, and names that are rejected."""

from __future__ import annotations

from pathlib import Path

import pytest

from runreel.errors import UsageError
from runreel.shell.store import resolve_argument, resolve_name

FOLDER = Path("cassettes")

RESOLVED = [
    ("a name is in the folder", "demo", FOLDER / "demo.cassette"),
    ("a name may have dots inside", "v1.2_a-b", FOLDER / "v1.2_a-b.cassette"),
    ("a suffix makes it a path", "demo.cassette", Path("demo.cassette")),
    ("a separator makes it a path", "./demo", Path("demo")),
    ("a path may leave the folder", "../a/b.cassette", Path("../a/b.cassette")),
    ("an absolute path too", "/tmp/x.cassette", Path("/tmp/x.cassette")),  # noqa: S108  # a name
]


@pytest.mark.parametrize(("reason", "argument", "path"), RESOLVED, ids=[c[0] for c in RESOLVED])
def test_an_argument_is_a_name_or_a_path(reason: str, argument: str, path: Path) -> None:
    assert resolve_argument(argument, FOLDER) == path


def test_a_path_cannot_contain_nul() -> None:
    with pytest.raises(UsageError, match="NUL"):
        resolve_argument("./a\0b", FOLDER)


NAMES = [
    ("one segment", "demo", "demo.cassette"),
    ("with the suffix", "demo.cassette", "demo.cassette"),
    ("two segments", "suite/test_a", "suite/test_a.cassette"),
    ("the longest segment", "a" * 101, "a" * 101 + ".cassette"),
]


@pytest.mark.parametrize(("reason", "name", "path"), NAMES, ids=[c[0] for c in NAMES])
def test_a_name_is_resolved_in_the_folder(reason: str, name: str, path: str) -> None:
    assert resolve_name(name, FOLDER) == FOLDER / path


BAD_NAMES = [
    "",
    ".",
    "..",
    "../a",
    "a/../b",
    "a/..",
    "a//b",
    "/a",
    "/etc/passwd",
    "a/",
    "a..b",
    "a.",
    "a./b",
    ".hidden",
    "-option",
    "a b",
    "a\\b",
    "a\\..\\b",
    "a\0b",
    "a\nb",
    "a:b",
    "~root",
    "é",
    "a%2fb",
    "con",
    "NUL.txt",
    "a/lpt1",
    "Com9.cassette",
    "a" * 102,
    ".cassette",
]


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_a_name_that_is_not_valid_on_every_system_is_rejected(name: str) -> None:
    with pytest.raises(UsageError, match="not a valid cassette name"):
        resolve_name(name, FOLDER)


def test_a_link_out_of_the_folder_is_rejected(tmp_path: Path) -> None:
    folder, outside = tmp_path / "cassettes", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (folder / "out").symlink_to(outside)
    (folder / "file.cassette").symlink_to(outside / "file.cassette")
    (folder / "real").mkdir()
    (folder / "in").symlink_to(folder / "real")

    assert resolve_name("in/a", folder) == folder / "in" / "a.cassette"
    for name in ("out/a", "file"):
        with pytest.raises(UsageError, match="outside the folder"):
            resolve_name(name, folder)
