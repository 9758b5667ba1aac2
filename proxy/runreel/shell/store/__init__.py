"""Cassettes as files: names, reading, writing, one writer at a time, checking and mending."""

from runreel.shell.store.names import SUFFIX, folder_meant, named, resolve, session_name
from runreel.shell.store.reader import CassetteReader
from runreel.shell.store.repair import Report, repair, verify
from runreel.shell.store.writer import FILE_MODE, AppendError, CassetteWriter, Fsync

__all__ = [
    "FILE_MODE",
    "SUFFIX",
    "AppendError",
    "CassetteReader",
    "CassetteWriter",
    "Fsync",
    "Report",
    "folder_meant",
    "named",
    "repair",
    "resolve",
    "session_name",
    "verify",
]
