"""A file that takes another one's place when it is whole, and leaves no trace if it is not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from runreel.shell.store.folder import Folder
from runreel.shell.store.recordfile import RecordFile


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
