"""Cassettes as files: names, reading, writing, locking, verifying and repairing."""

from runreel.shell.store.names import (
    SUFFIX,
    parse_folder_argument,
    parse_session_name,
    resolve_argument,
    resolve_name,
)
from runreel.shell.store.reader import CassetteReader
from runreel.shell.store.repair import VerifyReport, repair_cassette, verify_cassette
from runreel.shell.store.writer import FILE_MODE, AppendError, CassetteWriter, FsyncPolicy

__all__ = [
    "FILE_MODE",
    "SUFFIX",
    "AppendError",
    "CassetteReader",
    "CassetteWriter",
    "FsyncPolicy",
    "VerifyReport",
    "parse_folder_argument",
    "parse_session_name",
    "repair_cassette",
    "resolve_argument",
    "resolve_name",
    "verify_cassette",
]
