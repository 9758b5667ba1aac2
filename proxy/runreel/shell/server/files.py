"""Files of a folder for the pages of a demo, from the same origin as the recorded answers.

Only regular files below the folder are served, wherever a symbolic link leads; no lists of files,
and nothing whose name begins with a dot.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias
from urllib.parse import unquote

from aiohttp.http import HttpVersion11
from aiohttp.web_request import BaseRequest
from msgspec import Struct

from runreel.core.http import wire
from runreel.core.http.wire import Framing
from runreel.core.replay.send_plan import Finish
from runreel.errors import UsageError
from runreel.model import Headers
from runreel.shell.process.uncancellable import run_in_worker
from runreel.shell.server.connection import RawResponse, WholeResponse

if TYPE_CHECKING:
    from mimetypes import MimeTypes

_INDEX = "index.html"
_PIECE = 65_536
_TEXT_TYPES = ("text/", "application/javascript", "application/json", "image/svg+xml")
_OTHER_TYPES = {".mjs": "text/javascript", ".webmanifest": "application/manifest+json"}
_ASKED_BY_BROWSERS = frozenset(
    {
        "/favicon.ico",
        "/apple-touch-icon.png",
        "/apple-touch-icon-precomposed.png",
        "/.well-known/appspecific/com.chrome.devtools.json",
    }
)
"""Files that browsers request by themselves: if there are none, that is no miss."""


class OpenFile(Struct, frozen=True):
    """A file to send; the sender closes it."""

    file: BinaryIO
    size: int
    type: str


class Redirect(Struct, frozen=True):
    """Another URL, which names a folder as one."""

    location: str


class NotThere(Struct, frozen=True):
    """No file, where browsers look for one by themselves."""


StaticTarget: TypeAlias = OpenFile | Redirect | NotThere


class StaticFolder(Struct, frozen=True):
    """A folder whose files are served."""

    root: Path
    """Its real path."""

    @classmethod
    def open(cls, folder: str) -> StaticFolder | None:
        """Return the folder for the setting ``serve``; None if that is empty.

        Raises ``UsageError`` if there is no such folder.
        """
        if folder and not Path(folder).is_dir():
            raise UsageError(f"cannot serve {folder}: there is no such folder")
        return cls(Path(folder).resolve()) if folder else None

    async def find(self, request: BaseRequest) -> StaticTarget | None:
        """Return what a GET or HEAD asks for: a file, or that of a folder with an ``index.html``.

        Return None for any other request.
        """
        path, query, parameters = request.raw_path.partition("?")
        segments = parse_segments(path)
        if request.method not in {"GET", "HEAD"}:
            return None
        target = None if segments is None else await run_in_worker(lambda: self._find(segments))
        if isinstance(target, Path):
            return Redirect(f"{path}/{query}{parameters}")
        return target or (NotThere() if path in _ASKED_BY_BROWSERS else None)

    def _find(self, segments: tuple[str, ...]) -> OpenFile | Path | None:
        """Return the file for a path, or a folder whose URL lacks the slash at its end."""
        path = self._resolve(segments)
        is_folder_url = not segments[-1]
        if path is None or not os.path.isdir(path):
            return None if path is None or is_folder_url else _open_file(path)
        index = self._resolve((*filter(None, segments), _INDEX))
        file = None if index is None else _open_file(index)
        if file is None or is_folder_url:
            return file
        file.file.close()
        return path

    def _resolve(self, segments: tuple[str, ...]) -> Path | None:
        """Return the real path, or None if it is not below the folder, or hidden."""
        try:
            path = self.root.joinpath(*segments).resolve()
        except (OSError, RuntimeError):  # a name that is too long, links in a circle
            return None
        if not path.is_relative_to(self.root):
            return None
        parts = path.relative_to(self.root).parts
        return None if any(part.startswith(".") for part in parts) else path


def parse_segments(path: str) -> tuple[str, ...] | None:
    """Return the decoded segments of a URL's path, the last one empty for a folder.

    Return None if it can be the path of no file to serve.
    """
    try:
        decoded = unquote(path, errors="strict")
    except UnicodeDecodeError:
        return None
    first, *segments = decoded.split("/")
    is_valid = not first and segments and all(segments[:-1])
    is_plain = decoded.isprintable() and "\\" not in decoded
    is_hidden = any(segment.startswith((".", "@")) for segment in segments)
    return tuple(segments) if is_valid and is_plain and not is_hidden else None


def _open_file(path: Path) -> OpenFile | None:
    """Open a regular file; return None if it is none, or may not be read."""
    try:
        # Opening a named pipe would wait for its writer.
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        os.close(fd)
        return None
    return OpenFile(os.fdopen(fd, "rb"), status.st_size, guess_type(path))


def guess_type(path: Path) -> str:
    """Return the media type of a file by its name."""
    suffix = path.suffix.lower()
    guessed = _OTHER_TYPES.get(suffix) or _load_types().guess_type(f"x{suffix}")[0]
    media_type = guessed or "application/octet-stream"
    return f"{media_type}; charset=utf-8" if media_type.startswith(_TEXT_TYPES) else media_type


@lru_cache(1)
def _load_types() -> MimeTypes:
    """Return the types that Python knows, which are the same on every machine."""
    from mimetypes import MimeTypes  # noqa: PLC0415 - makes tables that few servers need

    return MimeTypes(filenames=())


def _build_headers(media_type: str, size: int = 0) -> Headers:
    return (
        (b"Content-Type", media_type.encode()),
        (b"Content-Length", b"%d" % size),
        (b"Cache-Control", b"no-cache"),
        (b"X-Content-Type-Options", b"nosniff"),
    )


async def send_target(request: BaseRequest, target: StaticTarget) -> RawResponse:
    """Answer a request with what it asks for."""
    match target:
        case OpenFile():
            return await _send_file(request, target)
        case Redirect(location):
            header = (b"Location", location.encode("utf-8", "surrogateescape"))
            return WholeResponse(request, 301, (header, (b"Content-Length", b"0")))
        case NotThere():
            return WholeResponse(request, 404, _build_headers("text/plain"))


async def _send_file(request: BaseRequest, file: OpenFile) -> RawResponse:
    """Send a file, and close it; one that has become shorter ends the connection."""
    response = RawResponse(request)
    is_bodiless = request.method == "HEAD"
    head = wire.format_answer_head(
        200,
        b"OK",
        _build_headers(file.type, file.size),
        framing=Framing.NONE if is_bodiless else Framing.LENGTH,
        http10=request.version < HttpVersion11,
        keep_alive=request.keep_alive,
    )
    is_whole = False
    with file.file, suppress(ConnectionError):
        await response.send(head)
        is_whole = await _send_data(response, file.file, 0 if is_bodiless else file.size)
    await response.finish(Finish.KEEP if is_whole and request.keep_alive else Finish.CLOSE)
    return response


async def _send_data(response: RawResponse, file: BinaryIO, size: int) -> bool:
    """Send ``size`` bytes of a file; return False if it has become shorter."""
    while size:
        data = await run_in_worker(partial(file.read, min(_PIECE, size)))
        if not data:
            return False
        size -= len(data)
        await response.send(data)
    return True
