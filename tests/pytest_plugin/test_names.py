"""Names of tests' cassettes: the server accepts every name, and each is unique."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.pytest_plugin.names import (
    build_test_name,
    find_served_folder,
    is_portable,
    make_segment,
)
from runreel.shell.store.names import resolve_name

PORTABLE = [
    ("a function", "test_streams", (), "", "test_streams"),
    ("a method", "test_streams", ("TestRuns",), "", "TestRuns.test_streams"),
    ("a nested class", "test_it", ("TestA", "TestB"), "", "TestA.TestB.test_it"),
    ("a portable parameter", "test_it", (), "gpt-4o", "test_it-gpt-4o"),
    ("two of them, as pytest joins them", "test_it", (), "gpt-4o-True", "test_it-gpt-4o-True"),
    ("a number", "test_it", (), "0.5", "test_it-0.5"),
]


@pytest.mark.parametrize(
    ("why", "function", "classes", "parameters", "name"), PORTABLE, ids=[row[0] for row in PORTABLE]
)
def test_a_portable_name_is_not_changed(
    why: str, function: str, classes: tuple[str, ...], parameters: str, name: str
) -> None:
    assert build_test_name(function, classes=classes, parameters=parameters) == name


CHANGED = [
    ("a path", "a/b", "a-b"),
    ("a path out of the folder", "../../etc/passwd", "etc-passwd"),
    ("spaces and signs", "what is this?", "what-is-this"),
    ("a newline", "a\nb", "a-b"),
    ("another script", "größe", "gr-e"),
    ("dots at its end", "v1.", "v1"),
    ("two dots", "1..2", "1-2"),
    ("very long", "x" * 300, "x" * 72),
    ("only characters that are not portable", "???", ""),
]


@pytest.mark.parametrize(
    ("why", "parameters", "readable_part"), CHANGED, ids=[row[0] for row in CHANGED]
)
def test_another_name_is_changed_and_gets_a_digest(
    why: str, parameters: str, readable_part: str
) -> None:
    name = build_test_name("test_it", parameters=parameters)
    readable = f"test_it-{readable_part}".rstrip("-")
    assert re.fullmatch(re.escape(readable) + r"-[0-9a-f]{8}", name)


@pytest.mark.parametrize(
    ("one", "other"),
    [("a/b", "a-b"), ("a/b", "a:b"), ("a", "a "), ("x" * 100, "x" * 101), ("ä", "ö")],
)
def test_similar_names_stay_different(one: str, other: str) -> None:
    assert build_test_name("test", parameters=one) != build_test_name("test", parameters=other)


@pytest.mark.parametrize("name", ["con", "aux", "nul", "COM1", "_private", ".hidden", ""])
def test_a_name_that_some_system_does_not_allow_is_changed(name: str) -> None:
    assert not is_portable(name)
    assert is_portable(make_segment(name))


@given(st.lists(st.text("ab./:-_ \n\0é\ud800", max_size=6), min_size=2, max_size=2, unique=True))
def test_different_texts_have_different_valid_names(texts: list[str]) -> None:
    names = [make_segment(text) for text in texts]
    assert names[0] != names[1]
    for name in names:
        assert resolve_name(name, Path("/cassettes")) == Path(f"/cassettes/{name}.cassette")


def test_one_server_serves_all_tests_below_the_root(tmp_path: Path) -> None:
    folder = tmp_path / "tests" / "unit"
    assert find_served_folder(folder, tmp_path) == (tmp_path, PurePosixPath("tests/unit"))
    assert find_served_folder(tmp_path, tmp_path) == (tmp_path, PurePosixPath())


@pytest.mark.parametrize("name", ["my tests", "_tests", "größe", "x" * 90])
def test_a_folder_without_a_portable_name_is_served_by_itself(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name / "unit"
    assert find_served_folder(folder, tmp_path) == (folder, PurePosixPath())


def test_a_folder_outside_the_root_is_served_by_itself(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(elsewhere)
    assert find_served_folder(elsewhere, root) == (elsewhere, PurePosixPath())
    assert find_served_folder(root / "link", root) == (root / "link", PurePosixPath())
