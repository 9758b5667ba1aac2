"""Reading a cassette: heads at once, answers when asked for.

Answers are read with ``pread``, not through a memory map: a file that is cut short under its
reader gives an error here, and would kill the process there. Any thread may ask; nothing shares a
position.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from runreel.core.cassette import (
    CassetteContents,
    CassetteHeader,
    Damage,
    StoredExchange,
    TornTail,
    decode_answer,
    read_contents,
)
from runreel.errors import (
    CassetteError,
    CassetteVersionError,
    CorruptCassetteError,
    MissingCassetteError,
)
from runreel.model import Answer, Exchange, ExchangeHead
from runreel.shell.process.gc_pause import pause_gc

_CLOSED = -1


class CassetteReader:
    """An open cassette, as it was when it was opened: what is appended later is not seen."""

    def __init__(self, path: Path, fd: int, contents: CassetteContents) -> None:
        self.path = path
        self.heads: Sequence[ExchangeHead] = tuple(stored.head for stored in contents.exchanges)
        self._fd = fd
        self._contents = contents
        self._stored = {stored.head.number: stored for stored in contents.exchanges}

    @classmethod
    def open(cls, path: Path) -> CassetteReader:
        """Reads header and heads; damaged records are listed in ``damage``, not raised.

        Raises ``CassetteError`` where there is no such file, ``CorruptCassetteError`` where it has
        no usable header, ``CassetteVersionError`` where its format is newer.
        """
        fd = open_to_read(path)
        try:
            return cls(path, fd, load_contents(fd, path))
        except BaseException:
            os.close(fd)
            raise

    @classmethod
    def make_empty(cls, path: Path) -> CassetteReader:
        """Stands for a cassette that is not there: it holds nothing."""
        nothing = CassetteContents(CassetteHeader(0, ""), 0, (), 0, 1, torn=None, damages=())
        return cls(path, _CLOSED, nothing)

    @property
    def header(self) -> CassetteHeader:
        """What the file says of itself."""
        return self._contents.header

    @property
    def torn(self) -> TornTail | None:
        """The incomplete record at the end, if any: of a writer that died, or still writes."""
        return self._contents.torn

    @property
    def damage(self) -> tuple[Damage, ...]:
        """The stretches of the file that are no records."""
        return self._contents.damages

    @property
    def retractions(self) -> int:
        """How many records of the file take an exchange back."""
        return self._contents.retractions

    def raise_if_damaged(self) -> None:
        """Raises ``CorruptCassetteError`` naming every damaged place, if there is any."""
        if self.damage:
            raise build_damage_error(self.path, self.damage)

    def read_answer(self, number: int) -> Answer:
        """The answer of this exchange.

        Raises ``CorruptCassetteError`` if it is damaged, ``CassetteError`` if there is none.
        """
        return decode_answer_at(self._fd, self.path, self._find_stored(number))

    def read_exchange(self, number: int) -> Exchange:
        """Head and answer; raises as ``answer`` does."""
        return Exchange(self._find_stored(number).head, self.read_answer(number))

    def close(self) -> None:
        """Gives the descriptor back; heads stay, answers are an error from then on."""
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


def open_to_read(path: Path) -> int:
    """A descriptor of the regular file at ``path``; raises ``CassetteError`` if there is none."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise build_missing_error(path) from None
    except OSError as error:
        raise CassetteError(f"{path} cannot be opened: {error.strerror}", path=path) from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise CassetteError(f"{path} is not a regular file, so it is no cassette", path=path)
    return fd


def build_missing_error(path: Path) -> MissingCassetteError:
    """The error that says that there is no such file, and how to get one."""
    advice = f"record it with: runreel record {path} --upstream URL"
    return MissingCassetteError(f"no cassette at {path}; {advice}", path=path)


def load_contents(fd: int, path: Path) -> CassetteContents:
    """What the open file holds now; raises as ``CassetteReader.open`` does."""
    # Heads are many small objects and no cycles: looking for these takes a sixth of the time.
    with add_path_to_errors(path), pause_gc():
        return read_contents(ExactReader(fd), os.fstat(fd).st_size)


def decode_answer_at(fd: int, path: Path, stored: StoredExchange) -> Answer:
    """The answer out of the open file; raises as ``CassetteReader.answer`` does."""
    with add_path_to_errors(path):
        return decode_answer(stored, ExactReader(fd)(stored.body_offset, stored.body_size))


class ExactReader:
    """Reads exactly as many bytes as asked for."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def __call__(self, offset: int, length: int) -> bytes:
        """These bytes; raises ``CorruptCassetteError`` where the file ends before them."""
        data = os.pread(self._fd, length, offset)
        while len(data) < length:
            more = os.pread(self._fd, length - len(data), offset + len(data))
            if not more:
                message = "the file was cut short while it was read"
                raise CorruptCassetteError(message, offset=offset + len(data))
            data += more
        return data


@contextmanager
def add_path_to_errors(path: Path) -> Iterator[None]:
    """Adds the file to the errors raised inside."""
    try:
        yield
    except (CorruptCassetteError, CassetteVersionError) as error:
        where = path if error.offset is None else f"{path}: at byte {error.offset}"
        raise type(error)(f"{where}: {error}", path=path, offset=error.offset) from None
    except OSError as error:
        raise CassetteError(f"{path} cannot be read: {error.strerror}", path=path) from error


def build_damage_error(path: Path, damages: tuple[Damage, ...]) -> CorruptCassetteError:
    """The error that names every damaged place, and what to do about it."""
    places = [
        f"  at byte {place.offset}, {place.length} bytes: {place.reason}" for place in damages
    ]
    advice = f"Cut it out, keeping a copy, with: runreel verify --repair {path}"
    text = "\n".join((f"{path} is damaged:", *places, advice))
    return CorruptCassetteError(text, path=path, offset=damages[0].offset)
