"""The arguments of ``@pytest.mark.runreel(...)``, and the combination of several markers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Protocol

from runreel.errors import UsageError
from runreel.pytest_plugin.names import SUFFIX, is_portable
from runreel.pytest_plugin.options import (
    MODES,
    ON_UNPLAYED_CHOICES,
    ON_UNUSED_CHOICES,
    ORDERS,
)


class MarkerLike(Protocol):
    """A marker as pytest passes it."""

    @property
    def args(self) -> tuple[object, ...]:
        """The positional arguments."""
        ...

    @property
    def kwargs(self) -> Mapping[str, object]:
        """The keyword arguments."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerArguments:
    """The combined arguments of a test's markers; None is "not given"."""

    name: str | None = None
    """Path of the cassette below the cassette folder, without its suffix."""
    mode: str | None = None
    upstream: str | None = None
    speed: str | None = None
    ignore: tuple[str, ...] | None = None
    volatile: tuple[str, ...] | None = None
    patterns: tuple[str, ...] | None = None
    bind: tuple[str, ...] | None = None
    strict: bool | None = None
    order: str | None = None
    on_unplayed: str | None = None
    on_unused: str | None = None
    record_errors: bool | None = None
    restore: bool | None = None
    block_network: bool | None = None
    allowed_hosts: tuple[str, ...] | None = None


def parse_markers(marks: Iterable[MarkerLike]) -> MarkerArguments:
    """Combine the markers of a test, the nearest first.

    The arguments of a nearer marker override those of its class or module. Raises ``UsageError``
    with all errors in them.
    """
    values: dict[str, Any] = {}
    errors: list[str] = []
    for mark in marks:
        for argument, value in _parse_marker(mark, errors):
            values.setdefault(argument, value)
    if errors:
        raise UsageError(f"@pytest.mark.runreel: {'; '.join(errors)}")
    return MarkerArguments(**values)


def _parse_marker(mark: MarkerLike, errors: list[str]) -> Iterator[tuple[str, object]]:
    """Yield the valid arguments of a marker, and append the errors of the others to ``errors``."""
    if len(mark.args) > 1:
        errors.append("takes one positional argument, the name of the cassette")
    arguments = {**dict(zip(("name",), mark.args, strict=False)), **mark.kwargs}
    for argument, value in arguments.items():
        parse = _PARSERS.get(argument)
        if parse is None:
            errors.append(_describe_unknown_argument(argument))
            continue
        try:
            yield argument, parse(value)
        except ValueError as error:
            errors.append(f"{argument} {error}, not {value!r}")


def _describe_unknown_argument(argument: str) -> str:
    nearest = get_close_matches(argument, _PARSERS, n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else f"the arguments are {', '.join(_PARSERS)}"
    return f"has no argument {argument}; {hint}"


def _parse_name(value: object) -> str:
    text = value.removesuffix(SUFFIX) if isinstance(value, str) else ""
    if not all(map(is_portable, text.split("/"))):
        raise ValueError(
            "must be a name such as 'checkout' or 'shop/checkout' (letters, digits, '.', '_' and "
            "'-', at most 80 in each part, a letter or digit first)"
        )
    return text


def _build_choice_parser(words: Iterable[str]) -> Callable[[object], str]:
    choices = tuple(words)

    def parse(value: object) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return value

    return parse


def _parse_text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a non-empty string")
    return value


def _parse_speed(value: object) -> str:
    is_speed = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    if not is_speed:
        raise ValueError("must be 'instant', 'recorded' or a number such as 4")
    return str(value)


def _parse_flag(value: object) -> bool:
    if value is not True and value is not False:
        raise ValueError("must be True or False")
    return value


def _parse_texts(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, (list, tuple, set, frozenset)) else (value, None)
    texts = tuple(item for item in items if isinstance(item, str) and item)
    if len(texts) != len(items):
        raise ValueError("must be a list of strings")
    return texts


_PARSERS: Mapping[str, Callable[[object], object]] = {
    "name": _parse_name,
    "mode": _build_choice_parser(MODES),
    "upstream": _parse_text,
    "speed": _parse_speed,
    "ignore": _parse_texts,
    "volatile": _parse_texts,
    "patterns": _parse_texts,
    "bind": _parse_texts,
    "strict": _parse_flag,
    "order": _build_choice_parser(ORDERS),
    "on_unplayed": _build_choice_parser(ON_UNPLAYED_CHOICES),
    "on_unused": _build_choice_parser(ON_UNUSED_CHOICES),
    "record_errors": _parse_flag,
    "restore": _parse_flag,
    "block_network": _parse_flag,
    "allowed_hosts": _parse_texts,
}
