"""Files of other recording tools: read and parse them, within bounds."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from runreel.core.interop.foreign import ForeignFormatError, ForeignRecording
from runreel.core.interop.har_reader import is_har, read_har
from runreel.core.interop.vcr_reader import is_vcr, read_vcr
from runreel.errors import StoreError, UsageError

if TYPE_CHECKING:
    from yaml import Event, SafeLoader

SUFFIXES = (".har", ".yaml", ".yml", ".json")
"""Suffixes of files that can be imported; each may be followed by ``.gz``."""

_MAX_FILE = 1 << 28
"""Largest file in bytes, before and after decompression."""

_MAX_YAML_VALUES = 400_000
"""Scalars, lists and mappings of a YAML file: some 10,000 exchanges."""


def find_suffix(path: Path) -> str:
    """Return the suffix of a file that can be imported, such as ``.yaml.gz``; else empty."""
    name = path.name.lower()
    bare = name.removesuffix(".gz")
    suffix = next((suffix for suffix in SUFFIXES if bare.endswith(suffix)), "")
    return suffix and name[len(bare) - len(suffix) :]


def read_foreign_file(path: Path) -> ForeignRecording:
    """Read a HAR file or a cassette of VCR.

    Raises ``StoreError`` if the file cannot be read, and ``UsageError`` if it is neither, or YAML
    is not installed. No error repeats anything of the file.
    """
    document = _parse(_read(path), path)
    try:
        if is_har(document):
            return read_har(document)
        if is_vcr(document):
            return read_vcr(document)
    except ForeignFormatError as error:
        raise UsageError(f"{path}: {error}") from None
    except RecursionError:
        raise UsageError(f"{path}: it is nested too deeply") from None
    raise UsageError(
        f'{path}: it is neither a HAR file (with "log") nor a cassette of VCR (with "interactions")'
    )


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            is_gzip = file.peek(2)[:2] == b"\x1f\x8b"
            with gzip.open(file) if is_gzip else file as source:
                data = source.read(_MAX_FILE + 1)
    except EOFError:
        raise UsageError(f"{path}: it is not complete, or not in gzip format") from None
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or 'it is not in gzip format'}") from None
    if len(data) > _MAX_FILE:
        raise UsageError(f"{path}: it has more than {_MAX_FILE >> 20} MiB; split it")
    return data


def _parse(data: bytes, path: Path) -> object:
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    try:
        return json.loads(text) if text.startswith(b"{") else _parse_yaml(text, path)
    except UsageError:
        raise
    except (ValueError, RecursionError):
        raise UsageError(f"{path}: it starts with {{ but is not valid JSON") from None


def _parse_yaml(data: bytes, path: Path) -> object:
    try:
        import yaml  # noqa: PLC0415 - an extra, needed for YAML only
    except ImportError:
        raise UsageError(
            f"{path}: to read YAML, install PyYAML: pip install 'runreel[yaml]'"
        ) from None
    try:
        _check_yaml_size(data, path)
        document: object = yaml.load(data, _build_loader())  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = "" if mark is None else f" (line {mark.line + 1}, column {mark.column + 1})"
        raise UsageError(f"{path}: it is not valid YAML{place}") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise UsageError(f"{path}: it is not valid YAML") from None
    return document


def _check_yaml_size(data: bytes, path: Path) -> None:
    """Raise ``UsageError`` if the document has too many values: each takes up to 600 bytes."""
    import yaml  # noqa: PLC0415 - an extra, needed for YAML only

    if any(count > _MAX_YAML_VALUES for count in _count_values(yaml.parse(data, _build_loader()))):
        raise UsageError(
            f"{path}: it has more than {_MAX_YAML_VALUES:,} values, which take too much memory in "
            "YAML; split it, or convert it to JSON"
        )


def _count_values(events: Iterable[Event]) -> Iterator[int]:
    """Yield the number of values up to each event; those of an alias count as often as it comes."""
    import yaml  # noqa: PLC0415 - an extra, needed for YAML only

    count = 0
    open_nodes: list[tuple[str | None, int]] = []
    sizes: dict[str, int] = {}
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            sizes[anchor or ""] = count - before
        elif isinstance(event, yaml.AliasEvent):
            count += sizes.get(event.anchor or "", 1)
        elif isinstance(event, yaml.NodeEvent):
            if isinstance(event, yaml.CollectionStartEvent):
                open_nodes.append((event.anchor, count))
            count += 1
        yield count


def _build_loader() -> type[SafeLoader]:
    """Return a loader of plain values. It also accepts the tags for text of Python 2."""
    import yaml  # noqa: PLC0415 - an extra, needed for YAML only

    base: type[SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class VcrLoader(base):  # type: ignore[valid-type,misc]  # a class that is chosen at run time
        """A loader with tags of its own, since they are kept in its class."""

    for name in ("unicode", "str"):
        VcrLoader.add_constructor(
            f"tag:yaml.org,2002:python/{name}", yaml.SafeLoader.construct_yaml_str
        )
    return VcrLoader
