"""``@pytest.mark.runreel(...)``: what it may say, and what several of them say together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Protocol

from runreel.errors import UsageError
from runreel.pytest_plugin.names import SUFFIX, is_portable
from runreel.pytest_plugin.options import MODES, ON_UNPLAYED_CHOICES


class MarkerLike(Protocol):
    """A marker as pytest hands it over."""

    @property
    def args(self) -> tuple[object, ...]:
        """What was given by position."""
        ...

    @property
    def kwargs(self) -> Mapping[str, object]:
        """What was given by name."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerArguments:
    """The arguments of a test's markers; None is "not given"."""

    name: str | None = None
    """The cassette, below the folder of cassettes, without its suffix."""
    mode: str | None = None
    upstream: str | None = None
    speed: str | None = None
    ignore: tuple[str, ...] | None = None
    strict: bool | None = None
    on_unplayed: str | None = None
    record_errors: bool | None = None
    restore: bool | None = None
    block_network: bool | None = None
    allowed_hosts: tuple[str, ...] | None = None


def parse_markers(marks: Iterable[MarkerLike]) -> MarkerArguments:
    """What the markers say, the nearest first: its arguments go before those of a class or module.

    Raises ``UsageError`` with every mistake in them.
    """
    values: dict[str, Any] = {}
    mistakes: list[str] = []
    for mark in marks:
        for argument, value in _parse_marker(mark, mistakes):
            values.setdefault(argument, value)
    if mistakes:
        raise UsageError(f"@pytest.mark.runreel: {'; '.join(mistakes)}")
    return MarkerArguments(**values)


def _parse_marker(mark: MarkerLike, mistakes: list[str]) -> Iterator[tuple[str, object]]:
    """The arguments of one marker that are in order; of the others, what is wrong."""
    if len(mark.args) > 1:
        mistakes.append("takes one argument by position, the name of the cassette")
    given = {**dict(zip(("name",), mark.args, strict=False)), **mark.kwargs}
    for argument, value in given.items():
        reader = _PARSERS.get(argument)
        if reader is None:
            mistakes.append(_describe_unknown_argument(argument))
            continue
        try:
            yield argument, reader(value)
        except ValueError as error:
            mistakes.append(f"{argument} {error}, not {value!r}")


def _describe_unknown_argument(argument: str) -> str:
    nearest = get_close_matches(argument, _PARSERS, n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else f"there are {', '.join(_PARSERS)}"
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
    known = tuple(words)

    def read(value: object) -> str:
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"must be one of {', '.join(known)}")
        return value

    return read


def _parse_text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be text")
    return value


def _parse_speed(value: object) -> str:
    is_one = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    if not is_one:
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
        raise ValueError("must be a list of texts")
    return texts


_PARSERS: Mapping[str, Callable[[object], object]] = {
    "name": _parse_name,
    "mode": _build_choice_parser(MODES),
    "upstream": _parse_text,
    "speed": _parse_speed,
    "ignore": _parse_texts,
    "strict": _parse_flag,
    "on_unplayed": _build_choice_parser(ON_UNPLAYED_CHOICES),
    "record_errors": _parse_flag,
    "restore": _parse_flag,
    "block_network": _parse_flag,
    "allowed_hosts": _parse_texts,
}
