"""The files of the inspector's page, which the package holds as they are served."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aiohttp.web_request import BaseRequest

from runreel.core.regex.lazy_pattern import compile_later
from runreel.shell.process.uncancellable import run_in_worker
from runreel.shell.server.admin import PREFIX, OpenPaths, error_response
from runreel.shell.server.connection import SAFE_HEADERS, RawResponse, WholeResponse
from runreel.shell.server.files import guess_type

API_PREFIX = f"{PREFIX}api/"
"""Beginning of the path of every endpoint of the inspector's API."""

PAGE_FOLDER = Path(__file__).parents[2] / "page"
"""The folder with the files of the page."""

_FOLDER_PATH = f"{PREFIX}page/"
_INDEX = "index.html"
_NAME = compile_later(r"(?:[a-z][a-z0-9_-]*/)*[a-z][a-z0-9_-]*\.(?:js|css|html|svg)")


def is_page_path(path: str) -> bool:
    """Return whether a path is that of the page or of one of its files."""
    return path == PREFIX or path.startswith(_FOLDER_PATH)


async def send_page_file(request: BaseRequest) -> RawResponse:
    """Answer a request for the page or for one of its files."""
    if request.method not in {"GET", "HEAD"}:
        message = f"Method {request.method} is not allowed here; use GET or HEAD"
        extra = ((b"Allow", b"GET, HEAD"),)
        return error_response(request, 405, "runreel_bad_method", message, extra=extra)
    path = request.raw_path.partition("?")[0]
    name = _INDEX if path == PREFIX else path.removeprefix(_FOLDER_PATH)
    data = await run_in_worker(lambda: _read_file(name))
    if data is None:
        message = f"no such file; the page is at {PREFIX}"
        return error_response(request, 404, "runreel_not_found", message)
    headers = (
        (b"Content-Type", guess_type(Path(name)).encode()),
        (b"Content-Length", b"%d" % len(data)),
        (b"Cache-Control", b"no-cache"),
        *SAFE_HEADERS,
    )
    return WholeResponse(request, 200, headers, data)


def read_page() -> Mapping[str, str]:
    """Return the texts of all files of the page, by their names in its folder."""
    paths = (path for path in PAGE_FOLDER.rglob("*") if path.suffix in {".js", ".css", ".html"})
    return {
        path.relative_to(PAGE_FOLDER).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(paths)
    }


def _read_file(name: str) -> bytes | None:
    """Return a file of the page; None if there is none of this name."""
    if not _NAME.fullmatch(name):
        return None
    try:
        return PAGE_FOLDER.joinpath(name).read_bytes()
    except OSError:
        return None


PAGE_PATHS = OpenPaths(is_page_path, send_page_file)
