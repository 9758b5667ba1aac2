"""The wheel and the sdist hold the inspector's page, and an installed wheel serves it."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from runreel.shell.inspector.page_files import PAGE_FOLDER
from support.build import make_exchange
from support.inspector import get_api, get_raw
from support.recordings import write_recording

ROOT = Path(__file__).parents[1]
FILES = sorted(
    path.relative_to(PAGE_FOLDER).as_posix()
    for path in PAGE_FOLDER.rglob("*")
    if path.suffix in {".html", ".js", ".css", ".svg"}
)


def build_packages(folder: Path) -> tuple[Path, Path]:
    """Build a wheel and an sdist; return their paths."""
    hatch = "import hatchling.build as b, sys; "
    for kind in ("wheel", "sdist"):
        subprocess.run(  # noqa: S603 - our own package
            [sys.executable, "-c", f"{hatch}b.build_{kind}(sys.argv[1])", str(folder)],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return next(folder.glob("*.whl")), next(folder.glob("*.tar.gz"))


@pytest.mark.slow
async def test_the_packages_hold_the_page_and_an_installed_wheel_serves_it(tmp_path: Path) -> None:
    wheel, sdist = build_packages(tmp_path)
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"runreel/page/{name}" for name in FILES} <= names
    with tarfile.open(sdist) as tar:
        members = {name.partition("/")[2] for name in tar.getnames()}
    assert {f"proxy/runreel/page/{name}" for name in FILES} <= members

    # Its dependencies come from the environment of the tests; runreel itself from the wheel.
    target = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        for name in names:
            archive.extract(name, target)
    write_recording(tmp_path / "a.cassette", [make_exchange(1)])
    code = "import runreel; print(runreel.__file__); from runreel.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(target)}
    process = subprocess.Popen(  # noqa: S603, ASYNC220 - our own program
        [sys.executable, "-c", code, "inspect", "a.cassette", "--no-open"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        place = process.stdout.readline()
        url = process.stdout.readline().split()[-1].removesuffix("/-/")
        page = await get_raw(url, "/-/")
        answers = [await get_raw(url, f"/-/page/{name}") for name in FILES]
        document = await get_api(url, "exchanges")
    finally:
        process.terminate()
        process.communicate()
    assert place.startswith(str(target))
    assert page.body == (PAGE_FOLDER / "index.html").read_bytes()
    assert [answer.status for answer in answers] == [200] * len(FILES)
    assert len(document["rows"]) == 1
