"""Changing a cassette that is there: locked meanwhile, and replaced whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from runreel.shell.store.folder import Folder, storing
from runreel.shell.store.lock import locked
from runreel.shell.store.reader import missing
from runreel.shell.store.record_file import RecordFile


@contextmanager
def locked_file(path: Path) -> Iterator[tuple[Folder, int]]:
    """A cassette's folder, and the cassette open in it; nobody else writes it within the block.

    Raises ``CassetteLockedError``; ``CassetteError`` where there is none; ``StoreError`` where it
    is no regular file, or an ``OSError`` comes out of the block.
    """
    if not os.path.lexists(path):
        raise missing(path)
    with storing(path), ExitStack() as held:
        folder = locked(Folder(path.parent), path, held)
        folder.holds_file(path.name)
        fd = folder.open(path.name)
        held.callback(os.close, fd)
        yield folder, fd


@contextmanager
def replacing(
    folder: Folder, name: str, *, written: str, like: os.stat_result
) -> Iterator[RecordFile]:
    """The new file, which is called ``written`` until the block has ended well.

    It has the permissions of the old one, whose status is ``like``. However the process dies, one
    of the two has the name, whole. The caller holds the cassette's lock.
    """
    if folder.status(written) is not None:
        folder.remove(written)  # what a killed process did not finish
    file = RecordFile(folder.create_like(written, like), 0)
    try:
        yield file
        file.sync()
    except BaseException:
        folder.remove(written)
        raise
    finally:
        file.close()
    folder.rename(written, name)
    folder.sync()
