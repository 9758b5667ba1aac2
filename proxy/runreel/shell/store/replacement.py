"""Changing an existing cassette: lock it meanwhile, and replace it whole or not at all."""

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
    """Lock and open a cassette for the block; yield its folder and its descriptor.

    Raises ``CassetteLockedError``, ``CassetteError`` if the file does not exist, and ``StoreError``
    if it is not a regular file or the block raises ``OSError``.
    """
    if not os.path.lexists(path):
        raise build_missing_error(path)
    with translate_os_errors(path), ExitStack() as exit_stack:
        folder = acquire_lock(Folder(path.parent), path, exit_stack)
        folder.has_regular_file(path.name)
        fd = folder.open(path.name)
        exit_stack.callback(os.close, fd)
        yield folder, fd


@contextmanager
def replace_file(
    folder: Folder, name: str, *, temporary_name: str, old_status: os.stat_result
) -> Iterator[RecordFile]:
    """Yield a new file, which replaces the file ``name`` if the block ends without an error.

    The new file is called ``temporary_name`` until then, and has the permissions of ``old_status``.
    Even if the process is killed, a whole file has the name. The caller must hold the lock.
    """
    if folder.find_status(temporary_name) is not None:
        folder.remove(temporary_name)  # left by a process that was killed
    file = RecordFile(folder.create_like(temporary_name, old_status), Path(temporary_name))
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
