"""Reading of a cassette: all heads when it is opened, each answer on demand.

Answers are read with ``pread`` instead of a memory map. If the file is truncated meanwhile,
``pread`` returns less data, but a memory map would kill the process (SIGBUS). Since ``pread`` does
not use the file position, any thread may read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from runreel.core.cassette import (
    HEADERS_SIZE,
    MAX_HEADER,
    CassetteContents,
    CassetteHeader,
    Damage,
    StoredExchange,
    TornTail,
    decode_answer,
    decode_header,
    find_answer_headers,
    read_contents,
)
from runreel.core.cassette.decode import decode_head
from runreel.core.cassette.record import Record
from runreel.core.cassette.scan import scan_records
from runreel.errors import (
    CassetteError,
    CassetteVersionError,
    CorruptCassetteError,
    MissingCassetteError,
)
from runreel.model import Answer, Exchange, ExchangeHead, Headers
from runreel.shell.process.gc_pause import pause_gc
from runreel.shell.store.names import SUFFIX

_CLOSED = -1


class CassetteReader:
    """An open cassette, with the exchanges that it contained when it was opened."""

    def __init__(self, path: Path, fd: int, contents: CassetteContents) -> None:
        """Read answers from ``fd``, which ``close`` closes; ``contents`` is of the same file."""
        self.path = path
        self.heads: Sequence[ExchangeHead] = tuple(stored.head for stored in contents.exchanges)
        self._fd = fd
        self._contents = contents
        self._stored = {stored.head.number: stored for stored in contents.exchanges}

    @classmethod
    def open(cls, path: Path) -> CassetteReader:
        """Open a cassette and read its header and heads; ``damage`` lists damaged records.

        Raises ``CassetteError`` if the file does not exist or cannot be read,
        ``CorruptCassetteError`` if it has no usable header, and ``CassetteVersionError`` if its
        format is newer than this version of runreel.
        """
        fd = open_to_read(path)
        try:
            return cls(path, fd, load_contents(fd, path))
        except BaseException:
            os.close(fd)
            raise

    @classmethod
    def make_empty(cls, path: Path) -> CassetteReader:
        """Return a reader without exchanges, for a cassette that does not exist."""
        contents = CassetteContents(CassetteHeader(0, ""), 0, (), 0, 1, torn=None, damages=())
        return cls(path, _CLOSED, contents)

    @property
    def header(self) -> CassetteHeader:
        """Header of the file."""
        return self._contents.header

    @property
    def torn(self) -> TornTail | None:
        """Incomplete record at the end, if any: its writer was killed or is still writing."""
        return self._contents.torn

    @property
    def damage(self) -> tuple[Damage, ...]:
        """Byte ranges of the file that are not valid records."""
        return self._contents.damages

    @property
    def retractions(self) -> int:
        """Number of retraction records, each of which takes back an exchange."""
        return self._contents.retractions

    def raise_if_damaged(self) -> None:
        """Raise ``CorruptCassetteError`` that lists all damaged byte ranges, if there are any."""
        if self.damage:
            raise build_damage_error(self.path, self.damage)

    def read_answer(self, number: int) -> Answer:
        """Read the answer of the exchange with this number.

        Raises ``CorruptCassetteError`` if it is damaged, ``CassetteError`` if there is no such
        exchange.
        """
        return decode_answer_at(self._fd, self.path, self._find_stored(number))

    def read_answer_headers(self, number: int) -> Headers:
        """Read only the headers of an answer, if possible; raises as ``read_answer`` does."""
        stored = self._find_stored(number)
        if stored.answer_headers is not None:
            return stored.answer_headers
        with add_path_to_errors(self.path):
            start = os.pread(self._fd, min(stored.body_size, HEADERS_SIZE), stored.body_offset)
        headers = find_answer_headers(stored, start)
        return self.read_answer(number).headers if headers is None else headers

    def has_exchange(self, number: int) -> bool:
        """Return whether there was an exchange with this number when the file was opened."""
        return number in self._stored

    def find_head(self, number: int) -> ExchangeHead | None:
        """Return the head of the exchange with this number; None: there was none."""
        stored = self._stored.get(number)
        return None if stored is None else stored.head

    def read_exchange(self, number: int) -> Exchange:
        """Return the exchange with this number; raises as ``read_answer`` does."""
        return Exchange(self._find_stored(number).head, self.read_answer(number))

    def close(self) -> None:
        """Close the file; ``heads`` stay available, but answers can no longer be read."""
        fd, self._fd = self._fd, _CLOSED
        if fd != _CLOSED:
            os.close(fd)

    def __enter__(self) -> CassetteReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _find_stored(self, number: int) -> StoredExchange:
        try:
            return self._stored[number]
        except KeyError:
            raise CassetteError(f"{self.path} has no exchange {number}", path=self.path) from None


def read_header(path: Path) -> CassetteHeader:
    """Read the header of a cassette alone; raises as ``CassetteReader.open`` does."""
    fd = open_to_read(path)
    try:
        with add_path_to_errors(path):
            return decode_header(os.pread(fd, MAX_HEADER, 0))[0]
    finally:
        os.close(fd)


def open_to_read(path: Path) -> int:
    """Open the regular file at ``path`` and return its descriptor; raises ``CassetteError``."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise build_missing_error(path) from None
    except OSError as error:
        raise CassetteError(f"{path} cannot be opened: {error.strerror}", path=path) from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise CassetteError(f"{path} is not a regular file, so it is not a cassette", path=path)
    return fd


