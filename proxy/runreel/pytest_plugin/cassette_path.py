"""The cassette of a test: its file beside the test file, and its name on the proxy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from runreel.pytest_plugin import names


@dataclass(frozen=True, slots=True)
class CassettePath:
    """The path of a cassette, split into the folder that a proxy serves and a name below it."""

    root: Path
    name: str

    @property
    def path(self) -> Path:
        """The file of the cassette."""
        return self.root / (self.name + names.SUFFIX)


def locate_cassette(item: pytest.Item, name: str | None, *, folder: str) -> CassettePath:
    """Return the path of a test's cassette, by ``name`` or else by the test's own name.

    ``folder`` is the cassette folder of the suite, relative to the folder of the test file.
    """
    root, relative = names.find_served_folder(item.path.parent, item.config.rootpath)
    return CassettePath(root, str(relative / folder / (name or build_cassette_name(item))))


def build_cassette_name(item: pytest.Item) -> str:
    """Return the default name: ``test_module/TestClass.test_function-parameters``."""
    classes = [node.name for node in item.listchain() if isinstance(node, pytest.Class)]
    function: str = getattr(item, "originalname", None) or item.name
    callspec = getattr(item, "callspec", None)
    parameters = callspec.id if callspec is not None else ""
    test = names.build_test_name(function, classes=classes, parameters=parameters)
    return f"{names.make_segment(item.path.stem)}/{test}"
