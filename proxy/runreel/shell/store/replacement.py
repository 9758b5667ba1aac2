"""Changing a cassette that is there: locked meanwhile, and replaced whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from runreel.shell.store.folder import Folder, translate_os_errors
from runreel.shell.store.lock import acquire_lock
from runreel.shell.store.reader import build_missing_error
from runreel.shell.store.record_file import RecordFile


@contextmanager
def open_locked(path: Path) -> Iterator[tuple[Folder, int]]:
    """A cassette's folder, and the cassette open in it; nobody else writes it within the block.

    Raises ``CassetteLockedError``; ``CassetteError`` where there is none; ``StoreError`` where it
    is no regular file, or an ``OSError`` comes out of the block.
    """
    if not os.path.lexists(path):
        raise build_missing_error(path)
    with translate_os_errors(path), ExitStack() as held:
        folder = acquire_lock(Folder(path.parent), path, held)
        folder.has_regular_file(path.name)
        fd = folder.open(path.name)
        held.callback(os.close, fd)
        yield folder, fd


@contextmanager
def replace_file(
    folder: Folder, name: str, *, temporary_name: str, old_status: os.stat_result
) -> Iterator[RecordFile]:
    """The new file, which is called ``written`` until the block has ended well.

    It has the permissions of the old one, whose status is ``like``. However the process dies, one
    of the two has the name, whole. The caller holds the cassette's lock.
    """
    if folder.find_status(temporary_name) is not None:
        folder.remove(temporary_name)  # what a killed process did not finish
    file = RecordFile(folder.create_like(temporary_name, old_status), 0)
    try:
        yield file
        file.sync()
    except BaseException:
        folder.remove(temporary_name)
        raise
    finally:
        file.close()
    folder.rename(temporary_name, name)
    folder.sync()
