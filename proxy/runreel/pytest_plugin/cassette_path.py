"""Where a test's cassette is: beside the test file, and by what name the proxy knows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from runreel.pytest_plugin import names


@dataclass(frozen=True, slots=True)
class CassettePath:
    """A cassette, as a name below the folder that a proxy serves."""

    root: Path
    name: str

    @property
    def path(self) -> Path:
        """The file."""
        return self.root / (self.name + names.SUFFIX)


def locate_cassette(item: pytest.Item, name: str | None, *, folder: str) -> CassettePath:
    """The cassette of a test: of this ``name``, else of its own.

    ``folder`` is the suite's folder of cassettes, as a path from the test file's.
    """
    root, way = names.find_served_folder(item.path.parent, item.config.rootpath)
    return CassettePath(root, str(way / folder / (name or build_cassette_name(item))))


def build_cassette_name(item: pytest.Item) -> str:
    """``test_module/TestClass.test_function-parameters``."""
    classes = [node.name for node in item.listchain() if isinstance(node, pytest.Class)]
    function: str = getattr(item, "originalname", None) or item.name
    callspec = getattr(item, "callspec", None)
    parameters = callspec.id if callspec is not None else ""
    test = names.build_test_name(function, classes=classes, parameters=parameters)
    return f"{names.make_segment(item.path.stem)}/{test}"
