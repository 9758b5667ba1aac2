"""The files of the page: what its first document names."""

from __future__ import annotations

import re

from runreel.core.inspector.html_export import build_start, order_modules
from runreel.shell.inspector.page_files import read_page


def test_all_modules_are_loaded_at_once() -> None:
    files = read_page()
    listed = re.findall(r'<link rel="modulepreload" href="page/([^"]+)" />', files["index.html"])
    needed = sorted(name for name in order_modules(files) if name != "main.js")
    assert listed == needed, "list each module once in page/index.html, in alphabetical order"


def test_all_styles_are_used() -> None:
    files = read_page()
    listed = re.findall(r'<link rel="stylesheet" href="page/([^"]+)" />', files["index.html"])
    assert sorted(listed) == sorted(name for name in files if name.endswith(".css"))


def test_an_exported_file_names_no_other() -> None:
    assert "href=" not in build_start(read_page(), "a")