def build_missing_error(path: Path) -> MissingCassetteError:
    """Return the error for a missing file, with what may be meant, and the command to record it."""
    advice = f"record it with: runreel record {path} --upstream URL"
    return MissingCassetteError(f"no cassette at {path}{_guess_meaning(path)}; {advice}", path=path)


def _guess_meaning(path: Path) -> str:
    """Return the folder or the most similar cassette nearby that may be meant, as a clause."""
    from difflib import get_close_matches  # noqa: PLC0415 - for mistakes only

    folder = Path(path.stem)
    if path.suffix == SUFFIX and folder.is_dir():
        return f" (for the cassettes of the folder, write {folder}/)"
    others = [
        file
        for near in (path.parent, path.parent / "cassettes")
        for file in near.glob(f"*{SUFFIX}")
    ]
    names = get_close_matches(path.name, [file.name for file in others], n=1)
    nearest = next((file for file in others if [file.name] == names), None)
    return f"; did you mean {nearest}?" if nearest else ""


def load_contents(fd: int, path: Path) -> CassetteContents:
    """Read the header and all heads of the open file; raises as ``CassetteReader.open`` does."""
    # The garbage collector would take a sixth of the time: heads are many objects without cycles.
    with add_path_to_errors(path), pause_gc():
        return read_contents(ExactReader(fd), os.fstat(fd).st_size)


def decode_answer_at(fd: int, path: Path, stored: StoredExchange) -> Answer:
    """Read one answer from the open file; raises as ``CassetteReader.read_answer`` does."""
    with add_path_to_errors(path):
        return decode_answer(stored, ExactReader(fd)(stored.body_offset, stored.body_size))


def read_exchange_at(fd: int, path: Path, offset: int, end: int) -> Exchange:
    """Read the exchange whose record begins at ``offset`` of an open file, in front of ``end``.

    Raises ``CorruptCassetteError`` if there is none.
    """
    with add_path_to_errors(path):
        stored = _read_stored_at(fd, offset, end)
    return Exchange(stored.head, decode_answer_at(fd, path, stored))


def read_head_at(fd: int, path: Path, offset: int, end: int) -> ExchangeHead:
    """Read the head of the exchange whose record begins at ``offset``; as ``read_exchange_at``."""
    with add_path_to_errors(path):
        return _read_stored_at(fd, offset, end).head


def _read_stored_at(fd: int, offset: int, end: int) -> StoredExchange:
    record = next(scan_records(ExactReader(fd), offset, end), None)
    if not isinstance(record, Record):
        raise CorruptCassetteError("no record begins here", offset=offset)
    return decode_head(record)


class ExactReader:
    """A callable that reads an exact number of bytes from a file."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def __call__(self, offset: int, length: int) -> bytes:
        """Return ``length`` bytes at ``offset``; raise ``CorruptCassetteError`` if it has fewer."""
        data = os.pread(self._fd, length, offset)
        while len(data) < length:
            more = os.pread(self._fd, length - len(data), offset + len(data))
            if not more:
                message = "the file was truncated while it was read"
                raise CorruptCassetteError(message, offset=offset + len(data))
            data += more
        return data


@contextmanager
def add_path_to_errors(path: Path) -> Iterator[None]:
    """Add the path, and the offset if known, to the errors raised in the block."""
    try:
        yield
    except (CorruptCassetteError, CassetteVersionError) as error:
        place = path if error.offset is None else f"{path}: at byte {error.offset}"
        raise type(error)(f"{place}: {error}", path=path, offset=error.offset) from None
    except OSError as error:
        raise CassetteError(f"{path} cannot be read: {error.strerror}", path=path) from error


def build_damage_error(path: Path, damages: tuple[Damage, ...]) -> CorruptCassetteError:
    """Return the error that lists all damaged byte ranges and the command that repairs them."""
    places = [
        f"  at byte {damage.offset}, {damage.length} bytes: {damage.reason}" for damage in damages
    ]
    advice = f"Remove the damage (a backup is kept) with: runreel verify --repair {path}"
    text = "\n".join((f"{path} is damaged:", *places, advice))
    return CorruptCassetteError(text, path=path, offset=damages[0].offset)
