"""Replacing a file: by one that is complete, or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from runreel.shell.store.folder import Folder
from runreel.shell.store.replacement import replace_file


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    (tmp_path / "x").write_bytes(b"old")
    (tmp_path / "x").chmod(0o640)
    with closing(Folder(tmp_path)) as folder:
        yield folder


def test_the_new_file_gets_the_name_and_the_permissions(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "x.new").write_bytes(b"left by a killed process")
    status = (tmp_path / "x").stat()
    with replace_file(folder, "x", temporary_name="x.new", old_status=status) as file:
        file.append(b"new")
        assert (tmp_path / "x").read_bytes() == b"old"
    assert (tmp_path / "x").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["x"]


def test_an_error_leaves_the_old_file(folder: Folder, tmp_path: Path) -> None:
    status = (tmp_path / "x").stat()

    def replace_and_interrupt() -> None:
        with replace_file(folder, "x", temporary_name="n", old_status=status) as file:
            file.append(b"new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_and_interrupt()
    assert (tmp_path / "x").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["x"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may change the owner of a file")
def test_the_owner_stays_if_root_replaces_the_file(folder: Folder, tmp_path: Path) -> None:
    os.chown(tmp_path / "x", 12_345, 23_456)
    with replace_file(folder, "x", temporary_name="n", old_status=(tmp_path / "x").stat()) as file:
        file.append(b"new")
    status = (tmp_path / "x").stat()
    assert (status.st_uid, status.st_gid) == (12_345, 23_456)
