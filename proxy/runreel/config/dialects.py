"""Settings of an API that runreel does not know: ``[runreel.dialect.NAME]``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

MemberNames: TypeAlias = Annotated[
    tuple[Annotated[str, Meta(min_length=1)], ...],
    Meta(description='a list of names such as ["session_id"]'),
]
TextPaths: TypeAlias = Annotated[
    tuple[Annotated[str, Meta(min_length=1)], ...],
    Meta(description='a list of paths such as ["choices[*].delta.text"]'),
]
Places: TypeAlias = Annotated[
    tuple[Annotated[str, Meta(min_length=1)], ...],
    Meta(description='a list of places such as ["$.request_id", "headers.x-trace"]'),
]
_HeaderNames: TypeAlias = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")], ...],
    Meta(description='a list of header names such as ["x-acme-version"]'),
]

_CALL = re.compile(r"([A-Z]+) (/(?:[^/{}?# ]+|\{[a-z_]+\})(?:/(?:[^/{}?# ]+|\{[a-z_]+\}))*)")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?::[ ]*([!-~][ -~]*))?")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)+/?")
DIALECT_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class PathPrefix(str):
    """The path below which all requests are an API's; empty if not set."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object) -> PathPrefix:
        """Parse a path. Raise ValueError for other text."""
        if not isinstance(value, str) or (value and not _PREFIX.fullmatch(value)):
            raise ValueError('must be a path such as "/acme"')
        return cls(value.rstrip("/"))


class HeaderText(str):
    """The name of a header that marks an API's requests, perhaps with a text that it contains."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object) -> HeaderText:
        """Parse ``NAME`` or ``NAME: TEXT``. Raise ValueError for other text."""
        if not isinstance(value, str) or (value and not _HEADER.fullmatch(value)):
            raise ValueError('must be a header such as "x-acme-version" or "x-acme-api: v2"')
        return cls(value)

    @property
    def mark(self) -> tuple[str, str]:
        """The name and the text, which may be empty."""
        name, _, text = self.partition(":")
        return name, text.strip()


class ConfiguredCall(Struct, frozen=True):
    """One call of an API."""

    operation: str
    method: str
    path: str


_OPERATIONS = 'must be a table such as {"talk.create" = "POST /v1/talk"}'


class OperationTable(tuple[ConfiguredCall, ...]):
    """The calls of an API."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object) -> OperationTable:
        """Parse a table of operations, each with its method and path. Raise ValueError."""
        if not isinstance(value, Mapping):
            raise ValueError(_OPERATIONS)  # noqa: TRY004 - a setting of the wrong type
        return cls(_parse_call(name, call) for name, call in _iter_calls(value))


def _iter_calls(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield operation and call; a dotted key of TOML makes a table within the table."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _iter_calls(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _parse_call(operation: str, call: object) -> ConfiguredCall:
    match = _CALL.fullmatch(call) if isinstance(call, str) else None
    if match is None:
        raise ValueError(
            f'{operation}: must be a method and a path such as "POST /v1/talk/{{talk_id}}/stop"'
        )
    return ConfiguredCall(operation, match[1], match[2])


class DialectSettings(Struct, frozen=True, kw_only=True):
    """Settings of one API."""

    prefix: PathPrefix = PathPrefix()
    header: HeaderText = HeaderText()
    operations: OperationTable = OperationTable()
    conversations: MemberNames = ()
    polled: MemberNames = ()
    volatile: Places = ()
    bind: Places = ()
    headers: _HeaderNames = ()
    texts: TextPaths = ()
    reasoning: TextPaths = ()
    arguments: TextPaths = ()
    noise: MemberNames = ()
    end: MemberNames = ()
